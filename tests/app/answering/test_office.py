"""Counters in the words of residents: when they are open, and when they open again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.answering.answer import Language
from app.answering.office import describe, office_of
from knowledge_base.commune import Commune, Counter, Weekday
from knowledge_base.holidays import Calendar, SpecialDay
from knowledge_base.record import CounterKind
from tests.fakes import COMMUNE_DATA, MONDAY_MORNING, changed

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY_CLOSED = [COMMUNE_DATA["counters"][0]["opening_hours"]["shifts"][0:2]][0]


def counter(**changes: object) -> Counter:
    return Counter.model_validate(changed(COMMUNE_DATA["counters"][0], **changes))


@pytest.mark.parametrize(
    ("moment", "now"),
    [
        pytest.param("2026-11-23 09:00", "đang mở", id="Monday morning"),
        pytest.param("2026-11-23 07:30", "đang mở", id="as it opens"),
        pytest.param(
            "2026-11-23 07:29", "đang nghỉ, mở lại 7:30 hôm nay", id="a minute before it opens"
        ),
        pytest.param("2026-11-23 11:30", "đang nghỉ, mở lại 13:30 hôm nay", id="at noon"),
        pytest.param("2026-11-18 17:00", "đang nghỉ, mở lại 7:30 thứ Năm", id="as it closes"),
        pytest.param("2026-11-21 09:00", "đang mở", id="Saturday morning"),
        pytest.param("2026-11-20 22:15", "đang nghỉ, mở lại 7:30 thứ Bảy", id="Friday night"),
        pytest.param("2026-11-21 12:00", "đang nghỉ, mở lại 7:30 thứ Hai", id="Saturday noon"),
        pytest.param("2026-11-22 09:00", "đang nghỉ, mở lại 7:30 thứ Hai", id="Sunday"),
    ],
)
def test_it_says_whether_it_is_open_or_when_it_opens_again(moment: str, now: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=VIETNAM)

    assert describe(counter(), local).hours_now == now


def test_over_a_weekend_without_saturday_it_opens_again_on_monday() -> None:
    hours = {"shifts": SATURDAY_CLOSED, "source": "ub"}
    friday_night = datetime(2026, 11, 20, 18, 0, tzinfo=VIETNAM)

    office = describe(counter(opening_hours=hours), friday_night)

    assert office.hours_now == "đang nghỉ, mở lại 7:30 thứ Hai"


def test_a_counter_open_once_a_week_opens_again_in_a_week() -> None:
    once = {"shifts": [{"days": ["mon"], "opens": "08:00", "closes": "10:00"}], "source": "ub"}
    monday_noon = datetime(2026, 11, 23, 12, 0, tzinfo=VIETNAM)

    office = describe(counter(opening_hours=once), monday_noon)

    assert office.hours_now == "đang nghỉ, mở lại 8:00 thứ Hai"


def test_hours_are_told_by_days_with_their_shifts_together() -> None:
    assert describe(counter(), MONDAY_MORNING).hours == (
        "Thứ Hai – thứ Sáu: 7:30–11:30, 13:30–17:00",
        "Thứ Bảy: 7:30–11:30",
    )


def test_days_apart_are_named_one_by_one() -> None:
    shifts = [{"days": ["wed", "mon", "sun"], "opens": "08:00", "closes": "10:05"}]

    office = describe(counter(opening_hours={"shifts": shifts, "source": "ub"}), MONDAY_MORNING)

    assert office.hours == ("Thứ Hai, thứ Tư, Chủ nhật: 8:00–10:05",)


def test_what_is_unknown_is_absent() -> None:
    commune = Commune.model_validate(COMMUNE_DATA)

    office = office_of(commune, CounterKind.POLICE, MONDAY_MORNING)

    assert office is not None
    assert (office.name, office.kind) == ("Công an xã Thử", "police")
    assert (office.address, office.telephone, office.hours, office.hours_now) == (
        None,
        None,
        (),
        None,
    )
    assert office_of(commune, CounterKind.TAX, MONDAY_MORNING) is None


def test_notes_of_the_counter_and_of_its_hours_are_both_told() -> None:
    hours = {**COMMUNE_DATA["counters"][0]["opening_hours"], "note": "nghỉ lễ theo quy định"}

    office = describe(counter(opening_hours=hours, note="vào cổng phụ"), MONDAY_MORNING)

    assert office.note == "nghỉ lễ theo quy định; vào cổng phụ"


def test_a_telephone_is_a_number_without_words() -> None:
    assert describe(counter(), MONDAY_MORNING).telephone == "0236 3000 111"
    with pytest.raises(ValueError, match="telephone"):
        counter(telephone={"text": "gọi văn thư", "source": "ub"})


def told(moment: str, calendar: Calendar | None = None, language: Language = Language.VI) -> str:
    local = datetime.fromisoformat(moment).replace(tzinfo=VIETNAM)
    office = (
        describe(counter(), local, language, calendar)
        if calendar
        else describe(counter(), local, language)
    )
    return office.hours_now or ""


def only(day: str, special: SpecialDay) -> Calendar:
    """A calendar with one special day."""
    return lambda asked: special if asked == date.fromisoformat(day) else None


@pytest.mark.parametrize(
    ("moment", "now"),
    [
        pytest.param(
            "2026-09-01 09:00",
            "đang nghỉ Quốc khánh, mở lại 7:30 thứ Năm, 3/9/2026",
            id="two days off",
        ),
        pytest.param(
            "2026-08-31 17:30", "đang nghỉ, mở lại 7:30 thứ Năm, 3/9/2026", id="the evening before"
        ),
        pytest.param(
            "2026-02-18 09:00",
            "đang nghỉ Tết Nguyên đán, mở lại 7:30 thứ Bảy, 21/2/2026",
            id="Tết, and a Saturday morning after it",
        ),
        pytest.param(
            "2026-04-27 09:00",
            "đang nghỉ bù Giỗ Tổ Hùng Vương, mở lại 7:30 thứ Ba, 28/4/2026",
            id="in place of a Sunday",
        ),
        pytest.param("2026-08-31 09:00", "đang mở", id="a working day before a holiday"),
        pytest.param(
            "2026-11-24 09:00",
            "có thể nghỉ Ngày Văn hóa Việt Nam, gọi trước",
            id="not known whether it is a holiday",
        ),
        pytest.param(
            "2026-11-23 17:30",
            "đang nghỉ, mở lại 7:30 thứ Ba nếu không nghỉ Ngày Văn hóa Việt Nam",
            id="the evening before that",
        ),
    ],
)
def test_public_holidays_are_kept(moment: str, now: str) -> None:
    assert told(moment) == now


def test_what_officers_entered_is_kept() -> None:
    closed = SpecialDay("sửa trụ sở")
    assert (
        told("2026-12-01 09:00", only("2026-12-01", closed))
        == "đang nghỉ sửa trụ sở, mở lại 7:30 thứ Tư, 2/12/2026"
    )
    works = SpecialDay("làm bù", works_as=Weekday.MON)
    assert told("2026-12-05 15:00", only("2026-12-05", works)) == "đang mở"
    assert told("2026-12-05 15:00", only("2026-12-06", works)) == (
        "đang nghỉ, mở lại 7:30 Chủ nhật"
    )


def test_the_coming_days_off_are_told_beforehand() -> None:
    def days_off(moment: str, calendar: Calendar | None = None) -> tuple[str, ...]:
        local = datetime.fromisoformat(moment).replace(tzinfo=VIETNAM)
        return (
            describe(counter(), local, calendar=calendar).days_off
            if calendar
            else describe(counter(), local).days_off
        )

    assert days_off("2026-08-30 09:00") == (
        "Thứ Ba, 1/9/2026: nghỉ Quốc khánh",
        "Thứ Tư, 2/9/2026: nghỉ Quốc khánh",
    )
    assert days_off("2026-08-20 09:00") == ()
    assert days_off("2026-11-22 09:00") == (
        "Thứ Ba, 24/11/2026: có thể nghỉ Ngày Văn hóa Việt Nam, gọi trước",
    )
    works = SpecialDay("làm bù", works_as=Weekday.FRI)
    assert days_off("2026-12-01 09:00", only("2026-12-05", works)) == (
        "Thứ Bảy, 5/12/2026: làm bù, 7:30–11:30, 13:30–17:00",
    )
    sunday = only("2026-12-06", SpecialDay("lễ"))
    assert days_off("2026-12-01 09:00", sunday) == (), "it is closed on Sundays anyhow"


def test_days_off_are_told_in_english_with_vietnamese_words_in_quotes() -> None:
    assert told("2026-09-01 09:00", language=Language.EN) == (
        "closed (National Day), opens at 7:30 on Thursday, 3/9/2026"
    )
    own = only("2026-12-01", SpecialDay("sửa trụ sở"))
    assert told("2026-12-01 09:00", own, Language.EN).startswith("closed (“sửa trụ sở”), opens at")
    assert told("2026-11-24 09:00", language=Language.EN) == (
        "may be closed (Vietnam Culture Day), call first"
    )


def test_a_closure_without_end_in_sight_says_only_why() -> None:
    assert told("2026-12-01 09:00", lambda _: SpecialDay("chuyển trụ sở")) == (
        "đang nghỉ chuyển trụ sở"
    )
