"""What the person who measures can mend."""

from __future__ import annotations


class EvaluationError(Exception):
    """Base of the errors of this package; its words say what to do."""
