"""What stands at the head of an office's paper (thể thức văn bản, Decree 30/2020/NĐ-CP)."""

from __future__ import annotations

from datetime import date

COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
_TWO_DIGITS_UNTIL_DAY, _TWO_DIGITS_UNTIL_MONTH = 9, 2


def dated(place: str, day: date) -> str:
    """Place and day: ``Hòa Tiến, ngày 01 tháng 12 năm 2026``; small days and months have a zero."""
    days = f"{day.day:02}" if day.day <= _TWO_DIGITS_UNTIL_DAY else str(day.day)
    months = f"{day.month:02}" if day.month <= _TWO_DIGITS_UNTIL_MONTH else str(day.month)
    return f"{place}, ngày {days} tháng {months} năm {day.year}"
