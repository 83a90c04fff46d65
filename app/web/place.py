"""The posted code (điểm đặt mã QR) that led to a page; its questions are counted for that place."""

from __future__ import annotations

import re

from fastapi import Request

PARAMETER = "place"

_CODE = re.compile(r"[a-z0-9]{4,12}")


def as_place(text: str) -> str:
    """A text that can be the code of a place; else nothing, and the question counts for none."""
    return text if _CODE.fullmatch(text) else ""


def place_of(request: Request) -> str:
    """The posted code in a page's address; empty where there is none."""
    return as_place(request.query_params.get(PARAMETER, ""))
