"""From a few made-up messages to weights that tell two questions from one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.answering import both
from app.answering.both import FEATURES
from app.answering.retrieve import HybridRetriever
from app.evaluation.rows import Row, Sort
from app.training import fit
from app.training.both import _enough, fit_both
from app.training.examples import COMMUNE
from knowledge_base.edition import Edition
from tests.fakes import (
    BEE_HIVES,
    BOATS,
    COMMUNE_DATA,
    KITES,
    FixedKnowledge,
    changed,
    edition_of,
)

NAMES = {
    BEE_HIVES["id"]: "đăng ký nuôi ong mật",
    BOATS["id"]: "đăng kiểm ghe thuyền",
    KITES["id"]: "hội thả diều",
}
ASKED = ("lệ phí bao nhiêu", "nộp ở đâu", "cần giấy tờ gì")


def row(question: str, *expected: str) -> Row:
    sort = Sort.ANSWER if expected else Sort.ABSTAIN
    both = len(expected) > 1
    return Row(question, "plain", question, COMMUNE, sort, expected, both=both)


TWO = [
    row(f"{NAMES[one]} {asks}{joint} {NAMES[other]} {more}", one, other)
    for one in NAMES
    for other in NAMES
    if one != other
    for asks, more in zip(ASKED, reversed(ASKED), strict=True)
    for joint in ("?", ", còn")
]
ONE = [
    row(f"{NAMES[one]} {asks}{joint} {more}", one)
    for one in NAMES
    for asks in ASKED
    for more in ASKED
    if asks != more
    for joint in ("?", ", còn", " và")
]


@pytest.fixture(scope="module")
def edition() -> Edition:
    return edition_of(BEE_HIVES, BOATS, KITES, commune=changed(COMMUNE_DATA, id=COMMUNE))


def test_two_questions_are_told_from_two_facets_of_one_record(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retriever = HybridRetriever(knowledge=FixedKnowledge(edition))
    told: list[str] = []

    weights = fit_both(retriever, edition, (*TWO, *ONE), told.append)
    fit._write(tmp_path / "both.json", weights)
    monkeypatch.setattr(both, "_FILE", tmp_path / "both.json")
    read = both._weights.__wrapped__()
    alike = np.array([read.mean])
    unsure, sure = alike.copy(), alike.copy()
    sure[0, [FEATURES.index("both_ask"), FEATURES.index("second_subject")]] = 1.0
    unsure[0, FEATURES.index("less_sure")] = np.log(1e-4)

    assert both.sureness(sure, read)[0] > both.sureness(unsure, read)[0]
    assert read.sure >= 0.5
    (line,) = told
    assert line.startswith("hai câu trong một: từ")
    assert f"trên {len(TWO)} câu; cắt nhầm 0 trên {len(ONE)} câu đơn" in line


def test_messages_after_others_and_those_not_searched_for_are_not_learned_from(
    edition: Edition,
) -> None:
    retriever = HybridRetriever(knowledge=FixedKnowledge(edition))
    later = [replace(one, history=("trước đó",)) for one in TWO]
    cries = [replace(one, sort=Sort.STATUS) for one in TWO]

    with pytest.raises(ValueError, match="two records"):
        fit_both(retriever, edition, (*later, *cries, *ONE), lambda _line: None)


def test_so_few_messages_with_one_question_are_cut() -> None:
    single = [0.97, 0.912, 0.9, *([0.1] * 397)]

    assert sum(sure >= _enough(single) for sure in single) == 2
    assert _enough([0.2]) == 0.5
    assert _enough([]) == 0.5


def test_weights_for_other_features_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "both.json").write_text(json.dumps({"features": {"length": [0, 1]}}))
    monkeypatch.setattr(both, "_FILE", tmp_path / "both.json")

    with pytest.raises(ValueError, match="fitted for other features"):
        both._weights.__wrapped__()
