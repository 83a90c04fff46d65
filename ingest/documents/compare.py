"""What a document says differently from the record that it is about, one fact at a time.

Nothing is decided here: a person ticks what is to be taken over. What is found surely (the same
thing in the same place with another figure) is told from what may be a misunderstanding.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from ingest.documents.blocks import Document
from ingest.documents.letterhead import Letterhead
from ingest.documents.said import Said
from knowledge_base.catalogue import text_number
from knowledge_base.record import ONLINE_CHANNELS
from knowledge_base.syllables import fold

Data = dict[str, Any]
Path = tuple[str | int, ...]

FIELDS = ("fees", "time_limits", "dossier", "legal_basis", "forms", "channels", "where")
"""The fields that are compared, in the order in which they are shown."""
SECTIONS = "sections"
"""The field of guides, compared in ``compare_guide``."""
_TOLD_WHEN_GONE = frozenset({"fees", "time_limits", "dossier", "legal_basis"})
_IN_CASES = frozenset({"fees", "time_limits", "dossier"})
_ALIKE = 0.6
"""From this similarity of words on, two names are of the same paper, case or form."""
_NAMED = 0.8
"""From this similarity on, a figure's label names a line of the record."""
_CLEAR = 0.2
"""How much nearer the nearest must be than the next."""

FROM_PICTURE = "Chữ đọc từ ảnh: so từng con số với ảnh rồi mới tích."
RUNNING = "Câu này nằm ngoài các mục của biểu mẫu; kiểm tra có đúng nói về thủ tục này không."
SEVERAL = "Có nhiều dòng gần giống; kiểm tra có đúng dòng này không."
NEW = "Chưa thấy ở bản đang công bố; kiểm tra có phải nội dung mới không."
NOT_SAID = "Văn bản không nhắc tới; chỉ bỏ khi chắc là không còn."
UNDATED = "Văn bản không ghi ngày ban hành; bổ sung ngày trước khi công bố."
MORE = "Bản đang công bố chưa ghi điều này."


class Change(StrEnum):
    """What taking a finding over does."""

    CHANGED = "changed"
    ADDED = "added"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the document says differently."""

    id: str
    """The same as long as the document and the record say the same."""
    field: str
    change: Change
    path: Path
    """Where it stands in the record, or the list that it is added to."""
    before: Data | None
    after: Data | None
    """Its source is the document; a guide's section names those that still count beside it."""
    words: str
    """Of the document; empty for what it does not speak of."""
    sure: bool
    doubts: tuple[str, ...] = ()
    """Why it is not sure, in Vietnamese."""
    case: str | None = None
    effective_from: date | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared."""

    findings: tuple[Finding, ...]
    same: tuple[Said, ...]
    """What the document says as the record does."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A fact of the record, and where it stands."""

    path: Path
    fact: Data
    case: str | None


def compare(
    record: Mapping[str, Any], said: Iterable[Said], document: Document, head: Letterhead
) -> Comparison:
    """What a document says differently from a record.

    Args:
        record: the JSON form of the procedure as it holds where the document is to count.
        said: the facts of the document.
        document: it itself.
        head: what it says of itself.
    """
    by_field: dict[str, list[Said]] = {}
    for one in said:
        by_field.setdefault(one.field, []).append(one)
    findings: list[Finding] = []
    same: list[Said] = []
    for field in FIELDS:
        pool = _pool(record, field)
        facts = by_field.get(field, [])
        match = _Matching(field, pool, document.recognised)
        for one in facts:
            match.leave_same(one)
        for one in match.others:
            match.place(one)
        if any(one.in_form for one in facts) and field in _TOLD_WHEN_GONE:
            match.tell_gone()
        findings += match.findings
        same += match.same
    own = _itself(record, head, document)
    if own is not None:
        at = next((n for n, one in enumerate(findings) if one.field == "legal_basis"), None)
        findings.insert(len(findings) if at is None else at, own)
    first = {field: place for place, field in enumerate(FIELDS)}
    findings.sort(key=lambda one: (first[one.field], one.change is Change.GONE))
    dated = [
        _with_effect(one, head.effective_from) if one.field != "legal_basis" else one
        for one in findings
    ]
    return Comparison(tuple(dated), tuple(same))


def _with_effect(finding: Finding, day: date | None) -> Finding:
    if finding.effective_from is not None or day is None or finding.change is Change.GONE:
        return finding
    return finding_of(
        finding.field,
        finding.change,
        finding.path,
        finding.before,
        finding.after,
        words=finding.words,
        doubts=finding.doubts,
        case=finding.case,
        effective_from=day,
    )


def _pool(record: Mapping[str, Any], field: str) -> list[_Place]:
    places = [
        _Place((field, number), dict(fact), None)
        for number, fact in enumerate(record.get(field) or [])
    ]
    if field in _IN_CASES:
        places += [
            _Place(("cases", case_at, field, number), dict(fact), str(case.get("title", "")))
            for case_at, case in enumerate(record.get("cases") or [])
            for number, fact in enumerate(case.get(field) or [])
        ]
    return places


class _Matching:
    """One field's facts of the document laid beside those of the record."""

    def __init__(self, field: str, pool: list[_Place], from_picture: bool) -> None:
        self.field = field
        self.left = list(pool)
        self.all = pool
        self.same: list[Said] = []
        self.others: list[Said] = []
        self.findings: list[Finding] = []
        self._from_picture = from_picture
        self._equal = _EQUAL[field]
        self._nearness = _NEARNESS[field]

    def leave_same(self, one: Said) -> None:
        """Set aside what both say."""
        equal = [place for place in self.all if self._equal(one, place)]
        if not equal or self._is_named_otherwise(one, equal):
            self.others.append(one)
            return
        self.same.append(one)
        best = max(equal, key=lambda place: (place in self.left, self._nearness(one, place) or 0))
        if best in self.left:
            self.left.remove(best)

    def _is_named_otherwise(self, one: Said, equal: list[_Place]) -> bool:
        """Whether the document says by name that its figure is of another line of the record."""
        label = _label(one)
        if not label or self.field not in ("fees", "time_limits"):
            return False
        by_name = [
            (_alike(label, place.fact.get("label") or place.case), place) for place in self.all
        ]
        nearest, place = max(by_name, key=lambda found: found[0])
        return nearest >= _NAMED and place not in equal and _ways_agree(one.fact, place.fact)

    def place(self, one: Said) -> None:
        """Find the fact of the record that says otherwise, or add a new one."""
        near = sorted(
            (
                (nearness, number, place)
                for number, place in enumerate(self.left)
                if (nearness := self._nearness(one, place)) is not None
            ),
            key=lambda found: (-found[0], found[1]),
        )
        if not near:
            self._add(one)
            return
        nearness, _, place = near[0]
        after, only_more = _CHANGED[self.field](one.fact, place.fact)
        if after == place.fact:
            self.same.append(one)
            self.left.remove(place)
            return
        doubts = [MORE] if only_more else []
        if len(near) > 1 and nearness - near[1][0] < _CLEAR:
            doubts.append(SEVERAL)
        if not one.in_form and not _names_channel(one, place):
            doubts.append(RUNNING)
        self.left.remove(place)
        self._tell(Change.CHANGED, place.path, place.fact, after, one, doubts, place.case)

    def _add(self, one: Said) -> None:
        if self.field in ("fees", "time_limits") and not _names_figure(one.fact):
            return  # “theo quy định” says no figure
        if self.field == "where" and one.fact["counter"] == "other":
            return
        fact = {key: value for key, value in one.fact.items() if key != "source"}
        doubts = [NEW]
        if self.field == "legal_basis" and "issued" not in fact:
            doubts.append(UNDATED)
        if not one.in_form:
            doubts.append(RUNNING)
        self._tell(Change.ADDED, self._list_for(one), None, fact, one, doubts, one.case)

    def _list_for(self, one: Said) -> Path:
        """The list that a new fact goes into: its case's, where the record has that case."""
        if one.case is not None:
            for place in self.all:
                if place.case is not None and _alike(one.case, place.case) >= _ALIKE:
                    return place.path[:-1]
        return (self.field,)

    def tell_gone(self) -> None:
        """What the document, though it has that part, does not speak of."""
        for place in self.left:
            self.findings.append(
                finding_of(
                    self.field,
                    Change.GONE,
                    place.path,
                    place.fact,
                    None,
                    doubts=(NOT_SAID,),
                    case=place.case,
                )
            )

    def _tell(
        self,
        change: Change,
        path: Path,
        before: Data | None,
        after: Data,
        one: Said,
        doubts: Sequence[str],
        case: str | None,
    ) -> None:
        if self._from_picture:
            doubts = [FROM_PICTURE, *doubts]
        self.findings.append(
            finding_of(
                self.field,
                change,
                path,
                before,
                after,
                words=one.words,
                doubts=tuple(doubts),
                case=case,
                effective_from=one.effective_from,
            )
        )


def finding_of(
    field: str,
    change: Change,
    path: Path,
    before: Data | None,
    after: Data | None,
    *,
    words: str = "",
    doubts: tuple[str, ...] = (),
    case: str | None = None,
    effective_from: date | None = None,
) -> Finding:
    """A finding with the id that it has as long as both say the same; doubts make it unsure."""
    named = json.dumps([field, change, path, before, after], ensure_ascii=False, sort_keys=True)
    return Finding(
        hashlib.sha256(named.encode()).hexdigest()[:12],
        field,
        change,
        path,
        before,
        after,
        words,
        not doubts,
        doubts,
        case,
        effective_from,
    )


def _itself(record: Mapping[str, Any], head: Letterhead, document: Document) -> Finding | None:
    """The document as a legal basis, where it is one and not yet named."""
    if not head.is_normative or head.number is None:
        return None
    known = {text_number(str(one.get("number", ""))) for one in record.get("legal_basis") or []}
    if text_number(head.number) in known:
        return None
    fact: Data = {"number": head.number, "name": head.name() or head.number}
    if head.issued is not None:
        fact["issued"] = head.issued.isoformat()
    if head.effective_from is not None:
        fact["effective_from"] = head.effective_from.isoformat()
    doubts = (FROM_PICTURE,) if document.recognised else ()
    words = f"Số: {head.number}" + (f", {head.name()}" if head.name() else "")
    return finding_of(
        "legal_basis", Change.ADDED, ("legal_basis",), None, fact, words=words, doubts=doubts
    )


# --- when two facts are the same, and how near one is to another


def _alike(one: object, other: object) -> float:
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _plain(text: object) -> str:
    return " ".join(fold(str(text or "")).split()).strip(" .;:,()")


def _way(fact: Data) -> str | None:
    """The channel, the many ways online as one; None for every channel."""
    channel = fact.get("channel")
    return "online" if channel in ONLINE_CHANNELS else channel


def _ways_agree(one: Data, other: Data) -> bool:
    first, second = _way(one), _way(other)
    return first is None or second is None or first == second


def _units_agree(one: Data, other: Data) -> bool:
    """Whether both are paid for the same, as far as both say: once, a copy, a person."""
    first, second = _plain(one.get("per")), _plain(other.get("per"))
    return not first or not second or first == second or first in second or second in first


def _names_channel(one: Said, place: _Place) -> bool:
    return _way(one.fact) is not None and _way(one.fact) == _way(place.fact)


def _of_case(one: Said, place: _Place) -> float:
    """How surely a fact is said of the case that a place belongs to; 0 for what is common."""
    if place.case is None:
        return 0.0
    return _alike(one.case or _label(one) or one.fact.get("note"), place.case)


def _label(one: Said) -> str:
    """What a figure is for: “Thẻ căn cước” of “Thẻ căn cước: 5 ngày làm việc”."""
    if one.field == "time_limits":
        return one.words.partition(":")[0] if ":" in one.words else ""
    return str(one.fact.get("label") or "")


def _names_figure(fact: Data) -> bool:
    return fact.get("amount") is not None or fact.get("unit") == "at_once"


def _same_figure(one: Said, place: _Place) -> bool:
    fact, other = one.fact, place.fact
    if (fact.get("amount"), fact.get("unit")) != (other.get("amount"), other.get("unit")):
        return False
    if not _ways_agree(fact, other) or not _units_agree(fact, other):
        return False
    if one.field == "fees" and fact["amount"] == 0 and _way(fact) not in (None, _way(other)):
        return False  # free through one channel is not free for some people
    if place.case is None or _of_case(one, place) >= _ALIKE:
        return True
    return bool(_plain(fact.get("per"))) and _plain(fact.get("per")) == _plain(other.get("per"))


def _near_figure(one: Said, place: _Place) -> float | None:
    """How likely a figure of the document stands for one of the record that is another."""
    fact, other = one.fact, place.fact
    if not _names_figure(fact):
        return None
    if not _ways_agree(fact, other) or not _units_agree(fact, other):
        return None
    free = one.field == "fees" and (not fact.get("amount") or not other.get("amount"))
    label, own = _label(one), other.get("label") or place.case
    alike = _alike(label, own)
    if label and own and alike < _ALIKE and (place.case is not None or free):
        return None
    if place.case is not None and _of_case(one, place) < _ALIKE:
        return None
    exact = 1.0 if _way(fact) == _way(other) else 0.0
    if free and alike < _ALIKE and not (_way(fact) and exact and not _for_some(fact, other)):
        return None  # who pays nothing is another matter than how much the others pay
    same_unit = 0.5 if fact.get("per") and _plain(fact["per"]) == _plain(other.get("per")) else 0.0
    return exact + same_unit + alike


def _for_some(fact: Data, other: Data) -> bool:
    """Whether either of two fees is that of those who pay nothing."""
    return any(one.get("exemption") for one in (fact, other))


def _changed_figure(fact: Data, other: Data) -> tuple[Data, bool]:
    """The record's fact with the document's figure, and whether it is only more said."""
    changed = {**other, "amount": fact.get("amount")}
    if "unit" in fact:
        changed["unit"] = fact["unit"]
        if changed["amount"] is None:
            changed.pop("amount")
    return changed, False


_FORM_WORDS = re.compile(r"^(?:mau |don |to khai |so )+")
_ISSUED_BY = re.compile(
    r"\s(?:kem|ban hanh|theo|cua|phu luc|nghi dinh|thong tu|quyet dinh|luat)\b|[(,]"
)


def _paper_number(form: object) -> str:
    """“Mẫu số 01 kèm Thông tư …” and “01” are the same form."""
    spelt = _FORM_WORDS.sub("", _plain(form))
    head = _ISSUED_BY.split(spelt, maxsplit=1)[0]
    return "".join(char for char in head if char.isalnum())


def _same_case(one: Said, place: _Place) -> bool:
    return one.case is None or place.case is None or _alike(one.case, place.case) >= _ALIKE


def _same_paper(one: Said, place: _Place) -> bool:
    nearness = _near_paper(one, place)
    return nearness is not None and _changed_paper(one.fact, place.fact)[0] == place.fact


def _near_paper(one: Said, place: _Place) -> float | None:
    if not _same_case(one, place):
        return None
    fact, other = one.fact, place.fact
    alike = max(_alike(fact["item"], other["item"]), _alike(fact.get("note"), other["item"]))
    first, second = _paper_number(fact.get("form")), _paper_number(other.get("form"))
    if first and first == second:
        alike += 0.5
    same_case = 0.2 if (one.case is None) == (place.case is None) else 0.0
    return alike + same_case if alike >= _ALIKE else None


def _changed_paper(fact: Data, other: Data) -> tuple[Data, bool]:
    changed, only_more = dict(other), True
    for key in ("form", "originals", "copies"):
        value, before = fact.get(key), other.get(key)
        if value is None or value == before:
            continue
        if key == "form" and before and _paper_number(value) == _paper_number(before):
            continue
        changed[key] = value
        only_more = only_more and before is None
    return changed, only_more


def _same_text(one: Said, place: _Place) -> bool:
    if text_number(one.fact["number"]) != text_number(str(place.fact.get("number", ""))):
        return False
    issued = one.fact.get("issued")
    return issued is None or place.fact.get("issued") in (None, issued)


def _near_text(one: Said, place: _Place) -> float | None:
    same = text_number(one.fact["number"]) == text_number(str(place.fact.get("number", "")))
    return 1.0 if same else None


def _changed_text(fact: Data, other: Data) -> tuple[Data, bool]:
    return {**other, "issued": fact["issued"]}, False


def _same_form(one: Said, place: _Place) -> bool:
    first, second = _paper_number(one.fact.get("number")), _paper_number(place.fact.get("number"))
    if first and second:
        return first == second
    return _alike(one.fact["name"], place.fact.get("name")) >= _ALIKE


def _near_form(one: Said, place: _Place) -> float | None:
    alike = _alike(one.fact["name"], place.fact.get("name"))
    return alike if alike >= _ALIKE else None


def _changed_form(fact: Data, other: Data) -> tuple[Data, bool]:
    number = fact.get("number")
    return ({**other, "number": number} if number else dict(other)), not other.get("number")


def _same_way(one: Said, place: _Place) -> bool:
    return _way(one.fact) == _way(place.fact)


def _same_counter(one: Said, place: _Place) -> bool:
    return bool(one.fact["counter"] == place.fact.get("counter"))


def _never_near(_one: Said, _place: _Place) -> float | None:
    return None


def _unchanged(_fact: Data, other: Data) -> tuple[Data, bool]:
    return dict(other), False


_EQUAL: dict[str, Callable[[Said, _Place], bool]] = {
    "fees": _same_figure,
    "time_limits": _same_figure,
    "dossier": _same_paper,
    "legal_basis": _same_text,
    "forms": _same_form,
    "channels": _same_way,
    "where": _same_counter,
}
_NEARNESS: dict[str, Callable[[Said, _Place], float | None]] = {
    "fees": _near_figure,
    "time_limits": _near_figure,
    "dossier": _near_paper,
    "legal_basis": _near_text,
    "forms": _near_form,
    "channels": _never_near,
    "where": _never_near,
}
_CHANGED: dict[str, Callable[[Data, Data], tuple[Data, bool]]] = {
    "fees": _changed_figure,
    "time_limits": _changed_figure,
    "dossier": _changed_paper,
    "legal_basis": _changed_text,
    "forms": _changed_form,
    "channels": _unchanged,
    "where": _unchanged,
}
