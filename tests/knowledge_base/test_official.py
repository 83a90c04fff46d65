"""The official list, what is left out of it, and the page that says how much is covered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from ingest.official import renew_official
from knowledge_base.catalogue import ContentError, read_content
from knowledge_base.coverage import PAGE, coverage_of
from knowledge_base.official import EXCLUSIONS, LIST, read_official
from knowledge_base.procedure import Procedure
from knowledge_base.record import Topic
from tests.knowledge_base.records import PROCEDURE, procedure, put, put_small_content

Row = dict[str, object]


def row(code: str, **changes: object) -> Row:
    """One record of the copy of the portal, with what is read of it."""
    usual: Row = {
        "code": code,
        "name": "Đăng ký  tạm trú\n",
        "topic": "residence",
        "level": "Cấp Xã",
        "levels_all": "",
        "scope": "national",
        "issued_by": "Bộ Công an",
        "decision_no": "1/QĐ-BCA",
        "crawled_at": "2026-07-17",
        "quality_flags": [],
    }
    return usual | changes


def exclusion(code: str, kind: str, **changes: object) -> Row:
    """One reason to leave a procedure out."""
    usual: Row = {"kind": kind, "codes": [code], "reason": "Đã gộp.", "source": "Quyết định 9"}
    return usual | changes


def copy_of(folder: Path, *rows: Row) -> Path:
    path = folder / "copy.jsonl"
    lines = [json.dumps(one, ensure_ascii=False) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small content whose one procedure covers 1.004194 and, beside it, 1.002755."""
    content = put_small_content(tmp_path / "content")
    put(content, PROCEDURE, procedure(code="1.004194", also_codes=["1.002755"]))
    put(content, EXCLUSIONS, [])
    return content


def test_only_national_procedures_of_the_commune_in_our_topics_are_listed(
    folder: Path, tmp_path: Path
) -> None:
    copy = copy_of(
        tmp_path,
        row("1.004194"),
        row("1.000001", scope="local"),
        row("1.000002", topic="other"),
        row("1.000003", level="Cấp Tỉnh"),
        row("1.000004", level="Cấp Tỉnh", levels_all="Cấp tỉnh, Cấp xã"),
        row("1.000005", quality_flags=["test_record_on_portal"]),
    )

    assert renew_official(copy, folder) == 3
    listed = read_official(folder)

    assert list(listed.procedures) == ["1.000004", "1.000005", "1.004194"]
    assert listed.procedures["1.000004"].level == "Cấp tỉnh, Cấp xã"
    assert listed.procedures["1.004194"].title == "Đăng ký tạm trú"
    assert not listed.in_force("1.000005")


def test_the_same_copy_makes_the_same_list(folder: Path, tmp_path: Path) -> None:
    copy = copy_of(tmp_path, row("1.004194"), row("1.000001", topic="land"))

    renew_official(copy, folder)
    first = (folder / LIST).read_bytes()
    renew_official(copy, folder)

    assert (folder / LIST).read_bytes() == first


@pytest.mark.parametrize("text", ["", "{", '{"topic": "residence"}\n', "[1]\n"])
def test_a_copy_that_holds_nothing_for_us_changes_nothing(
    folder: Path, tmp_path: Path, text: str
) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError):
        renew_official(copy, folder)
    assert not (folder / LIST).exists()


def test_a_record_covers_every_code_that_it_names(folder: Path, tmp_path: Path) -> None:
    codes = ("1.004194", "1.002755", "1.000001", "1.000002", "1.000003")
    renew_official(copy_of(tmp_path, *map(row, codes)), folder)
    put(
        folder,
        EXCLUSIONS,
        [exclusion("1.000002", "repealed"), exclusion("1.000003", "left_out")],
    )

    (residence,) = coverage_of(read_content(folder), read_official(folder))

    assert residence.topic is Topic.RESIDENCE
    assert {one.code for one in residence.covered} == {"1.004194", "1.002755"}
    assert [one.code for one in residence.missing] == ["1.000001", "1.000003"]
    assert [one.code for one in residence.excluded] == ["1.000002"]
    assert residence.in_force == 4


def test_the_command_writes_the_page(folder: Path, tmp_path: Path) -> None:
    copy = copy_of(tmp_path, row("1.004194"), row("1.000001"))

    result = CliRunner().invoke(
        app, ["knowledge", "coverage", str(folder), "--official", str(copy)]
    )
    page = (folder / PAGE).read_text(encoding="utf-8")

    assert result.exit_code == 0, result.output
    assert "Đã có 1 trên 2 thủ tục còn hiệu lực." in result.stdout
    assert "| Cư trú, căn cước | 2 | 0 | 2 | 1 | 50,0 % |" in page
    assert "| 1.000001 | Đăng ký tạm trú | chưa viết |" in page


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([exclusion("9.999999", "repealed")], "0.codes: 9.999999 không có ở"),
        ([exclusion("1.004194", "gone")], "0.kind: “gone” không hợp lệ."),
        ([exclusion("1.004194", "repealed")] * 2, "1.codes: 1.004194 đã loại ở trên."),
        ([exclusion("1.004194", "repealed", source=None)], "0.source: "),
        ({"kind": "repealed"}, "phải là danh sách"),
    ],
)
def test_an_exclusion_without_sense_is_refused(
    folder: Path, tmp_path: Path, rows: object, message: str
) -> None:
    renew_official(copy_of(tmp_path, row("1.004194")), folder)
    put(folder, EXCLUSIONS, rows)

    with pytest.raises(ContentError) as refusal:
        read_official(folder)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"code": None, "also_codes": ["1.002755"]}, "also_codes: có mã thêm"),
        ({"code": "1.004194", "also_codes": ["1.004194"]}, "also_codes: một mã viết hai lần"),
        ({"code": "1.004194", "also_codes": ["1004194"]}, "also_codes"),
    ],
)
def test_further_codes_are_codes_and_not_the_same_again(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Procedure.model_validate(procedure(**changes))
