"""A draft out of what a person took over from a document: the rest stays as it is published."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ingest.documents.compare import SECTIONS, Change, Finding
from ingest.portal.naming import slug

Data = dict[str, Any]
_LONGEST_KEY = 40


@dataclass(frozen=True, slots=True)
class Published:
    """A record as it is published, for the scope in which a document is to count."""

    id: str
    scope: str
    wider: Data | None
    """What its wider versions say together; None where there are none."""
    own: Data | None
    """What its own version in that scope says; None where there is none."""
    merged: Data
    """What holds there."""


def source_key(known: Mapping[str, Any], number: str | None, name: str) -> str:
    """A key for the document among a record's sources, not yet taken."""
    wanted = slug(number or name, _LONGEST_KEY) or "tai-lieu"
    key, count = wanted, 2
    while key in known:
        key, count = f"{wanted}-{count}", count + 1
    return key


def amended(
    record: Published, taken: Iterable[Finding], source: Mapping[str, Any], key: str, day: date
) -> Data:
    """The draft's data: for a narrower version only what differs, else the whole record.

    What holds from a day to come stands beside what holds until then.

    Args:
        record: as it is published.
        taken: what a person took over.
        source: the document, as an entry of ``sources``.
        key: its key there.
        day: today; the facts count as compared on it.
    """
    chosen = list(taken)
    whole = copy.deepcopy(record.merged)
    touched: dict[str, None] = {}
    # from the end, so that what goes or comes moves nothing still to be done
    for finding in sorted(chosen, key=_backwards, reverse=True):
        touched[str(finding.path[0])] = None
        items = _list_at(whole, finding.path)
        _apply(items, finding, key, day)
    changes: Data = {field: whole[field] for field in record.merged if field in touched}
    changes |= {field: whole[field] for field in touched if field not in changes}
    sources = {key: dict(source)} if chosen else {}
    if record.wider is None:
        known = {**record.merged.get("sources", {}), **sources}
        return {**record.merged, **changes, "sources": known, "checked_on": day.isoformat()}
    own = record.own or {}
    return {
        "id": record.id,
        "scope": record.scope,
        **{name: value for name, value in own.items() if name not in ("id", "scope")},
        **changes,
        "sources": {**own.get("sources", {}), **sources},
        "checked_on": day.isoformat(),
    }


def _backwards(finding: Finding) -> tuple[tuple[str, ...], int]:
    last = finding.path[-1]
    place = last if isinstance(last, int) else -1
    container = finding.path[:-1] if isinstance(last, int) else finding.path
    return tuple(map(str, container)), place


def _list_at(data: Data, path: tuple[str | int, ...]) -> list[Data]:
    """The list that a path leads to or into, made where it is missing."""
    at: Any = data
    steps = path if isinstance(path[-1], str) else path[:-1]
    for step in steps[:-1]:
        at = at[step]
    if at.get(steps[-1]) is None:
        at[steps[-1]] = []
    found: list[Data] = at[steps[-1]]
    return found


def _apply(items: list[Data], finding: Finding, key: str, day: date) -> None:
    begins = finding.effective_from
    if finding.change is Change.ADDED:
        assert finding.after is not None
        items.append({**_from(finding.after, begins), "source": key})
        return
    place = finding.path[-1]
    assert isinstance(place, int)
    if finding.change is Change.GONE:
        del items[place]
        return
    assert finding.after is not None
    if finding.field == SECTIONS:
        items[place] = {**finding.after, "source": _sources(finding.after, key)}
        return
    new = {**_from(_undated(finding.after), begins), "source": key}
    if begins is not None and begins > day:
        until = (begins - timedelta(days=1)).isoformat()
        items[place] = {**items[place], "effective_to": until}
        items.insert(place + 1, new)
    else:
        items[place] = new


def _sources(section: Data, key: str) -> str | list[str]:
    """The document; beside the sources of before where some of the section still rests on them."""
    kept = section.get("source") or []
    return [*([kept] if isinstance(kept, str) else kept), key] if kept else key


def _undated(fact: Data) -> Data:
    return {name: value for name, value in fact.items() if not name.startswith("effective_")}


def _from(fact: Data, begins: date | None) -> Data:
    if begins is None or "effective_from" in fact:
        return dict(fact)
    return {**fact, "effective_from": begins.isoformat()}
