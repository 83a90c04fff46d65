"""Measures every query of the officers' dashboard on synthetic traffic.

Run by ``make bench``. Answers are as large as real ones; the traffic of a year is spread over a
province's communes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

# run as a file, not as a module
sys.path.insert(0, str(Path(__file__).parent.parent))

from app.records.database import open_database
from app.records.insights import Chosen, Insights, Narrower, Outcome
from knowledge_base.record import Topic
from tests.traffic import Plan, Subject, make_traffic

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=364)
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


def queries(insights: Insights) -> dict[str, Callable[[Chosen], object]]:
    """Every query that the page, its lists and the report make."""
    late = datetime(2026, 11, 18, tzinfo=UTC)
    abstained = Narrower(outcome=Outcome.ABSTAINED)
    return {
        "totals": insights.totals,
        "communes": insights.communes,
        "days": insights.days,
        "hours": insights.hours,
        "weekday_hours": insights.weekday_hours,
        "records": lambda chosen: insights.records(chosen, 10),
        "topics": insights.topics,
        "places": insights.places,
        "unanswered": lambda chosen: insights.unanswered(chosen, 10),
        "times": insights.times,
        "scans": insights.scans,
        "replies": lambda chosen: insights.replies(chosen, late),
        "count": lambda chosen: insights.count(chosen, abstained),
        "rows": lambda chosen: list(insights.rows(chosen, abstained, 0, 50)),
        "rows, page 20": lambda chosen: list(insights.rows(chosen, Narrower(), 950, 50)),
    }


def milliseconds(query: Callable[[Chosen], object], chosen: Chosen, rounds: int) -> list[float]:
    """How long a query takes, again and again."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        query(chosen)
        took.append((time.perf_counter() - begun) * 1000)
    return took


def measure(console: Console, folder: Path, count: int, rounds: int, body_bytes: int) -> None:
    """Make traffic, then print p50 and p95 of every query for each span."""
    path = folder / f"{count}.db"
    engine = open_database(f"sqlite:///{path}")
    begun = time.perf_counter()
    make_traffic(
        engine, Plan(count, FIRST, LAST, COMMUNES, SUBJECTS, body_bytes=body_bytes), keep=False
    )
    seconds = time.perf_counter() - begun
    table = Table(title=f"{count:,} questions of a year in {len(COMMUNES)} communes, ms p50 / p95")
    table.add_column("query")
    for name in SPANS:
        table.add_column(name, justify="right")
    worst = 0.0
    for name, query in queries(Insights(engine)).items():
        cells = []
        for chosen in SPANS.values():
            took = milliseconds(query, chosen, rounds)
            p95 = statistics.quantiles(took, n=20, method="inclusive")[-1]
            worst = max(worst, p95)
            cells.append(f"{statistics.median(took):.1f} / {p95:.1f}")
        table.add_row(name, *cells)
    with engine.connect() as connection:
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    engine.dispose()
    console.print(table)
    size = path.stat().st_size / 1e6
    console.print(
        f"slowest p95 {worst:.0f} ms · SQLite {version}, {size:,.0f} MB · made in {seconds:.0f} s"
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
