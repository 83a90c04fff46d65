"""From question to answer: mask, understand, retrieve, compose, verify, cite."""
