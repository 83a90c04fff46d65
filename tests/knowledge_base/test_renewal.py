"""What grows old, ends or is missing is told, and never makes content wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from knowledge_base.catalogue import read_content
from knowledge_base.renewal import (
    EXPECTED_COUNTERS,
    HEADINGS,
    Finding,
    FindingKind,
    as_json,
    findings,
    months_before,
    report,
)
from tests.knowledge_base.records import (
    COMMUNE,
    ENDED,
    PROCEDURE,
    commune,
    ended_text,
    procedure,
    put,
    put_small_content,
)

DAY = date(2026, 11, 22)
BASIS = {
    "number": "60/2014/QH13",
    "name": "Luật Hộ tịch",
    "issued": "2014-11-20",
    "source": "luat",
}

Change = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return put_small_content(tmp_path / "content")


def found(folder: Path, kind: FindingKind, day: date = DAY, days: int = 30) -> list[Finding]:
    told = findings(read_content(folder), day, days=days)
    return [one for one in told if one.kind is kind]


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 22), 6, date(2026, 5, 22)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 1), 12, date(2025, 1, 1)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_are_counted_on_the_calendar(day: date, months: int, before: date) -> None:
    assert months_before(day, months) == before


def test_a_source_is_old_once_more_months_have_passed_since_it_was_seen(folder: Path) -> None:
    catalogue = read_content(folder)
    seen = max(s.seen_on for item in catalogue.records.values() for s in item.sources.values())
    later = date(seen.year + 1, seen.month, seen.day)

    fresh = [one.kind for one in findings(catalogue, seen, months=6)]
    old = [one for one in findings(catalogue, later, months=6) if one.kind == "old_source"]

    assert FindingKind.OLD_SOURCE not in fresh
    assert old and all(one.day and one.day <= seen and one.count >= 1 for one in old)


def test_a_legal_basis_that_ends_soon_is_told_before_and_one_that_ended_after(
    folder: Path,
) -> None:
    put(folder, PROCEDURE, procedure(legal_basis=[{**BASIS, "effective_to": "2026-12-10"}]))

    assert found(folder, FindingKind.ENDING_TEXT, days=10) == []
    (soon,) = found(folder, FindingKind.ENDING_TEXT)
    (gone,) = found(folder, FindingKind.ENDED_TEXT, date(2026, 12, 11))

    assert soon.day == gone.day == date(2026, 12, 10)
    assert soon.message == "60/2014/QH13 hết hiệu lực sau ngày 10/12/2026."
    assert gone.message == "60/2014/QH13 đã hết hiệu lực sau ngày 10/12/2026."


def test_the_register_ends_a_legal_basis_that_says_nothing_itself(folder: Path) -> None:
    ends = ended_text(number="60/2014/QH13", ended_on="2026-12-01", replaced_by="03/2026/QH16")
    put(folder, ENDED, [ends])
    put(folder, PROCEDURE, procedure(legal_basis=[BASIS]))

    (soon,) = found(folder, FindingKind.ENDING_TEXT)

    assert soon.day == date(2026, 11, 30)
    assert soon.message.endswith("Thay bằng 03/2026/QH16.")


def test_a_text_that_names_a_replaced_one_is_told_wherever_it_stands(folder: Path) -> None:
    put(folder, ENDED, [ended_text()])
    said = {"text": "Theo Thông tư 55/2021/TT-BCA thì khai ở xã.", "source": "luat"}
    put(folder, PROCEDURE, procedure(pitfalls=[said]))

    (named,) = found(folder, FindingKind.REPLACED_TEXT)

    assert named.field == "pitfalls.0.text"
    assert named.message == "còn nhắc 55/2021/TT-BCA. Thay bằng 116/2026/TT-BCA."


def test_a_text_still_in_force_may_be_named(folder: Path) -> None:
    put(folder, ENDED, [ended_text(ended_on="2027-03-01")])
    said = {"text": "Theo Thông tư 55/2021/TT-BCA thì khai ở xã.", "source": "luat"}
    put(folder, PROCEDURE, procedure(pitfalls=[said]))

    assert found(folder, FindingKind.REPLACED_TEXT) == []


def test_a_record_and_a_fact_that_end_soon_are_told(folder: Path) -> None:
    fee = {"amount": 15000, "source": "luat", "effective_to": "2026-12-31"}
    put(folder, PROCEDURE, procedure(fees=[fee], effective_to="2026-12-01"))

    told = {one.field: one.day for one in found(folder, FindingKind.ENDING_FACT, days=60)}

    assert told == {"effective_to": date(2026, 12, 1), "fees.0": date(2026, 12, 31)}
    assert [one.field for one in found(folder, FindingKind.ENDING_FACT)] == ["effective_to"]


def test_a_commune_without_telephones_addresses_and_hours_is_told_once(folder: Path) -> None:
    put(folder, COMMUNE, commune(counters=[{"kind": "police", "name": "Công an xã"}]))

    (lacking,) = found(folder, FindingKind.MISSING_CONTACT)

    assert "Công an xã thiếu địa chỉ, điện thoại, giờ làm việc" in lacking.message
    assert "công an xã," not in lacking.message
    assert lacking.count == 3 + len(EXPECTED_COUNTERS) - 1


def test_facts_that_rest_on_the_signed_text_or_the_portal_are_not_weak(folder: Path) -> None:
    raw = procedure()
    sources = {key: {**source, "kind": "portal"} for key, source in raw["sources"].items()}
    put(folder, PROCEDURE, {**raw, "sources": sources})
    strong = {one.record for one in found(folder, FindingKind.WEAK_SOURCE)}
    one_weak = {key: {**source, "kind": "press"} for key, source in raw["sources"].items()}
    put(folder, PROCEDURE, {**raw, "sources": one_weak})
    weak = {one.record: one for one in found(folder, FindingKind.WEAK_SOURCE)}

    assert raw["id"] not in strong
    assert weak[raw["id"]].message.endswith("theo báo chí.")


def test_the_report_groups_counts_and_shortens() -> None:
    weak = FindingKind.WEAK_SOURCE
    many = [Finding(weak, f"ho-so-{n}", "national", "sources", "2 mục.", None, 2) for n in range(5)]

    lines = list(report(many, 3))

    assert lines[0] == f"{HEADINGS[weak]}: 10"
    assert len(lines) == 5
    assert lines[-1].strip().startswith("… và 2 dòng nữa")
    assert len(list(report(many))) == 6
    assert list(report([])) == ["Không có gì phải xem lại."]
    assert as_json(many)["counts"]["weak_source"] == 10


def test_findings_do_not_fail_the_check_and_machines_read_them(folder: Path) -> None:
    put(folder, COMMUNE, commune(counters=[{"kind": "police", "name": "Công an xã"}]))

    spoken = CliRunner().invoke(app, ["knowledge", "check", str(folder)])
    read = CliRunner().invoke(
        app, ["knowledge", "check", str(folder), "--json", "--months", "1", "--days", "400"]
    )
    data = json.loads(read.stdout)

    assert spoken.exit_code == read.exit_code == 0, spoken.output
    assert spoken.stdout.startswith("Đạt: ")
    assert HEADINGS[FindingKind.MISSING_CONTACT] in spoken.stdout
    assert (data["months"], data["days"]) == (1, 400)
    assert data["counts"]["missing_contact"] == 7
    assert {one["kind"] for one in data["findings"]} <= {kind.value for kind in FindingKind}
