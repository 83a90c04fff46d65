from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ingest.portal.read import BadRecord, PortalFileError, Read, read_file
from ingest.portal.record import Form, PortalRecord
from knowledge_base.record import Topic
from tests.ingest.portal.samples import answer, detail, lines, prose

BOTH = (answer(), prose())


def put(folder: Path, data: bytes, name: str = "cong.jsonl") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def good(path: Path) -> list[PortalRecord]:
    return [found.record for found in read_file(path) if isinstance(found, Read)]


def bad(path: Path, **limits: int) -> list[str]:
    return [str(found) for found in read_file(path, **limits) if isinstance(found, BadRecord)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lines(*BOTH), id="one a line"),
        pytest.param(b"\xef\xbb\xbf" + lines(*BOTH), id="with a byte order mark"),
        pytest.param(b"\r\n".join(lines(each).strip() for each in BOTH), id="Windows' lines"),
        pytest.param(json.dumps(BOTH).encode(), id="one list"),
        pytest.param(json.dumps(BOTH, ensure_ascii=False, indent=2).encode(), id="a list spread"),
        pytest.param(gzip.compress(lines(*BOTH)), id="compressed"),
        pytest.param(gzip.compress(json.dumps(BOTH, indent=1).encode()), id="a compressed list"),
    ],
)
def test_every_way_to_write_the_records_down_is_read(tmp_path: Path, data: bytes) -> None:
    path = put(tmp_path, data)

    found = good(path)

    assert [record.form for record in found] == [Form.DETAIL, Form.PROSE]
    assert [record.code for record in found] == ["1.004194", "2.000815"]
    assert [record.topic for record in found] == [Topic.RESIDENCE, Topic.CERTIFICATION]
    assert bad(path) == []


def test_one_spread_out_answer_is_one_record(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps(answer(), ensure_ascii=False, indent=2).encode(), "mot.json")

    assert [record.name for record in good(path)] == ["Thủ tục đăng ký tạm trú"]


def test_a_detail_without_the_answer_around_it_is_read(tmp_path: Path) -> None:
    assert len(good(put(tmp_path, lines(detail())))) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"{khong phai JSON}", "không phải JSON.", id="no JSON"),
        pytest.param(b"[" * 100_000, "không phải JSON.", id="nested without end"),
        pytest.param(b"\xff\xfe{}", "không phải UTF-8. Lưu lại tệp với mã UTF-8.", id="no UTF-8"),
        pytest.param(b"123", "không phải một bản ghi thủ tục.", id="a number"),
        pytest.param(
            b'{"code": "NOT_FOUND", "data": null}',
            "Cổng không trả bản ghi (mã NOT_FOUND).",
            id="a refusal of the portal",
        ),
        pytest.param(
            b'{"a": 1}',
            "không nhận ra dạng bản ghi (không phải chi tiết, không phải chữ).",
            id="something else",
        ),
        pytest.param(
            lines(detail(code="1.0133611")).strip(),
            "mã thủ tục “1.0133611” sai dạng; phải như 1.004222.",
            id="a misspelt code",
        ),
        pytest.param(
            lines(detail(name=" - ")).strip(), "thủ tục 1.004194 không có tên.", id="no name"
        ),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(tmp_path: Path, line: bytes, reason: str) -> None:
    path = put(tmp_path, lines(answer()) + line + b"\n" + lines(prose()))

    assert bad(path) == [f"cong.jsonl, bản ghi 2: {reason}"]
    assert len(good(path)) == 2


def test_a_record_longer_than_the_limit_is_left_out(tmp_path: Path) -> None:
    path = put(tmp_path, lines(answer(note="a" * 50_000), prose()))

    assert bad(path, largest_record=40_000) == [
        "cong.jsonl, bản ghi 1: dài quá 40000 byte, không đọc."
    ]
    found = list(read_file(path, largest_record=40_000))
    assert isinstance(found[1], Read)


def test_a_member_of_a_list_longer_than_the_limit_is_left_out(tmp_path: Path) -> None:
    path = put(tmp_path, json.dumps([answer(note="{" * 50_000), prose()]).encode())

    found = list(read_file(path, largest_record=40_000))

    assert [type(each) for each in found] == [BadRecord, Read]


def test_a_file_that_never_ends_is_stopped(tmp_path: Path) -> None:
    path = put(tmp_path, gzip.compress(lines(answer()) + b" " * 5_000_000), "bom.gz")

    assert bad(path, largest_file=2_000_000) == [
        "bom.gz: dài quá 2000000 byte sau khi giải nén; phần sau không đọc."
    ]


def test_a_truncated_file_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(lines(*(answer(note=str(n) * 9000) for n in range(300))), 0)
    path = put(tmp_path, packed[: len(packed) // 2], "cut.gz")

    assert len(good(path)) > 50
    assert len(bad(path)) == 1
    assert "tệp hỏng hoặc bị cắt cụt sau bản ghi" in bad(path)[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortalFileError, match=r"Không mở được .*khong-co"):
        list(read_file(tmp_path / "khong-co"))


@pytest.mark.parametrize("junk", [None, 5, "chữ", [1], {"a": 1}, [[]], [None], True])
def test_a_field_of_another_shape_counts_as_empty(tmp_path: Path, junk: object) -> None:
    names = [name for name in detail() if name not in ("code", "name", "executionMethods")]
    path = put(tmp_path, lines(detail(**dict.fromkeys(names, junk), executionMethods=junk)))

    (found,) = good(path)

    assert found.methods == ()
    assert found.updated_on is None or junk == 5
