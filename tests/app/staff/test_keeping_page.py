"""What is kept is told, deleted by who may, and written into a ZIP that only they may fetch."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.records.accounts import Role
from app.records.tables import AnswerRow
from knowledge_base.revisions import now
from tests.app.staff.small_service import PATIENCE_SECONDS, Small, small_service
from tests.officers import officer_client

HERE = "/staff/commune:hoa-tien/keeping"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("keeping"), question_days=30) as small:
        yield small


@pytest.fixture
def admin(small: Small) -> TestClient:
    return officer_client(small.app, Role.COMMUNE_ADMIN, "commune:hoa-tien")


def test_old_questions_are_counted_and_deleted_and_the_page_says_how_many(
    small: Small, admin: TestClient
) -> None:
    small.answer()
    small.answer()
    with Session(small.stores.engine) as session, session.begin():
        session.execute(update(AnswerRow).values(made_at=now() - timedelta(days=31)))
    small.answer()

    before = admin.get(HERE).text
    purged = admin.post(f"{HERE}/purge")
    after = admin.get(purged.headers["location"]).text

    assert "Xóa 2 mục quá hạn" in before
    assert "Đã xóa câu hỏi, câu trả lời và phản hồi: 2." in after
    assert "Xóa 0 mục quá hạn" in after
    with Session(small.stores.engine) as session:
        assert session.query(AnswerRow).count() == 1
    assert "kept.purged" in small.audited()


def test_nothing_that_an_address_says_is_shown_as_our_own_words(admin: TestClient) -> None:
    page = admin.get(f"{HERE}?said=G\u1ecdi+0905&deleted=questions:7,x:1,<b>:2,tickets:-1").text

    assert "câu hỏi, câu trả lời và phản hồi: 7." in page
    assert "0905" not in page
    assert "&lt;b&gt;" not in page and "x:1" not in page


def test_the_export_is_made_and_fetched_by_who_keeps_and_by_no_editor(
    small: Small, admin: TestClient
) -> None:
    small.answer()

    job = admin.post(f"{HERE}/export").headers["location"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (told := admin.get(f"{job}.json").json())["open"]:
        assert time.monotonic() < deadline, "the export never ended"
        time.sleep(0.05)
    file = told["file_url"]
    fetched = admin.get(file)
    editor = officer_client(small.app, Role.EDITOR, "commune:hoa-tien")

    assert told["state"] == "done", told
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        assert b"hoa-tien" in archive.read("bang/answer.jsonl")
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert editor.get(file).status_code == 404
    assert editor.post(f"{HERE}/export").status_code == 403
    assert "kept.exported" in small.audited()
