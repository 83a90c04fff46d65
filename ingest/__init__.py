"""How knowledge comes in: content files become revisions, revisions become the index."""
