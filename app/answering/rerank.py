"""Reads question and passage together: an optional cross-encoder (Nogueira & Cho, 2019)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.answering.features import Floats

_JUDGES = ("ForSequenceClassification", "ForCausalLM")
"""Ends of the names of models that give a number for a pair; others are loaded with a head of
random weights."""
_LONGEST = 512
"""Tokens of question and passage together that are read: a section is shorter, a longer passage
would only cost time."""


class RerankerUnavailableError(Exception):
    """The re-ranking model named in the settings cannot be loaded, or fails at its work."""


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder, by folder or hub name; needs the ``models`` extra.

    Raises:
        RerankerUnavailableError: when the extra is missing or the model cannot be loaded.
    """

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import CrossEncoder
            from torch import nn
        except ImportError as error:
            raise RerankerUnavailableError(
                "RERANKER_MODEL cần gói mở rộng “models”. Chạy lại `make run`, hoặc "
                "`pip install torch==2.13.0` rồi `pip install '.[models]'`."
            ) from error
        try:
            self._model = CrossEncoder(model, device="cpu", trust_remote_code=False, num_labels=1)
        except Exception as error:  # a broken model fails in as many ways as it has libraries
            raise RerankerUnavailableError(
                f"Không mở được mô hình “{model}”: {error}. Kiểm tra RERANKER_MODEL là một thư "
                "mục mô hình hoặc một tên tải được."
            ) from error
        made_for = self._model.config.architectures or ()
        if not any(name.endswith(_JUDGES) for name in made_for):
            raise RerankerUnavailableError(
                f"Mô hình “{model}” không phải mô hình xếp lại (cross-encoder): nó là "
                f"{', '.join(made_for) or 'loại không rõ'}. Kiểm tra RERANKER_MODEL."
            )
        self._model.max_seq_length = min(self._model.max_seq_length or _LONGEST, _LONGEST)
        self._raw = nn.Identity()

    def log_odds(self, question: str, passages: Sequence[str]) -> Floats:
        """The log-odds that each passage answers the question; shape ``(passages,)``.

        Raises:
            RerankerUnavailableError: when the model fails.
        """
        try:
            scores = self._model.predict(
                [(question, passage) for passage in passages],
                activation_fn=self._raw,
                show_progress_bar=False,
            )
        except (IndexError, MemoryError, RuntimeError) as error:
            raise RerankerUnavailableError(f"Mô hình xếp lại không tính được: {error}") from error
        return np.asarray(scores, dtype=np.float64)


def reranked(probabilities: Floats, log_odds: Floats) -> Floats:
    """Records' probabilities shared out anew by what the re-ranker says of each.

    The re-ranker's odds are taken as likelihood ratios between records; how probable it is that
    none answers stays as it was.
    """
    weights = probabilities * np.exp(log_odds - log_odds.max())
    shared: Floats = weights * (probabilities.sum() / weights.sum())
    return shared
