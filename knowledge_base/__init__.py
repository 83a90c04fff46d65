"""What we know: record types, their content files, revisions and the search index."""
