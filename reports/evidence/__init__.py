"""The evidence file: everything that was published in a period as one ZIP that proves itself."""
