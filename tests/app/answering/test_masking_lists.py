"""Two lists of strings written by people who had not seen how masking is done.

``masking.yaml`` was used to mend it afterwards, so every line of it must hold; ``masking_unseen``
was not, and tells what to expect: see docs/page.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.answering.mask import ACCOUNT, EMAIL, HOUSE, IDENTITY, PHONE, PLATE, mask
from knowledge_base.syllables import nfc

HERE = Path(__file__).parent
SHOWN = re.compile("|".join(map(re.escape, (ACCOUNT, EMAIL, HOUSE, IDENTITY, PHONE, PLATE))))
PERSONAL = re.compile("«(.*?)»")


@dataclass(frozen=True)
class Line:
    kind: str
    text: str
    """What is personal in it stands between « and »."""

    @property
    def typed(self) -> str:
        return self.text.replace("«", "").replace("»", "")

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(PERSONAL.sub("\0", self.text).split("\0"))


def lines_of(name: str) -> list[Line]:
    rows = YAML(typ="safe").load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Line(row["kind"], nfc(row["text"])) for row in rows]


LINES = lines_of("masking")


def holds(line: Line) -> bool:
    """Whether what is personal is gone, and all else stands as it was typed."""
    what_may_stand = f"(?:{SHOWN.pattern})".join(map(re.escape, line.kept))
    return re.fullmatch(what_may_stand, mask(line.typed)) is not None


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.text[:40])
def test_a_line_of_the_list_is_masked_where_it_is_personal_and_nowhere_else(line: Line) -> None:
    assert holds(line), mask(line.typed)


def test_the_list_is_long_and_of_every_kind() -> None:
    kinds = {line.kind for line in LINES}

    assert len(LINES) >= 150
    assert kinds == {"identity", "phone", "account", "email", "address", "plate", "keep", "mixed"}


def test_what_nobody_mended_for_is_masked_too() -> None:
    """Recall of personal places and precision of masks, on the list that was never mended for."""
    lines = lines_of("masking_unseen")
    personal = found = masks = right = 0
    for line in lines:
        masked = mask(line.typed)
        places = PERSONAL.findall(line.text)
        personal += len(places)
        gone = sum(place not in masked for place in places)
        found += gone
        masks += (made := len(SHOWN.findall(masked)))
        right += min(gone, made)

    assert len(lines) >= 100
    assert found / personal >= 0.9, (found, personal)
    assert right / masks >= 0.9, (right, masks)
