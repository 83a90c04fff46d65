"""How surely changes are found: every figure of every published procedure changed, one at a time.

``.venv/bin/python -m tests.ingest.documents.measure_compare``; see docs/documents.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ingest.documents.about import guesses
from ingest.documents.blocks import Document, DocumentFormat
from ingest.documents.compare import Comparison, compare
from ingest.documents.letterhead import letterhead_of
from ingest.documents.said import said_in
from knowledge_base.procedure import Procedure
from knowledge_base.record import NATIONAL, RecordKind
from tests.ingest.documents import made
from tests.service import release_edition

_LAYOUTS = range(3)


def _published() -> Iterator[tuple[Procedure, dict[str, Any]]]:
    for body in release_edition().catalogue.bodies:
        if body.kind is RecordKind.PROCEDURE and body.scope == NATIONAL:
            yield Procedure.model_validate(body.data), json.loads(json.dumps(dict(body.data)))


def _document(one: Procedure, layout: int) -> Document:
    return Document(DocumentFormat.DOCX, tuple(made.form_of(one, layout)))


def _compared(one: Procedure, layout: int, data: dict[str, Any]) -> Comparison:
    document = _document(one, layout)
    return compare(data, said_in(document), document, letterhead_of(document))


def _changed(one: Procedure) -> Iterator[tuple[str, int, int, Procedure]]:
    """Each figure made another: the field, its place, the new figure and the procedure."""
    for field, grown in (("fees", lambda amount: 2 * amount + 1000), ("time_limits", _longer)):
        facts = getattr(one, field) or ()
        for place, fact in enumerate(facts):
            if fact.amount:
                new = grown(fact.amount)
                changed = fact.model_copy(update={"amount": new})
                rest = (*facts[:place], changed, *facts[place + 1 :])
                yield field, place, new, one.model_copy(update={field: rest})


def _longer(amount: int) -> int:
    return amount + 1


def main() -> None:
    """Measure and print."""
    counts: Counter[str] = Counter()
    records = release_edition().scope("hoa-tien").records
    for one, data in _published():
        for layout in _LAYOUTS:
            plain = _compared(one, layout, data)
            counts["documents"] += 1
            counts["facts unchanged"] += len(plain.same)
            counts["unchanged, yet ticked"] += sum(found.sure for found in plain.findings)
            document = _document(one.model_copy(update={"code": None}), layout)
            found = guesses(document, letterhead_of(document), "", records, lambda text: {})
            counts["record first without its code"] += bool(found) and found[0].record_id == one.id
            for field, place, new, changed in _changed(one):
                hits = [
                    finding
                    for finding in _compared(changed, layout, data).findings
                    if finding.path == (field, place) and (finding.after or {}).get("amount") == new
                ]
                counts[f"{field} changed"] += 1
                counts[f"{field} ticked"] += bool(hits) and hits[0].sure
                counts[f"{field} asked"] += bool(hits) and not hits[0].sure
    for name, count in counts.items():
        print(f"{name}: {count}")


if __name__ == "__main__":
    main()
