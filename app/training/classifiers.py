"""Fits the small text classifiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from app.answering.classify import TextClassifier, runs

_BUCKETS = 1 << 14


def fit_classifier(
    texts: Sequence[tuple[str, Sequence[str]]],
    labels: Sequence[str],
    weights: Sequence[float],
    *,
    strength: float = 10.0,
) -> TextClassifier:
    """Multinomial logistic regression.

    Args:
        texts: each with its clues, see ``runs``.
        labels: one a text.
        weights: one a text.
        strength: scikit-learn's ``C``.
    """
    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(_matrix(texts), labels, sample_weight=np.array(weights))
    slopes, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row tells both apart
        slopes, bias = np.vstack([-slopes, slopes]) / 2, np.concatenate([-bias, bias]) / 2
    return TextClassifier(
        tuple(str(label) for label in model.classes_),
        slopes.T.astype(np.float32),
        bias.astype(np.float32),
    )


def _matrix(texts: Sequence[tuple[str, Sequence[str]]]) -> sparse.csr_matrix:
    rows = [runs(text, _BUCKETS, clues) for text, clues in texts]
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row))) for row in rows])
    starts = np.cumsum([0, *(len(row) for row in rows)])
    return sparse.csr_matrix((values, np.concatenate(rows), starts), shape=(len(texts), _BUCKETS))
