"""The form of a record: generated from its type, filled from its data, read back without loss."""
