"""Writes the published records back as content files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from knowledge_base.catalogue import Body
from knowledge_base.record import NATIONAL, RecordKind

_FOLDERS = {
    RecordKind.PROCEDURE: "procedures",
    RecordKind.GUIDE: "guides",
    RecordKind.COMMUNE: "communes",
}


def export_content(bodies: Iterable[Body], folder: Path) -> int:
    """One YAML file a record, in the folders that ``read_content`` reads; returns how many."""
    bodies = tuple(bodies)
    topic_of = {(body.kind, body.id): body.data["topic"] for body in bodies if "topic" in body.data}
    yaml = YAML()
    yaml.width = 100
    yaml.allow_unicode = True
    for body in bodies:
        if body.kind is RecordKind.COMMUNE:
            group = str(body.data["province"])
        else:
            group = str(topic_of.get((body.kind, body.id), "other"))
        place = folder / _FOLDERS[body.kind] / group
        place.mkdir(parents=True, exist_ok=True)
        suffix = "" if body.scope == NATIONAL else f".{body.scope.split(':', 1)[1]}"
        with (place / f"{body.id}{suffix}.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(dict(body.data), file)
    return len(bodies)
