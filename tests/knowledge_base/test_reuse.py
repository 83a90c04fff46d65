"""An edition made with what is known already is the one that would be made anew."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from knowledge_base import catalogue as catalogues
from knowledge_base.catalogue import Body, ContentError, build_catalogue
from knowledge_base.chunk import chunks_of
from knowledge_base.edition import Edition
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.reuse import Reuse
from knowledge_base.revisions import Snapshot
from knowledge_base.syllables import tokens
from tests.knowledge_base.records import TODAY, Data, commune, guide, procedure

SNAPSHOT = Snapshot(1, 1, "none", frozenset())


def body(kind: RecordKind, data: Data) -> Body:
    return Body(kind, str(data["id"]), str(data.get("scope", NATIONAL)), data, "một tệp")


PROCEDURE = body(RecordKind.PROCEDURE, procedure())
OWN = body(
    RecordKind.PROCEDURE,
    {"id": "dang-ky-tam-tru", "scope": "commune:hoa-tien", "title": "Tạm trú Hòa Tiến"},
)
OTHERS = (body(RecordKind.GUIDE, guide()), body(RecordKind.COMMUNE, commune()))


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is validated, and what is cut."""
    done: list[str] = []
    validate = catalogues._validated

    def validated(one: Body, *rest: object) -> object:
        done.append(f"validate {one.id} {one.scope}")
        return validate(one, *rest)  # type: ignore[arg-type]

    def chunks(record: object, day: date) -> object:
        done.append(f"cut {record.id} {record.scope}")  # type: ignore[attr-defined]
        return chunks_of(record, day)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogues, "_validated", validated)
    monkeypatch.setattr("knowledge_base.reuse.chunks_of", chunks)
    return done


def load(reuse: Reuse | None, *bodies: Body, day: date = TODAY) -> Edition:
    checked = reuse.checked if reuse is not None else None
    return Edition.load(SNAPSHOT, build_catalogue(bodies, checked=checked), day, reuse)


def test_only_what_changed_is_made_again(work: list[str]) -> None:
    reuse = Reuse()
    load(reuse, PROCEDURE, *OTHERS)
    changed = body(RecordKind.PROCEDURE, procedure(title="Khai báo tạm trú"))
    work.clear()

    after = load(reuse, changed, *OTHERS)

    assert work == ["validate dang-ky-tam-tru national", "cut dang-ky-tam-tru national"]
    assert after.catalogue.records["dang-ky-tam-tru", NATIONAL].title == "Khai báo tạm trú"


def test_the_edition_is_that_of_a_fresh_start() -> None:
    reuse = Reuse()
    load(reuse, PROCEDURE, OWN, *OTHERS)
    changed = body(RecordKind.PROCEDURE, procedure(title="Khai báo tạm trú", aliases=["KT3"]))

    again, fresh = load(reuse, changed, OWN, *OTHERS), load(None, changed, OWN, *OTHERS)

    assert again.chunks == fresh.chunks
    assert again.catalogue == fresh.catalogue
    for question in ("tạm trú KT3", "bảo hiểm", "làm ở đâu"):
        words = tokens(question)
        assert np.array_equal(again.lexical.scores(words), fresh.lexical.scores(words))
        assert [again.lexical.rarity(word) for word in words] == [
            fresh.lexical.rarity(word) for word in words
        ]


def test_a_wider_version_that_changed_changes_the_narrower_ones_too(work: list[str]) -> None:
    reuse = Reuse()
    load(reuse, PROCEDURE, OWN, *OTHERS)
    fees = [{"amount": 9000, "source": "phi"}]
    work.clear()

    after = load(reuse, body(RecordKind.PROCEDURE, procedure(fees=fees)), OWN, *OTHERS)

    assert len(work) == 4
    own = after.catalogue.records["dang-ky-tam-tru", "commune:hoa-tien"]
    assert own.title == "Tạm trú Hòa Tiến"
    assert [fee.amount for fee in getattr(own, "fees", ())] == [9000]


def test_another_day_cuts_anew_and_validates_nothing(work: list[str]) -> None:
    reuse = Reuse()
    ended = [
        {"amount": 1000, "effective_to": "2026-11-21", "source": "phi"},
        {"amount": 2000, "effective_from": "2026-11-22", "source": "phi"},
    ]
    dated = body(RecordKind.PROCEDURE, procedure(fees=ended))
    load(reuse, dated, *OTHERS)
    work.clear()

    tomorrow = load(reuse, dated, *OTHERS, day=date(2026, 11, 22))

    assert [one.split()[0] for one in work] == ["cut", "cut"]
    fee = next(c for c in tomorrow.chunks if (c.kind, c.section) == ("section", "fee"))
    assert "2.000" in fee.text and "1.000" not in fee.text


def test_what_is_wrong_is_told_every_time(work: list[str]) -> None:
    reuse = Reuse()
    broken = body(RecordKind.PROCEDURE, procedure(fees=[{"amount": 1, "source": "mat"}]))

    for _ in range(2):
        with pytest.raises(ContentError, match="mat"):
            load(reuse, broken, *OTHERS)

    assert work.count("validate dang-ky-tam-tru national") == 2
