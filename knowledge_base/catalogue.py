"""Reads and checks content files; every message names the file, the field and the mend."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.problem import Problem, explained
from knowledge_base.procedure import Procedure
from knowledge_base.recent import Recent
from knowledge_base.record import NATIONAL, Record, RecordKind, scope_rank
from knowledge_base.source import LegalText
from knowledge_base.syllables import nfc
from knowledge_base.units import Units

CONTENT = Path(__file__).parent / "content"

_FOLDERS = {
    "procedures": RecordKind.PROCEDURE,
    "guides": RecordKind.GUIDE,
    "communes": RecordKind.COMMUNE,
}
_LEGAL_TEXTS = "legal_texts"
OFFICIAL = "official"
"""The folder of the official list of procedures; ``coverage`` reads it, no record lies there."""
_READ = {*_FOLDERS, _LEGAL_TEXTS, OFFICIAL}
_TYPES: dict[RecordKind, type[Procedure] | type[Guide] | type[Commune]] = {
    RecordKind.PROCEDURE: Procedure,
    RecordKind.GUIDE: Guide,
    RecordKind.COMMUNE: Commune,
}
_JOINED = ("questions",)
"""Lists that a narrower version adds to instead of replacing."""


class ContentError(Exception):
    """Content that must not be used; carries every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Body:
    """A record in the neutral form that files, revisions and exports share."""

    kind: RecordKind
    id: str
    scope: str
    data: Mapping[str, Any]
    """JSON values; for a scope narrower than an existing record, only the fields that differ."""
    place: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Identifies the record among all: (kind, id, scope)."""
        return (self.kind.value, self.id, self.scope)

    @property
    def owner(self) -> str:
        """The scope whose officers look after it; a commune's own record is the commune's."""
        return f"commune:{self.id}" if self.kind is RecordKind.COMMUNE else self.scope


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every record in force, by scope."""

    bodies: tuple[Body, ...]
    records: Mapping[tuple[str, str], Procedure | Guide]
    """By (id, scope); a narrower version is already merged over the wider ones."""
    communes: Mapping[str, Commune]
    legal_texts: Mapping[str, LegalText] = field(default_factory=dict)
    """The register of legal texts, by number in one spelling."""

    def for_commune(self, commune_id: str) -> dict[str, Procedure | Guide]:
        """The records that apply in a commune, the narrowest version of each, by id."""
        scopes = self.communes[commune_id].scopes
        found: dict[str, Procedure | Guide] = {}
        for (record_id, scope), item in self.records.items():
            if scope in scopes and (
                record_id not in found or scope_rank(scope) > scope_rank(found[record_id].scope)
            ):
                found[record_id] = item
        return found

    def wider(self, kind: RecordKind, record_id: str, scope: str) -> dict[str, Any] | None:
        """What the wider versions of a record say together; None where there are none."""
        level, _, slug = scope.partition(":")
        wider = [NATIONAL] if scope != NATIONAL else []
        if level == "commune" and slug in self.communes:
            wider.append(f"province:{self.communes[slug].province}")
        by_key = {body.key: body for body in self.bodies if body.id == record_id}
        found = [body for one in wider if (body := by_key.get((kind.value, record_id, one)))]
        merged: dict[str, Any] = {}
        for body in found:
            merged = laid_over(merged, body.data)
        return merged if found else None

    def in_force(self, day: date) -> Catalogue:
        """The same catalogue without the records that do not hold on ``day``."""
        kept = {key: item for key, item in self.records.items() if item.in_force(day)}
        return Catalogue(self.bodies, kept, self.communes, self.legal_texts)


Checked = Recent[tuple[int, ...], tuple[tuple[Body, ...], Procedure | Guide | Commune]]
"""Records that are sound, by the identity of the versions that they were made of."""


def read_content(folder: Path = CONTENT) -> Catalogue:
    """Read and check a whole content folder.

    Raises:
        ContentError: with every problem in every file.
    """
    problems: list[Problem] = []
    texts = _read_legal_texts(folder, problems)
    bodies = list(_read_bodies(folder, problems))
    problems.extend(_unread(folder))
    if not bodies and not problems:
        problems.append(
            Problem(str(folder), "", "không có tệp nội dung nào. Kiểm tra đường dẫn (CONTENT_DIR).")
        )
    try:
        catalogue = build_catalogue(bodies, texts)
    except ContentError as error:
        raise ContentError([*problems, *error.problems]) from None
    problems.extend(_nowhere(catalogue))
    if problems:
        raise ContentError(problems)
    return catalogue


def read_legal_texts(folder: Path = CONTENT) -> dict[str, LegalText]:
    """The register of legal texts alone, by number in one spelling.

    Raises:
        ContentError: with every problem in its files.
    """
    problems: list[Problem] = []
    texts = _read_legal_texts(folder, problems)
    if problems:
        raise ContentError(problems)
    return texts


def build_catalogue(
    bodies: Iterable[Body],
    legal_texts: Mapping[str, LegalText] | None = None,
    checked: Checked | None = None,
) -> Catalogue:
    """Validate bodies, merge narrower versions over wider ones and check the whole.

    Args:
        bodies: every record.
        legal_texts: the register by which ended legal bases are found.
        checked: remembers sound records; the very same bodies are not validated again.

    Raises:
        ContentError: with every problem found.
    """
    problems: list[Problem] = []
    texts = legal_texts or {}
    by_key: dict[tuple[str, str, str], Body] = {}
    for body in bodies:
        if (twin := by_key.get(body.key)) is not None:
            problems.append(
                Problem(
                    body.place,
                    "id",
                    f"“{body.id}” ({body.scope}) đã có ở {twin.place}. "
                    "Đổi id hoặc xoá một trong hai tệp.",
                )
            )
            continue
        by_key[body.key] = body

    checked = checked if checked is not None else Recent()
    checked.expect(len(by_key))
    province_of = communes_of(by_key)
    communes: dict[str, Commune] = {}
    records: dict[tuple[str, str], Procedure | Guide] = {}
    kind_of: dict[str, Body] = {}
    told: set[tuple[str, str, str]] = set()
    for body in sorted(by_key.values(), key=_narrowness):
        if body.kind is RecordKind.COMMUNE:
            item = _checked((body,), checked, problems)
            if isinstance(item, Commune):
                communes[item.id] = item
            continue
        other = kind_of.setdefault(body.id, body)
        if other.kind is not body.kind:
            problems.append(
                Problem(body.place, "id", f"“{body.id}” đã là id của {other.place}. Đổi id.")
            )
            continue
        found: list[Problem] = []
        item = _checked(_versions(body, by_key, province_of), checked, found)
        if isinstance(item, Record):
            records[item.key] = item
            found.extend(_ended_bases(body, item, texts))
        # what a narrower version inherits is told of the wider one only
        for problem in found:
            finding = (body.id, problem.field, problem.message)
            if finding not in told:
                told.add(finding)
                problems.append(problem)
    problems.extend(_dangling(by_key.values(), records))
    if problems:
        raise ContentError(problems)
    return Catalogue(tuple(by_key.values()), records, communes, texts)


def _narrowness(body: Body) -> int:
    return (body.scope != NATIONAL) + body.scope.startswith("commune:")


def communes_of(by_key: Mapping[tuple[str, str, str], Body]) -> dict[str, str]:
    """The province of every commune among the bodies."""
    return {
        body.id: str(body.data.get("province", ""))
        for body in by_key.values()
        if body.kind is RecordKind.COMMUNE
    }


def _versions(
    body: Body, by_key: Mapping[tuple[str, str, str], Body], province_of: Mapping[str, str]
) -> tuple[Body, ...]:
    """A body after the wider versions of the same record, the widest first."""
    wider = [NATIONAL]
    level, _, slug = body.scope.partition(":")
    if level == "commune":
        unit = Units.packaged().by_id.get(slug)  # of a commune that no record describes
        wider.append(f"province:{province_of.get(slug) or (unit.province.slug if unit else '')}")
    found = [by_key.get((body.kind.value, body.id, scope)) for scope in wider]
    return (*(base for base in found if base is not None and base.scope != body.scope), body)


def _merged(versions: Iterable[Body]) -> dict[str, Any]:
    """The fields of each version over those of the wider ones."""
    merged: dict[str, Any] = {}
    for version in versions:
        merged = laid_over(merged, version.data)
    return merged


def laid_over(base: Mapping[str, Any], narrower: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a narrower version over those of a wider one."""
    merged = {**base, **narrower}
    if isinstance(base.get("sources"), dict) and isinstance(narrower.get("sources"), dict):
        merged["sources"] = {**base["sources"], **narrower["sources"]}
    for name in _JOINED:
        if isinstance(base.get(name), list) and isinstance(narrower.get(name), list):
            merged[name] = [*base[name], *narrower[name]]
    return merged


def _read_bodies(folder: Path, problems: list[Problem]) -> Iterable[Body]:
    for name, kind in _FOLDERS.items():
        for path in sorted((folder / name).rglob("*.yaml")):
            place = path.relative_to(folder).as_posix()
            data = _load(path, place, problems)
            if data is None:
                continue
            if not isinstance(data, dict) or not isinstance(data.get("id"), str):
                problems.append(Problem(place, "id", "thiếu. Thêm dòng `id: ten-khong-dau`."))
                continue
            scope = data.get("scope", NATIONAL)
            yield Body(kind, data["id"], scope if isinstance(scope, str) else NATIONAL, data, place)
            expected = data["id"]
            if path.name.split(".", 1)[0] != expected:
                problems.append(
                    Problem(
                        place, "id", f"khác tên tệp. Đổi tên tệp thành {expected}.yaml hoặc sửa id."
                    )
                )


def _unread(folder: Path) -> Iterable[Problem]:
    """Content files that lie or end where nothing reads them."""
    for path in sorted(folder.rglob("*.y*ml")):
        place = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in place.parts)
        if not hidden and (path.suffix != ".yaml" or place.parts[0] not in _READ):
            yield Problem(
                place.as_posix(),
                "",
                f"không được đọc. Tệp nội dung nằm trong {', '.join(sorted(_READ))} "
                "và có đuôi .yaml.",
            )


def _nowhere(catalogue: Catalogue) -> Iterable[Problem]:
    """Versions for a province or a commune that does not exist."""
    scopes = {scope for commune in catalogue.communes.values() for scope in commune.scopes}
    scopes |= {f"province:{slug}" for slug in Units.packaged().provinces}
    for body in catalogue.bodies:
        if body.kind is not RecordKind.COMMUNE and body.scope not in scopes | {NATIONAL}:
            near = difflib.get_close_matches(body.scope, sorted(scopes), n=1)
            hint = f" Có phải “{near[0]}”?" if near else ""
            yield Problem(body.place, "scope", f"không có xã nào thuộc “{body.scope}”.{hint}")


def _read_legal_texts(folder: Path, problems: list[Problem]) -> dict[str, LegalText]:
    texts: dict[str, LegalText] = {}
    for path in sorted((folder / _LEGAL_TEXTS).rglob("*.yaml")):
        place = path.relative_to(folder).as_posix()
        data = _load(path, place, problems)
        if data is not None and not isinstance(data, list):
            problems.append(
                Problem(place, "", "phải là danh sách văn bản, mỗi mục bắt đầu bằng “- number:”.")
            )
        for position, row in enumerate(data if isinstance(data, list) else []):
            try:
                text = LegalText.model_validate(row)
            except ValidationError as error:
                problems.extend(explained(place, error, f"{position}."))
                continue
            number = text_number(text.number)
            if number in texts:
                problems.append(
                    Problem(
                        place,
                        f"{position}.number",
                        f"“{text.number}” đã có trong danh mục văn bản. Xoá một trong hai mục.",
                    )
                )
            texts.setdefault(number, text)
    return texts


def _load(path: Path, place: str, problems: list[Problem]) -> Any:
    """The JSON form of a YAML file; None after a problem."""
    try:
        data = YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8-sig"))
        plain = json.loads(json.dumps(data, default=str, ensure_ascii=False))
    except OSError as error:
        problems.append(Problem(place, "", f"không mở được: {error.strerror}."))
    except UnicodeDecodeError:
        problems.append(Problem(place, "", "không phải UTF-8. Lưu lại tệp với mã UTF-8."))
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1
        problems.append(
            Problem(place, "", f"một khóa viết hai lần, ở dòng {line}. Xoá một trong hai.")
        )
    except (YAMLError, ValueError, TypeError) as error:
        problems.append(Problem(place, "", f"không đọc được YAML: {_first_line(error)}"))
    else:
        if data is None:
            problems.append(Problem(place, "", "tệp trống. Viết nội dung hoặc xoá tệp."))
        return plain
    return None


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _checked(
    versions: tuple[Body, ...], checked: Checked, problems: list[Problem]
) -> Procedure | Guide | Commune | None:
    # bodies that are kept beside the record keep their numbers their own
    numbers = tuple(map(id, versions))
    found = checked.get(numbers)
    if found is None:
        item = _validated(versions[-1], _merged(versions), problems)
        if item is None:
            return None
        found = (versions, item)
        checked.put(numbers, found)
    return found[1]


def _validated(
    body: Body, data: Mapping[str, Any], problems: list[Problem]
) -> Procedure | Guide | Commune | None:
    try:
        return _TYPES[body.kind].model_validate(data)
    except ValidationError as error:
        problems.extend(explained(body.place, error))
        return None


_NUMBER = re.compile(r"\d+(?:\.\d+)?/\d{4}/[A-ZĐ\d-]+")
"""Some resolutions of the Government have a point: 66.7/2025/NQ-CP."""


def text_number(number: str) -> str:
    """The number alone, in one spelling: “Thông tư 55/2021/tt–bca” is 55/2021/TT-BCA."""
    spelt = "".join(nfc(number).upper().split()).replace("–", "-")
    found = _NUMBER.search(spelt)
    return found.group() if found else spelt


def _ended_bases(body: Body, item: Record, texts: Mapping[str, LegalText]) -> Iterable[Problem]:
    for place, basis in enumerate(item.legal_basis):
        where = f"legal_basis.{place}"
        text = texts.get(text_number(basis.number))
        if text is not None and text.ended_on is not None and text.ended_on <= item.checked_on:
            successor = f" Dùng {text.replaced_by}." if text.replaced_by else ""
            yield Problem(
                body.place,
                where,
                f"{basis.number} đã hết hiệu lực từ {text.ended_on:%d/%m/%Y}.{successor}",
            )
        elif basis.effective_to is not None and basis.effective_to < item.checked_on:
            successor = f" Dùng {basis.replaced_by}." if basis.replaced_by else ""
            yield Problem(
                body.place,
                where,
                f"{basis.number} đã hết hiệu lực sau {basis.effective_to:%d/%m/%Y}.{successor}",
            )


def _dangling(
    bodies: Iterable[Body], records: Mapping[tuple[str, str], Procedure | Guide]
) -> Iterable[Problem]:
    known = {record_id for record_id, _ in records}
    places = {body.key[1:]: body.place for body in bodies}
    for key, item in records.items():
        for other in item.related:
            if other not in known:
                yield Problem(places[key], "related", f"không có hồ sơ nào mang id “{other}”.")
