"""Much of one kind: the first few are tried by `make test`, all of them by `make test-all`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_thorough(values: Iterable[Any], quick: int = 1) -> list[Any]:
    """Values or parameter sets for ``parametrize``: after the first few each is ``thorough``."""
    few, rest = list(values)[:quick], list(values)[quick:]
    return [*few, *map(_thorough, rest)]


def _thorough(value: Any) -> Any:
    if hasattr(value, "marks"):  # made by pytest.param
        marks = (*value.marks, pytest.mark.thorough)
        return pytest.param(*value.values, id=value.id, marks=marks)
    several = value if isinstance(value, tuple) else (value,)
    return pytest.param(*several, marks=pytest.mark.thorough)
