"""What pages share that take a form: its fields, the days in it, and the way on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.staff.service import Desk
from knowledge_base.three_way import Side


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form whose names depend on the record."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


SentDep = Annotated[dict[str, str], Depends(sent)]


def day_of(text: str) -> date | None:
    """The day of a field; None for an empty one.

    Raises:
        HTTPException: 422 for what is no day.
    """
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise HTTPException(422, f"“{text}” không phải ngày. Viết như 2026-12-01.") from None


def number_of(text: str) -> int | None:
    """The number of a field; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def picks_of(form: Mapping[str, str]) -> dict[str, Side]:
    """The fields and rows for which somebody chose a side: ``pick.title=theirs``."""
    return {
        name.removeprefix("pick."): Side(value)
        for name, value in form.items()
        if name.startswith("pick.") and value in list(Side)
    }


def to(request: Request, desk: Desk, path: str) -> Response:
    """On to another page of the area."""
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}{path}", 303)
