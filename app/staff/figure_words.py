"""How figures are called and told in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.answering.answer import Language
from app.records.asked import Chosen
from app.records.outcome import Outcome
from app.staff.tables import Hidden
from app.staff.view import number_words
from knowledge_base.section import day_words

OUTCOME_NAMES = {
    Outcome.ANSWERED: "Đã trả lời",
    Outcome.CLARIFIED: "Hỏi lại cho rõ",
    Outcome.ABSTAINED: "Chưa trả lời được",
    Outcome.OUT_OF_SCOPE: "Ngoài phạm vi",
    Outcome.OTHER: "Khác",
}
LANGUAGE_NAMES = {Language.VI: "Tiếng Việt", Language.EN: "Tiếng Anh"}
WEEKDAY_NAMES = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
WITHOUT_SCAN = "Mở trang không qua mã QR"
NOTHING = "Chưa có câu hỏi nào trong những ngày này."


def span_words(chosen: Chosen) -> str:
    """Such as ``từ 1/11/2026 đến 30/11/2026``."""
    if chosen.first == chosen.last:
        return f"ngày {day_words(chosen.first)}"
    return f"từ {day_words(chosen.first)} đến {day_words(chosen.last)}"


def change_words(now: int, before: int) -> str:
    """What became of a number: ``tăng 12%``; a few at first have no percentage that says much."""
    if now == before:
        return "không đổi"
    word = "tăng" if now > before else "giảm"
    if before < 10:
        return f"{word} {number_words(abs(now - before))}"
    return f"{word} {number_words(abs(now - before) / before * 100)}%"


def peak_words(labels: Sequence[str], counts: Sequence[int | Hidden], unit: str, each: str) -> str:
    """Where most are, and the middle; a count that is hidden is neither."""
    found = [
        (count, label)
        for count, label in zip(counts, labels, strict=True)
        if isinstance(count, int)
    ]
    if not any(count for count, _ in found):
        return NOTHING
    most = max(found, key=lambda one: one[0])
    middle = sum(count for count, _ in found) / len(found)
    return (
        f"Nhiều nhất: {most[1]}, {number_words(most[0])} {unit}; "
        f"trung bình mỗi {each} {number_words(middle, 1)} {unit}."
    )
