"""What an official document says of itself: its kind, number, date, issuer, subject, effect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ingest.documents.blocks import Document, DocumentFormat
from ingest.portal.wording import day_of
from knowledge_base.source import SourceKind
from knowledge_base.syllables import fold, nfc

_HEAD_LINES = 60
_LONGEST_LINE = 200
_LONGEST_SUBJECT = 300


class TextKind(StrEnum):
    """The kinds of official text, by the word that stands above them."""

    LAW = "Luật"
    DECREE = "Nghị định"
    RESOLUTION = "Nghị quyết"
    CIRCULAR = "Thông tư"
    DECISION = "Quyết định"
    NOTICE = "Thông báo"
    LETTER = "Công văn"
    PLAN = "Kế hoạch"


NORMATIVE = frozenset(
    {TextKind.LAW, TextKind.DECREE, TextKind.RESOLUTION, TextKind.CIRCULAR, TextKind.DECISION}
)
"""What a procedure can rest on; a notice only tells of it."""

_KINDS = {fold(kind.value): kind for kind in TextKind}
_MARKS = (
    ("NĐ-", TextKind.DECREE),
    ("ND-", TextKind.DECREE),
    ("NQ", TextKind.RESOLUTION),
    ("TT-", TextKind.CIRCULAR),
    ("TTLT", TextKind.CIRCULAR),
    ("QĐ-", TextKind.DECISION),
    ("QD-", TextKind.DECISION),
    ("TB-", TextKind.NOTICE),
    ("KH-", TextKind.PLAN),
    ("QH", TextKind.LAW),
)
_NUMBER = re.compile(
    r"^\W*(?:Luật\s+)?[Ss]ố\s*[:.]?\s*"
    r"(\d{1,5}(?:\.\d{1,2})?\s?/\s?(?:\d{4}\s?/\s?)?[A-ZĐÐ][A-ZĐÐ\d]*(?:\s?[-–]\s?[A-ZĐÐ\d]+)*)"
)
_DAY = (
    r"ngày\s+(?P<day>\d{1,2})\s*(?:/|-|\.|tháng)\s*(?P<month>\d{1,2})\s*(?:/|-|\.|năm)\s*"
    r"(?P<year>\d{4})"
)
_ISSUED = re.compile(rf"^[^,;:.]{{2,60}},\s*{_DAY}\W*$", re.I)
_EFFECT = re.compile(
    r"(?:có\s+hiệu\s+lực|hiệu\s+lực\s+thi\s+hành|được\s+áp\s+dụng|áp\s+dụng|thực\s+hiện|"
    rf"thi\s+hành)(?:\s+thi\s+hành)?\s*:?\s*(?:kể\s+)?từ\s+{_DAY}",
    re.I,
)
_SUBJECT = re.compile(r"^\W*(?:v/v|về\s+việc|ban\s+hành|quy\s+định|về)\b\s*:?\s*", re.I)
_ISSUERS = (
    "uy ban nhan dan",
    "ubnd",
    "hoi dong nhan dan",
    "hdnd",
    "chinh phu",
    "quoc hoi",
    "thu tuong",
    "bo ",
    "so ",
    "cong an",
    "cuc ",
    "chi cuc",
    "bao hiem xa hoi",
    "van phong",
)
_UNITS = ("xa ", "phuong ", "dac khu ", "tinh ", "thanh pho ")
_MOTTOES = ("cong hoa xa hoi", "doc lap", "dang cong san")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What was found; None and empty where the document does not say."""

    kind: TextKind | None = None
    number: str | None = None
    issuer: str = ""
    subject: str = ""
    issued: date | None = None
    effective_from: date | None = None

    @property
    def is_normative(self) -> bool:
        """Whether a record may rest on it: a numbered, dated text that sets rules."""
        return (
            self.kind in NORMATIVE
            and self.number is not None
            and (self.issued is not None or self.effective_from is not None)
        )

    def name(self) -> str:
        """Such as “Nghị quyết về mức thu lệ phí”; empty where nothing says."""
        kind = self.kind.value if self.kind else ""
        subject = self.subject[:1].lower() + self.subject[1:] if kind else self.subject
        return f"{kind} {subject}".strip()


def letterhead_of(document: Document) -> Letterhead:
    """What a document says of itself."""
    lines = [" ".join(nfc(line).split()) for line in document.lines()]
    head = [line for line in lines[:_HEAD_LINES] if line]
    number = _number(head)
    kind, at = _kind(head, number)
    return Letterhead(
        kind=kind,
        number=number,
        issuer=_issuer(head),
        subject=_subject(head, at),
        issued=_day_in(head, _ISSUED),
        effective_from=_day_in(lines, _EFFECT),
    )


def effect_in(line: str) -> date | None:
    """The day from which a line says that something holds."""
    return _day_in([line], _EFFECT)


def source_kind_of(document: Document, head: Letterhead) -> SourceKind:
    """How close the document stands to the signed text.

    A scan or a PDF of a numbered, dated text is taken for the signed one; a file that anyone can
    type in is not, nor is what only tells of a text.
    """
    signed = document.format in (DocumentFormat.PDF, DocumentFormat.IMAGE)
    return SourceKind.GAZETTE if signed and head.is_normative else SourceKind.SECONDARY


def _number(head: list[str]) -> str | None:
    for line in head:
        if len(line) <= _LONGEST_LINE and (match := _NUMBER.match(line)):
            return "".join(match.group(1).split()).replace("–", "-").replace("Ð", "Đ")
    return None


def _kind(head: list[str], number: str | None) -> tuple[TextKind | None, int | None]:
    """The kind, and the line that names it."""
    for place, line in enumerate(head):
        if line.upper() == line and (kind := _KINDS.get(fold(line).strip(" .:"))):
            return kind, place
    marks = (kind for mark, kind in _MARKS if number is not None and mark in number)
    return next(marks, None), None


def _subject(head: list[str], kind_at: int | None) -> str:
    """What follows the kind's own line, or the line “V/v …” of a letter."""
    if kind_at is not None:
        said: list[str] = []
        for line in head[kind_at + 1 : kind_at + 4]:
            if said and (line[:1].isupper() or _NUMBER.match(line)):
                break
            said.append(line)
        found = " ".join(said)
    else:
        found = next((line for line in head if re.match(r"^\W*(?:v/v|về việc)\b", line, re.I)), "")
    plain = _SUBJECT.sub("", found) if re.match(r"^\W*(?:v/v|về\s+việc)", found, re.I) else found
    plain = plain.strip(" .;:-–")[:_LONGEST_SUBJECT]
    return plain[:1] + plain[1:].lower() if plain.isupper() else plain


def _issuer(head: list[str]) -> str:
    for place, line in enumerate(head):
        spelt = fold(line)
        if any(motto in spelt for motto in _MOTTOES) or len(line) > _LONGEST_LINE:
            continue
        if line.upper() == line and spelt.startswith(_ISSUERS):
            below = head[place + 1] if place + 1 < len(head) else ""
            goes_on = below.upper() == below and fold(below).startswith(_UNITS)
            return _named(f"{line} {below}" if goes_on else line)
    return ""


def _named(line: str) -> str:
    """“ỦY BAN NHÂN DÂN XÃ HÒA TIẾN” as it is written in a sentence."""
    common = ("uy ban nhan dan", "ubnd", "hoi dong nhan dan", "hdnd", "bao hiem xa hoi")
    spelt = fold(line)
    known = next((words for words in common if spelt.startswith(words)), "")
    words = line.lower().split()
    before, after = words[: len(known.split())], words[len(known.split()) :]
    if not known:
        return " ".join(words).capitalize()
    units = {"xã", "phường", "tỉnh", "huyện", "quận", "đặc", "khu", "thành", "phố"}
    whole = " ".join([*before, *(word if word in units else word.title() for word in after)])
    return whole[:1].upper() + whole[1:]


def _day_in(lines: list[str], pattern: re.Pattern[str]) -> date | None:
    for line in lines:
        if match := pattern.search(line):
            return day_of(match["year"], match["month"], match["day"])
    return None
