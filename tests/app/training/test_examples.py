"""The questions written to learn from are all learned from, or training ends."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from app.evaluation.rows import QuestionsError
from app.training.examples import COMMUNE, ENGLISH, read_rows, written_files
from knowledge_base.catalogue import read_content
from knowledge_base.edition import Edition
from knowledge_base.revisions import Snapshot
from tests.fakes import BEE_HIVES, COMMUNE_DATA, changed, edition_of


def test_no_row_of_the_release_is_left_out() -> None:
    edition = Edition.load(Snapshot(1, 1, "none", frozenset()), read_content(), date.today())
    files = written_files()
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]

    assert ENGLISH in files
    assert len(read_rows(files, edition)) == len(lines)


def test_a_row_that_cannot_be_used_ends_the_training(tmp_path: Path) -> None:
    file = tmp_path / "asked.jsonl"
    rows = [
        {"question": "Nuôi ong ở đâu?", "expected": [BEE_HIVES["id"]], "facet": "where"},
        {"question": "Trời có mưa không?", "expected": None, "facet": "summary"},
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")

    with pytest.raises(QuestionsError, match=r"asked\.jsonl"):
        read_rows((file,), edition_of(BEE_HIVES, commune=changed(COMMUNE_DATA, id=COMMUNE)))
