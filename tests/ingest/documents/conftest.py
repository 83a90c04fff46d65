"""What tests of documents share."""

from __future__ import annotations

import os

import pytest

from ingest.documents.ocr import can_recognise


@pytest.fixture
def tesseract() -> None:
    """Skip where character recognition is not installed; nothing skips in the full check."""
    if can_recognise():
        return
    message = "no Tesseract with Vietnamese: apt install tesseract-ocr tesseract-ocr-vie"
    if os.environ.get("HOIXA_NO_SKIPS"):
        pytest.fail(message)
    pytest.skip(message)
