"""The measuring stick: asks question sets, measures retrieval on BEIR folders, compares reports."""
