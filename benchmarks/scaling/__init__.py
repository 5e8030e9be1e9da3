"""Internet scale by simulation: a day of many channels, with parameters measured by the product's own code."""
