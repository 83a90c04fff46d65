"""Groups texts by meaning: a leader clustering of unit vectors, the same for the same texts.

Texts come in an order, each joins the group whose mean is nearest if that is near enough, or else
begins one of its own (Hartigan, “Clustering Algorithms”, 1975, chapter 3). Then groups whose means
are near are joined, and every text goes once more to the nearest mean, so that little hangs on the
order. What was grouped before need not be grouped again when more texts come: see ``Groups``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEAR = 0.375
"""From this cosine on, a text belongs to a group. Chosen on ``tests/evaluation/office.yaml``."""

_AT_ONCE = 256
"""Texts that are compared with the groups before them in one multiplication of matrices."""
ALIKE = 0.6
"""From this cosine on, two questions by themselves ask the same: no two of that list that do not
are as near."""


class Groups:
    """Groups of texts that grow."""

    def __init__(self, dimension: int, near: float = NEAR) -> None:
        """No group yet, of vectors of so many floats."""
        self._near = near
        self._sums = np.zeros((64, dimension), dtype=np.float32)
        self._means = np.zeros((64, dimension), dtype=np.float32)
        self._count = 0
        self._vectors: list[Floats] = []
        self._group: list[int] = []
        self._groups: tuple[tuple[int, ...], ...] | None = None

    def add(self, vectors: Floats) -> None:
        """Let further texts join; vectors at unit length, one row a text."""
        for start in range(0, len(vectors), _AT_ONCE):
            self._add(vectors[start : start + _AT_ONCE])
        self._groups = None

    def _add(self, vectors: Floats) -> None:
        before = self._count
        known = vectors @ self._means[:before].T
        for number, vector in enumerate(vectors):
            nearness = self._means[before : self._count] @ vector
            fresh = int(nearness.argmax()) if len(nearness) else -1
            best = int(known[number].argmax()) if before else -1
            if best >= 0 and known[number, best] >= self._near:
                place = best
            elif fresh >= 0 and nearness[fresh] >= self._near:
                place = before + fresh
            else:
                place = self._begun()
            self._sums[place] += vector
            self._means[place] = _unit(self._sums[place])
            self._vectors.append(vector)
            self._group.append(place)

    def _begun(self) -> int:
        if self._count == len(self._sums):
            more = np.zeros_like(self._sums)
            self._sums = np.concatenate([self._sums, more])
            self._means = np.concatenate([self._means, more])
        self._count += 1
        return self._count - 1

    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the texts of each group, in the order they came; the groups so too."""
        if self._groups is None:
            self._groups = self._settled() if self._vectors else ()
        return self._groups

    def _settled(self) -> tuple[tuple[int, ...], ...]:
        joined = self._joined()
        vectors = np.stack(self._vectors)
        group = joined[np.array(self._group)]
        names = np.unique(group)
        means = np.stack([_unit(vectors[group == name].sum(axis=0)) for name in names])
        nearness = vectors @ means.T
        best = nearness.argmax(axis=1)
        far = nearness[np.arange(len(vectors)), best] < self._near
        own = np.searchsorted(names, group)
        best[far] = own[far]
        found: dict[int, list[int]] = {}
        for number, name in enumerate(best):
            found.setdefault(int(name), []).append(number)
        return tuple(tuple(members) for members in found.values())

    def _joined(self) -> NDArray[np.int64]:
        """For each group the first group that its mean is near to, itself for most."""
        means = self._means[: self._count]
        first = np.arange(self._count)
        for number in range(1, self._count):
            nearness = means[:number] @ means[number]
            best = int(nearness.argmax())
            if nearness[best] >= self._near:
                first[number] = first[best]
        return first


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
