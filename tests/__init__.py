"""The promises of the product, each with a test that can fail."""
