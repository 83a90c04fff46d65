"""Questions without an answer: which count, how they are grouped, what is decided about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.answering.answer import AnswerStatus
from app.records import gaps as module
from app.records.audit import AuditFilter, AuditLog
from app.records.gaps import GapDecision, Gaps
from app.records.tables import AnswerRow
from knowledge_base.cluster import Groups

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
AREA = ("commune:hoa-tien", ("hoa-tien", "ba-na"))


class FirstWords:
    """Questions are alike that begin with the same word; counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts: list[str]) -> NDArray[np.float32]:
        self.asked += len(texts)
        known = ["rác", "chợ", "đèn", "loa"]
        rows = np.zeros((len(texts), 8), dtype=np.float32)
        for number, text in enumerate(texts):
            first = text.lower().split()[0]
            rows[number, known.index(first) if first in known else 4] = 1.0
        return rows


@pytest.fixture
def embed() -> FirstWords:
    return FirstWords()


@pytest.fixture
def gaps(engine: Engine, embed: FirstWords) -> Gaps:
    return Gaps(engine, AuditLog(engine), embed, limit=100)


def asked(
    engine: Engine,
    text: str,
    status: AnswerStatus = AnswerStatus.ABSTAINED_NO_PASSAGE,
    *,
    commune: str = "hoa-tien",
    at: datetime = NOW,
    conversation: str = "",
) -> None:
    with Session(engine) as session, session.begin():
        session.add(
            AnswerRow(
                id=uuid4().hex,
                conversation_id=conversation or uuid4().hex,
                commune=commune,
                asked=text,
                spoken=False,
                status=status.value,
                elapsed_ms=1,
                body={},
                made_at=at,
            )
        )


def test_questions_alike_stand_together_with_their_counts(engine: Engine, gaps: Gaps) -> None:
    asked(engine, "Rác gom hôm nào?", at=NOW - timedelta(days=2))
    asked(engine, "RÁC gom hôm nào", commune="ba-na")
    asked(engine, "Rác để ở đâu")
    asked(engine, "Chợ đêm họp hôm nào")

    first, second = gaps.listed(*AREA, SINCE)

    assert (first.count, second.count) == (3, 1)
    assert first.heading == "RÁC gom hôm nào"  # as it was typed last
    assert [one.count for one in first.questions] == [2, 1]
    assert first.communes == {"hoa-tien": 2, "ba-na": 1}
    assert (first.first, first.last) == (NOW - timedelta(days=2), NOW)


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (AnswerStatus.ABSTAINED_UNSUPPORTED, True),
        (AnswerStatus.OUT_OF_SCOPE, True),
        (AnswerStatus.CLARIFY_PROCEDURE, True),
        (AnswerStatus.ANSWERED, False),
        (AnswerStatus.EMERGENCY, False),
        (AnswerStatus.CLARIFY_CASE, False),
    ],
)
def test_what_counts_as_unanswered(
    engine: Engine, gaps: Gaps, status: AnswerStatus, counts: bool
) -> None:
    asked(engine, "Rác gom hôm nào", status)

    assert bool(gaps.listed(*AREA, SINCE)) is counts


def test_a_question_asked_back_does_not_count_once_the_resident_went_on(
    engine: Engine, gaps: Gaps
) -> None:
    asked(engine, "Rác", AnswerStatus.CLARIFY_PROCEDURE, conversation="a" * 32)
    asked(
        engine,
        "Rác gom hôm nào",
        AnswerStatus.ANSWERED,
        conversation="a" * 32,
        at=NOW + timedelta(minutes=1),
    )

    assert gaps.listed(*AREA, SINCE) == ()


def test_a_question_is_shown_with_marks_where_anybody_typed_them(
    engine: Engine, gaps: Gaps
) -> None:
    asked(engine, "Loa phát mấy giờ")
    asked(engine, "loa phat may gio", at=NOW + timedelta(minutes=1))

    (gap,) = gaps.listed(*AREA, SINCE)

    assert gap.heading == "Loa phát mấy giờ" and gap.count == 2


def test_other_communes_and_older_questions_stay_out(engine: Engine, gaps: Gaps) -> None:
    asked(engine, "Rác gom hôm nào", commune="hoa-vang")
    asked(engine, "Rác gom hôm nào", at=SINCE - timedelta(minutes=1))

    assert gaps.listed(*AREA, SINCE) == ()


def test_only_so_many_of_the_newest_are_grouped(engine: Engine, embed: FirstWords) -> None:
    gaps = Gaps(engine, AuditLog(engine), embed, limit=2)
    for place, text in enumerate(("Loa 1", "Rác", "Chợ")):
        asked(engine, text, at=NOW + timedelta(minutes=place))

    assert {gap.heading for gap in gaps.listed(*AREA, SINCE)} == {"Rác", "Chợ"}


def test_what_is_grouped_is_not_embedded_again(
    engine: Engine, gaps: Gaps, embed: FirstWords
) -> None:
    asked(engine, "Rác gom hôm nào")
    gaps.listed(*AREA, SINCE)
    asked(engine, "Rác để đâu")

    (gap,) = gaps.listed(*AREA, SINCE)

    assert gap.count == 2 and embed.asked == 2


def test_only_so_many_vectors_are_kept_in_memory(
    engine: Engine, gaps: Gaps, embed: FirstWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_QUESTIONS_KEPT", 3)
    asked(engine, "Rác đổ ngày nào?")
    asked(engine, "Chợ họp ngày nào?")
    periods = [SINCE - timedelta(days=day) for day in range(2)]

    for since in (*periods, periods[1], periods[0]):
        gaps.listed(*AREA, since)

    assert embed.asked == 6, "the one asked for last is kept, the one before was dropped"


def test_a_dismissed_group_comes_back_when_it_is_asked_again(
    engine: Engine, gaps: Gaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(engine, "Rác gom hôm nào")
    monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    (gap,) = gaps.listed(*AREA, SINCE)

    gaps.decide(AREA[0], gap, GapDecision.DISMISSED, "lan")
    (settled,) = gaps.listed(*AREA, SINCE)
    asked(engine, "Rác gom mấy giờ", at=NOW + timedelta(hours=2))
    (back,) = gaps.listed(*AREA, SINCE)

    assert settled.settled and not back.settled
    assert back.new == 1 and back.decided is not None
    assert back.decided.decision is GapDecision.DISMISSED
    (entry,) = AuditLog(engine).page(AuditFilter(), 0, 5)
    assert (entry.entry.action, entry.entry.by) == ("gap.dismissed", "lan")


def test_a_decision_counts_in_its_own_area_and_can_be_taken_back(
    engine: Engine, gaps: Gaps, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(engine, "Rác gom hôm nào")
    monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    (gap,) = gaps.listed(*AREA, SINCE)
    gaps.decide(AREA[0], gap, GapDecision.DRAFTED, "lan", ref="7")

    (elsewhere,) = gaps.listed("commune:ba-na", AREA[1], SINCE)
    gaps.recall(AREA[0], gap, "minh")
    (here,) = gaps.listed(*AREA, SINCE)

    assert elsewhere.decided is None and here.decided is None


def test_the_other_questions_alike_are_found(engine: Engine, gaps: Gaps) -> None:
    asked(engine, "Rác gom hôm nào")
    asked(engine, "Rác để đâu")
    asked(engine, "Chợ đêm")

    alike = gaps.alike("Rác gom hôm nào?", ("hoa-tien",), SINCE)

    assert alike == ("Rác để đâu",)


def test_groups_do_not_hang_on_how_many_texts_come_at_a_time() -> None:
    random = np.random.default_rng(5)
    centres = np.eye(6, dtype=np.float32)
    vectors = centres[random.integers(0, 6, 600)] + random.normal(0, 0.05, (600, 6)).astype(
        np.float32
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)

    at_once, one_by_one = Groups(6), Groups(6)
    at_once.add(vectors)
    for row in vectors:
        one_by_one.add(row[None, :])

    assert set(map(frozenset, at_once.groups())) == set(map(frozenset, one_by_one.groups()))
    assert len(at_once.groups()) == 6
