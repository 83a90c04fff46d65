"""How an answer came about: what was understood, what was found, and how long each step took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.answering.answer import Answer, OnStep, Step
from app.answering.understand import Understood

Ranking = tuple[tuple[str, float], ...]
"""Record ids with the probability that each answers, most probable first."""


@dataclass(frozen=True, slots=True)
class Traced:
    """An answer with what led to it."""

    answer: Answer
    understood: Understood
    ranking: Ranking
    """Empty where no record was looked for."""
    seconds: Mapping[str, float]
    """By step, in order."""


class Stopwatch:
    """Takes the time at each step, and passes the step on."""

    def __init__(self, on_step: OnStep | None) -> None:
        self._on_step = on_step
        self._marks: list[tuple[Step, float]] = []

    def step(self, step: Step) -> None:
        """A step begins."""
        self._marks.append((step, time.perf_counter()))
        if self._on_step is not None:
            self._on_step(step)

    def seconds(self) -> Mapping[str, float]:
        """How long each step has taken; the last one ends now."""
        found: dict[str, float] = {}
        ends = [began for _, began in self._marks[1:]] + [time.perf_counter()]
        for (step, began), ended in zip(self._marks, ends, strict=True):
            found[step.value] = found.get(step.value, 0.0) + ended - began
        return found
