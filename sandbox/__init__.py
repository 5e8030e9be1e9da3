"""A local server that imitates the three platforms, with faults on demand. Nothing in the product imports it."""
