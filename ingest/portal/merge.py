"""Joins the two forms of one record: the better typed leads, the other fills what is empty."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from ingest.portal.record import Form, PortalRecord

_JOINED = ("flags",)


def filled(detail: PortalRecord, prose: PortalRecord) -> PortalRecord:
    """The detail record with its empty fields taken from the prose record of the same code."""
    changes: dict[str, Any] = {"form": Form.BOTH, "is_test": detail.is_test or prose.is_test}
    for each in fields(PortalRecord):
        own, other = getattr(detail, each.name), getattr(prose, each.name)
        if each.name in _JOINED:
            changes[each.name] = tuple(dict.fromkeys((*own, *other)))
        elif each.name not in changes and not isinstance(own, bool) and not own and other:
            changes[each.name] = other
    return replace(detail, **changes)
