"""The State's list of commune-level procedures, and which of them are left out and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from knowledge_base.catalogue import OFFICIAL, ContentError
from knowledge_base.problem import Problem, explained
from knowledge_base.procedure import NationalCode
from knowledge_base.record import Topic
from knowledge_base.source import Strict, Words

LIST = f"{OFFICIAL}/procedures.jsonl"
"""Made by ``hoixa knowledge coverage --official``, one procedure a line; never written by hand."""
EXCLUSIONS = f"{OFFICIAL}/exclusions.yaml"
"""Written by hand."""


class OfficialProcedure(Strict):
    """One procedure as the national database lists it."""

    code: NationalCode
    title: Words
    topic: Topic
    level: Words
    """Where it is decided, in the database's words: ``Cấp xã``, ``Cấp tỉnh, Cấp xã``."""
    issued_by: Words
    decision: str = ""
    """The number of the decision that announced it."""
    seen_on: date
    test_record: bool = False
    """Whether the portal's own people were trying something out."""


class ExclusionKind(StrEnum):
    """Why no record is written for a procedure of the list."""

    REPEALED = "repealed"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    ELSEWHERE = "elsewhere"
    """Listed with the commune, but handled by another level."""
    LEFT_OUT = "left_out"
    """In force, and left out all the same; it counts as not covered."""


class Exclusion(Strict):
    """Procedures for which no record is written, for one reason."""

    kind: ExclusionKind
    codes: tuple[NationalCode, ...] = Field(min_length=1)
    reason: Words
    replaced_by: tuple[NationalCode, ...] = ()
    source: Words
    """Where this was read, in words."""


@dataclass(frozen=True, slots=True)
class OfficialList:
    """The list with the decisions about it."""

    procedures: Mapping[str, OfficialProcedure]
    """By code, in the order of the list."""
    exclusions: Mapping[str, Exclusion]
    """By code; one exclusion may stand for several codes."""

    def in_force(self, code: str) -> bool:
        """Whether residents still have it done at the commune."""
        exclusion = self.exclusions.get(code)
        return not self.procedures[code].test_record and (
            exclusion is None or exclusion.kind is ExclusionKind.LEFT_OUT
        )


def read_official(content: Path) -> OfficialList:
    """Read the list and the exclusions of a content folder.

    Raises:
        ContentError: with every problem in both files.
    """
    problems: list[Problem] = []
    procedures: dict[str, OfficialProcedure] = {}
    for place, row in enumerate(_lines(content / LIST, problems), start=1):
        try:
            found = OfficialProcedure.model_validate_json(row)
        except ValidationError as error:
            problems.extend(explained(LIST, error, f"dòng {place}: "))
            continue
        if found.code in procedures:
            problems.append(Problem(LIST, f"dòng {place}", f"mã {found.code} đã có. Xoá một dòng."))
        procedures[found.code] = found
    exclusions: dict[str, Exclusion] = {}
    for place, raw in enumerate(_rows(content / EXCLUSIONS, problems)):
        try:
            exclusion = Exclusion.model_validate(raw)
        except ValidationError as error:
            problems.extend(explained(EXCLUSIONS, error, f"{place}."))
            continue
        for code in exclusion.codes:
            if code not in procedures:
                problems.append(Problem(EXCLUSIONS, f"{place}.codes", f"{code} không có ở {LIST}."))
            if code in exclusions:
                problems.append(Problem(EXCLUSIONS, f"{place}.codes", f"{code} đã loại ở trên."))
            exclusions[code] = exclusion
    if problems:
        raise ContentError(problems)
    return OfficialList(procedures, exclusions)


def _lines(path: Path, problems: list[Problem]) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(LIST, "", f"không đọc được danh sách thủ tục: {error}."))
        return []


def _rows(path: Path, problems: list[Problem]) -> list[object]:
    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        plain = json.loads(json.dumps(data, default=str, ensure_ascii=False))
    except (OSError, UnicodeDecodeError, YAMLError, TypeError, ValueError) as error:
        problems.append(Problem(EXCLUSIONS, "", f"không đọc được: {error}."))
        return []
    if plain is not None and not isinstance(plain, list):
        problems.append(Problem(EXCLUSIONS, "", "phải là danh sách, mỗi mục bắt đầu bằng “- ”."))
        return []
    return plain or []
