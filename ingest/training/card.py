"""Writes the model card that lies beside the packaged embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ingest.training.measure import Figures

_TEMPLATE = Path(__file__).with_name("card.md")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the card tells of a run."""

    dimension: int
    vocabulary: int
    size_mb: float
    rounds: int
    seed: int
    minutes: float
    mined: int
    sources: Mapping[str, tuple[int, int]]
    """By source: pairs, and how many are shown in a round."""
    figures: Mapping[str, Mapping[str, Figures]]
    """By set of questions: marked and stripped."""


def card(facts: Facts) -> str:
    """The model card in Markdown."""
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        dimension=facts.dimension,
        vocabulary=f"{facts.vocabulary:,}",
        size=f"{facts.size_mb:.1f}",
        pairs=f"{sum(pairs for pairs, _ in facts.sources.values()):,}",
        rounds=facts.rounds,
        mined=f"{facts.mined:,}",
        seed=facts.seed,
        minutes=f"{facts.minutes:.0f}",
        sources="\n".join(
            f"| {name} | {pairs:,} | {shown:,} |" for name, (pairs, shown) in facts.sources.items()
        ),
        figures="\n".join(_row(name, found) for name, found in facts.figures.items()),
    )


def _row(name: str, found: Mapping[str, Figures]) -> str:
    cells = [
        f"{value:.3f}"
        for kind in ("marked", "stripped")
        for value in (found[kind].first, found[kind].among_three, found[kind].reciprocal)
    ]
    return f"| {name} | {found['marked'].count} | {' | '.join(cells)} |"
