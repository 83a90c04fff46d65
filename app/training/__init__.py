"""Fits what ``app.answering`` weighs questions by: its classifiers, its ranker, its aim."""
