"""Trains what the knowledge base ships: the packaged embedding, from pairs and our own content."""
