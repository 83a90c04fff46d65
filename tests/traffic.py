"""Synthetic traffic, by seed: scans, questions, feedback and tickets, straight into the tables.

Nobody asked these. Every text goes through the same mask as a resident's. For looking at a full
dashboard: ``python -m tests.traffic DATA_DIR --count 10000``.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from app.answering.answer import Answer, AnswerStatus, Card, CardSection, Language, RecordRef
from app.answering.mask import mask
from app.records.database import open_database
from app.records.question_log import folded, is_unanswered
from app.records.tables import (
    AnswerRow,
    FeedbackRow,
    PlaceRow,
    ScanRow,
    TicketMessageRow,
    TicketRow,
)
from app.records.ticket_code import ALPHABET
from app.records.tickets import Author, TicketState
from knowledge_base.day import VIETNAM
from knowledge_base.record import Facet, RecordKind, Topic
from knowledge_base.syllables import fold

_ROWS = 2000
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)

_STATUSES = {
    AnswerStatus.ANSWERED: 64.0,
    AnswerStatus.CLARIFY_PROCEDURE: 7.0,
    AnswerStatus.CLARIFY_CASE: 5.0,
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE: 10.0,
    AnswerStatus.ABSTAINED_NO_PASSAGE: 3.0,
    AnswerStatus.ABSTAINED_UNSUPPORTED: 0.7,
    AnswerStatus.OUT_OF_SCOPE: 5.0,
    AnswerStatus.SMALL_TALK: 3.5,
    AnswerStatus.SCAM_WARNING: 1.0,
    AnswerStatus.EMERGENCY: 0.3,
    AnswerStatus.ERROR_MODEL: 0.5,
}
_OF_A_RECORD = {AnswerStatus.ANSWERED, AnswerStatus.CLARIFY_CASE}
_HOURS = (1, 1, 1, 1, 1, 3, 8, 26, 52, 58, 46, 30, 14, 26, 48, 50, 36, 24, 20, 28, 30, 18, 8, 3)
_WEEKDAYS = (1.3, 1.1, 1.0, 1.0, 1.05, 0.7, 0.5)
_LABELS = (
    "Quầy một cửa",
    "Bảng tin thôn",
    "Nhà văn hóa",
    "Trạm y tế",
    "Chợ",
    "Công an xã",
    "Trường tiểu học",
    "Nhà sinh hoạt cộng đồng",
)
_LABEL_WEIGHTS = (40, 15, 8, 14, 6, 12, 3, 2)
_NOT_KNOWN = (
    "nuôi chim yến trên mái nhà có phải xin phép không",
    "xin trích lục bản đồ giải thửa năm 1995",
    "hỗ trợ mất mùa do bão thì nộp ở đâu",
    "làm thẻ xe cho người khuyết tật",
    "đăng ký thuyền thúng đánh cá gần bờ",
    "xin cấp phép bán hàng rong ở chợ",
    "hỗ trợ tiền điện cho hộ nuôi tôm",
    "đổi tên đường trong giấy tờ nhà",
    "xin xác nhận đã ở trong vùng sạt lở",
    "cấp lại sổ hộ nghèo bị mất",
    "học bổng cho con liệt sĩ xin ở mô",
    "xây mộ trong vườn nhà có được không",
    "mượn hội trường thôn làm đám cưới",
    "tiêm phòng chó mèo đăng ký ở đâu",
    "đăng ký giết mổ heo tại nhà",
    "trồng keo trên đất rừng cần giấy gì",
    "nước sạch mấy ngày nay không có hỏi ai",
    "đèn đường hư báo cho ai",
    "xin giảm học phí cho con hộ cận nghèo",
    "xe công nông có phải đăng ký không",
)
_ABOUT_ELSE = ("thời tiết mai thế nào", "giá vàng hôm nay", "kết quả xổ số", "bóng đá tối nay")
_GREETINGS = ("chào em", "cảm ơn nhiều nghe", "alo có ai không")
_ALARMS = ("cháy nhà rồi", "có người bị điện giật", "tai nạn ở ngã ba")
_FRAUDS = (
    "công an gọi bắt cài ứng dụng VNeID giả",
    "họ đòi chuyển tiền mới cấp căn cước, tài khoản 0041000123456",
)
_ENDINGS = (
    "",
    "?",
    " cần giấy tờ gì?",
    " hết bao nhiêu tiền?",
    " mấy ngày thì xong?",
    " nộp ở đâu?",
    " làm răng?",
    ", tôi tên Nam, gọi 0905 123 456",
    ", số cccd 048201001234",
)
_COMMENTS = (
    None,
    None,
    "không đúng với xã tôi",
    "phí cũ rồi, gọi tôi 0905.123.456",
    "ghi dài quá, khó hiểu",
)
_REPLIES = (
    "Bà con mang căn cước đến quầy một cửa trong giờ làm việc để được xem hồ sơ.",
    "Việc này do Chi nhánh Văn phòng đăng ký đất đai nhận; xã đã chuyển câu hỏi.",
    "Hiện xã chưa có mức hỗ trợ này. Khi có văn bản, xã sẽ báo ở bảng tin thôn.",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that is asked about."""

    record_id: str
    title: str
    topic: Topic
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make."""

    count: int
    """Of questions."""
    first: date
    last: date
    communes: tuple[str, ...]
    subjects: tuple[Subject, ...]
    seed: int = 1
    body_bytes: int = 0
    """At least so large is each answer that is kept; a real one with a card has about 15,000."""


@dataclass
class Made:
    """What was made, row by row, for whom wants to count it again."""

    places: list[dict[str, Any]] = field(default_factory=list)
    scans: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)


def make_traffic(engine: Engine, plan: Plan, *, keep: bool = True) -> Made:
    """Fill the tables; what was made comes back too, unless it is too much to ``keep``."""
    chance = random.Random(plan.seed)
    made = Made()
    made.places = _places(plan, chance)
    with Session(engine) as session, session.begin():
        session.execute(insert(PlaceRow), made.places)
        made.scans = _scans(plan, made.places, chance)
        session.execute(insert(ScanRow), made.scans)
    every = _answers(plan, made.places, chance)
    codes: set[str] = set()
    while answers := list(islice(every, _ROWS)):
        feedback = list(_feedback(answers, chance))
        tickets, messages = _tickets(answers, chance, len(made.tickets) + 1, codes)
        with Session(engine) as session, session.begin():
            for rows, table in (
                (answers, AnswerRow),
                (feedback, FeedbackRow),
                (tickets, TicketRow),
                (messages, TicketMessageRow),
            ):
                if rows:
                    # one statement for all, whichever of their values are missing
                    session.execute(insert(table).execution_options(render_nulls=True), rows)
        made.tickets += tickets
        if keep:
            made.messages += messages
            made.answers += [{**row, "body": None} for row in answers]
    return made


def _places(plan: Plan, chance: random.Random) -> list[dict[str, Any]]:
    codes: set[str] = set()
    made = []
    for commune in plan.communes:
        for number in range(chance.randint(3, len(_LABELS))):
            code = _code(chance, codes).lower()
            made.append(
                {
                    "code": code,
                    "commune": commune,
                    "label": _LABELS[number],
                    "retired": number > 2 and chance.random() < 0.15,
                    "made_at": _moment(plan.first, time(1), chance),
                }
            )
    return made


def _scans(
    plan: Plan, places: Sequence[Mapping[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    days = _days(plan)
    each = plan.count * 1.6 / (len(days) * len(places))
    made = []
    for place in places:
        share = _LABEL_WEIGHTS[_LABELS.index(place["label"])] / 12.5
        for day in days:
            count = int(chance.expovariate(1) * each * share * _WEEKDAYS[day.weekday()])
            if count:
                made.append({"code": place["code"], "day": day, "count": count})
    return made


def _answers(
    plan: Plan, places: Sequence[Mapping[str, Any]], chance: random.Random
) -> Iterator[dict[str, Any]]:
    days = _days(plan)
    # more in the end than in the beginning: word gets about
    day_weights = [
        _WEEKDAYS[day.weekday()] * (0.6 + 0.8 * number / len(days))
        for number, day in enumerate(days)
    ]
    at: dict[str, list[str]] = {}
    for place in places:
        at.setdefault(place["commune"], []).append(place["code"])
    commune_weights = [1 / (number + 2) ** 0.7 for number in range(len(plan.communes))]
    subject_weights = [1 / (number + 3) for number in range(len(plan.subjects))]
    for number in range(plan.count):
        day = chance.choices(days, day_weights)[0]
        hour = chance.choices(range(24), _HOURS)[0]
        made_at = _moment(day, time(hour), chance)
        commune = chance.choices(plan.communes, commune_weights)[0]
        code = None
        if chance.random() < 0.72:
            codes = at[commune]
            code = chance.choices(codes, _LABEL_WEIGHTS[: len(codes)])[0]
        yield _answer(
            plan,
            chance,
            number,
            {"commune": commune, "place": code, "made_at": made_at, "day": day, "hour": hour},
            chance.choices(plan.subjects, subject_weights)[0],
        )


def _answer(
    plan: Plan, chance: random.Random, number: int, where: Mapping[str, Any], subject: Subject
) -> dict[str, Any]:
    status = chance.choices(list(_STATUSES), list(_STATUSES.values()))[0]
    about = subject if status in _OF_A_RECORD else None
    asked = mask(_asked(status, subject, chance))
    language = Language.EN if chance.random() < 0.03 else Language.VI
    facet = chance.choice(list(Facet)) if about else None
    name = f"t{plan.seed}-{number:08d}"
    answer = Answer(
        id=name,
        conversation_id=f"k{plan.seed}-{number:08d}",
        status=status,
        text="Câu trả lời thử.",
        asked=asked,
        language=language,
        facet=facet,
        confidence=round(chance.random(), 3),
        procedure=RecordRef(
            about.record_id,
            RecordKind.PROCEDURE,
            None,
            about.title,
            about.topic,
            f"/c/{where['commune']}/p/{about.record_id}",
        )
        if about
        else None,
        card=Card(
            about.title,
            None,
            (CardSection(Facet.SUMMARY, "Tóm tắt", ("Dòng thử. " * (plan.body_bytes // 14),)),),
        )
        if about and plan.body_bytes
        else None,
        elapsed_ms=max(3, int(chance.lognormvariate(4.1, 0.7))),
    )
    return {
        "id": answer.id,
        "conversation_id": answer.conversation_id,
        "asked": asked,
        "spoken": chance.random() < 0.17,
        "status": status.value,
        "record_id": about.record_id if about else None,
        "facet": facet.value if facet else None,
        "confidence": answer.confidence,
        "elapsed_ms": answer.elapsed_ms,
        "body": _ANSWER.dump_python(answer, mode="json"),
        "topic": about.topic.value if about else None,
        "language": language.value,
        "unanswered": folded(asked) if is_unanswered(status) else None,
        "helpful": None,
        **where,
    }


def _asked(status: AnswerStatus, subject: Subject, chance: random.Random) -> str:
    if is_unanswered(status):
        weights = [1 / (number + 1) for number in range(len(_NOT_KNOWN))]
        text = chance.choices(_NOT_KNOWN, weights)[0]
    elif status is AnswerStatus.OUT_OF_SCOPE:
        text = chance.choice(_ABOUT_ELSE)
    elif status is AnswerStatus.SMALL_TALK:
        text = chance.choice(_GREETINGS)
    elif status is AnswerStatus.EMERGENCY:
        text = chance.choice(_ALARMS)
    elif status is AnswerStatus.SCAM_WARNING:
        text = chance.choice(_FRAUDS)
    else:
        text = chance.choice(subject.questions) + chance.choice(_ENDINGS)
    typed = chance.random()
    if typed < 0.35:
        text = fold(text)
    elif typed < 0.5:
        text = text.capitalize()
    return text + ("?" if chance.random() < 0.2 and not text.endswith("?") else "")


def _feedback(answers: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Some answers are judged, a few of them again; the last word is kept with the answer."""
    for answer in answers:
        good = {"answered": 0.82, "clarify_case": 0.6}.get(answer["status"], 0.2)
        while chance.random() < (0.2 if answer["helpful"] is None else 0.04):
            answer["helpful"] = chance.random() < good
            comment = None if answer["helpful"] else chance.choice(_COMMENTS)
            yield {
                "answer_id": answer["id"],
                "helpful": answer["helpful"],
                "reason": None
                if answer["helpful"]
                else chance.choice(("wrong", "outdated", "incomplete", "unclear", "other")),
                "comment": mask(comment) if comment else None,
                "made_at": answer["made_at"] + timedelta(minutes=chance.randint(1, 30)),
            }


def _tickets(
    answers: Sequence[Mapping[str, Any]], chance: random.Random, first_id: int, codes: set[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    tickets: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []
    for answer in answers:
        if chance.random() >= (0.12 if answer["unanswered"] else 0.006):
            continue
        created = answer["made_at"] + timedelta(minutes=chance.randint(1, 20))
        delay = timedelta(hours=chance.lognormvariate(2.6, 1.0))
        state = chance.choices(list(TicketState), (8, 6, 56, 30))[0]
        replied = state in (TicketState.ANSWERED, TicketState.CLOSED) and chance.random() < 0.94
        identity = first_id + len(tickets)
        if replied:
            messages.append(
                {
                    "ticket_id": identity,
                    "author": Author.OFFICER.value,
                    "office": "UBND xã",
                    "text": chance.choice(_REPLIES),
                    "citations": [],
                    "made_at": created + delay,
                }
            )
            if chance.random() < 0.15:
                messages.append(
                    {
                        **messages[-1],
                        "author": Author.RESIDENT.value,
                        "office": None,
                        "text": "Cảm ơn, cho hỏi thêm giờ làm việc.",
                        "made_at": created + delay * 2,
                    }
                )
        tickets.append(
            {
                "id": identity,
                "code": _code(chance, codes),
                "sending": f"s{answer['id']}",
                "commune": answer["commune"],
                "question": answer["asked"],
                # some are written from the commune's page, without an answer before
                "answer_id": answer["id"] if chance.random() < 0.8 else None,
                "conversation_id": None,
                "language": answer["language"],
                "state": state.value,
                "assigned_to": None,
                "forwarded_to": "Phòng Kinh tế" if state is TicketState.FORWARDED else None,
                "created_at": created,
                "updated_at": created + delay if replied else created,
                "waiting_since": created
                if state in (TicketState.OPEN, TicketState.FORWARDED)
                else None,
            }
        )
    return tickets, messages


def _code(chance: random.Random, taken: set[str]) -> str:
    while (code := "".join(chance.choices(ALPHABET, k=6))) in taken:
        pass
    taken.add(code)
    return code


def _days(plan: Plan) -> list[date]:
    return [plan.first + timedelta(days=n) for n in range((plan.last - plan.first).days + 1)]


def _moment(day: date, at: time, chance: random.Random) -> datetime:
    begun = datetime.combine(day, at, VIETNAM).astimezone(UTC)
    return begun + timedelta(seconds=chance.randrange(3600), microseconds=chance.randrange(10**6))


def release_subjects(catalogue_records: Mapping[str, Any]) -> tuple[Subject, ...]:
    """The records of a release with the questions that residents ask of them."""
    return tuple(
        Subject(
            record.id, record.title, record.topic, tuple(item.text for item in record.questions)
        )
        for record in catalogue_records.values()
        if record.questions
    )


def main() -> None:
    """Fill the database of a data directory, made by ``hoixa ingest``."""
    from tests.service import release_edition

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path, help="the data directory")
    options.add_argument("--count", type=int, default=10_000, help="of questions")
    options.add_argument("--months", type=int, default=4, help="until yesterday")
    options.add_argument("--communes", default="hoa-tien,hoa-vang,ba-na")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    communes = tuple(chosen.communes.split(","))
    last = datetime.now(VIETNAM).date() - timedelta(days=1)
    engine = open_database(f"sqlite:///{chosen.data / 'hoixa.db'}")
    subjects = release_subjects(release_edition().scope(communes[0]).records)
    plan = Plan(
        chosen.count,
        last - timedelta(days=30 * chosen.months),
        last,
        communes,
        subjects,
        chosen.seed,
    )
    made = make_traffic(engine, plan, keep=False)
    engine.dispose()
    print(f"{chosen.count} questions, {len(made.tickets)} tickets, {len(made.places)} places")


if __name__ == "__main__":
    main()
