"""From a few made-up questions to weights that the service accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from app.answering import aim, follow
from app.answering.aim import SECTION_FEATURES
from app.answering.classify import TextClassifier
from app.answering.features import Scores
from app.answering.follow import NONE_FEATURES
from app.answering.follow import RECORD_FEATURES as FOLLOW_FEATURES
from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker
from app.answering.retrieve import Fit, HybridRetriever
from app.evaluation.rows import Row, Sort
from app.training import fit
from app.training.choice import Choice
from app.training.classifiers import Classified, fit_facets, fit_fields, fit_kinds
from app.training.examples import (
    COMMUNE,
    FOLDS,
    Example,
    Seen,
    as_asked,
    folds_of_examples,
    folds_of_matters,
    is_measured,
    named_weights,
    own_questions,
)
from app.training.follow import Turn, fit_follow, fit_turns, turns_of
from app.training.rank import (
    _as_asked,
    _choice,
    _sureness,
    fit_rankers,
    fit_vietnamese,
    without_vectors,
)
from app.training.section import fit_aim
from knowledge_base.edition import Edition
from knowledge_base.embedding import load_embedding
from knowledge_base.record import Facet
from tests.fakes import (
    BEE_HIVES,
    BOATS,
    COMMUNE_DATA,
    KITES,
    FixedKnowledge,
    changed,
    edition_of,
)

pytestmark = pytest.mark.thorough

BEES, GHE, DIEU, CHO = BEE_HIVES["id"], BOATS["id"], KITES["id"], "gia-ve-cho"
MARKET = changed(
    KITES,
    id=CHO,
    title="Giá vé chợ nổi",
    questions=[
        {"text": f"Chợ nổi {words}?", "section": section}
        for words, section in (
            ("vé bao nhiêu", "gia-ve"),
            ("họp lúc nào", "gio-tha"),
            ("vé trẻ em", "gia-ve"),
            ("mở mấy giờ", "gio-tha"),
            ("giá người lớn", "gia-ve"),
            ("làm sao", "gia-ve"),
        )
    ],
)
"""A second guide, so that one is left to learn from when the other is held out."""


def example(text: str, record: str, facet: Facet, kind: str = "plain") -> Example:
    return Example(text, COMMUNE, kind, (record,), (facet,))


ASKED = (
    example("nuôi ong mật phí bao nhiêu", BEES, Facet.FEE),
    example("nuôi ong mấy ngày thì xong", BEES, Facet.TIME_LIMIT),
    example("đăng ký nuôi ong cần giấy tờ gì", BEES, Facet.DOSSIER),
    example("ghe máy cần giấy tờ gì", GHE, Facet.DOSSIER),
    example("đăng kiểm ghe thuyền nộp ở đâu", GHE, Facet.WHERE),
    example("đăng kiểm ghe tốn bao nhiêu tiền", GHE, Facet.FEE),
    example("vé thả diều bao nhiêu", DIEU, Facet.FEE),
    example("mấy giờ được thả diều", DIEU, Facet.STEPS),
    example("vé chợ nổi bao nhiêu", CHO, Facet.FEE),
)
OUT = tuple(
    Example(text, COMMUNE, "out/far", ())
    for text in ("giá vàng hôm nay", "nấu phở bò", "đá bóng mấy giờ", "vé máy bay", "mua xe cũ")
)


@dataclass(frozen=True)
class Learned:
    """All that is learned from the examples, and what was told meanwhile."""

    edition: Edition
    retriever: HybridRetriever
    examples: tuple[Example, ...]
    facets: Classified
    fields: Classified
    seen: list[Seen]
    told: tuple[str, ...]


@pytest.fixture(scope="module")
def learned() -> Learned:
    edition = edition_of(BEE_HIVES, BOATS, KITES, MARKET, commune=changed(COMMUNE_DATA, id=COMMUNE))
    retriever = HybridRetriever(knowledge=FixedKnowledge(edition))
    examples = (*own_questions(edition), *ASKED, *OUT)
    told: list[str] = []
    facets = fit_facets(examples, (), edition, told.append)
    fields = fit_fields(examples, (), load_embedding(""), told.append)
    seen = list(fit.seen_by(retriever, edition, examples, facets.held_out, fields.held_out))
    return Learned(edition, retriever, examples, facets, fields, seen, tuple(told))


@pytest.mark.parametrize("name", ["facets", "fields"])
def test_a_fitted_classifier_is_written_and_read_again(
    learned: Learned, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Classified = getattr(learned, name)
    monkeypatch.setattr("app.answering.classify._FOLDER", tmp_path)

    made.model.save(tmp_path / f"{name}.npz")
    read = TextClassifier.packaged.__func__.__wrapped__(TextClassifier, name)  # type: ignore[attr-defined]

    wanted = made.model.probabilities("ghe máy cần giấy tờ gì")
    assert read.probabilities("ghe máy cần giấy tờ gì") == pytest.approx(wanted, abs=0.02)
    assert (
        set(wanted)
        == {
            "facets": {"summary", "fee", "time_limit", "dossier", "where", "steps"},
            "fields": {"in", "out"},
        }[name]
    )


def test_the_classifiers_learn_and_tell_their_figures(learned: Learned) -> None:
    fields, facets = learned.fields.model, learned.facets.model

    assert fields.probabilities("nuôi ong mật")["in"] > 0.5
    assert fields.probabilities("nấu phở bò")["out"] > 0.5
    assert facets.probabilities("ghe máy cần giấy tờ gì")["dossier"] > 0.5
    assert [line.partition(":")[0] for line in learned.told] == [
        "mặt hỏi",
        "lĩnh vực, in",
        "lĩnh vực, out",
    ]


def test_a_guides_own_questions_teach_no_facet(learned: Learned) -> None:
    other = [
        replace(one, facets=(Facet.LEGAL_BASIS,))
        if one.kind == "own" and one.records == (DIEU,)
        else one
        for one in learned.examples
    ]

    found = fit_facets(other, (), learned.edition, lambda _line: None)

    assert found.model.probabilities("hội thả diều") == learned.facets.model.probabilities(
        "hội thả diều"
    )


def test_what_is_said_of_an_example_was_learned_without_its_record(learned: Learned) -> None:
    """Its record's questions may say anything, what is held out stays as it was."""
    other = [
        replace(one, facets=(Facet.FEE,)) if one.records == (GHE,) else one
        for one in learned.examples
    ]

    found = fit_facets(other, (), learned.edition, lambda _line: None)

    places = [place for place, one in enumerate(other) if one.records == (GHE,)]
    assert len(places) == 9
    for place in places:
        assert found.held_out[place] == pytest.approx(learned.facets.held_out[place])
    text = "đăng kiểm ghe thuyền"
    assert found.model.probabilities(text)["fee"] > (
        learned.facets.model.probabilities(text)["fee"] + 0.1
    )


def test_every_example_has_held_out_chances_and_further_questions_have_none(
    learned: Learned,
) -> None:
    more = [Example("lệ phí", COMMUNE, "facets", (), (Facet.FEE,))]

    found = fit_facets(learned.examples, more, learned.edition, lambda _line: None)

    assert len(found.held_out) == len(learned.examples)
    for chances in (*found.held_out, *learned.fields.held_out):
        assert sum(chances.values()) == pytest.approx(1)


def test_no_record_is_both_learned_from_and_held_out() -> None:
    examples = [example(f"câu {number}", f"ho-so-{number % 7}", Facet.FEE) for number in range(70)]

    folds = folds_of_examples(examples)

    assert set(folds.tolist()) <= set(range(FOLDS))
    assert len(set(folds.tolist())) > 1
    for number in range(FOLDS):
        held_out = {examples[place].records for place in np.flatnonzero(folds == number)}
        learned = {examples[place].records for place in np.flatnonzero(folds != number)}
        assert not held_out & learned


def test_a_question_about_nothing_is_held_out_with_its_copy_without_marks() -> None:
    assert folds_of_examples(OUT).tolist() == folds_of_examples(fit.stripped(OUT)).tolist()
    assert len(set(folds_of_examples(OUT).tolist())) > 1


def test_near_questions_are_held_out_together_whatever_answers_them() -> None:
    matters = [
        ("ly hôn", "đơn ly hôn", "xin ly hôn", "muốn ly hôn"),
        ("giá vàng", "coi giá vàng", "giá vàng hôm nay", "xem giá vàng"),
        ("thi bằng lái", "đi thi bằng lái", "thi bằng lái xe", "muốn thi bằng lái"),
        ("bơm nước", "máy bơm nước", "sửa máy bơm nước", "mua máy bơm nước"),
        ("nấu phở", "cách nấu phở", "nấu phở bò", "quán nấu phở"),
    ]
    asked = [
        example(matter[place], f"ho-so-{place}", Facet.WHERE)
        for place in range(4)
        for matter in matters
    ]

    folds = folds_of_matters(asked, load_embedding(""))

    for number in range(len(matters)):
        assert len(set(folds[number :: len(matters)].tolist())) == 1
    assert len(set(folds.tolist())) > 1


def test_only_development_questions_are_mixed_as_they_are_measured() -> None:
    kinds = ["plain", "near-miss", "typo/no-diacritics", "own", "asked/plain", "out/far", "hard/x"]

    measured = [is_measured(Example("câu", COMMUNE, kind, ())) for kind in kinds]

    assert measured == [True, True, True, False, False, False, False]


def test_probabilities_are_as_sure_as_they_are_right() -> None:
    """A ranker twice too sure, and too seldom silent, is put right by held-out questions."""
    random = np.random.default_rng(1)
    none = np.array([float(name == "constant") for name in QUESTION_FEATURES])
    bold, meek = Ranker(np.array([4.0]), -1.0 * none), Ranker(np.array([2.0]), 0.5 * none)
    measured = []
    for _ in range(600):
        options = random.normal(size=(4, 1))
        chances = meek.probabilities(options, none)
        chosen = random.choice(5, p=[*chances, 1 - chances.sum()])
        right = (np.arange(4) == chosen).astype(float)
        measured.append((bold, Choice(options, right, none)))

    slope, shift = _sureness(measured)

    assert slope == pytest.approx(0.5, abs=0.1)
    assert shift - slope == pytest.approx(0.5, abs=0.3)


def test_an_own_question_is_not_found_by_itself(learned: Learned) -> None:
    own = next(one for one in learned.seen if one.example.own_chunk is not None)
    place = learned.edition.place_of[str(own.example.own_chunk)]

    assert own.fit.scores.lexical[place] == 0
    assert own.understood.facets in learned.facets.held_out
    assert own.understood.outside in {chances["out"] for chances in learned.fields.held_out}


def test_without_vectors_only_what_is_dense_is_nought() -> None:
    full = Fit(
        ("a", "b"),
        Scores(np.ones(4), np.ones(4)),
        np.ones((2, len(RECORD_FEATURES))),
        np.ones(len(QUESTION_FEATURES)),
    )

    found = without_vectors(full)

    records = dict(zip(RECORD_FEATURES, found.records.T.tolist(), strict=True))
    question = dict(zip(QUESTION_FEATURES, found.question.tolist(), strict=True))
    dense = {"dense_name", "dense_question", "dense_section", "dense_rank", "several_dense"}
    assert {name for name, column in records.items() if column == [0.0, 0.0]} == dense
    assert {name for name, column in records.items() if column == [1.0, 1.0]} == (
        set(RECORD_FEATURES) - dense
    )
    assert {name for name, value in question.items() if value == 0} == {"best_dense"}
    assert full.records.min() == full.question.min() == 1


def test_the_ranker_that_is_fitted_is_accepted_and_ranks(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    weights = fit_vietnamese(learned.seen, told.append)
    fit._write(tmp_path / "ranker.json", {"with_vectors": weights, "words_alone": weights})

    monkeypatch.setattr("app.answering.ranker._FILE", tmp_path / "ranker.json")
    ranker = Ranker.packaged.__func__.__wrapped__(Ranker)  # type: ignore[attr-defined]
    assert [line.partition(":")[0] for line in told] == [
        "xếp hạng",
        "xếp hạng, out/far, không có",
        "xếp hạng, own",
        "xếp hạng, plain",
    ]
    for name, weight in weights["record"].items():
        assert weight <= 0 if name == "practical_guide" else weight >= 0
        assert weight == 0 or "dense" not in name
    for one in learned.seen:
        chances = ranker.probabilities(one.fit.records, one.fit.question)
        if one.example.kind == "plain":
            assert one.fit.ids[int(chances.argmax())] == one.example.records[0]
        if not one.example.records:
            assert chances.sum() < 0.5


def test_english_is_learned_from_apart() -> None:
    record, question = np.zeros((1, len(RECORD_FEATURES))), np.zeros(len(QUESTION_FEATURES))
    record[0, RECORD_FEATURES.index("covered")] = 1.0
    question[QUESTION_FEATURES.index("constant")] = 1.0

    def seen(english: str, kind: str, *, answered: bool) -> list[Seen]:
        understood = replace(as_asked("nuôi ong"), english=english)
        return [
            Seen(
                Example(f"{kind} {name}", COMMUNE, kind, (name,) if answered else ()),
                understood,
                Fit((name,), Scores(np.zeros(1), np.zeros(1)), record, question),
            )
            for name in "abcdefghijklmnopqrstuvwxyz"
        ]

    told: list[str] = []
    rows = [
        *seen("", "plain", answered=True),
        *seen("bees", "asked/english", answered=False),
    ]
    weights = fit_rankers(rows, told.append)

    assert set(weights) == {
        "with_vectors",
        "words_alone",
        "english_with_vectors",
        "english_words_alone",
    }
    right = weights["with_vectors"]["record"]["covered"]
    assert right > weights["english_with_vectors"]["record"]["covered"]
    assert [line for line in told if "english" in line] == [
        "xếp hạng, asked/english, không có: 26 câu, 1.000 0.000",
    ] * 2


def test_a_question_is_learned_from_beside_the_nearest_records_and_the_right_one() -> None:
    ids = tuple(f"viec-{number}" for number in range(40))
    records = np.linspace(1.0, 0.0, 40)[:, None] * np.ones(len(RECORD_FEATURES))
    found = Fit(ids, Scores(np.zeros(1), np.zeros(1)), records, np.zeros(len(QUESTION_FEATURES)))
    one = Seen(Example("a", COMMUNE, "plain", ("viec-39",)), as_asked("a b"), found)

    near, whole = _choice(one, 25, 0.5), _choice(one, None, 1.0)

    assert (near.options.shape[0], near.right.sum(), near.weight) == (25, 1.0, 0.5)
    assert (whole.options.shape[0], whole.right.sum(), whole.weight) == (40, 1.0, 1.0)


def test_how_sure_weights_may_be_is_found_on_questions_as_they_are_asked() -> None:
    counts = {
        kind: _as_asked(Example("a", COMMUNE, kind, ()))
        for kind in ("plain", "plain/no-diacritics", "asked/plain", "hard/near-miss", "own")
    }

    assert counts["plain"] == 1.0
    assert counts["plain/no-diacritics"] == 0.5
    assert 0 < counts["hard/near-miss"] < counts["asked/plain"] < 0.1
    assert counts["own"] == 0.0


def test_the_aim_that_is_fitted_is_accepted_for_both_kinds_of_record(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    weights = fit_aim(learned.retriever, learned.edition, learned.seen, told.append)
    fit._write(tmp_path / "aim.json", weights)

    monkeypatch.setattr(aim, "_FILE", tmp_path / "aim.json")
    assert len(aim._weights.__wrapped__()) == len(weights) == 2
    assert [line.partition(":")[0] for line in told] == [
        "chọn mục, procedure, own",
        "chọn mục, procedure, plain",
        "chọn mục, guide, own",
        "chọn mục, guide, plain",
    ]
    for kind in ("procedure", "guide"):
        assert tuple(weights[kind]) == SECTION_FEATURES
        either = ("summary", "carried", "of_")
        assert all(
            weight >= 0
            for name, weight in weights[kind].items()
            if name == "of_case" or not name.startswith(either)
        )
    assert weights["procedure"]["worded"] > 0


def row(text: str, *expected: str, history: Sequence[str] = ()) -> Row:
    sort = Sort.ANSWER if expected else Sort.ABSTAIN
    return Row(text, "plain", text, COMMUNE, sort, expected, history=tuple(history))


ROWS = (
    row("mất bao lâu", BEES, history=["đăng ký nuôi ong mật cần gì"]),
    row("phí bao nhiêu", BEES, history=["đăng ký nuôi ong mật cần gì", "cảm ơn"]),
    row("còn hội thả diều thì sao", DIEU, history=["đăng kiểm ghe thuyền nộp ở đâu"]),
    row("nộp ở đâu", GHE, history=["đăng kiểm ghe thuyền cần gì"]),
    *(row(one.text, *one.records) for one in ASKED),
)
SHORT = tuple(
    Example(text, COMMUNE, "facets", (), (Facet.FEE,))
    for text in ("hết mấy tiền", "bao lâu thì xong", "nộp ở đâu", "cần giấy tờ gì")
)


def test_the_follow_ups_that_are_fitted_are_accepted_and_told_apart(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    turns = turns_of(learned.retriever, learned.edition, ROWS, SHORT)
    classifier, leaning = fit_turns(turns, told.append)

    weights = fit_follow(learned.retriever, learned.edition, turns, leaning, {}, told.append)
    fit._write(tmp_path / "follow.json", {"with_vectors": weights, "words_alone": weights})

    monkeypatch.setattr(follow, "_FILE", tmp_path / "follow.json")
    record, none = weights["record"], weights["none"]
    assert (tuple(record), tuple(none)) == (FOLLOW_FEATURES, NONE_FEATURES)
    for vectors in (True, False):
        ranker = follow._ranker.__wrapped__(vectors=vectors)
        assert ranker.record_weights.tolist() == list(record.values())
        assert ranker.none_weights.tolist() == list(none.values())
    assert min(record["alone"], record["in_context"]) >= 0
    assert [line.split(":")[0] for line in told] == [
        "câu dựa vào câu trước",
        "hỏi tiếp, việc khác",
        "hỏi tiếp, đi tiếp",
        "hỏi tiếp, đặt sau, trống",
        "hỏi tiếp, đặt sau, việc khác",
    ]
    assert all(np.isfinite([*record.values(), *none.values()]))
    bare, whole = "phí bao nhiêu", "đăng kiểm ghe thuyền nộp ở đâu"
    leans = [classifier.probabilities(text)["leaning"] for text in (bare, whole)]
    assert leans[0] > leans[1] + 0.1
    assert {turn.about for turn in turns} == {BEES, GHE, DIEU, CHO}


def test_how_a_question_leans_was_learned_without_its_record() -> None:
    turns = tuple(
        Turn(
            f"{word} bao nhiêu",
            about,
            (about,) if about != GHE and word != "vé chợ" else (),
            1.0,
            "đi tiếp",
        )
        for about in (BEES, GHE, DIEU, CHO, "a", "b", "c", "d")
        for word in ("phí", "mất", "hết", "vé chợ")
    )
    turned = tuple(replace(turn, expected=(GHE,)) if turn.about == GHE else turn for turn in turns)
    _, before = fit_turns(turns, lambda _line: None)
    _, after = fit_turns(turned, lambda _line: None)

    of_boats = [place for place, turn in enumerate(turns) if turn.about == GHE]
    assert [before[place] for place in of_boats] == [after[place] for place in of_boats]
    assert before != after


def test_kinds_are_told_apart_by_patterns_and_by_words_never_seen_in_them() -> None:
    told: list[str] = []
    cries = ("kho lúa bốc khói nghi ngút", "nhà cháy rồi", "té giếng cứu với", "ba tui miệng xệ")
    rows = [
        replace(row(text), kind="emergency", sort=Sort.STATUS)
        for text in (*cries, "má tui miệng xệ tay buông đũa", "ông miệng xệ một bên")
    ]

    found = fit_kinds(rows, (*ASKED, *OUT), told.append)

    assert found.labels == ("emergency", "other")
    assert found.probabilities("nội tui miệng xệ qua một bên")["emergency"] > 0.5
    assert found.probabilities("đăng kiểm ghe cần giấy tờ gì")["other"] > 0.5
    assert [line.partition(":")[0] for line in told] == ["loại câu, emergency", "loại câu, other"]


def test_what_is_written_is_plain_json(tmp_path: Path) -> None:
    weights: Mapping[str, float] = named_weights(("a", "b"), np.array([0.123456, -2.0]))

    fit._write(tmp_path / "made.json", weights)

    text = (tmp_path / "made.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": 0.1235, "b": -2.0}
    assert text.endswith("}\n")
