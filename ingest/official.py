"""Picks the State's commune-level procedures of our topics out of a copy of the national database.

The copy is the prose one (``official_procedures.jsonl``): one JSON object a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge_base.catalogue import ContentError
from knowledge_base.official import LIST, OfficialProcedure
from knowledge_base.problem import Problem
from knowledge_base.record import Topic
from knowledge_base.syllables import nfc

_TOPICS = frozenset(topic.value for topic in Topic)
_COMMUNE = "cấp xã"
_TEST = "test_record_on_portal"


def renew_official(copy: Path, content: Path) -> int:
    """Write the official list of a content folder anew; gives the number of procedures.

    Raises:
        ContentError: where the copy cannot be read or holds nothing for us; nothing is written.
    """
    try:
        lines = copy.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(str(copy), "", f"không đọc được: {error}.")]) from error
    found = {one.code: one for one in _listed(lines, str(copy))}
    if not found:
        raise ContentError(
            [Problem(str(copy), "", "không có thủ tục cấp xã nào của các lĩnh vực.")]
        )
    order = list(Topic)
    rows = sorted(found.values(), key=lambda one: (order.index(one.topic), one.code))
    path = content / LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_row(one) for one in rows), encoding="utf-8")
    return len(rows)


def _row(one: OfficialProcedure) -> str:
    data = one.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(data, ensure_ascii=False) + "\n"


def _listed(lines: list[str], place: str) -> Iterator[OfficialProcedure]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if _ours(row):
                yield _procedure(row)
        except (ValueError, TypeError, AttributeError, ValidationError) as error:
            said = str(error).splitlines()[0]
            raise ContentError(
                [Problem(place, f"dòng {number}", f"không phải bản ghi của Cổng: {said}.")]
            ) from error


def _ours(row: Mapping[str, Any]) -> bool:
    return (
        row.get("topic") in _TOPICS
        and row.get("scope") == "national"
        and _COMMUNE in _levels(row).lower()
    )


def _levels(row: Mapping[str, Any]) -> str:
    """The levels of both columns, since now one is empty, now the other, and they may differ."""
    named = [row.get("level") or "", *(row.get("levels_all") or "").split(",")]
    levels = {level.lower(): level for one in named if (level := _one_line(one))}
    return ", ".join(levels.values())


def _procedure(row: Mapping[str, Any]) -> OfficialProcedure:
    return OfficialProcedure.model_validate(
        {
            "code": row["code"],
            "title": _one_line(row["name"]),
            "topic": row["topic"],
            "level": _levels(row),
            "issued_by": _one_line(row["issued_by"]),
            "decision": _one_line(row.get("decision_no") or ""),
            "seen_on": row["crawled_at"],
            "test_record": _TEST in row.get("quality_flags", ()),
        }
    )


def _one_line(text: str) -> str:
    return " ".join(nfc(text).split())
