"""From a recording to words, and from an answer to a voice."""
