"""The officers' pages: who may, the knowledge, the questions, what is seen, places and counters."""
