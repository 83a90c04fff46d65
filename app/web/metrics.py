"""Numbers for operators; never the text of a question."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40)


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.answers = Counter(
            "hoixa_answers", "Answers given, by status.", ["status"], registry=self._registry
        )
        self.faults = Counter(
            "hoixa_answer_faults",
            "Questions that ended in a fault instead of an answer.",
            registry=self._registry,
        )
        self.seconds = Histogram(
            "hoixa_answer_seconds",
            "Time spent answering, in seconds.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "hoixa_answers_in_flight", "Answers being worked on.", registry=self._registry
        )
        self.scans = Counter(
            "hoixa_scans",
            "Scans of posted codes, by commune.",
            ["commune"],
            registry=self._registry,
        )
        self.transcripts = Counter(
            "hoixa_transcripts",
            "Recordings received, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        self.transcript_seconds = Histogram(
            "hoixa_transcript_seconds",
            "Time spent on a recording that was heard, in seconds, by stage.",
            ["stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def page(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)
