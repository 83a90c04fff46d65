"""Drafts: every save is kept, nobody writes over somebody else unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.audit import AuditFilter, AuditLog
from app.records.database import open_database
from app.records.draft import (
    DraftChangedError,
    DraftClosedError,
    DraftOrigin,
    DraftState,
    DraftTooLargeError,
    NewDraft,
    UnknownDraftError,
)
from app.records.drafts import Drafts
from ingest.draft import Draft as Imported
from knowledge_base.catalogue import Body
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import RevisionState, add_draft, publish
from tests.app.records.office import KEY, LAN, MINH, body
from tests.knowledge_base.records import TODAY, commune
from tests.service import fresh_database

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def drafts(engine: Engine, clock: Clock) -> Drafts:
    return made(engine, clock)


def made(engine: Engine, clock: Callable[[], datetime], **limits: float) -> Drafts:
    allowed = {"max_bytes": 100_000, "presence_minutes": 2} | limits
    return Drafts(
        engine,
        AuditLog(engine),
        max_bytes=int(allowed["max_bytes"]),
        presence_minutes=allowed["presence_minutes"],
        clock=clock,
        day=lambda: TODAY,
    )


def new(**data: object) -> NewDraft:
    return NewDraft(RecordKind.GUIDE, str(data.get("id", "")), "commune:hoa-tien", data)


def published(engine: Engine, one: Body) -> int:
    with Session(engine) as session, session.begin():
        return publish(session, one, "release", live_from=TODAY)


def test_a_draft_is_there_as_it_was_left(drafts: Drafts, engine: Engine) -> None:
    begun = drafts.begin(
        NewDraft(
            RecordKind.GUIDE,
            "",
            "commune:hoa-tien",
            {"title": "Lịch lấy rác"},
            origin=DraftOrigin.TICKET,
            origin_ref="ABC123",
            missing=("nguồn",),
            warnings=("số tiền đọc từ ảnh",),
            notes={"Ghi chú": "lấy rác thứ ba"},
            file_id="f1",
        ),
        LAN,
    )

    found = drafts.find(begun.id)

    assert found == begun
    assert (found.state, found.version, found.created_by) == (DraftState.EDITING, 1, LAN)
    assert (found.origin, found.origin_ref, found.file_id) == (DraftOrigin.TICKET, "ABC123", "f1")
    assert (found.missing, found.notes) == (("nguồn",), {"Ghi chú": "lấy rác thứ ba"})
    assert drafts.of_origin(DraftOrigin.TICKET, "ABC123") == (begun,)
    assert drafts.find(begun.id + 1) is None
    (entry,) = AuditLog(engine).each(AuditFilter())
    assert (entry.entry.by, entry.entry.action) == (LAN, "draft.begun")


def test_every_save_is_kept_with_who_and_when(drafts: Drafts, clock: Clock) -> None:
    begun = drafts.begin(new(id="rac", title="Một"), LAN)
    clock.now += timedelta(minutes=1)
    second = drafts.save(begun.id, {"id": "rac", "title": "Hai"}, begun.version, LAN)
    clock.now += timedelta(minutes=1)
    drafts.save(begun.id, {"id": "rac", "title": "Ba"}, second.version, MINH)

    saves = drafts.saves(begun.id)

    assert [(one.version, one.by, one.data["title"]) for one in saves] == [
        (3, MINH, "Ba"),
        (2, LAN, "Hai"),
        (1, LAN, "Một"),
    ]
    assert [one.at for one in saves] == [NOON + timedelta(minutes=late) for late in (2, 1, 0)]
    assert not any(one.refused for one in saves)


def test_saving_the_same_again_is_no_new_version(drafts: Drafts) -> None:
    begun = drafts.begin(new(title="Một"), LAN)

    again = drafts.save(begun.id, {"title": "Một"}, begun.version, MINH)

    assert again == begun
    assert len(drafts.saves(begun.id)) == 1


def test_who_saves_over_a_colleague_is_told_and_loses_nothing(drafts: Drafts) -> None:
    begun = drafts.begin(new(title="Một"), LAN)
    theirs = drafts.save(begun.id, {"title": "Của Minh"}, begun.version, MINH)

    for _ in range(3):  # as a browser that saves by itself does
        with pytest.raises(DraftChangedError, match="minh đã sửa") as caught:
            drafts.save(begun.id, {"title": "Của Lan"}, begun.version, LAN)

    assert caught.value.theirs == theirs
    assert drafts.find(begun.id) == theirs
    refused, *accepted = drafts.saves(begun.id)
    assert (refused.by, refused.data, refused.refused) == (LAN, {"title": "Của Lan"}, True)
    assert refused.version == begun.version
    assert not any(one.refused for one in accepted)


def test_of_many_who_save_at_once_one_wins_and_all_their_words_are_kept(drafts: Drafts) -> None:
    assert_one_wins(drafts)


def test_the_same_holds_on_postgresql(postgres_url: str, clock: Clock) -> None:
    engine = open_database(fresh_database(postgres_url, "test_drafts"))
    assert_one_wins(made(engine, clock))
    engine.dispose()


def assert_one_wins(drafts: Drafts) -> None:
    begun = drafts.begin(new(title="Một"), LAN)
    together = threading.Barrier(6)

    def save(number: int) -> bool:
        together.wait()
        try:
            drafts.save(begun.id, {"title": f"Của {number}"}, begun.version, f"o{number}")
        except DraftChangedError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(save, range(6)))

    assert sum(won) == 1
    found = drafts.find(begun.id)
    assert found is not None
    assert (found.version, found.data["title"]) == (2, f"Của {won.index(True)}")
    saves = drafts.saves(begun.id)
    assert {one.data["title"] for one in saves} == {"Một", *(f"Của {one}" for one in range(6))}
    assert sum(one.refused for one in saves) == 5


def test_a_draft_of_a_record_is_what_residents_see(drafts: Drafts, engine: Engine) -> None:
    revision = published(engine, body())

    begun = drafts.begin_from_record(KEY, LAN)

    assert begun.body.key == KEY
    assert begun.data == body().data
    assert begun.base_revision_id == revision
    assert (begun.origin, begun.origin_ref) == (DraftOrigin.RECORD, str(revision))
    assert drafts.of_record(RecordKind.PROCEDURE, "dang-ky-tam-tru", NATIONAL) == (begun,)


def test_a_communes_record_is_the_communes(drafts: Drafts, engine: Engine) -> None:
    one = Body(RecordKind.COMMUNE, "hoa-tien", NATIONAL, commune(), "xã")
    published(engine, one)

    begun = drafts.begin_from_record(one.key, LAN)

    assert begun.scope == "commune:hoa-tien"
    assert begun.body.key == one.key


def test_what_is_not_published_begins_no_draft(drafts: Drafts, engine: Engine) -> None:
    published(engine, body())
    with Session(engine) as session, session.begin():
        publish(session, body(), LAN, state=RevisionState.WITHDRAWN, live_from=TODAY)

    with pytest.raises(UnknownDraftError):
        drafts.begin_from_record(KEY, LAN)
    with pytest.raises(UnknownDraftError):
        drafts.begin_from_import(1, LAN)


@pytest.mark.parametrize("known", [True, False], ids=["a change", "a new record"])
def test_an_import_begins_a_draft_with_all_it_said(
    drafts: Drafts, engine: Engine, known: bool
) -> None:
    revision = published(engine, body()) if known else None
    imported = Imported({"id": "dang-ky-tam-tru"}, ("phí",), ("đô la",), {"Cách làm": "nộp"})
    holder = Body(RecordKind.PROCEDURE, "dang-ky-tam-tru", NATIONAL, imported.as_data(), "nhập vào")
    with Session(engine) as session, session.begin():
        added = add_draft(session, holder, "cong-dvc")
    assert added is not None

    begun = drafts.begin_from_import(added, LAN, proposed_in="commune:hoa-tien")

    assert begun.data == {"id": "dang-ky-tam-tru"}
    assert (begun.missing, begun.warnings) == (("phí",), ("đô la",))
    assert begun.notes == {"Cách làm": "nộp"}
    assert begun.base_revision_id == revision
    assert (begun.origin, begun.origin_ref) == (DraftOrigin.IMPORT, str(added))


def test_a_new_record_takes_its_id_from_its_form_and_a_published_one_keeps_it(
    drafts: Drafts, engine: Engine
) -> None:
    published(engine, body())
    fresh = drafts.begin(new(), LAN)
    known = drafts.begin_from_record(KEY, LAN)

    fresh = drafts.save(fresh.id, {"id": "lich-lay-rac"}, fresh.version, LAN)
    known = drafts.save(known.id, {**known.data, "id": "khac"}, known.version, LAN)

    assert fresh.record_id == "lich-lay-rac"
    assert known.record_id == "dang-ky-tam-tru"


def test_a_draft_is_listed_where_it_belongs_and_where_it_is_proposed(drafts: Drafts) -> None:
    own = drafts.begin(new(title="Của xã"), LAN)
    proposed = drafts.begin(
        NewDraft(RecordKind.GUIDE, "a", NATIONAL, {}, proposed_in="commune:hoa-tien"), LAN
    )
    other = drafts.begin(NewDraft(RecordKind.GUIDE, "b", "commune:ba-na", {}), MINH)
    gone = drafts.begin(new(title="Bỏ"), LAN)
    drafts.move(gone.id, DraftState.DISCARDED, LAN)

    def ids(*scopes: str, states: tuple[DraftState, ...] | None = None) -> list[int]:
        found = drafts.listed(scopes, states) if states else drafts.listed(scopes)
        return [one.id for one in found]

    assert ids("commune:hoa-tien") == [proposed.id, own.id]
    assert ids(NATIONAL) == [proposed.id]
    assert ids("commune:ba-na", NATIONAL) == [other.id, proposed.id]
    assert ids("commune:hoa-tien", states=(DraftState.DISCARDED,)) == [gone.id]
    assert ids() == []


def test_a_reviewer_returns_a_draft_with_a_note_and_its_writer_goes_on(
    drafts: Drafts, engine: Engine
) -> None:
    begun = drafts.begin(new(title="Một"), LAN)
    drafts.move(begun.id, DraftState.IN_REVIEW, LAN)

    with pytest.raises(DraftClosedError, match="lý do"):
        drafts.move(begun.id, DraftState.RETURNED, MINH, "  ")
    returned = drafts.move(begun.id, DraftState.RETURNED, MINH, "thiếu căn cứ")
    saved = drafts.save(begun.id, {"title": "Hai"}, begun.version, LAN)

    assert (returned.state, returned.note) == (DraftState.RETURNED, "thiếu căn cứ")
    assert (saved.state, saved.note) == (DraftState.EDITING, "thiếu căn cứ")
    log = [one.entry for one in AuditLog(engine).each(AuditFilter(action="draft.moved"))]
    assert [(one.by, one.details["to"]) for one in log] == [(LAN, "in_review"), (MINH, "returned")]


def test_a_discarded_draft_is_closed_until_it_is_taken_back(drafts: Drafts) -> None:
    begun = drafts.begin(new(title="Một"), LAN)
    drafts.move(begun.id, DraftState.DISCARDED, LAN)

    with pytest.raises(DraftClosedError, match="đã bỏ"):
        drafts.save(begun.id, {"title": "Hai"}, begun.version, LAN)
    with pytest.raises(DraftClosedError, match="đã bỏ"):
        drafts.move(begun.id, DraftState.IN_REVIEW, LAN)
    back = drafts.move(begun.id, DraftState.EDITING, LAN)

    assert drafts.save(begun.id, {"title": "Hai"}, back.version, LAN).data == {"title": "Hai"}


@pytest.mark.parametrize("state", [DraftState.PUBLISHED, DraftState.RETURNED])
def test_nobody_declares_a_draft_published_or_returns_one_not_sent(
    drafts: Drafts, state: DraftState
) -> None:
    begun = drafts.begin(new(title="Một"), LAN)

    with pytest.raises(DraftClosedError):
        drafts.move(begun.id, state, LAN, "vì sao")


def test_a_draft_that_is_not_there_is_told(drafts: Drafts) -> None:
    for act in (
        lambda: drafts.save(7, {}, 1, LAN),
        lambda: drafts.move(7, DraftState.DISCARDED, LAN),
        lambda: drafts.seen(7, LAN),
    ):
        with pytest.raises(UnknownDraftError):
            act()


def test_a_draft_larger_than_is_allowed_is_refused_whole(engine: Engine, clock: Clock) -> None:
    drafts = made(engine, clock, max_bytes=200)
    begun = drafts.begin(new(title="ngắn"), LAN)

    with pytest.raises(DraftTooLargeError, match="DRAFT_MAX_KB"):
        drafts.save(begun.id, {"title": "d" * 200}, begun.version, LAN)
    with pytest.raises(DraftTooLargeError):
        drafts.begin(new(title="ế" * 70), LAN)  # bytes, not letters

    assert drafts.find(begun.id) == begun
    assert made(engine, clock, max_bytes=400).save(
        begun.id, {"title": "d" * 200}, begun.version, LAN
    )


def test_it_is_known_since_when_who_else_is_there_has_been_quiet(
    engine: Engine, clock: Clock
) -> None:
    drafts = made(engine, clock, presence_minutes=10)
    begun = drafts.begin(new(title="Một"), LAN)
    drafts.seen(begun.id, LAN)
    (present,) = drafts.others_at(begun.id, MINH)
    assert (present.seen_at, present.wrote_at) == (NOON, None), "to begin is not to write"

    clock.now += timedelta(minutes=1)
    saved = drafts.save(begun.id, {"title": "Hai"}, begun.version, LAN)
    clock.now += timedelta(minutes=1)
    drafts.save(begun.id, {"title": "Ba"}, saved.version, MINH)
    clock.now += timedelta(minutes=1)
    with pytest.raises(DraftChangedError):
        drafts.save(begun.id, {"title": "Bốn"}, saved.version, LAN)
    clock.now += timedelta(minutes=1)
    drafts.seen(begun.id, LAN)

    (present,) = drafts.others_at(begun.id, MINH)
    assert present.seen_at == NOON + timedelta(minutes=4)
    assert present.wrote_at == NOON + timedelta(minutes=3), "also what was refused was written"


@pytest.mark.parametrize("minutes", [2, 10])
def test_who_has_a_draft_open_is_seen_for_the_minutes_that_are_set(
    engine: Engine, clock: Clock, minutes: int
) -> None:
    drafts = made(engine, clock, presence_minutes=minutes)
    begun = drafts.begin(new(title="Một"), LAN)
    for officer in (MINH, LAN, "an"):
        drafts.seen(begun.id, officer)
    clock.now += timedelta(minutes=1)
    drafts.seen(begun.id, MINH)

    assert [one.officer for one in drafts.others_at(begun.id, LAN)] == ["an", MINH]
    clock.now = NOON + timedelta(minutes=minutes, seconds=1)
    assert [one.officer for one in drafts.others_at(begun.id, LAN)] == [MINH]
    clock.now += timedelta(minutes=1)
    assert drafts.others_at(begun.id, LAN) == ()
