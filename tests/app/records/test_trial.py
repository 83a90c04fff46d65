"""A trial tells what residents would read, and touches nothing that they read now."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.answering.lexicon import Lexicon
from app.answering.pipeline import Pipeline, Thresholds
from app.answering.retrieve import HybridRetriever, Knowledge, Query
from app.answering.understand import understand
from app.main import Stores, open_stores
from app.records.tables import AnswerRow, ConversationRow
from app.records.trial import Row, Trial, Verdict
from app.records.trial_knowledge import StoredNearest, TrialKnowledge, tried_edition
from app.records.trials import Forgetful, Trials
from app.staffing import trial_pipeline
from ingest.live import LiveKnowledge
from ingest.sync import make_snapshot, sync_content, today
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.index import VectorIndex
from knowledge_base.record import RecordKind
from knowledge_base.revisions import RevisionRow, RevisionState, SnapshotRow, publish
from tests.database import new_database
from tests.fakes import MONDAY_MORNING
from tests.knowledge_base.fakes import CountingEmbedding
from tests.knowledge_base.records import (
    commune,
    guide,
    procedure,
    put,
    put_small_content,
)
from tests.service import ingested_copy, settings_in

Data = dict[str, Any]
HERE = "hoa-tien"
FEE = "lệ phí đăng ký tạm trú bao nhiêu"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_database(tmp_path / "hoixa.db")
    yield engine
    engine.dispose()


@pytest.fixture
def vectors(tmp_path: Path) -> Iterator[VectorIndex]:
    index = VectorIndex.embedded(tmp_path / "index", CountingEmbedding(1024))
    yield index
    index.close()


@pytest.fixture
def live(tmp_path: Path, engine: Engine, vectors: VectorIndex) -> LiveKnowledge:
    """A procedure that names its facts, and a guide, in one commune."""
    folder = put_small_content(tmp_path / "content")
    questions = procedure()["questions"]
    questions[3] |= {"text": FEE, "facts": ["7.000 đồng"]}
    put(
        folder,
        "procedures/residence/dang-ky-tam-tru.yaml",
        procedure(questions=questions, related=["muc-dong-bhyt"]),
    )
    sync_content(engine, folder)
    make_snapshot(engine, vectors, today())
    return loaded(engine, vectors)


def loaded(engine: Engine, vectors: VectorIndex) -> LiveKnowledge:
    """What is live, without the thread that keeps it so."""
    found = LiveKnowledge(engine, vectors, poll_seconds=3600)
    found.start()
    found.stop()
    return found


def answering(knowledge: Knowledge, moment: datetime) -> Pipeline:
    return Pipeline(
        HybridRetriever(knowledge=knowledge), Forgetful(), Thresholds(0.5, 0.25), lambda: moment
    )


def trials(live: LiveKnowledge, *, neighbours: int = 20, communes: int = 1) -> Trials:
    return Trials(live, answering, lambda: MONDAY_MORNING, neighbours=neighbours, communes=communes)


def silent(done: int, total: int, words: str = "") -> None:
    """Nobody watches."""


def body_of(live: LiveKnowledge, record_id: str = "dang-ky-tam-tru") -> Body:
    return next(one for one in live.edition().catalogue.bodies if one.id == record_id)


def edited(live: LiveKnowledge, change: Callable[[Data], object], **of: str) -> Body:
    body = body_of(live, **of)
    data = deepcopy(dict(body.data))
    change(data)
    return replace(body, data=data)


def run(live: LiveKnowledge, body: Body, **more: Any) -> Trial:
    return trials(live).run(body, [HERE], silent, **more)


def row_of(trial: Trial, question: str) -> Row:
    return next(row for row in trial.rows if row.question == question)


def new_fee(data: Data) -> None:
    data["fees"][1]["amount"] = 8500


def test_nothing_changed_changes_no_answer(live: LiveKnowledge) -> None:
    trial = run(live, body_of(live))

    assert trial.rows == ()
    assert len(trial.unchanged) >= 6


def test_the_store_is_asked_once_for_what_is_asked_twice(
    live: LiveKnowledge, vectors: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, asked = vectors.nearest, []

    def counted(text: str, *more: Any) -> Any:
        asked.append(text)
        return nearest(text, *more)

    monkeypatch.setattr(vectors, "nearest", counted)

    trial = run(live, edited(live, new_fee))

    assert trial.asked >= 6
    assert len(asked) == len(set(asked))


def test_who_needs_more_of_the_store_than_is_known_asks_again(
    live: LiveKnowledge, vectors: VectorIndex
) -> None:
    stored = StoredNearest(vectors, live.edition())

    few, many = (stored(FEE, ["national"], count) for count in (2, 9))

    assert (len(few), len(many)) == (2, 9)
    assert stored(FEE, ["national"], 3) is many
    assert stored(FEE, ["commune:hoa-tien"], 3) == {}, "nothing is kept of that place"


def test_a_new_fee_is_shown_before_and_after_and_the_old_fact_is_missed(
    live: LiveKnowledge,
) -> None:
    row = row_of(run(live, edited(live, new_fee)), FEE)

    assert "7.000 đồng" in row.before.text
    assert "8.500 đồng" in row.after.text
    assert "[1]" not in row.after.text
    assert (row.verdict, row.missing) == (Verdict.FACT_MISSING, ("7.000 đồng",))


def test_a_new_fee_with_its_new_fact_is_as_wanted(live: LiveKnowledge) -> None:
    def change(data: Data) -> None:
        new_fee(data)
        data["questions"][3]["facts"] = ["8.500 đồng"]

    trial = run(live, edited(live, change))

    assert row_of(trial, FEE).verdict is Verdict.CHANGED
    assert trial.worse == 0


def test_a_part_that_goes_is_an_answer_lost(live: LiveKnowledge) -> None:
    def change(data: Data) -> None:
        del data["time_limits"]
        data["questions"] = [one for one in data["questions"] if one["section"] != "time_limit"]
        data["questions"].append({"text": "đăng ký tạm trú mất bao lâu", "section": "summary"})

    trial = run(live, edited(live, change))

    row = row_of(trial, "đăng ký tạm trú mất bao lâu")
    assert row.worse
    assert trial.worse >= 1
    assert trial.rows[0].worse, "the worst come first"


def test_a_new_question_that_leads_nowhere_is_told(live: LiveKnowledge) -> None:
    def change(data: Data) -> None:
        data["questions"].append({"text": "con voi nặng mấy ký", "section": "fee"})

    row = row_of(run(live, edited(live, change)), "con voi nặng mấy ký")

    assert row.verdict in (Verdict.UNMET, Verdict.BETTER)
    assert not row.worse


def test_a_record_that_takes_over_the_words_of_another_makes_it_worse(live: LiveKnowledge) -> None:
    other = guide(
        id="phi-tam-tru-khac",
        title="Lệ phí tạm trú bao nhiêu",
        aliases=["lệ phí tạm trú", "đăng ký tạm trú", "tạm trú"],
        questions=[
            {"text": text, "section": "muc-dong"}
            for text in (
                "lệ phí tạm trú bao nhiêu",
                "tạm trú cần giấy tờ gì",
                "làm tạm trú ở đâu",
                "đăng ký tạm trú mất bao lâu",
                "tạm trú là gì",
                "ở trọ thì tạm trú cần gì",
            )
        ],
    )
    trial = run(live, Body(RecordKind.GUIDE, other["id"], "national", other, "thử"))

    taken = [row for row in trial.rows if row.record_id == "dang-ky-tam-tru"]
    told = [row for row in trial.rows if row.record_id == other["id"]]
    assert taken or told
    assert all(
        row.verdict in (Verdict.WRONG_RECORD, Verdict.ASKS_BACK, Verdict.BETTER, Verdict.UNMET)
        for row in (*taken, *told)
    )


def test_questions_of_related_records_are_asked_too_as_many_as_are_set(
    live: LiveKnowledge,
) -> None:
    def asked(neighbours: int) -> int:
        body = edited(live, new_fee)
        return trials(live, neighbours=neighbours).run(body, [HERE], silent).asked

    assert asked(0) == 6
    assert asked(4) > 6
    assert asked(100) == 12


def test_a_record_of_many_communes_is_tried_in_as_many_as_are_set(
    tmp_path: Path, engine: Engine, vectors: VectorIndex
) -> None:
    folder = put_small_content(tmp_path / "content")
    for number in range(4):
        other = commune(id=f"xa-{number}", code=f"2000{number}", name=f"Xã {number}")
        put(folder, f"communes/da-nang/xa-{number}.yaml", other)
    sync_content(engine, folder)
    make_snapshot(engine, vectors, today())
    live = loaded(engine, vectors)
    everywhere = [HERE, "xa-0", "xa-1", "xa-2", "xa-3"]
    body = edited(live, new_fee)

    names = [
        trials(live, communes=count, neighbours=0).run(body, everywhere, silent).communes
        for count in (1, 3)
    ]

    assert [len(one) for one in names] == [1, 3]


def test_what_is_ended_leaves_its_questions_unanswered_as_meant(live: LiveKnowledge) -> None:
    trial = run(live, body_of(live), withdrawn=True)

    own = [row for row in trial.rows if row.record_id == "dang-ky-tam-tru"]
    assert own
    assert {row.verdict for row in own} <= {Verdict.CHANGED, Verdict.WRONG_RECORD}
    assert all(row.after.record_id != "dang-ky-tam-tru" for row in own)


def test_a_commune_is_tried_by_questions_about_its_office(live: LiveKnowledge) -> None:
    def later(data: Data) -> None:
        data["counters"][0]["opening_hours"]["shifts"][0]["opens"] = "08:00"

    trial = run(live, edited(live, later, record_id=HERE))

    assert any("8:00" in row.after.text and "7:30" in row.before.text for row in trial.rows)


def test_a_change_that_begins_later_is_tried_on_its_day(live: LiveKnowledge) -> None:
    def next_year(data: Data) -> None:
        data["effective_from"] = "2030-01-01"
        new_fee(data)
        data["questions"][3]["facts"] = []

    body = edited(live, next_year)

    now, then = run(live, body), run(live, body, day=date(2030, 1, 2))

    assert any(row.after.record_id is None for row in now.rows)
    assert then.worse == 0
    assert "8.500" in row_of(then, FEE).after.text


def test_what_does_not_fit_is_not_tried(live: LiveKnowledge) -> None:
    def break_it(data: Data) -> None:
        data["fees"][0]["source"] = "khong-co"

    with pytest.raises(ContentError):
        run(live, edited(live, break_it))


def test_progress_is_told_and_ends_at_the_end(live: LiveKnowledge) -> None:
    told: list[tuple[int, int]] = []

    trial = trials(live).run(
        edited(live, new_fee), [HERE], lambda done, total, words="": told.append((done, total))
    )

    assert told[-1] == (trial.asked, trial.asked)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_result_survives_being_kept_as_json(live: LiveKnowledge) -> None:
    trial = run(live, edited(live, new_fee))

    assert Trial.of_data(json.loads(json.dumps(trial.to_data()))) == trial


def test_nothing_is_kept_and_nothing_live_changes(
    live: LiveKnowledge, engine: Engine, vectors: VectorIndex
) -> None:
    def counts() -> list[int]:
        with Session(engine) as session:
            return [
                session.scalar(select(func.count()).select_from(table)) or 0
                for table in (AnswerRow, ConversationRow, RevisionRow, SnapshotRow)
            ]

    before, edition = counts(), live.edition()

    run(live, edited(live, new_fee))

    assert counts() == before
    assert live.edition() is edition
    assert vectors.missing(edition.chunks, edition.snapshot.generation) == 0


@pytest.fixture(scope="module")
def release_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = ingested_copy(tmp_path_factory.mktemp("trial"))
    with open_stores(settings_in(folder)) as stores:
        yield stores


def national_fee(data: Data) -> None:
    for fee in data["fees"]:
        if fee["amount"] == 7000:
            fee["amount"] = 8500
    data["aliases"] = [*data["aliases"], "khai báo chỗ ở tạm"]


def own_version(data: Data) -> None:
    """What a commune has differently from everybody."""
    source = next(iter(data["sources"]))
    kept = {"id": data["id"], "scope": "commune:hoa-tien", "sources": data["sources"]}
    data.clear()
    data |= kept
    data["title"] = "Đăng ký tạm trú tại xã Hòa Tiến"
    data["where"] = [{"counter": "police", "text": "Công an xã, thôn La Bông", "source": source}]
    data["questions"] = [{"text": "Khai tạm trú ở thôn La Bông à?", "section": "where"}]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("change", "scope", "withdrawn"),
    [
        pytest.param(national_fee, "national", False, id="a national record changes"),
        pytest.param(own_version, "commune:hoa-tien", False, id="the first version of a commune"),
        pytest.param(None, "province:da-nang", True, id="a province's version ends"),
    ],
)
def test_what_is_tried_ranks_as_what_is_published_then_does(
    release_stores: Stores,
    change: Callable[[Data], None] | None,
    scope: str,
    withdrawn: bool,
) -> None:
    live = loaded(release_stores.engine, release_stores.vectors)
    base = live.edition()
    record = "dang-ky-tam-tru" if change else "tach-thua-hop-thua"
    wide = "national" if change else scope
    old = next(one for one in base.catalogue.bodies if (one.id, one.scope) == (record, wide))
    data = deepcopy(dict(old.data))
    if change:
        change(data)
    body = Body(old.kind, old.id, scope, data, old.place)
    tried = tried_edition(base, body, withdrawn=withdrawn)
    knowledge = TrialKnowledge(StoredNearest(release_stores.vectors, base), tried)
    texts = [
        one.text
        for place, item in enumerate(base.scope(HERE).records.values())
        if place % 4 == 0 or item.id == record
        for one in item.questions[:: 4 if item.id == record else 60]
    ]

    def ranked(of: Knowledge) -> list[dict[str, float]]:
        """The records that count for an answer; the store's own search is not exact below."""
        retriever, edition = HybridRetriever(knowledge=of), of.edition()
        queries = [Query.of(understand(text, Lexicon.packaged()), HERE) for text in texts]
        return [
            {
                f"{one.record.id}, {one.record.title}": one.probability
                for one in retriever.candidates(query, edition)
                if one.probability >= 0.02
            }
            for query in queries
        ]

    foreseen = ranked(knowledge)
    state = RevisionState.WITHDRAWN if withdrawn else RevisionState.PUBLISHED
    with Session(release_stores.engine) as session, session.begin():
        publish(session, body, "can-bo", state=state)
    make_snapshot(release_stores.engine, release_stores.vectors, today())
    now = live.edition()

    assert [chunk.id for chunk in tried.chunks] == [chunk.id for chunk in now.chunks]
    assert foreseen == [pytest.approx(one, abs=0.005) for one in ranked(live)]
    assert len(texts) > 60


def test_a_trial_answers_by_the_settings_of_residents(live: LiveKnowledge) -> None:
    """The thresholds that are set decide in a trial too."""
    moment = MONDAY_MORNING
    strict = settings_in(Path("khong-dung"), answer_threshold=1.0, clarify_threshold=1.0)
    usual = settings_in(Path("khong-dung"))

    def statuses(settings: Any) -> set[str]:
        tried = Trials(
            live,
            lambda knowledge, at: trial_pipeline(settings, knowledge, at, None),
            lambda: moment,
            neighbours=0,
            communes=1,
        )
        trial = tried.run(edited(live, new_fee), [HERE], silent)
        return {row.after.status for row in trial.rows if row.question == FEE}

    assert statuses(usual) == {"answered"}
    assert "answered" not in statuses(strict)
