"""What an import found, in lines for the technician."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.portal.importing import Compared, Report
from ingest.portal.record import Form


def difference_lines(found: Compared) -> Iterator[str]:
    """A procedure that is published and its differences; nothing where there are none."""
    if not found.differences:
        return
    yield f"{found.code} {found.title} ({found.record_id}): {len(found.differences)} chỗ khác"
    for difference in found.differences:
        yield f"  – {difference}"


def summary_lines(report: Report, seconds: float, peak_mb: float) -> Iterator[str]:
    """The end of an import: read, drafts, gaps, and what it cost."""
    detail, prose = report.read[Form.DETAIL], report.read[Form.PROSE]
    yield (
        f"Đã đọc {detail + prose} bản ghi ({detail} chi tiết, {prose} chữ), {report.bad} hỏng, "
        f"{report.repeated} trùng mã, {report.unwanted} ngoài phạm vi chọn."
    )
    if report.tests:
        yield f"Bỏ {len(report.tests)} bản ghi thử của Cổng: {', '.join(report.tests)}."
    yield f"Nháp: {report.new} mới, {report.unchanged} không đổi."
    yield (
        f"So với bản đang công bố: {report.matched} thủ tục trùng mã, {report.differing} có chỗ "
        "khác."
    )
    yield f"Đủ các mục chính: {report.whole}/{report.drafts}."
    if report.missing:
        gaps = ", ".join(f"{name} {count}" for name, count in report.missing.most_common())
        yield f"Còn thiếu: {gaps}."
    if report.written:
        yield f"Đã ghi {report.written} tệp nháp, mỗi tệp kèm ghi chú .notes.md."
    yield f"{seconds:.1f} giây, bộ nhớ cao nhất {peak_mb:.0f} MB."
