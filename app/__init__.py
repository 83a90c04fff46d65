"""The service: answering, records, pages, settings and the command line."""
