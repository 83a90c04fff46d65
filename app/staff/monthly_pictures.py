"""The charts of a report as pictures; matplotlib is loaded when the first is drawn."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.staff.charts import Chart
from app.staff.view import number_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_CM = 16.5
_INCH_CM = 2.54
_DOTS = 200
_COLOURS = ("#00594f", "#c8870a", "#a31515", "#5a6f9e", "#8a9d98")
_HATCHES = ("", "///", "xxx", "---", "...")
"""The series tell apart on a photocopy too."""
_LONGEST_LINE = 44
_LINES = 2
_MOST_TICKS = 16
_LEAST_PLACES = 10
"""The first days of a month stand on the left, no wider than later."""

_drawing = Lock()
"""matplotlib's settings belong to the whole process."""


def draw(chart: Chart) -> bytes:
    """A chart as PNG."""
    from matplotlib import font_manager, rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = str(files("qr") / "fonts" / "BeVietnamPro-Regular.ttf")
    with _drawing:
        if not any(known.fname == font for known in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(font)
        name = font_manager.FontProperties(fname=font).get_name()
        with rc_context({"font.family": name, "font.size": 9, "hatch.linewidth": 0.6}):
            figure = Figure(
                figsize=(WIDTH_CM / _INCH_CM, _height(chart) / _INCH_CM), layout="constrained"
            )
            FigureCanvasAgg(figure)
            axes = figure.add_subplot()
            _bars(axes, chart)
            made = io.BytesIO()
            figure.savefig(made, format="png", dpi=_DOTS)
    return made.getvalue()


def _height(chart: Chart) -> float:
    if not chart.horizontal:
        return 5.6
    lines = max((_wrapped(label).count("\n") for label in chart.labels), default=0) + 1
    return 1.6 + (0.56 if lines == 1 else 0.72) * len(chart.labels)


def _bars(axes: Axes, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator

    several = len(chart.series) > 1
    places = range(len(chart.labels))
    below = [0.0] * len(chart.labels)
    for number, (label, values) in enumerate(chart.series):
        counts = [float(value or 0) for value in values]
        look: dict[str, Any] = {
            "label": label,
            "color": _COLOURS[number % 5] if not _HATCHES[number % 5] else "white",
            "edgecolor": _COLOURS[number % 5],
            "hatch": _HATCHES[number % 5],
            "linewidth": 0.6,
        }
        if chart.horizontal:
            height = 0.8 / len(chart.series)
            offset = height * (number - (len(chart.series) - 1) / 2)
            axes.barh([place + offset for place in places], counts, height, **look)
        else:
            axes.bar(places, counts, 0.8, bottom=below, **look)
            below = [low + count for low, count in zip(below, counts, strict=True)]
    if chart.horizontal:
        axes.set_yticks(list(places), [_wrapped(label) for label in chart.labels], fontsize=8)
        axes.invert_yaxis()
        _say_counts(axes, chart)
    else:
        step = max(1, -(-len(chart.labels) // _MOST_TICKS))
        shown = list(places)[::step]
        axes.set_xticks(shown, [chart.labels[place] for place in shown])
        axes.set_xlim(-0.6, max(len(chart.labels), _LEAST_PLACES) - 0.4)
    counts_axis = axes.xaxis if chart.horizontal else axes.yaxis
    counts_axis.set_major_formatter(lambda value, _: number_words(value) if value >= 0 else "")
    counts_axis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    if several:
        axes.legend(
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.12 if not chart.horizontal else -0.08),
            ncols=min(5, len(chart.series)),
            handlelength=1.4,
            columnspacing=1.2,
        )


def _say_counts(axes: Axes, chart: Chart) -> None:
    """The count at the end of each bar."""
    for number, (_, values) in enumerate(chart.series):
        words: Sequence[str] = [
            number_words(value) if value is not None else "" for value in values
        ]
        axes.bar_label(axes.containers[number], words, padding=3, fontsize=8)  # type: ignore[arg-type]


def _wrapped(label: str) -> str:
    """On two lines at most, so that long titles that begin alike can be told apart."""
    return "\n".join(textwrap.wrap(label, _LONGEST_LINE, max_lines=_LINES, placeholder=" …"))
