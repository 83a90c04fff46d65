"""Measures every query of the officers' dashboard, and the whole page, on synthetic traffic.

Run by ``make bench``. Answers are as large as real ones; the traffic of a year is spread over a
province's communes, and its last day is not over.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

# run as a file, not as a module
sys.path.insert(0, str(Path(__file__).parent.parent))

from app.answering.answer import Language
from app.records.asked import Chosen, Narrower
from app.records.database import open_database
from app.records.insights import InsightLimits, Insights
from app.records.outcome import Outcome
from app.staff.chosen import Choice, Preset, before
from app.staff.figures import Figures, Names
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from tests.traffic import Plan, Subject, make_traffic

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=364)
NOW = datetime(2026, 11, 20, 16, tzinfo=VIETNAM)
WHOLE_PAGE = "the whole page"
COMMUNES = tuple(f"xa-{number}" for number in range(90))
SUBJECTS = tuple(
    Subject(f"viec-{number}", f"Việc {number}", list(Topic)[number % 7], (f"làm việc {number}",))
    for number in range(150)
)
BODY_BYTES = 15_000
"""What an answer with its card takes."""
SPANS = {
    "commune, 30 days": Chosen(COMMUNES[:1], LAST - timedelta(days=29), LAST),
    "province, 30 days": Chosen(COMMUNES, LAST - timedelta(days=29), LAST),
    "province, a year": Chosen(COMMUNES, FIRST, LAST),
}


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one query."""

    wall: float
    processor: float
    """Of this process alone: what it would be where nothing else runs."""


def queries(insights: Insights) -> dict[str, Callable[[Chosen], object]]:
    """Every query that the page, its lists and the report make."""
    late = datetime(2026, 11, 18, tzinfo=UTC)
    abstained = Narrower(outcome=Outcome.ABSTAINED)
    rare = Narrower(helpful=False, language=Language.EN)
    return {
        "totals": lambda chosen: insights.asked(chosen).totals(),
        "communes": lambda chosen: insights.communes(insights.asked(chosen)),
        "days": lambda chosen: insights.asked(chosen).days(),
        "hours": lambda chosen: insights.asked(chosen).hours(),
        "weekday_hours": lambda chosen: insights.asked(chosen).weekday_hours(),
        "records": lambda chosen: insights.asked(chosen).records(10),
        "topics": lambda chosen: insights.asked(chosen).topics(),
        "places": lambda chosen: insights.places(insights.asked(chosen)),
        "unanswered": lambda chosen: insights.unanswered(chosen, 10),
        "times": lambda chosen: insights.asked(chosen).times(),
        "scans": insights.scans,
        "replies": lambda chosen: insights.replies(chosen, late),
        "count": lambda chosen: insights.behind(chosen, abstained).count,
        "rows": lambda chosen: list(insights.behind(chosen, abstained).rows(0, 50)),
        "rows, page 20": lambda chosen: list(insights.behind(chosen, Narrower()).rows(950, 50)),
        "rows, few": lambda chosen: list(insights.behind(chosen, rare).rows(0, 50)),
        WHOLE_PAGE: lambda chosen: whole_page(insights, chosen),
    }


def whole_page(insights: Insights, chosen: Chosen) -> None:
    """Every figure, chart and table, beside the days before."""
    choice = Choice(chosen, before(chosen), Preset.DAYS, None)
    names = Names(record=str, commune=str)
    figures = Figures(insights, choice, names, InsightLimits(), NOW)
    for made in figures.tables.values():
        made()


def timed(query: Callable[[Chosen], object], chosen: Chosen, rounds: int) -> list[Took]:
    """How long a query takes, again and again."""
    found = []
    for _ in range(rounds):
        begun, worked = time.perf_counter(), time.process_time()
        query(chosen)
        wall, worked = time.perf_counter() - begun, time.process_time() - worked
        found.append(Took(wall * 1000, worked * 1000))
    return found


def p95(values: list[float]) -> float:
    """What 95 of 100 stay within."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def measure(console: Console, folder: Path, count: int, rounds: int, body_bytes: int) -> None:
    """Make traffic and its sheets, then print p50 and p95 of every query for each span."""
    path = folder / f"{count}.db"
    engine = open_database(f"sqlite:///{path}")
    begun = time.perf_counter()
    make_traffic(
        engine, Plan(count, FIRST, LAST, COMMUNES, SUBJECTS, body_bytes=body_bytes), keep=False
    )
    seconds = time.perf_counter() - begun
    insights = Insights(engine, lambda: LAST)
    begun = time.perf_counter()
    insights.fill()
    filled = time.perf_counter() - begun
    table = Table(title=f"{count:,} questions of a year in {len(COMMUNES)} communes, ms p50 / p95")
    table.add_column("query")
    for name in SPANS:
        table.add_column(name, justify="right")
    slowest = {span: Took(0, 0) for span in SPANS}
    for name, query in queries(insights).items():
        cells = []
        for span, chosen in SPANS.items():
            took = timed(query, chosen, rounds)
            wall, worked = [one.wall for one in took], [one.processor for one in took]
            if name != WHOLE_PAGE:
                other = slowest[span]
                slowest[span] = Took(max(other.wall, p95(wall)), max(other.processor, p95(worked)))
            cells.append(f"{statistics.median(wall):.0f} / {p95(wall):.0f}")
        table.add_row(name, *cells, end_section=name == "rows, few")
    for title, of in (("slowest p95", "wall"), ("of processor time", "processor")):
        table.add_row(title, *(f"{getattr(one, of):.0f}" for one in slowest.values()))
    with engine.connect() as connection:
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    engine.dispose()
    console.print(table)
    size = path.stat().st_size / 1e6
    console.print(
        f"SQLite {version}, {size:,.0f} MB · made in {seconds:.0f} s, sheets in {filled:.0f} s"
    )


def main() -> None:
    """Measure each number of questions."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--counts", type=int, nargs="+", default=[10_000, 200_000])
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--body-bytes", type=int, default=BODY_BYTES, help="of each answer")
    chosen = options.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="hoixa-insights-") as made:
        for count in chosen.counts:
            measure(console, Path(made), count, chosen.rounds, chosen.body_bytes)


if __name__ == "__main__":
    main()
