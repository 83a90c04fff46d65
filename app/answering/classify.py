"""Small text classifiers: logistic regression over hashed runs of folded syllables.

Feature hashing after Weinberger et al., “Feature Hashing for Large Scale Multitask Learning” (ICML
2009). Fitted by ``app.training``; packaged as ``<name>.npz`` beside this module.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.syllables import fold, syllables

_FOLDER = Path(__file__).parent
_LONGEST_RUN = 3


def runs(text: str, buckets: int, clues: Sequence[str] = ()) -> NDArray[np.int64]:
    """The distinct hashed runs of one to three folded syllables, and the clues beside them.

    Ascending, below ``buckets``.
    """
    words = ["<", *(_number(fold(word)) for word in syllables(text)), ">"]
    found = {
        zlib.crc32(" ".join(words[start : start + length]).encode()) % buckets
        for length in range(1, _LONGEST_RUN + 1)
        for start in range(len(words) - length + 1)
    }
    found |= {zlib.crc32(f"clue {clue}".encode()) % buckets for clue in clues}
    return np.array(sorted(found), dtype=np.int64)


def marked_runs(text: str) -> tuple[str, ...]:
    """The runs of one and two syllables with their marks, as clues: “cháy” is not “chạy”."""
    words = ["<", *syllables(text.lower()), ">"]
    return tuple(
        f"marked {' '.join(words[start : start + length])}"
        for length in (1, 2)
        for start in range(len(words) - length + 1)
    )


def _number(word: str) -> str:
    """All numbers look alike."""
    return "0" if word[0].isdigit() else word


@dataclass(frozen=True, slots=True)
class TextClassifier:
    """Fitted weights of one classifier."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    """Shape ``(buckets, labels)``."""
    bias: NDArray[np.float32]
    """Shape ``(labels,)``."""

    @classmethod
    @cache
    def packaged(cls, name: str) -> TextClassifier:
        """A classifier of this release; ``facets`` or ``fields``."""
        with np.load(_FOLDER / f"{name}.npz", allow_pickle=False) as data:
            return cls(
                tuple(str(label) for label in data["labels"]),
                data["weights"].astype(np.float32) * data["scale"],
                data["bias"],
            )

    def save(self, path: Path) -> None:
        """Write the weights as whole numbers of eight bits with one scale a label."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            weights=np.round(self.weights / scale).astype(np.int8),
            scale=scale.astype(np.float32),
            bias=self.bias,
        )

    def probabilities(self, text: str, clues: Sequence[str] = ()) -> Mapping[str, float]:
        """The probability of each label; they sum to 1."""
        found = runs(text, len(self.weights), clues)
        scores = self.weights[found].sum(axis=0) / np.sqrt(len(found)) + self.bias
        powers = np.exp(scores - scores.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))
