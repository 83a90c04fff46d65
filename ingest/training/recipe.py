"""What may vary when the embedding is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """What training may vary."""

    dimension: int = 512
    rounds: int = 6
    batch: int = 512
    rate: float = 0.1
    scale: float = 20.0
    tokens: int = 80
    """Of a passage; later ones are not read while training."""
    kept: float = 0.15
    """The share of questions that stay as they are written."""
    rarity: float = 3e-4
    """The ``a`` of the weight a/(a + p) of a token that has the share p of all tokens."""
    mine_after: int = 1
    """The round before which the model looks for hard negatives of its own."""
    text_step: int = 6
    """Every how many lines of the text are counted for the tokenizer."""
    marked_pairs: int = 12000
    plain_pairs: int = 6000
    pieces: int = 2500
    least: int = 5
    english_least: int = 2
    """An English word that so many questions hold is a token of its own."""
    left_out: float = 0.15
    """The share of an English question's words that is left out while training."""
