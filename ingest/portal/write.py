"""Writes drafts as files for editors: the facts as YAML, the portal's prose beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ingest.draft import Draft
from ingest.portal.wording import iso_day
from knowledge_base.record import NATIONAL

_NO_TOPIC = "other"


def write_draft(draft: Draft, folder: Path) -> Path:
    """Write ``<topic>/<id>.yaml`` and ``<id>.notes.md`` beside it; returns the YAML's path.

    Raises:
        OSError: when the folder cannot be written.
    """
    body = draft.body
    place = folder / str(body.get("topic", _NO_TOPIC))
    place.mkdir(parents=True, exist_ok=True)
    scope = str(body["scope"])
    suffix = "" if scope == NATIONAL else f".{scope.split(':', 1)[1]}"
    path = place / f"{body['id']}{suffix}.yaml"
    yaml = YAML()
    yaml.width = 100
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(_plain(body), file)
    path.with_suffix(".notes.md").write_text(notes_of(draft), encoding="utf-8")
    return path


def _plain(value: Any) -> Any:
    """The same value with dates as YAML writes them, without quotes."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return iso_day(value) or value


def notes_of(draft: Draft) -> str:
    """What an editor reads beside the draft: gaps, warnings and the portal's own words."""
    parts = [f"# {draft.body.get('code', '')} {draft.body['title']}"]
    for heading, lines in (("Chưa có", draft.missing), ("Phải kiểm", draft.warnings)):
        if lines:
            parts.append("\n".join((f"## {heading}", "", *(f"- {text}" for text in lines))))
    parts.append("Dưới đây là lời của Cổng, để đọc; không chép vào bản công bố.")
    for heading, text in draft.notes.items():
        inner = text.replace("\n## ", "\n### ")
        inner = f"### {inner[3:]}" if inner.startswith("## ") else inner
        parts.append(f"## {heading}\n\n{inner}")
    return "\n\n".join(parts) + "\n"
