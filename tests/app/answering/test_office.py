"""Counters in the words of residents: when they are open, and when they open again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.answering.office import describe, office_of
from knowledge_base.commune import Commune, Counter
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
        pytest.param("2026-11-23 17:00", "đang nghỉ, mở lại 7:30 thứ Ba", id="as it closes"),
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
