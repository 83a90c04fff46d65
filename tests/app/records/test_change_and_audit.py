"""What cannot be written down is not done: every change of an officer and its entry, or neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Never

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.answering.answer import Language
from app.records.accounts import Accounts, NewAccount, Role
from app.records.audit import AuditLog
from app.records.closures import Closures, NewClosure
from app.records.draft import DraftState, NewDraft
from app.records.drafts import Drafts
from app.records.gaps import Gap, GapDecision, Gaps, Unanswered
from app.records.keeping import Keeping, Retention
from app.records.notices import Level, NewNotice, Notices
from app.records.pins import NewPin, PinBoard
from app.records.place_book import PlaceBook
from app.records.reply_templates import ReplyTemplates
from app.records.reported import ReportedAnswers, ReportOutcome
from app.records.sample import Sample, Verdict
from app.records.switches import Switches
from app.records.tables import AnswerRow
from app.records.tickets import NewTicket, Tickets
from knowledge_base.day import VIETNAM
from knowledge_base.record import RecordKind
from knowledge_base.revisions import Base, DatabaseUnavailableError, now

HERE, BY = "commune:hoa-tien", "lan"
COMMUNES = ["hoa-tien", "ba-na"]
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=VIETNAM)
PIN = NewPin(HERE, "Chợ đêm họp hôm nào?", "Thứ Sáu.", (), "Xã Hòa Tiến", date(2026, 12, 1))
NOTICE = NewNotice(HERE, Level.WARNING, "Bão số 5", None, NOON, NOON + timedelta(days=1))
OFFICER = NewAccount("hoa", "Hoa", Role.EDITOR, (HERE,), "hoa@xa")


class Stores:
    """Every store that officers change something in, with something in it."""

    def __init__(self, engine: Engine) -> None:
        audit = AuditLog(engine)
        self.accounts = Accounts(engine, audit, hasher=PasswordHasher(1, 8, 1))
        self.closures = Closures(engine, audit, clock=lambda: DAY)
        self.drafts = Drafts(engine, audit, max_bytes=9999, presence_minutes=1)
        self.gaps = Gaps(engine, audit, lambda texts: pytest.fail("nothing to embed"), 10)
        self.keeping = Keeping(engine, audit, Retention(question_days=1))
        self.notices = Notices(engine, audit, clock=lambda: NOON)
        self.pins = PinBoard(engine, audit)
        self.places = PlaceBook(engine, audit)
        self.reported = ReportedAnswers(engine, audit)
        self.sample = Sample(engine, audit)
        self.switches = Switches(engine, audit)
        self.templates = ReplyTemplates(engine, audit)
        self.tickets = Tickets(engine, days=90, follow_ups=3)

        with Session(engine) as session, session.begin():
            session.add(an_answer("old", now() - timedelta(days=9)))
        self.officer = self.accounts.add(OFFICER, BY, HERE).id
        self.closure = self.closures.add(NewClosure(HERE, DAY, DAY, "Nghỉ"), BY)
        self.draft = self.drafts.begin(NewDraft(RecordKind.GUIDE, "cho-dem", HERE, {"id": "x"}), BY)
        self.notice = self.notices.add(NOTICE, BY)
        self.pin = self.pins.pin(PIN, BY, DAY)
        places = self.places.add("hoa-tien", ["Quầy 1", "Quầy 2"], BY)
        self.place, self.other_place = (one.code for one in places)
        self.switches.turn_off("national", "Bảo trì", None, BY)
        self.templates.keep(None, HERE, "Chào", "Chào bà con.", BY)
        self.ticket = self.tickets.open_ticket(
            NewTicket("hoa-tien", "Hỏi về yến", Language.VI, "sending")
        ).code
        self.gap = Gap((Unanswered("cho dem", "Chợ đêm", "old", {"hoa-tien": 1}, (now(),)),))


def an_answer(name: str, at: datetime) -> AnswerRow:
    return AnswerRow(
        id=name,
        conversation_id="c",
        commune="hoa-tien",
        asked="?",
        spoken=False,
        status="answered",
        elapsed_ms=1,
        body={},
        made_at=at,
    )


Change = Callable[[Stores], object]

CHANGES: dict[str, Change] = {
    "an account is made": lambda s: s.accounts.add(
        NewAccount("minh", "Minh", Role.EDITOR, (HERE,), "minh@xa"), BY, HERE
    ),
    "an account is changed": lambda s: s.accounts.change(
        s.officer, BY, HERE, name="Hoa", role=Role.REVIEWER, bound_to=(HERE,), linked_to="hoa@xa"
    ),
    "an account is blocked": lambda s: s.accounts.set_blocked(s.officer, BY, HERE, blocked=True),
    "a password is set": lambda s: s.accounts.set_password(s.officer, "đồng lúa chín", BY, HERE),
    "days off are added": lambda s: s.closures.add(NewClosure(HERE, DAY, DAY, "Nghỉ bù"), BY),
    "days off are taken back": lambda s: s.closures.remove(s.closure, [HERE], BY),
    "a draft is begun": lambda s: s.drafts.begin(NewDraft(RecordKind.GUIDE, "a", HERE, {}), BY),
    "a draft is moved": lambda s: s.drafts.move(s.draft.id, DraftState.IN_REVIEW, BY),
    "a group is decided on": lambda s: s.gaps.decide(HERE, s.gap, GapDecision.DISMISSED, BY),
    "what is past its days goes": lambda s: s.keeping.purge(["hoa-tien"], BY, HERE),
    "a notice is made": lambda s: s.notices.add(NOTICE, BY),
    "a notice is ended": lambda s: s.notices.end(s.notice, [HERE], BY),
    "an answer is pinned": lambda s: s.pins.pin(PIN, BY, DAY),
    "a pin is changed": lambda s: s.pins.change(s.pin, PIN, "minh", DAY, version=1),
    "a pin is ended": lambda s: s.pins.end(s.pin, BY, version=1),
    "a code is made": lambda s: s.places.add("hoa-tien", ["Nhà văn hóa"], BY),
    "a place is renamed": lambda s: s.places.rename(s.place, "Quầy 3", COMMUNES, BY),
    "a code is retired": lambda s: s.places.retire(s.place, COMMUNES, BY),
    "a code is sent elsewhere": lambda s: s.places.redirect_to_commune(
        s.place, "ba-na", COMMUNES, COMMUNES, BY
    ),
    "a code is sent to another": lambda s: s.places.redirect_to_place(
        s.place, s.other_place, COMMUNES, COMMUNES, BY
    ),
    "reports are settled": lambda s: s.reported.settle(
        HERE, "record:a", ReportOutcome.NOT_A_FAULT, BY
    ),
    "an answer is judged": lambda s: s.sample.judge("old", HERE, Verdict.RIGHT, "", BY),
    "the assistant is turned off": lambda s: s.switches.turn_off(HERE, "Bão", None, BY),
    "the assistant is turned on": lambda s: s.switches.turn_on("national", BY),
    "a template is made": lambda s: s.templates.keep(None, HERE, "Tạm biệt", "Chào.", BY),
    "a template is deleted": lambda s: s.templates.delete("1", HERE, BY),
    "a ticket is answered": lambda s: s.tickets.reply(s.ticket, "Rồi.", by=BY),
    "a ticket is taken": lambda s: s.tickets.assign(s.ticket, BY, by=BY),
    "a ticket is handed over": lambda s: s.tickets.forward(s.ticket, "Thuế cơ sở 5", by=BY),
    "a ticket is sent on": lambda s: s.tickets.move(s.ticket, "ba-na", by=BY),
    "a ticket is closed": lambda s: s.tickets.close(s.ticket, by=BY),
    "a ticket is deleted": lambda s: s.tickets.delete(s.ticket, by=BY),
}


def everything(engine: Engine) -> dict[str, list[Any]]:
    with Session(engine) as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_that_cannot_be_written_down_is_not_made(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    stores = Stores(engine)
    before = everything(engine)

    def full(*entry: object) -> Never:
        raise DatabaseUnavailableError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "add", full)
        with pytest.raises(DatabaseUnavailableError):
            change(stores)

    assert everything(engine) == before
    change(stores)
    after = everything(engine)
    differ = {name for name in after if after[name] != before[name]}
    assert {"audit_log", "audit_head"} < differ, "otherwise something else changes, and is told"
