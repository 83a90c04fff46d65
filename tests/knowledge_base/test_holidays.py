"""Public holidays: what the law fixes is certain, what is decided each year is not guessed."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge_base.holidays import (
    LAST_YEAR,
    SpecialDay,
    first_of,
    holiday_on,
    holidays_of,
    is_decided,
)

OFFICIAL = {
    # Thông báo 6150/TB-BLĐTBXH of 2024; 2 May was swapped with a Saturday, which officers enter
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 09-01 09-02",
    # the notices of October and December 2025; 2 January and 31 August were swapped
    2026: "01-01 02-16 02-17 02-18 02-19 02-20 04-26 04-27 04-30 05-01 09-01 09-02",
}
"""The days off of public offices as they were announced, without swapped ones."""


def certain(year: int) -> list[date]:
    return [day for day, special in holidays_of(year).items() if special.certain]


@pytest.mark.parametrize("year", OFFICIAL)
def test_the_announced_days_off_are_those_here(year: int) -> None:
    announced = [date.fromisoformat(f"{year}-{day}") for day in OFFICIAL[year].split()]

    assert is_decided(year)
    assert certain(year) == announced


@pytest.mark.parametrize(
    ("year", "new_year", "hung_kings"),
    [
        (2025, "01-29", "04-07"),
        (2026, "02-17", "04-26"),
        (2027, "02-06", "04-16"),
        (2028, "01-26", "04-04"),
        (2029, "02-13", "04-23"),
        (2030, "02-02", "04-12"),  # a day before the Chinese new year
    ],
)
def test_the_lunar_days_are_those_of_vietnam(year: int, new_year: str, hung_kings: str) -> None:
    tet, gio_to = (date.fromisoformat(f"{year}-{day}") for day in (new_year, hung_kings))

    for day, name in ((tet, "Tết Nguyên đán"), (gio_to, "Giỗ Tổ Hùng Vương")):
        found = holiday_on(day)
        assert found is not None and found.certain
        assert found.name == name


@pytest.mark.parametrize("year", range(2027, LAST_YEAR + 1))
def test_every_year_has_its_holidays_and_none_on_a_wrong_day(year: int) -> None:
    found = holidays_of(year)
    days = certain(year)

    for fixed in ("01-01", "04-30", "05-01", "09-02"):
        assert date.fromisoformat(f"{year}-{fixed}") in days
    assert not is_decided(year)
    assert sum(special.name == "Tết Nguyên đán" for special in found.values()) == 6
    working = [day for day in days if day.weekday() < 5]
    assert 8 <= len(working) <= 11
    made_up = [day for day, special in found.items() if special.name.startswith("bù")]
    assert all(day.weekday() < 5 for day in made_up)


@pytest.mark.parametrize(
    ("day", "sure"),
    [
        pytest.param("2027-02-04", False, id="28 or the last days of the old year"),
        pytest.param("2027-02-05", True, id="the last day of the old year"),
        pytest.param("2027-02-08", True, id="the third day"),
        pytest.param("2027-02-10", True, id="off by either decision"),
        pytest.param("2027-09-01", False, id="the day before"),
        pytest.param("2027-09-03", False, id="or the day after"),
        pytest.param("2028-09-04", True, id="in place of a Saturday, by either decision"),
        pytest.param("2026-11-24", False, id="could not be verified"),
    ],
)
def test_a_day_is_certain_when_every_decision_makes_it_a_holiday(day: str, sure: bool) -> None:
    found = holiday_on(date.fromisoformat(day))

    assert found is not None
    assert found.certain is sure


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-27", "bù Giỗ Tổ Hùng Vương"),
        ("2027-05-03", "bù Ngày Quốc tế Lao động 1/5"),
        ("2028-01-03", "bù Tết Dương lịch"),
        ("2028-05-02", "bù Ngày Chiến thắng 30/4"),
    ],
)
def test_a_holiday_on_a_weekend_is_made_up_for_on_the_next_working_day(day: str, name: str) -> None:
    found = holiday_on(date.fromisoformat(day))

    assert found is not None
    assert found.name == name


def test_an_ordinary_day_is_none() -> None:
    assert holiday_on(date(2026, 11, 23)) is None


def test_the_first_calendar_that_knows_a_day_decides() -> None:
    own = SpecialDay("Nghỉ lễ hội")
    day = date(2026, 9, 2)
    calendar = first_of([lambda asked: own if asked == day else None, holiday_on])

    assert calendar(day) is own
    assert calendar(date(2026, 9, 1)) == holiday_on(date(2026, 9, 1))
