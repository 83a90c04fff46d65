"""The list of knowledge: which state a record is in, what is looked for, how fast it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.records.audit import AuditLog
from app.records.database import open_database
from app.records.draft import DraftOrigin, DraftState, NewDraft
from app.records.drafts import Drafts
from app.records.versions import Versions
from app.staff.access import Area
from app.staff.knowledge_list import (
    Filters,
    Flag,
    KnowledgeLimits,
    KnowledgeList,
    Level,
    Row,
    Sort,
    page_of,
)
from ingest.draft import Draft as Imported
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Body, Catalogue, build_catalogue
from knowledge_base.commune import Commune
from knowledge_base.record import RecordKind, Topic
from knowledge_base.revisions import RevisionState, add_draft, publish
from tests.app.staff.test_record_form import RECORD, SOURCES

DAY = date(2026, 11, 22)
HOA_TIEN = cast("Commune", SimpleNamespace(id="hoa-tien", province="da-nang"))
AREA = Area("commune:hoa-tien", "xã Hòa Tiến", (HOA_TIEN,))
NATION = Area("national", "mọi xã", ())
PROCEDURE = RecordKind.PROCEDURE


class FixedLive:
    """What answers, without an index."""

    def __init__(self, *bodies: Body) -> None:
        whole = build_catalogue(bodies)
        self.catalogue: Catalogue = whole.in_force(DAY)

    def edition(self) -> Any:
        snapshot = SimpleNamespace(id=1, revision_ids=frozenset())
        return SimpleNamespace(snapshot=snapshot, day=DAY, catalogue=self.catalogue)


def a_body(record_id: str, scope: str = "national", **changed: Any) -> Body:
    data = {**RECORD, "id": record_id, "scope": scope, **changed}
    return Body(PROCEDURE, record_id, scope, data, record_id)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path}/list.db")
    yield engine
    engine.dispose()


def a_list(
    engine: Engine, *bodies: Body, limits: KnowledgeLimits | None = None
) -> tuple[KnowledgeList, Drafts]:
    live = cast("LiveKnowledge", FixedLive(*bodies))
    audit = AuditLog(engine)
    drafts = Drafts(engine, audit, max_bytes=100_000, presence_minutes=2)
    versions = Versions(engine, lambda: DAY)
    made = KnowledgeList(engine, live, drafts, versions, limits or KnowledgeLimits())
    return made, drafts


def flags_of(found: KnowledgeList, record_id: str, area: Area = NATION) -> frozenset[Flag]:
    return next(row.flags for row in found.rows(area) if row.id == record_id)


def test_a_record_that_ends_soon_or_rests_on_an_ending_law_is_listed_as_ending(
    engine: Engine,
) -> None:
    basis = {
        "number": "1/2020/NĐ-CP",
        "name": "Nghị định",
        "issued": "2020-01-01",
        "source": "luat",
    }
    found, _ = a_list(
        engine,
        a_body("con-lau"),
        a_body("het-som", effective_to=str(DAY + timedelta(days=30))),
        a_body("het-sau", effective_to=str(DAY + timedelta(days=31))),
        a_body("luat-het", legal_basis=[{**basis, "effective_to": str(DAY + timedelta(days=3))}]),
        a_body("da-het", effective_to=str(DAY - timedelta(days=1)), checked_on="2026-01-01"),
    )

    assert Flag.EXPIRING not in flags_of(found, "con-lau") | flags_of(found, "het-sau")
    assert Flag.EXPIRING in flags_of(found, "het-som") & flags_of(found, "luat-het")
    assert flags_of(found, "da-het") == {Flag.ENDED}


def test_how_soon_and_how_old_are_settings(engine: Engine) -> None:
    body = a_body("thu", effective_to=str(DAY + timedelta(days=40)), checked_on="2026-10-01")

    by_default, _ = a_list(engine, body)
    changed, _ = a_list(engine, body, limits=KnowledgeLimits(soon_days=60, stale_days=10))

    assert {Flag.EXPIRING, Flag.STALE}.isdisjoint(flags_of(by_default, "thu"))
    assert {Flag.EXPIRING, Flag.STALE} <= flags_of(changed, "thu")


def test_facts_that_rest_on_copies_alone_are_counted(engine: Engine) -> None:
    copies = {"luat": {**SOURCES["luat"], "kind": "portal_copy"}}
    found, _ = a_list(engine, a_body("yeu", sources=copies), a_body("manh"))

    weak = next(row for row in found.rows(NATION) if row.id == "yeu")

    assert (weak.weak, weak.facts) == (4, 4)
    assert Flag.WEAK in weak.flags
    assert Flag.WEAK not in flags_of(found, "manh")


def test_drafts_stand_on_their_record_and_new_ones_alone(engine: Engine) -> None:
    found, drafts = a_list(engine, a_body("co-san"))
    mine = NewDraft(PROCEDURE, "co-san", "national", {}, proposed_in=AREA.scope)
    new = NewDraft(PROCEDURE, "moi", AREA.scope, {"title": "Việc mới"})
    other = NewDraft(PROCEDURE, "noi-khac", "commune:khac", {"title": "Nơi khác"})
    first = drafts.begin(mine, "lan")
    drafts.begin(new, "lan")
    drafts.begin(other, "minh")
    drafts.move(first.id, DraftState.IN_REVIEW, "lan")

    rows = {row.id: row for row in found.rows(AREA)}

    assert set(rows) == {"co-san", "moi"}
    assert {Flag.PUBLISHED, Flag.IN_REVIEW} <= rows["co-san"].flags
    assert rows["moi"].flags == {Flag.DRAFT}
    assert rows["moi"].title == "Việc mới"


def test_what_is_scheduled_and_what_was_withdrawn_is_found(engine: Engine) -> None:
    found, _ = a_list(engine, a_body("co-san"))
    body, gone = a_body("sap-co", title="Sắp có"), a_body("da-go", title="Đã gỡ")
    with Session(engine) as session, session.begin():
        publish(session, body, "lan", live_from=DAY + timedelta(days=5))
        publish(session, gone, "lan", live_from=DAY - timedelta(days=5))
        publish(
            session,
            gone,
            "lan",
            state=RevisionState.WITHDRAWN,
            live_from=DAY,
        )

    rows = {row.id: row for row in found.rows(NATION)}

    assert Flag.SCHEDULED in rows["sap-co"].flags
    assert rows["sap-co"].begins_on == DAY + timedelta(days=5)
    assert rows["da-go"].flags == {Flag.ENDED}
    assert rows["da-go"].title == "Đã gỡ"


def import_many(engine: Engine, count: int) -> None:
    prose = {"Trình tự": "Nộp hồ sơ. " * 500}
    with Session(engine) as session, session.begin():
        for number in range(count):
            data = {"id": f"nhap-{number}", "title": f"Bản nhập {number}", "topic": "land"}
            body = Body(
                PROCEDURE, data["id"], "national", Imported(data, notes=prose).as_data(), ""
            )
            add_draft(session, body, "import-portal", note="bản chữ của Cổng")


@pytest.mark.thorough
def test_seventeen_hundred_imports_are_read_once_and_without_their_text(engine: Engine) -> None:
    import_many(engine, 1700)
    found, drafts = a_list(engine, a_body("co-san"))
    asked: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: (
            asked.append(statement) if "json" in statement.lower() else None
        ),
    )

    first = found.found(NATION, Filters(flag=Flag.IMPORTED))
    again = found.found(NATION, Filters(flag=Flag.IMPORTED, page=34))
    draft = drafts.begin(
        NewDraft(PROCEDURE, "nhap-3", "national", {}, None, DraftOrigin.IMPORT, str(4)), "lan"
    )

    assert (first.total, first.pages, len(first.rows)) == (1700, 34, 50)
    assert len(again.rows) == 50
    assert first.kept == 1
    assert len(asked) == 1
    assert draft.id
    left = {row.revision_id for row in found.rows(NATION) if Flag.IMPORTED in row.flags}
    assert left == set(range(1, 1701)) - {4}


def test_a_new_id_is_none_that_anything_has(engine: Engine) -> None:
    import_many(engine, 1)
    found, drafts = a_list(engine, a_body("co-san"))
    drafts.begin(NewDraft(PROCEDURE, "viec-moi", "national", {}), "lan")

    assert found.free_id("nhap-0") == "nhap-0-2"
    assert found.free_id("viec-moi") == "viec-moi-2"
    assert found.free_id("chua-ai-dung") == "chua-ai-dung"


ROWS = [
    Row(PROCEDURE, "dang-ky-tam-tru", "national", "Đăng ký tạm trú", Topic.RESIDENCE,
        ("1.004194",), frozenset({Flag.PUBLISHED, Flag.WEAK}), date(2026, 11, 1),
        folded="dang ky tam tru o tro 1.004194 dang-ky-tam-tru"),
    Row(RecordKind.GUIDE, "bang-gia-dat", "province:da-nang", "Bảng giá đất", Topic.LAND, (),
        frozenset({Flag.PUBLISHED}), date(2026, 3, 1), date(2026, 12, 31),
        folded="bang gia dat bang-gia-dat"),
    Row(PROCEDURE, "nhap", "national", "An nhập", Topic.LAND, (), frozenset({Flag.IMPORTED}),
        folded="an nhap nhap"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), ["bang-gia-dat", "dang-ky-tam-tru"]),
        (Filters(words="tam tru"), ["dang-ky-tam-tru"]),
        (Filters(words="Tạm TRÚ đăng"), ["dang-ky-tam-tru"]),
        (Filters(words="1.004194"), ["dang-ky-tam-tru"]),
        (Filters(words="bang-gia"), ["bang-gia-dat"]),
        (Filters(words="không có"), []),
        (Filters(topic=Topic.LAND), ["bang-gia-dat"]),
        (Filters(kind=RecordKind.GUIDE), ["bang-gia-dat"]),
        (Filters(level=Level.PROVINCE), ["bang-gia-dat"]),
        (Filters(flag=Flag.WEAK), ["dang-ky-tam-tru"]),
        (Filters(flag=Flag.IMPORTED), ["nhap"]),
        (Filters(sort=Sort.CHECKED), ["bang-gia-dat", "dang-ky-tam-tru"]),
        (Filters(sort=Sort.ENDS), ["bang-gia-dat", "dang-ky-tam-tru"]),
    ],
)
def test_filters_leave_what_they_name(filters: Filters, expected: list[str]) -> None:
    assert [row.id for row in page_of(ROWS, filters, 50).rows] == expected


def test_counts_of_states_follow_the_other_filters_and_pages_are_cut() -> None:
    found = page_of(ROWS, Filters(flag=Flag.WEAK, topic=Topic.LAND), 50)
    many = [replace(ROWS[0], id=str(number)) for number in range(12)]

    assert found.rows == ()
    assert (found.counts[Flag.PUBLISHED], found.counts[Flag.IMPORTED]) == (1, 1)
    assert page_of(many, Filters(page=3), 5).pages == 3
    assert len(page_of(many, Filters(page=3), 5).rows) == 2
    assert len(page_of(many, Filters(page=99), 5).rows) == 2
