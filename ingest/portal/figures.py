"""Time limits and fees of a record: what may be carried over, and what must be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ingest.draft import TO_WRITE
from ingest.portal.record import Duration, Method, Money, PortalRecord
from ingest.portal.wording import line, short_name, sums_of_money, unit_paid_for
from knowledge_base.record import Channel

SMALLEST_FEE = 1000
"""Đồng. The portal keeps sums in dollars, or in thousands, under the same field; every fee of a
lower amount seen in it was one of those."""
_LABEL = 80
_CHANNEL_NAMES = {
    Channel.IN_PERSON: "trực tiếp",
    Channel.POST: "bưu chính",
    Channel.ONLINE: "trực tuyến",
}


@dataclass(slots=True)
class Found:
    """Facts in the form of content files, and what an editor must look at."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    to_confirm: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_times(record: PortalRecord, source: str) -> Found:
    """The time limits with a whole amount and a unit, joined where all channels have the same."""
    found = Found()
    given: list[tuple[Channel, dict[str, Any], str]] = []
    for method in record.methods:
        time = method.time
        if time is None:
            continue
        if time.amount is None or time.unit is None or time.amount <= 0:
            _ask_about_time(found, method, time)
        elif not time.amount.is_integer():
            found.warnings.append(
                f"Thời hạn {_CHANNEL_NAMES[method.channel]} {time.amount:g} {time.unit.value} "
                "không tròn: tự quy đổi, không làm tròn bừa."
            )
        else:
            limit = {"amount": int(time.amount), "unit": time.unit.value}
            given.append((method.channel, limit, time.words))
    found.facts = _joined(record, given, source)
    found.warnings = list(dict.fromkeys(found.warnings))
    if found.to_confirm:
        found.to_confirm = [{"text": "thời hạn giải quyết", "section": "time_limit"}]
    return found


def _ask_about_time(found: Found, method: Method, time: Duration) -> None:
    channel = _CHANNEL_NAMES[method.channel]
    if time.amount is None:
        if time.words:
            found.warnings.append(f"Thời hạn {channel} chỉ có lời, đọc trong ghi chú.")
            found.to_confirm.append({})
    elif time.amount <= 0:
        found.warnings.append(f"Thời hạn {channel} ghi 0: có thể là trong ngày, phải kiểm.")
        found.to_confirm.append({})
    else:
        found.warnings.append(
            f"Thời hạn {channel} ghi {time.amount:g} không có đơn vị: không tự coi là ngày."
        )
        found.to_confirm.append({})


def read_fees(record: PortalRecord, source: str) -> Found:
    """The fees in đồng above the portal's default, joined where all channels have the same."""
    found = Found()
    given: list[tuple[Channel, dict[str, Any], str]] = []
    default = False
    for method in record.methods:
        for fee in method.fees:
            if fee.value is None or fee.value == 0:
                default = default or fee.value == 0
                _tell_words(found, fee)
            elif fee.currency not in ("", "Việt Nam Đồng") or fee.value < SMALLEST_FEE:
                unit = fee.currency or "không rõ đơn vị tiền"
                found.warnings.append(f"Bỏ mức phí {fee.value} ({unit}): {_brief(fee.words)}")
            else:
                given.append((method.channel, _fee(fee), fee.words))
    found.facts = _joined(record, given, source)
    if default:
        found.warnings.append("Cổng ghi 0 đồng: là số mặc định, không có nghĩa là miễn phí.")
    if default and not found.facts:
        found.to_confirm.append({"text": "mức phí, lệ phí phải nộp", "section": "fee"})
    found.warnings = list(dict.fromkeys(found.warnings))
    return found


def _fee(fee: Money) -> dict[str, Any]:
    entry: dict[str, Any] = {"amount": fee.value}
    if (per := unit_paid_for(fee.words)) is not None:
        entry["per"] = per
    return entry


def _tell_words(found: Found, fee: Money) -> None:
    sums = sums_of_money(fee.words)
    if sums:
        amounts = ", ".join(f"{amount:,}".replace(",", ".") for amount in sums)
        found.warnings.append(f"Mô tả phí có số tiền {amounts} đồng, đọc trong ghi chú.")
    elif fee.words:
        found.warnings.append(f"Phí chỉ có lời: {_brief(fee.words)}")


def _brief(words: str) -> str:
    return words if len(words) <= 120 else words[:120].rsplit(" ", 1)[0] + "…"


def _joined(
    record: PortalRecord, given: Iterable[tuple[Channel, dict[str, Any], str]], source: str
) -> list[dict[str, Any]]:
    """One entry where every channel says the same, otherwise one a channel.

    Several figures for one channel need a label each; where the portal's words are short they
    are it, else the editor writes it.
    """
    channels = {method.channel for method in record.methods}
    by_figure: dict[tuple[tuple[str, Any], ...], list[tuple[Channel, str]]] = {}
    for channel, figure, words in given:
        by_figure.setdefault(tuple(figure.items()), []).append((channel, words))
    several = {
        channel
        for channel in channels
        if sum(any(at is channel for at, _ in places) for places in by_figure.values()) > 1
    }
    entries = []
    for figure_items, places in by_figure.items():
        figure = dict(figure_items)
        at = list(dict.fromkeys(channel for channel, _ in places))
        label = {}
        if several & set(at):
            words = next((words for _, words in places if words), "")
            short = short_name(words) if words else ""
            usable = 3 <= len(short) <= _LABEL and "per" not in figure
            label = {"label": line(short) if usable else TO_WRITE}
        if set(at) == channels:
            entries.append({**figure, **label, "source": source})
        else:
            entries.extend(
                {**figure, "channel": channel.value, **label, "source": source} for channel in at
            )
    return entries
