"""Open data: read-only views for other tools, and the same as files."""
