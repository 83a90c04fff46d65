"""What a commune's officers published themselves goes before what was fitted without it."""

from __future__ import annotations

import pytest

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.retrieve import HybridRetriever
from tests.fakes import (
    BEE_HIVES,
    BOATS,
    COMMUNE,
    KITES,
    Data,
    changed,
    edition_of,
    pipeline_of,
)

ASKED = "Xe rác chạy qua thôn mình ngày nào trong tuần?"
RUBBISH: Data = {
    "id": "lich-thu-gom-rac",
    "title": "Lịch thu gom rác",
    "topic": "local_government",
    "scope": f"commune:{COMMUNE}",
    "sections": [
        {
            "id": "tra-loi",
            "heading": "Lịch thu gom rác",
            "answer": "Rác được thu gom sáng thứ Ba, thứ Năm và thứ Bảy.",
            "source": "office",
        }
    ],
    "questions": [{"text": ASKED, "section": "tra-loi"}],
    "sources": {
        "office": {
            "kind": "office",
            "publisher": "Xã Thử",
            "title": "Trả lời của cán bộ",
            "seen_on": "2026-11-20",
        }
    },
    "checked_on": "2026-11-20",
}


def ask(text: str, *records: Data) -> Answer:
    edition = edition_of(BEE_HIVES, BOATS, KITES, *records)
    return pipeline_of(edition).answer(Question(text, COMMUNE))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ASKED, id="the question itself"),
        pytest.param("xe rac chay qua thon ngay nao", id="without marks"),
        pytest.param("Lịch thu gom rác của thôn", id="by its heading"),
    ],
)
def test_what_was_refused_is_answered_once_an_officer_published_it(text: str) -> None:
    before, after = ask(text), ask(text, RUBBISH)

    assert before.procedure is None
    assert after.status is AnswerStatus.ANSWERED
    assert after.procedure is not None and after.procedure.id == "lich-thu-gom-rac"
    assert after.citations[0].source_title == "Trả lời của cán bộ (Xã Thử)"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Nhà tôi đang cháy cạnh bãi rác cứu với", id="a cry for help"),
        pytest.param("Kết quả trận bóng đá tối qua thế nào", id="another matter"),
        pytest.param("Vé người lớn hội thả diều bao nhiêu", id="a record of the release"),
    ],
)
def test_it_takes_no_other_question(text: str) -> None:
    before, after = ask(text), ask(text, RUBBISH)

    assert after.status is before.status
    assert (after.procedure and after.procedure.id) == (before.procedure and before.procedure.id)


def test_a_neighbouring_question_is_asked_back_at_most() -> None:
    answer = ask("Hàng xóm đốt rác khói bay vô nhà tôi phải làm sao", RUBBISH)

    assert answer.status is not AnswerStatus.ANSWERED


def test_a_commune_s_version_of_a_record_of_the_release_is_weighed_with_it() -> None:
    own = changed(KITES, scope=f"commune:{COMMUNE}", title="Hội thả diều của xã")

    version, record = edition_of(KITES, own), edition_of(KITES, RUBBISH)

    assert not HybridRetriever.has_own(COMMUNE, version)
    assert HybridRetriever.has_own(COMMUNE, record)
