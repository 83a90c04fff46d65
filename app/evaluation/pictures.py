"""The reliability diagram and the trade-off curve of a report, as SVG."""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import TYPE_CHECKING

from app.evaluation.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RELIABILITY, TRADE_OFF = "reliability.svg", "trade-off.svg"
_BLUE, _ORANGE, _GREEN, _GREY = "#1f5fa8", "#c2571a", "#2e7d32", "#888888"


def draw(report: Report, folder: Path) -> tuple[str, ...]:
    """Draw the pictures into a folder; their file names."""
    # it takes a second to load, and few commands draw
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # the same report gives the same bytes
    with rc_context({"svg.hashsalt": "hoixa", "svg.fonttype": "path", "font.size": 9}):
        for name, paint, size in (
            (RELIABILITY, _reliability, (5.0, 4.6)),
            (TRADE_OFF, _trade_off, (8.4, 4.6)),
        ):
            figure = Figure(figsize=size, layout="constrained")
            paint(report, figure)
            figure.savefig(folder / name, metadata={"Date": None})
    return RELIABILITY, TRADE_OFF


def _reliability(report: Report, figure: Figure) -> None:
    axes = figure.add_subplot()
    found = report.calibration
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1, label="lý tưởng")
    for bins, colour, name, error in (
        (found.width_bins, _BLUE, "khoảng đều", found.ece_width),
        (found.mass_bins, _ORANGE, "cùng số câu", found.ece_mass),
    ):
        if not bins:
            continue
        axes.plot(
            [one.confidence for one in bins],
            [one.accuracy for one in bins],
            color=colour,
            linewidth=1,
            label=f"{name}, ECE {error:.3f}",
        )
        axes.scatter(
            [one.confidence for one in bins],
            [one.accuracy for one in bins],
            s=[8 + 300 * one.count / found.of for one in bins],
            color=colour,
            alpha=0.6,
        )
    axes.set(
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        xlabel="xác suất của hồ sơ đầu",
        ylabel="tỷ lệ đúng",
        title=f"Độ tin cậy ({found.of} câu; cỡ chấm là số câu)",
    )
    axes.legend(loc="lower right", frameon=False)


def _trade_off(report: Report, figure: Figure) -> None:
    by_threshold, by_coverage = figure.subplots(1, 2)
    points = report.curve
    thresholds = (
        ("hỏi lại", report.subject.clarify_threshold),
        ("trả lời", report.subject.answer_threshold),
    )
    at = [point.threshold for point in points]
    accuracy = [nan if point.accuracy is None else point.accuracy for point in points]
    coverage = [point.coverage for point in points]
    by_threshold.plot(at, coverage, color=_BLUE, label="câu đáp được mà có đáp")
    by_threshold.plot(at, accuracy, color=_GREEN, label="đúng, trong mọi câu đã đáp")
    if all(point.false_answers is not None for point in points):
        false = [point.false_answers or 0.0 for point in points]
        by_threshold.plot(at, false, color=_ORANGE, label="câu phải từ chối mà lại đáp")
    for name, threshold in thresholds:
        by_threshold.axvline(threshold, color=_GREY, linestyle=":", linewidth=1)
        by_threshold.annotate(f" {name} {threshold:g}", (threshold, 0.02), rotation=90, color=_GREY)
    by_threshold.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="ngưỡng trả lời", ylabel="tỷ lệ")
    by_threshold.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)

    by_coverage.plot(coverage, accuracy, color=_GREEN)
    for name, threshold in thresholds:
        there = min(points, key=lambda point: abs(point.threshold - threshold))
        if there.accuracy is not None:
            by_coverage.plot(there.coverage, there.accuracy, marker="o", color=_GREY)
            by_coverage.annotate(
                f"{name} {threshold:g} ",
                (there.coverage, there.accuracy),
                xytext=(0, -12),
                textcoords="offset points",
                ha="center",
            )
    by_coverage.set(
        xlim=(0, 1),
        ylim=(0, 1.02),
        xlabel="câu đáp được mà có đáp",
        ylabel="đúng, trong mọi câu đã đáp",
    )
    figure.suptitle("Đáp nhiều hay đáp chắc, nếu chỉ xác suất quyết định")
