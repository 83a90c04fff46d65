"""A report in words: tables for the terminal and the same in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from app.evaluation.judge import Judged, Outcome
from app.evaluation.measures import Mean, Share
from app.evaluation.report import Group, Report, Target

OUTCOMES = {
    Outcome.RIGHT: "đúng",
    Outcome.ONE_TAP: "một chạm",
    Outcome.ASKED_BACK: "hỏi lại",
    Outcome.NOT_SAID: "không nói",
    Outcome.REFUSED: "từ chối",
    Outcome.WRONG: "sai",
}
KINDS = {
    "plain": "câu thường",
    "no-diacritics": "không dấu",
    "typo": "gõ sai, viết tắt",
    "dialect": "tiếng địa phương",
    "spoken": "văn nói",
    "situation": "tình huống",
    "follow-up": "hỏi tiếp",
    "two-in-one": "hai việc một câu",
    "english": "tiếng Anh",
    "stripped": "bỏ dấu (máy làm)",
    "speech-error": "lỗi nhận giọng (máy làm)",
    "other-field": "lĩnh vực khác",
    "near-miss": "gần giống",
    "other-place": "nơi khác",
    "off-topic": "ngoài đề",
    "chat": "chuyện trò",
    "emergency": "khẩn cấp",
    "scam": "lừa đảo",
    "abuse": "lăng mạ",
    "office": "hỏi về trụ sở",
}
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table, for either kind of output."""

    title: str
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    note: str = ""

    def rich(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, title_justify="left", title_style="bold")
        for place, heading in enumerate(self.headings):
            table.add_column(heading, justify="left" if place == 0 else "right")
        for line in self.lines:
            table.add_row(*line)
        return table

    def markdown(self) -> str:
        """For a file."""
        rows = [self.headings, ("---", *("---:" for _ in self.headings[1:])), *self.lines]
        text = "\n".join(f"| {' | '.join(map(in_cell, row))} |" for row in rows)
        note = f"\n\n{self.note}" if self.note else ""
        return f"## {self.title}\n\n{text}{note}"


def in_cell(text: str) -> str:
    """Text that stays within one cell of a Markdown table."""
    return " ".join(text.replace("|", "\\|").split())


def percent(value: float | None) -> str:
    """``0.923`` as ``92,3 %``."""
    return _NOTHING if value is None else f"{100 * value:.1f} %".replace(".", ",")


def number(value: float | None, places: int = 3) -> str:
    """A number with a decimal comma."""
    return _NOTHING if value is None else f"{value:.{places}f}".replace(".", ",")


def share(found: Share, *, brief: bool = False) -> str:
    """A share with its interval and counts, or alone."""
    if found.value is None or brief:
        return percent(found.value)
    return f"{percent(found.value)} [{_span(found.low, found.high)}] ({found.count}/{found.of})"


def mean(found: Mean, *, brief: bool = False) -> str:
    """A mean with its interval, or alone."""
    if found.value is None or brief:
        return number(found.value)
    return f"{number(found.value)} [{number(found.low)}–{number(found.high)}]"


def _span(low: float | None, high: float | None) -> str:
    assert low is not None and high is not None
    return f"{100 * low:.1f}–{100 * high:.1f}".replace(".", ",")


def kind_name(kind: str) -> str:
    """A kind of question in Vietnamese, its own name where there is none."""
    return KINDS.get(kind, kind)


def sheets(report: Report, *, brief: bool = False) -> tuple[Sheet, ...]:
    """The tables of a report; brief ones have no intervals by group and fit a terminal."""
    calibration = report.calibration
    return (
        _targets(report.targets),
        _groups("Theo kiểu hỏi", "Kiểu hỏi", [report.overall, *report.by_kind], brief),
        _outcomes([report.overall, *report.by_kind]),
        _groups("Theo lĩnh vực", "Lĩnh vực", report.by_topic, brief),
        _groups("Theo phần được hỏi", "Phần", report.by_facet, brief),
        Sheet(
            "Mất hit@1 so với câu thường",
            ("Cách hỏi", "Cặp", "Câu thường", "Cách này", "Mất, điểm %", "p (McNemar)"),
            tuple(
                (
                    loss.name,
                    str(loss.pairs),
                    percent(loss.plain),
                    percent(loss.other),
                    f"{number(loss.points, 1)} [{number(loss.low, 1)}–{number(loss.high, 1)}]",
                    number(loss.p),
                )
                for loss in report.losses
            ),
        ),
        Sheet(
            "Câu không được trả lời",
            ("Số đo", "Giá trị"),
            (
                ("Biết từ chối (recall)", share(report.abstention.recall)),
                ("Từ chối đúng chỗ (precision)", share(report.abstention.precision)),
                ("Hỏi lại thay vì từ chối", share(report.abstention.asked_back)),
                *(
                    (f"Biết từ chối: {kind_name(kind)}", share(found))
                    for kind, found in report.abstention.by_kind.items()
                ),
                *(
                    (f"Nhận ra: {kind_name(kind)}", share(found))
                    for kind, found in report.statuses.items()
                ),
            ),
        ),
        Sheet(
            "Hội thoại, hai việc, hiệu chuẩn",
            ("Số đo", "Giá trị"),
            (
                ("Câu hỏi tiếp: đúng hồ sơ", share(report.follow_ups)),
                ("Câu hỏi tiếp: đúng hồ sơ và phần", share(report.follow_ups_with_facet)),
                ("Hai hồ sơ trong một câu: hiện cả hai", share(report.two_records)),
                ("Hai phần trong một câu: hiện cả hai", share(report.two_facets)),
                ("Dữ kiện hiện ra, trong câu chữ", share(report.overall.facts_in_text)),
                ("Dữ kiện hiện ra, khi đúng hồ sơ", share(report.overall.facts_when_right)),
                (f"ECE, 10 khoảng đều ({calibration.of} câu)", number(calibration.ece_width)),
                ("ECE, 10 khoảng cùng số câu", number(calibration.ece_mass)),
                ("ECE, không kể câu hỏi tiếp", number(report.calibration_alone.ece_width)),
                ("Brier", number(calibration.brier)),
            ),
        ),
        Sheet(
            "Thời gian một câu",
            ("Bước", "p50, ms", "p95, ms"),
            tuple(
                (step, number(p50, 2), number(p95, 2)) for step, (p50, p95) in report.timing.items()
            ),
        ),
    )


def _targets(targets: Sequence[Target]) -> Sheet:
    def shown(target: Target) -> tuple[str, ...]:
        bound = "≤" if target.at_most else "≥"
        verdict = {True: "đạt", False: "CHƯA ĐẠT", None: "không đo"}[target.met]
        if target.unit == "share":
            goal, value = percent(target.goal), percent(target.value)
            span = _span(target.low, target.high) if target.low is not None else _NOTHING
        elif target.unit == "points":
            goal, value = f"{number(target.goal, 0)} điểm", number(target.value, 1)
            span = _NOTHING
            if target.low is not None:
                span = f"{number(target.low, 1)}–{number(target.high, 1)}"
        else:
            goal, value, span = number(target.goal, 2), number(target.value), _NOTHING
        return (target.name, f"{bound} {goal}", value, span, str(target.of), verdict)

    return Sheet(
        "Mục tiêu",
        ("Số đo", "Mục tiêu", "Đo được", "Khoảng 95 %", "Số câu", "Kết quả"),
        tuple(shown(target) for target in targets),
        "Mất hit@1 tính theo điểm phần trăm, từng cặp câu thường và câu viết lại.",
    )


def _groups(title: str, first: str, groups: Sequence[Group], brief: bool) -> Sheet:
    return Sheet(
        title,
        (first, "Câu", "hit@1", "hit@3", "MRR", "Đúng phần", "Dữ kiện", "Từ chối"),
        tuple(
            (
                kind_name(group.name) or "mọi câu viết tay",
                str(group.rows),
                share(group.hit1, brief=brief),
                percent(group.hit3.value),
                mean(group.mrr, brief=brief),
                share(group.facet, brief=brief),
                share(group.facts, brief=brief),
                percent(group.refused.value),
            )
            for group in groups
        ),
        "Đúng phần: trên các câu đã đúng hồ sơ. Dữ kiện: chuỗi phải có trong câu chữ hoặc thẻ.",
    )


def _outcomes(groups: Sequence[Group]) -> Sheet:
    return Sheet(
        "Người hỏi nhận được gì",
        ("Kiểu hỏi", *OUTCOMES.values(), "Đúng ngay hoặc một chạm"),
        tuple(
            (
                kind_name(group.name) or "mọi câu viết tay",
                *(str(group.outcomes[one]) for one in OUTCOMES),
                percent(group.reached.value),
            )
            for group in groups
        ),
        "Một chạm: hỏi lại, có nút của hồ sơ đúng. Không nói: đúng hồ sơ nhưng báo chưa có tin.",
    )


def print_report(report: Report, console: Console) -> None:
    """Tell a report at the terminal."""
    console.print(about(report))
    for sheet in sheets(report, brief=True):
        console.print(sheet.rich())
    console.print(f"Câu chưa đạt: {len(report.failures)}/{len(report.rows)}.")


def about(report: Report) -> str:
    """What was measured, in one paragraph."""
    subject = report.subject
    files = ", ".join(f"{file.name} ({file.rows} câu)" for file in subject.files)
    origin = {"published": "tri thức đang công bố", "content": "tệp nội dung"}[subject.origin]
    derived = sum(row.derived for row in report.rows)
    return (
        f"Hỏi Xã {subject.version}, {subject.made_at}. {origin.capitalize()}: "
        f"{subject.records} hồ sơ. Câu hỏi: {files}; thêm {derived} câu do máy biến đổi. "
        f"Nhúng: {subject.embedding}; mô hình ngôn ngữ: {subject.chat_model or 'không'}. "
        f"Ngưỡng trả lời {number(subject.answer_threshold, 2)}, "
        f"ngưỡng hỏi lại {number(subject.clarify_threshold, 2)}."
    )


def markdown(report: Report, pictures: Iterable[str]) -> str:
    """The report as a Markdown page; ``pictures`` are file names beside it."""
    parts = ["# Đo hỏi đáp", about(report)]
    if report.subject.problems:
        problems = "\n".join(f"- {problem}" for problem in report.subject.problems)
        parts.append(f"## Dòng không dùng được\n\n{problems}")
    parts += [sheet.markdown() for sheet in sheets(report)]
    parts += [f"![{name.partition('.')[0]}]({name})" for name in pictures]
    parts.append("## Câu chưa đạt")
    failures = report.failures
    parts.append(f"{len(failures)} trong {len(report.rows)} câu.")
    for kind in dict.fromkeys(row.kind for row in failures):
        of_kind = [row for row in failures if row.kind == kind]
        parts.append(f"### {kind_name(kind)} ({len(of_kind)})")
        parts += [_failure(row) for row in of_kind]
    return "\n\n".join(parts) + "\n"


def _failure(row: Judged) -> str:
    asked = " → ".join((*row.history, row.question))
    wanted = ", ".join(row.expected) or "không trả lời"
    if row.facets:
        wanted += f" ({', '.join(row.facets)})"
    got = ", ".join(row.shown) or row.status.value
    if row.facet is not None:
        got += f" ({row.facet.value})"
    top = ", ".join(f"{record} {number(chance, 2)}" for record, chance in row.ranking[:3])
    missing = [fact for fact in row.facts if fact not in row.facts_shown]
    lines = [
        f"- **{in_cell(asked)}** (`{row.id}`)",
        f"  - cần: {wanted}",
        f"  - được: {OUTCOMES[row.outcome]}; {row.status.value}; {got}; "
        f"“{in_cell(row.said)[:160]}”",
        f"  - xếp hạng: {top or 'không tìm'}",
    ]
    if row.offered:
        lines.append(f"  - nút: {', '.join(row.offered)}")
    if missing:
        lines.append(f"  - thiếu dữ kiện: {', '.join(missing)}")
    return "\n".join(lines)
