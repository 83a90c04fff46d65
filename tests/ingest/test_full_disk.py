"""A disk that fills up: a clear message, and what was there keeps answering."""

from __future__ import annotations
