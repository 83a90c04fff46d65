"""Importing, as the database and the command see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from app.cli import app
from app.records.database import open_database
from ingest.draft import Draft
from ingest.portal.importing import AUTHOR, Report, Wanted, import_portal
from ingest.portal.known import Known
from ingest.portal.read import BadRecord
from ingest.sync import sync_content
from knowledge_base.day import today
from knowledge_base.record import Topic
from knowledge_base.revisions import RevisionRow, newest_drafts, published
from tests.ingest.portal.samples import answer, detail, fee, lines, method, prose
from tests.knowledge_base.records import ENDED, PROCEDURE, procedure, put, put_small_content


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "cong.jsonl"
    path.write_bytes(lines(answer(), prose()))
    return path


def drafts(engine: Engine) -> dict[str, Draft]:
    with Session(engine) as session:
        return {
            each.body.id: Draft.of_data(each.body.data) for each in newest_drafts(session, AUTHOR)
        }


def rows(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(RevisionRow)) or 0


def run(engine: Engine, *paths: Path, **options: Any) -> Report:
    return import_portal(engine, paths, Known(), **options)


def test_a_second_import_changes_nothing(engine: Engine, files: Path) -> None:
    first, second = run(engine, files), run(engine, files)

    assert (first.new, first.unchanged) == (2, 0)
    assert (second.new, second.unchanged) == (0, 2)
    assert rows(engine) == 2


def test_the_day_a_file_was_taken_makes_no_new_draft(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "cong.jsonl"
    path.write_bytes(lines(prose()))
    run(engine, path)
    path.write_bytes(lines(prose(crawled_at="2026-11-20")))

    assert run(engine, path).new == 0


def test_what_the_portal_changed_becomes_a_new_draft_of_the_same_record(
    engine: Engine, files: Path
) -> None:
    run(engine, files)
    files.write_bytes(lines(answer(executionMethods=[method("DIRECT", 5)]), prose()))

    report = run(engine, files)

    assert (report.new, report.unchanged) == (1, 1)
    assert drafts(engine)["dang-ky-tam-tru"].body["time_limits"][0]["amount"] == 5


def test_a_renamed_procedure_keeps_the_id_of_its_first_draft(engine: Engine, files: Path) -> None:
    run(engine, files)
    files.write_bytes(lines(answer(name="Khai báo tạm trú")))
    run(engine, files)

    assert drafts(engine)["dang-ky-tam-tru"].body["title"] == "Khai báo tạm trú"


def test_the_two_forms_read_apart_do_not_take_turns(engine: Engine, tmp_path: Path) -> None:
    typed, copied = tmp_path / "typed.jsonl", tmp_path / "copied.jsonl"
    typed.write_bytes(lines(answer()))
    copied.write_bytes(lines(prose(code="1.004194")))

    new = [run(engine, path).new for path in (typed, copied, typed, copied)]

    assert new == [1, 1, 0, 0]


def test_the_two_forms_read_together_are_one_draft(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "both.jsonl"
    path.write_bytes(lines(prose(code="1.004194"), answer(resultsDetails=[])))

    report = run(engine, path)

    assert report.drafts == 1
    body = drafts(engine)["dang-ky-tam-tru"].body
    assert body["title"] == "Đăng ký tạm trú"
    assert body["result"][0]["text"] == "Bản sao được chứng thực"


def test_two_procedures_with_one_title_get_two_ids(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "twins.jsonl"
    path.write_bytes(lines(answer(), answer(code="1.004195")))

    run(engine, path)

    assert set(drafts(engine)) == {"dang-ky-tam-tru", "dang-ky-tam-tru-1-004195"}


def test_a_record_met_twice_counts_once_and_the_later_stays(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    path.write_bytes(lines(answer(), answer(name="Thủ tục thử hai")))

    report = run(engine, path)

    assert (report.drafts, report.repeated) == (1, 1)
    assert set(drafts(engine)) == {"thu-hai"}


def test_only_the_wanted_are_taken(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(
        lines(
            answer(),
            answer(code="1.000001", isWard=False),
            answer(code="1.000002", departmentPromulgateName="UBND tỉnh Gia Lai"),
            prose(),
            prose(code="1.115188", quality_flags=["test_record_on_portal"]),
        )
    )

    report = run(engine, path, wanted=Wanted(Topic.RESIDENCE, commune_level=True))

    assert (report.drafts, report.unwanted, report.tests) == (1, 3, ["1.115188"])


def test_bad_records_are_told_and_the_others_stored(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    told: list[BadRecord] = []
    path.write_bytes(lines(answer()) + b"x\n" + lines(prose()))

    report = run(engine, path, bad=told.append)

    assert (report.bad, report.drafts) == (1, 2)
    assert str(told[0]) == "bad.jsonl, bản ghi 2: không phải JSON."


# The command


@pytest.fixture
def commune(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The database of the command, with small content published."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    content = put_small_content(tmp_path / "content")
    monkeypatch.setenv("CONTENT_DIR", str(content))
    opened = open_database(f"sqlite:///{tmp_path / 'data' / 'hoixa.db'}")
    sync_content(opened, content)
    opened.dispose()
    return opened


def command(*arguments: object) -> Result:
    return CliRunner().invoke(
        app, ["knowledge", "import-portal", *(str(each) for each in arguments)]
    )


def test_the_command_tells_what_changed_against_the_published_record(
    commune: Engine, files: Path
) -> None:
    files.write_bytes(
        lines(answer(executionMethods=[method("DIRECT", 2, "WORKING_DAY", fee(20000))]), prose())
    )

    result = command(files)

    assert result.exit_code == 0, result.output
    said = result.stdout.splitlines()
    assert said[0].startswith("1.004194 Đăng ký tạm trú (dang-ky-tam-tru): ")
    assert any(line.startswith("  – thời hạn: ") and "2 ngày làm việc" in line for line in said)
    assert any(line.startswith("  – phí, lệ phí: ") and "20.000 đồng" in line for line in said)
    assert "Nháp: 2 mới, 0 không đổi." in said
    assert "So với bản đang công bố: 1 thủ tục trùng mã, 1 có chỗ khác." in said
    assert said[-1].endswith(" MB.")
    assert "Nháp: 0 mới, 2 không đổi." in command(files).stdout


def test_a_draft_by_import_leaves_what_residents_see_as_it_was(
    commune: Engine, files: Path
) -> None:
    with Session(commune) as session:
        before = [each.revision_id for each in published(session, today())]

    command(files)

    with Session(commune) as session:
        assert [each.revision_id for each in published(session, today())] == before


def test_with_a_folder_each_draft_is_a_file_with_notes_beside(
    commune: Engine, files: Path, tmp_path: Path
) -> None:
    result = command(files, "--out", tmp_path / "nhap", "--topic", "residence")

    assert "Đã ghi 1 tệp nháp" in result.stdout
    written = tmp_path / "nhap" / "residence" / "dang-ky-tam-tru.yaml"
    body = YAML(typ="safe").load(written.read_text(encoding="utf-8"))
    assert body["code"] == "1.004194"
    assert body["summary"] == "CẦN VIẾT"
    notes = written.with_suffix(".notes.md").read_text(encoding="utf-8")
    assert "## Chưa có" in notes
    assert "Bước 1: Nộp hồ sơ." in notes


def test_the_day_given_makes_the_source_the_portal_itself(commune: Engine, files: Path) -> None:
    command(files, "--seen-on", "2026-11-20")

    source = drafts(commune)["dang-ky-tam-tru"].body["sources"]["np-1.004194"]
    assert (source["kind"], source["seen_on"]) == ("portal", "2026-11-20")


def test_a_bad_line_is_named_by_the_command_too(commune: Engine, files: Path) -> None:
    files.write_bytes(lines(answer()) + b"hong\n")

    result = command(files)

    assert result.exit_code == 0
    assert "cong.jsonl, bản ghi 2: không phải JSON." in result.stderr


def test_a_missing_file_ends_the_command_with_its_name(commune: Engine, tmp_path: Path) -> None:
    result = command(tmp_path / "khong-co.jsonl")

    assert result.exit_code == 1
    assert "Không mở được" in result.stderr
    assert "khong-co.jsonl" in result.stderr


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_half_stored(
    commune: Engine, files: Path, tmp_path: Path
) -> None:
    (tmp_path / "tep").write_text("")

    result = command(files, "--out", tmp_path / "tep")

    assert result.exit_code == 1
    assert "Không ghi được vào" in result.stderr
    assert drafts(commune) == {}


def test_the_detail_without_an_answer_around_it_is_taken(commune: Engine, files: Path) -> None:
    files.write_bytes(lines(detail()))

    assert "Nháp: 1 mới" in command(files).stdout


def test_an_unfinished_content_file_does_not_stand_in_the_way(
    commune: Engine, files: Path, tmp_path: Path
) -> None:
    put(tmp_path / "content", PROCEDURE, procedure(feess=[]))

    assert "Nháp: 2 mới" in command(files).stdout


def test_a_register_of_texts_that_cannot_be_read_stops_the_import(
    commune: Engine, files: Path, tmp_path: Path
) -> None:
    put(tmp_path / "content", ENDED, [{"number": "1/2020/NĐ-CP"}])

    result = command(files)

    assert result.exit_code == 1
    assert f"{ENDED}: 0.name: thiếu." in result.stderr
