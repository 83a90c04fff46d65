"""Days on which offices work, to count how long a resident has waited."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from knowledge_base.holidays import Calendar, holiday_on

_SATURDAY = 5


def is_working(day: date, calendar: Calendar = holiday_on) -> bool:
    """Whether offices work on a day: Monday to Friday, without the holidays that are certain."""
    special = calendar(day)
    if special is not None and special.certain:
        return special.works_as is not None
    return day.weekday() < _SATURDAY


def working_days_before(moment: datetime, days: int, calendar: Calendar = holiday_on) -> datetime:
    """The moment before which what began has lasted longer than so many working days."""
    day = moment.date()
    while days > 0 or not is_working(day, calendar):
        if is_working(day, calendar):
            days -= 1
        day -= timedelta(days=1)
    return datetime.combine(day, moment.timetz())
