"""Documents that staff bring, read into our own blocks and recognised as drafts."""
