"""Evaluation questions as they stand in a JSON Lines file; a bad row is named, the others stay."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.evaluation.errors import EvaluationError
from knowledge_base.guide import Guide
from knowledge_base.problem import Problem, explained
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet, Topic

PLAIN = "plain"
EMERGENCY, SCAM, ABUSE, OFFICE = "emergency", "scam", "abuse", "office"
STATUS_KINDS = (EMERGENCY, SCAM, ABUSE, OFFICE)
"""Kinds of question that no record answers, but that have a right reply of their own."""


class QuestionsError(EvaluationError):
    """A file of questions that cannot be used at all."""


class Sort(StrEnum):
    """What a right reply to a row is."""

    ANSWER = "answer"
    """Shows the record expected."""
    ABSTAIN = "abstain"
    """Shows no record."""
    STATUS = "status"
    """Has the status of the row's kind: emergency, scam, abuse or office."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Written(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = ""
    of: str | None = None
    kind: str = PLAIN
    question: str = Field(min_length=1)
    expected: Annotated[list[str], Field(min_length=1)] | None
    facet: Annotated[list[Facet], BeforeValidator(_listed)] = []
    facts: list[Annotated[str, Field(min_length=1)]] = []
    commune: str | None = None
    history: list[Annotated[str, Field(min_length=1)]] = []
    both: bool = False
    why: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One question and what a right answer to it shows."""

    id: str
    kind: str
    question: str
    commune: str
    sort: Sort
    expected: tuple[str, ...] = ()
    """Ids of the records that answer, best first; empty where none does."""
    topic: Topic | None = None
    """Of the first record expected."""
    facets: tuple[Facet, ...] = ()
    """The facets that are fair readings, best first."""
    facts: tuple[str, ...] = ()
    """Short strings that a right answer shows."""
    history: tuple[str, ...] = ()
    """Earlier questions of the conversation."""
    of: str | None = None
    """The id of the plain row that this one puts in other words."""
    both: bool = False
    """Whether all of ``expected``, or of ``facets`` where one record is expected, are asked for."""
    derived: bool = False
    """Made from another row by program; see ``variants.py``."""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The rows of a file that can be used, and what is wrong with the others."""

    name: str
    sha256: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may name."""

    records: Mapping[str, Mapping[str, Procedure | Guide]]
    """By commune, then by id; the communes in the order in which one is the default."""

    def expected(self, commune: str, named: str) -> tuple[str, ...]:
        """The ids of the records that a record's id or a national code names."""
        records = self.records[commune]
        if named in records:
            return (named,)
        return tuple(
            record.id
            for record in records.values()
            if isinstance(record, Procedure) and record.code == named
        )


def read_questions(files: Sequence[Path], known: Known) -> tuple[QuestionFile, ...]:
    """Read files of questions, one JSON object a line; empty lines are skipped.

    A row without an ``id`` gets the file's name and its line number. ``of`` may name a row of any
    of the files.

    Raises:
        QuestionsError: when a file cannot be read, or no row of any file can be used.
    """
    found = [_read(path, known) for path in files]
    seen: set[str] = set()
    ids = {row.id for file in found for row in file.rows}
    checked = [_checked(file, ids, seen) for file in found]
    if not any(file.rows for file in checked):
        problems = "\n".join(str(problem) for file in checked for problem in file.problems[:20])
        raise QuestionsError(f"Không có câu hỏi nào dùng được.\n{problems}".strip())
    return tuple(checked)


def _read(path: Path, known: Known) -> QuestionFile:
    try:
        data = path.read_bytes()
        lines = data.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise QuestionsError(
            f"Không đọc được {path} ({error.strerror}). Kiểm tra --questions."
        ) from error
    except UnicodeDecodeError as error:
        raise QuestionsError(f"{path} không phải chữ UTF-8. Lưu lại bằng UTF-8.") from error
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line, f"{path}, dòng {number}", f"{path.stem}:{number}", known)
        if isinstance(row, Row):
            rows.append(row)
        else:
            problems += row
    return QuestionFile(path.name, hashlib.sha256(data).hexdigest(), tuple(rows), tuple(problems))


def _row(line: str, place: str, default_id: str, known: Known) -> Row | list[Problem]:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        return [Problem(place, "", f"không phải JSON hợp lệ ({error.msg}, cột {error.colno}).")]
    if not isinstance(data, dict):
        return [Problem(place, "", "phải là một đối tượng JSON {…}.")]
    try:
        written = _Written.model_validate(data)
    except ValidationError as error:
        return list(explained(place, error))
    commune = written.commune or next(iter(known.records))
    if commune not in known.records:
        communes = ", ".join(known.records)
        return [Problem(place, "commune", f"không có xã “{commune}”. Các xã có: {communes}.")]
    ids: list[str] = []
    for named in written.expected or ():
        matching = known.expected(commune, named)
        if not matching:
            return [Problem(place, "expected", f"không có hồ sơ hay mã thủ tục “{named}”.")]
        ids += matching
    if written.both and len(ids) < 2 and len(written.facet) < 2:
        return [Problem(place, "both", "cần hai mục trong `expected` hoặc trong `facet`.")]
    if not ids and (written.facet or written.facts):
        field = "facet" if written.facet else "facts"
        return [Problem(place, field, "không dùng được khi `expected` là null.")]
    sort = Sort.ANSWER
    if not ids:
        sort = Sort.STATUS if written.kind in STATUS_KINDS else Sort.ABSTAIN
    return Row(
        id=written.id or default_id,
        kind=written.kind,
        question=written.question,
        commune=commune,
        sort=sort,
        expected=tuple(dict.fromkeys(ids)),
        topic=known.records[commune][ids[0]].topic if ids else None,
        facets=tuple(written.facet),
        facts=tuple(written.facts),
        history=tuple(written.history),
        of=written.of,
        both=written.both,
    )


def _checked(file: QuestionFile, ids: set[str], seen: set[str]) -> QuestionFile:
    """The file without rows whose id is taken; a rewrite of an unknown row loses its ``of``."""
    rows: list[Row] = []
    problems = list(file.problems)
    for row in file.rows:
        if row.id in seen:
            problems.append(Problem(file.name, "id", f"“{row.id}” đã có ở một dòng trước."))
            continue
        seen.add(row.id)
        if row.of is not None and row.of not in ids:
            problems.append(
                Problem(file.name, "of", f"câu “{row.id}” dẫn đến “{row.of}”, không có câu đó.")
            )
            row = replace(row, of=None)
        rows.append(row)
    return replace(file, rows=tuple(rows), problems=tuple(problems))


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    """The rows by id."""
    return {row.id: row for row in rows}
