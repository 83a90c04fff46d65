"""Whether a question goes on about the last answer's record, with the release and its weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.answering import follow
from app.answering.answer import Question
from app.answering.asked import Asked, Thresholds, Turn
from app.answering.decide import About, Decider, Decision, OneOf
from app.answering.features import Floats
from app.answering.follow import (
    RECORD_FEATURES,
    chances,
    follow_features,
    in_context,
    nearest,
)
from app.answering.lexicon import Lexicon
from app.answering.retrieve import Candidate, HybridRetriever, Query
from app.answering.understand import Understood, understand
from app.evaluation.memory import KnowledgeInMemory
from knowledge_base.embedding import load_embedding
from knowledge_base.record import Facet
from tests.fakes import MONDAY_MORNING
from tests.service import release_edition

COMMUNE = "hoa-tien"
USUAL = Thresholds(0.6, 0.2)
LAST = "dang-ky-tam-tru"
"""The record that the last answer was about."""


@pytest.fixture(scope="module")
def retriever() -> HybridRetriever:
    """The release, with the packaged embedding and no database."""
    return HybridRetriever(knowledge=KnowledgeInMemory(release_edition(), load_embedding("")))


def read(text: str) -> Understood:
    return understand(text, Lexicon.packaged())


def found(
    retriever: HybridRetriever, understood: Understood, *beside: str
) -> tuple[Candidate, ...]:
    return retriever.candidates(Query.of(understood, COMMUNE, (LAST, *beside)), release_edition())


def weighed(retriever: HybridRetriever, text: str) -> tuple[tuple[Candidate, ...], Floats, Floats]:
    """The records that a question after the last answer may be about, and what they go by."""
    edition, understood = release_edition(), read(text)
    last = edition.scope(COMMUNE).records[LAST]
    context = retriever.chances(in_context(understood, last, COMMUNE), edition)
    candidates = found(retriever, understood, *nearest(context))
    same = next(one for one in candidates if one.record.id == LAST)
    own = retriever.names_something(understood.words, COMMUNE, edition)
    unknown = retriever.unknown(understood.subject, COMMUNE, edition)
    records, none = follow_features(
        understood, candidates, same, context, own_subject=own, unknown=unknown
    )
    return candidates, records, none


def features(retriever: HybridRetriever, text: str, record: str = LAST) -> dict[str, float]:
    """What a record is weighed by after the last answer, under its names."""
    candidates, records, _ = weighed(retriever, text)
    place = [one.record.id for one in candidates].index(record)
    return dict(zip(RECORD_FEATURES, records[place].tolist(), strict=True))


def chance(retriever: HybridRetriever, text: str, record: str = LAST) -> float:
    candidates, records, none = weighed(retriever, text)
    place = [one.record.id for one in candidates].index(record)
    return float(chances(records, none)[place])


def decision_on(
    retriever: HybridRetriever,
    text: str,
    turn: Turn | None,
    understood: Understood | None = None,
    thresholds: Thresholds = USUAL,
) -> Decision:
    """What the whole decision takes a question to be about."""
    edition = release_edition()
    commune = edition.catalogue.communes[COMMUNE]
    asked = Asked(
        Question(text, COMMUNE),
        understood or read(text),
        commune,
        edition,
        turn,
        "",
        MONDAY_MORNING,
        lambda _step: None,
    )
    return Decider(retriever, thresholds).decide(asked)[0]


def decided(
    retriever: HybridRetriever, text: str, understood: Understood | None = None
) -> About | None:
    """The record that a question after an answer is about, where it is about one."""
    decision = decision_on(retriever, text, Turn(LAST, Facet.DOSSIER, None), understood)
    return decision if isinstance(decision, About) else None


GOES_ON = (
    "mất bao lâu?",
    "mat bao lau",
    "nộp qua mạng được không",
    "rứa phí bao nhiêu",
    "nộp ở mô",
    "cần giấy tờ gì?",
    "ở trọ thì sao",
    "nếu chủ nhà không ký thì sao",
    "nhờ người khác nộp thay được không",
)
OF_ANOTHER = (
    ("còn đăng ký thường trú thì sao?", "dang-ky-thuong-tru"),
    ("con dang ky thuong tru thi sao", "dang-ky-thuong-tru"),
    ("khai sinh cho con cần giấy tờ gì?", "dang-ky-khai-sinh"),
    ("thế còn tách hộ thì mất bao lâu?", "tach-ho"),
    ("làm căn cước ở đâu", "cap-doi-the-can-cuoc"),
)


@pytest.mark.parametrize("text", GOES_ON)
def test_what_names_nothing_of_its_own_goes_on_about_the_last_record(
    retriever: HybridRetriever, text: str
) -> None:
    assert chance(retriever, text) >= 0.5

    decision = decided(retriever, text)

    assert decision is not None
    assert decision.found.record.id == LAST


@pytest.mark.parametrize(("text", "record"), OF_ANOTHER)
def test_what_names_another_matter_is_about_that(
    retriever: HybridRetriever, text: str, record: str
) -> None:
    assert chance(retriever, text) < 0.5

    decision = decided(retriever, text)

    assert decision is not None
    assert decision.found.record.id == record


def test_the_weather_is_not_what_the_last_record_is_about(retriever: HybridRetriever) -> None:
    assert decided(retriever, "hôm nay thời tiết thế nào") is None


def test_a_follow_up_asks_for_its_own_part_and_else_for_the_last_one(
    retriever: HybridRetriever,
) -> None:
    text = "ở trọ thì sao"
    unsure = replace(read(text), facets={facet.value: 1 / len(Facet) for facet in Facet})

    of_its_own, of_none = decided(retriever, "mất bao lâu?"), decided(retriever, text, unsure)

    assert of_its_own is not None and of_its_own.facet is Facet.TIME_LIMIT
    assert of_none is not None and of_none.facet is None
    assert of_none.carried is Facet.DOSSIER


def test_the_case_of_the_last_record_that_a_follow_up_names_is_seen(
    retriever: HybridRetriever,
) -> None:
    assert features(retriever, "ở trọ thì sao")["case"] == 1
    assert features(retriever, "mất bao lâu?")["case"] == 0


@pytest.mark.parametrize(
    ("text", "pointing", "going_on"),
    [
        pytest.param("rứa phí bao nhiêu", 1, 1, id="so then"),
        pytest.param("thủ tục đó mất mấy ngày", 1, 0, id="that one"),
        pytest.param("còn lệ phí bao nhiêu", 0, 1, id="and"),
        pytest.param("mất bao lâu", 0, 0, id="neither"),
    ],
)
def test_words_that_refer_back_are_seen(
    retriever: HybridRetriever, text: str, pointing: int, going_on: int
) -> None:
    row = features(retriever, text)

    assert (row["points_back"], row["continues"]) == (pointing, going_on)


def test_shares_are_shares_and_the_longer_question_is_longer(retriever: HybridRetriever) -> None:
    short, long = features(retriever, "mất bao lâu?"), features(retriever, OF_ANOTHER[2][0])

    for row in (short, long):
        assert all(0 <= row[name] <= 1 for name in ("outside", "unknown", "same_words"))
        assert all(row[name] <= 0 for name in ("alone", "in_context"))
        assert row["last"] == 1
    assert short["length"] < long["length"]
    assert (short["own_subject"], long["own_subject"]) == (0, 1)


def test_what_refers_back_is_known_of_the_last_record_alone(retriever: HybridRetriever) -> None:
    other = "dang-ky-thuong-tru"

    row = features(retriever, "còn thường trú thì phí bao nhiêu", other)

    known = ("alone", "in_context", "same_topic")
    assert row["same_topic"] == 1
    assert not any(value for name, value in row.items() if name not in known)


def test_beside_the_last_records_title_its_neighbour_fits_better(
    retriever: HybridRetriever,
) -> None:
    edition, understood = release_edition(), read("họ dọn đi rồi muốn xóa thì cần giấy chi?")
    last = edition.scope(COMMUNE).records[LAST]

    alone = retriever.chances(Query.of(understood, COMMUNE), edition)
    beside = retriever.chances(in_context(understood, last, COMMUNE), edition)

    assert beside["xoa-dang-ky-tam-tru"] > alone["xoa-dang-ky-tam-tru"] + 0.3
    assert "xoa-dang-ky-tam-tru" in nearest(beside)


def test_after_an_answer_a_likely_record_is_shown_however_sure_the_first_must_be(
    retriever: HybridRetriever,
) -> None:
    text, certain = "khai sinh cho con cần giấy tờ gì?", Thresholds(1.0, 0.2)

    first = decision_on(retriever, text, None, thresholds=certain)
    after = decision_on(retriever, text, Turn(LAST, Facet.WHERE, None), thresholds=certain)

    assert isinstance(first, OneOf)
    assert isinstance(after, About)
    assert after.found.record.id == first.offered[0].record.id


def test_weights_for_other_features_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "follow.json"
    file.write_text(json.dumps({"with_vectors": {"record": {"best": 1.0}, "none": {}}}))
    monkeypatch.setattr(follow, "_FILE", file)

    with pytest.raises(ValueError, match=r"follow\.json.*make train"):
        follow._ranker.__wrapped__(vectors=True)


OFFERED = Turn(
    "dang-ky-khai-sinh",
    Facet.DOSSIER,
    None,
    ("dang-ky-khai-sinh", "cap-the-bhyt-cho-tre-duoi-6-tuoi"),
)
"""The resident was asked which of the two is meant, and types instead of choosing."""


@pytest.mark.parametrize("text", ["vậy có tốn tiền không?", "mất bao lâu", "nop o mo rua"])
def test_who_asks_on_instead_of_choosing_may_choose_again(
    retriever: HybridRetriever, text: str
) -> None:
    decision = decision_on(retriever, text, OFFERED)

    assert isinstance(decision, OneOf)
    assert {found.record.id for found in decision.offered} == set(OFFERED.offered)


def test_who_types_which_one_is_meant_gets_what_was_first_asked_for(
    retriever: HybridRetriever,
) -> None:
    decision = decision_on(retriever, "tôi nói việc làm giấy khai sinh", OFFERED)

    assert isinstance(decision, About)
    assert (decision.found.record.id, decision.facet) == ("dang-ky-khai-sinh", Facet.DOSSIER)


def test_who_asks_something_else_instead_of_choosing_is_answered_that(
    retriever: HybridRetriever,
) -> None:
    decision = decision_on(retriever, "đăng ký tạm trú cần giấy tờ gì?", OFFERED)

    assert isinstance(decision, About)
    assert decision.found.record.id == "dang-ky-tam-tru"
