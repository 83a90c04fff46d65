"""The resident's page and the public API."""
