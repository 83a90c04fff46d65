"""Typed facts out of the words of a form: time limits, fees, papers, forms, legal texts, places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ingest.documents.blocks import Block, Heading, Items, Paragraph, Table
from ingest.documents.labels import numberless
from ingest.portal.figures import SMALLEST_FEE
from ingest.portal.wording import (
    cited_dates,
    form_number,
    issued_on,
    legal_numbers,
    short_name,
    sums_of_money,
)
from knowledge_base.procedure import TimeUnit
from knowledge_base.record import Channel, CounterKind
from knowledge_base.syllables import fold

Data = dict[str, Any]

_LONGEST_LABEL = 80


def lines_in(blocks: Iterable[Block]) -> list[str]:
    """The lines of a part, one for a row of a table, without bullets."""
    found: list[str] = []
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                found += block.text.splitlines()
            case Items():
                found += [line for item in block.items for line in item.splitlines()]
            case Table():
                found += [" – ".join(filter(None, _flat(row))) for row in block.rows]
    return [plain for line in found if (plain := numberless(line).strip())]


def _flat(row: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) for cell in row)


def statements(blocks: Iterable[Block], source: str) -> list[Data]:
    """One statement for each line that says something; “Không” says nothing."""
    return [
        {"text": line, "source": source}
        for line in lines_in(blocks)
        if fold(line).strip(" .") not in _NOTHING and any(map(str.isalpha, line))
    ]


_NOTHING = frozenset({"khong", "khong co", "khong yeu cau", "khong quy dinh", "khong co thong tin"})

# --- columns of the portal's own tables


def column(table: Table, *words: str) -> int | None:
    """The column whose head holds one of the words, folded; None without one."""
    for place, cell in enumerate(table.rows[0] if table.rows else ()):
        if any(word in " ".join(fold(cell).split()) for word in words):
            return place
    return None


def cell(row: Sequence[str], place: int | None) -> str:
    """The cell of a column that may not be there."""
    return row[place] if place is not None and place < len(row) else ""


# --- how to hand in

_CHANNEL_WORDS = (
    (Channel.VNEID, ("vneid", "vneld")),
    (Channel.APP, ("ung dung", "vssid")),
    (Channel.PHONE, ("qua dien thoai", "goi dien")),
    (Channel.EMAIL, ("thu dien tu", "email")),
    (Channel.POST, ("buu chinh", "buu dien")),
    (Channel.PORTAL, ("cong dich vu cong", "dichvucong")),
    (Channel.ONLINE, ("truc tuyen", "qua mang", "dich vu cong truc tuyen", "moi truong dien tu")),
    (Channel.IN_PERSON, ("truc tiep", "tai bo phan mot cua", "den nop tai")),
)


def channels_in(text: str) -> list[Channel]:
    """The channels a wording names, in its order; the portal stands for online where it is told."""
    spelt = " ".join(fold(text).split())
    found = [
        (min(spelt.find(word) for word in words if word in spelt), channel)
        for channel, words in _CHANNEL_WORDS
        if any(word in spelt for word in words)
    ]
    named = [channel for _, channel in sorted(found, key=lambda pair: pair[0])]
    if Channel.VNEID in named and Channel.APP in named:  # “ứng dụng VNeID” is one
        named.remove(Channel.APP)
    if Channel.PORTAL in named and Channel.ONLINE in named:
        named.remove(Channel.ONLINE)
    return named


def channel_options(blocks: Iterable[Block], source: str) -> list[Data]:
    """The ways to hand in, each once."""
    named = [channel for line in lines_in(blocks) for channel in channels_in(line)]
    if Channel.PORTAL in named:
        named = [channel for channel in named if channel is not Channel.ONLINE]
    return [{"channel": one.value, "source": source} for one in dict.fromkeys(named)]


# --- how long

_TIME = re.compile(
    r"(?P<amount>\d{1,3})\s*(?:\([^)]*\)\s*)?(?P<unit>ngay\s+lam\s+viec|ngay|thang|gio)(?![a-z])"
)
_AT_ONCE = re.compile(
    r"ngay (?:khi|sau khi|trong (?:ngay|buoi)|luc)|tra (?:ket qua )?ngay(?! \d)|giai quyet ngay"
    r"|trong ngay(?! lam viec tiep)"
)
_UNITS = {
    "ngay lam viec": TimeUnit.WORKING_DAY,
    "ngay": TimeUnit.DAY,
    "thang": TimeUnit.MONTH,
    "gio": TimeUnit.HOUR,
}
_ASIDE = re.compile(r"^(?:truong hop|neu|ke tu|ho so nop sau|nop sau|tiep nhan sau)\b")


def time_limits(blocks: Iterable[Block], source: str) -> list[Data]:
    """The time limits that lines name; one from each line, with the line as its note."""
    found: list[Data] = []
    for line in lines_in(blocks):
        fact = _time_limit(line)
        if fact is None:
            continue
        channels = channels_in(line)
        if len(channels) == 1:
            fact["channel"] = channels[0].value
        if len(line) > _LONGEST_LABEL or _ASIDE.match(fold(line)):
            fact["note"] = line
        fact["source"] = source
        if fact not in found:
            found.append(fact)
    return found


def _time_limit(line: str) -> Data | None:
    spelt = fold(line)
    # “Ngừng từ 90 ngày trở lên: 30 ngày”: what the label names is not the limit
    match = _TIME.search(spelt.rpartition(":")[2]) or _TIME.search(spelt)
    if match and int(match["amount"]):
        unit = _UNITS[" ".join(match["unit"].split())]
        return {"amount": int(match["amount"]), "unit": unit.value}
    return {"unit": TimeUnit.AT_ONCE.value} if _AT_ONCE.search(spelt) else None


# --- how much

_ZERO = re.compile(r"(?<![\d.,])0\s*(?:đồng|đ\b|vnđ|vnd)", re.IGNORECASE)
_FREE = re.compile(
    r"mien (?:phi|le phi|thu)|khong (?:thu|phai nop|mat) ?(?:phi|le phi|tien)?|^khong\.?$"
    r"|(?:phi|le phi) ?[:–-] ?khong\b"
)
_WHO = re.compile(r"\b(?:nguoi|tre em|ho ngheo|doi tuong|truong hop|thuoc dien)\b")
_PER = re.compile(r"(?:đồng|đ|vnđ|vnd)\s*/\s*(?:\d+\s*)?([^\W\d_]+(?:\s+[^\W\d_]+)?)", re.I)
_BY_PROVINCE = ("hoi dong nhan dan", "hdnd", "theo quy dinh", "chua co thong tin")
ASK = "Tài liệu ghi 0 đồng hoặc không ghi số tiền; hỏi lại trước khi coi là miễn phí."


def fees(blocks: Iterable[Block], source: str) -> list[Data]:
    """The fees that lines name; “0 VNĐ” is what the portal fills in and is not taken for free."""
    found: list[Data] = []
    for line in lines_in(blocks):
        for piece in re.split(r"[;\n]\s*", line):
            for fact in _fees_in(piece.strip()):
                channels = channels_in(piece)
                if len(channels) == 1:
                    fact["channel"] = channels[0].value
                fact["source"] = source
                if fact not in found:
                    found.append(fact)
    return found


def _fees_in(text: str) -> Iterator[Data]:
    spelt = " ".join(fold(text).split())
    named = sums_of_money(text)
    amounts = [amount for amount in named if amount >= SMALLEST_FEE]
    label = _fee_label(text) if amounts else None
    for amount in amounts:
        fact: Data = {"amount": amount}
        if label:
            fact["label"] = label
        if len(amounts) == 1 and (per := _PER.search(text)):
            fact["per"] = per.group(1).lower()
        yield fact
    if amounts:
        return
    if named:  # no such sum is paid: a figure misread, or in another currency
        yield {"amount": None, "note": text}
        return
    if _ZERO.search(text):
        yield {"amount": None, "note": ASK}
    elif _FREE.search(spelt):
        fact = {"amount": 0}
        if _WHO.search(spelt):
            fact["exemption"] = text
        yield fact
    elif any(words in spelt for words in _BY_PROVINCE):
        yield {"amount": None, "note": text}


def _fee_label(text: str) -> str | None:
    """What stands before the amount: “Cá nhân, hộ gia đình” of “Cá nhân, hộ gia đình: 15.000 đ”."""
    head = re.split(r"\d", text, maxsplit=1)[0]
    head = re.sub(r"\b(?:mức thu|mức|lệ phí|phí|là)\s*:?\s*$", "", head.strip(" :–-"), flags=re.I)
    head = head.strip(" :–-,(")
    spelt = fold(head)
    known = any(word in spelt for _, words in _CHANNEL_WORDS for word in words)
    return head if 3 <= len(head) <= _LONGEST_LABEL and not known and spelt != "le phi" else None


# --- which papers

_COUNT = re.compile(
    r"(?P<n>\d{1,2})\s*(?:\([^)]*\)\s*)?(?:tờ\s+|bộ\s+)?bản\s+(?P<kind>chính|gốc|sao|photo|chụp)"
    r"|bản\s+(?P<kind2>chính|gốc|sao|photo|chụp)\s*:\s*(?P<n2>\d{1,2})",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\(?\s*(?:số lượng\s*:?\s*)?(?:\d{1,2}\s*(?:\([^)]*\)\s*)?(?:tờ\s+|bộ\s+)?bản\s+"
    r"(?:chính|gốc|sao|photo|chụp)|bản\s+(?:chính|gốc|sao|photo|chụp)\s*:\s*\d{1,2})"
    r"\s*[,;và–-]*\s*\)?",
    re.IGNORECASE,
)
_ORIGINAL = frozenset({"chính", "gốc"})
_CASE = re.compile(r"^(?:truong hop|th)\s*(?:(?:\d+|[a-z])\b)?\s*[:.)–-]?\s*")
_SUBHEADING = re.compile(r"^(?:giay to|ho so|thanh phan|so luong|bao gom|gom|luu y|ghi chu)\b.*:$")
_SETS = re.compile(r"^(?:so luong|so bo)")
_LEAST_PAPER = 4
_LEFT_OUT = 6
"""Letters; when a paper's short name leaves out more, the whole wording is its note."""


def dossier(blocks: Iterable[Block], source: str) -> tuple[list[Data], list[Data]]:
    """The papers that every case needs, and the cases with theirs.

    A document that knows a single case has none: its papers are common.
    """
    common: list[Data] = []
    cases: list[Data] = []
    papers = common
    for text, form, counts, heading in _papers(blocks):
        title = _case_title(text, heading)
        if title is not None:
            cases.append({"title": title, "dossier": []})
            papers = cases[-1]["dossier"]
            continue
        if (item := _paper(text, form, counts, source)) is not None and item not in papers:
            papers.append(item)
    if len(cases) == 1:
        common += cases.pop()["dossier"]
    return common, [case for case in cases if case["dossier"]]


def _papers(blocks: Iterable[Block]) -> Iterator[tuple[str, str, str, bool]]:
    """Each paper's words, form, counts, and whether it is rather a heading."""
    for block in blocks:
        if not isinstance(block, Table):
            for line in lines_in([block]):
                yield line, "", line, isinstance(block, Heading)
            continue
        name = column(block, "ten giay to", "thanh phan ho so", "giay to", "ten ho so", "noi dung")
        form = column(block, "mau don", "to khai", "bieu mau", "mau so")
        count = column(block, "so luong", "ban chinh")
        copies = column(block, "ban sao")
        headed = name is not None and (form is not None or count is not None)
        for row in block.rows[1:] if headed else block.rows:
            row = _flat(row)
            if not headed:
                filled = [text for text in row if text and not text.isdigit()]
                yield " – ".join(filled), "", " ".join(filled), len(filled) == 1
                continue
            told = cell(row, count)
            if copies is not None and copies != count:
                told = f"bản chính: {cell(row, count)} bản sao: {cell(row, copies)}"
            yield numberless(cell(row, name)), cell(row, form), told, len(set(row)) == 1


def _case_title(text: str, heading: bool) -> str | None:
    spelt = fold(text)
    match = _CASE.match(spelt)
    if match is None or not (heading or text.endswith(":")):
        return None
    title = text[match.end() :].strip(" :.–-")
    return title[:1].upper() + title[1:] if len(title) > 2 else text.strip(" :")


def _paper(text: str, form: str, counts: str, source: str) -> Data | None:
    spelt = fold(text)
    if (
        len(text) < _LEAST_PAPER
        or _SUBHEADING.match(spelt)
        or _SETS.match(spelt)
        or spelt.strip(" .") in _NOTHING
    ):
        return None
    name = _COUNTED.sub(" ", text).strip(" .;,–-:")
    item: Data = {"item": short_name(name) or text}
    if len(name) > len(item["item"]) + _LEFT_OUT:
        item["note"] = name
    number = form_number(form) or form_number(text)
    if number is None and form and len(form) <= 20 and any(map(str.isdigit, form)):
        number = form
    if number is not None:
        item["form"] = number
    for match in _COUNT.finditer(counts):
        kind = (match["kind"] or match["kind2"]).lower()
        amount = int(match["n"] or match["n2"])
        if amount:
            item["originals" if kind in _ORIGINAL else "copies"] = amount
    item["source"] = source
    return item


def forms(blocks: Iterable[Block], papers: Iterable[Data], source: str) -> list[Data]:
    """The forms to fill in: those the part names, else those of the papers."""
    found: list[Data] = []
    for line in lines_in(blocks):
        number = form_number(line)
        if number is None and fold(line).strip(" .") in _NOTHING:
            continue
        name = _form_name(line)
        if name:
            found.append({**({"number": number} if number else {}), "name": name, "source": source})
    named = {form.get("number") for form in found}
    for paper in papers:
        if paper.get("form") and paper["form"] not in named:
            named.add(paper["form"])
            found.append({"number": paper["form"], "name": paper["item"], "source": source})
    return found


def _form_name(line: str) -> str:
    name = re.sub(
        r"^(?:mẫu(?:\s+số)?\s+)?[A-ZĐ\d][\w./-]*\d[\w./-]*\s*[–:.-]\s*", "", line, flags=re.I
    )
    return short_name(name) if any(map(str.isalpha, name)) else ""


# --- on which law

_MISREAD = (
    (re.compile("[ÐĎ]"), "Đ"),
    (re.compile(r"\b(\d{1,4}) ?/ ?(\d{4}) ?/ ?"), r"\1/\2/"),
    (re.compile(r"\bN[DĐÐ] ?[-–] ?CP\b"), "NĐ-CP"),
    (re.compile(r"\bQ[HM] ?(?=1[0-9]\b)"), "QH"),
    (re.compile(r"\bTT ?[-–] ?(?=[A-ZĐ]{2,})"), "TT-"),
    (re.compile(r"\bQD ?[-–] ?"), "QĐ-"),
)
_KIND = re.compile(
    r"(?:bộ luật|luật|pháp lệnh|nghị định|nghị quyết|thông tư(?: liên tịch)?|quyết định)\b[^;]*",
    re.IGNORECASE,
)


def legal_basis(blocks: Iterable[Block], source: str) -> list[Data]:
    """The legal texts that lines name by number, with the date where the line states it."""
    found: dict[str, Data] = {}
    for line in lines_in(blocks):
        for pattern, right in _MISREAD:
            line = pattern.sub(right, line)
        numbers = legal_numbers(line)
        dates = cited_dates(line)
        for number in numbers:
            entry: Data = {"number": number, "name": _legal_name(line, number)}
            issued = dates.get(number) or (issued_on(number, line) if len(numbers) == 1 else None)
            if issued is not None:
                entry["issued"] = issued.isoformat()
            entry["source"] = source
            if "issued" not in found.setdefault(number, entry):
                found[number] = entry
    return list(found.values())


def _legal_name(line: str, number: str) -> str:
    before, _, after = line.partition(number)
    head = _KIND.search(before.rsplit(";", 1)[-1])
    name = head.group() if head else before
    name = re.sub(r"\s*(?:số|ký hiệu)?\s*[:(–-]?\s*$", "", name, flags=re.I).strip(" ,(–-")
    if len(fold(name).split()) <= 2 and after:  # “Thông tư số … quy định về …”
        subject = re.sub(
            r"^[\s,)]*(?:ngày\s+[\d/.\-]+|ngày \d+ tháng \d+ năm \d+)?[\s,)–-]*"
            r"(?:của\s+[^,;:]{2,40}?\s+(?=quy|về|hướng|sửa|ban|ngày))?",
            "",
            after,
        ).strip(" .;,–-")
        name = f"{name} {subject}".strip()
    return short_name(name) or number


# --- where

_COUNTERS = (
    (CounterKind.POLICE, ("cong an",)),
    (CounterKind.LAND_BRANCH, ("van phong dang ky dat dai", "dang ky dat dai")),
    (CounterKind.SOCIAL_INSURANCE, ("bao hiem xa hoi", "bhxh")),
    (CounterKind.HEALTH_STATION, ("tram y te",)),
    (
        CounterKind.ONE_STOP,
        (
            "phuc vu hanh chinh cong",
            "mot cua",
            "uy ban nhan dan xa",
            "uy ban nhan dan cap xa",
            "ubnd xa",
            "ubnd cap xa",
            "uy ban nhan dan phuong",
        ),
    ),
    (CounterKind.TAX, ("co quan thue", "chi cuc thue", "thue co so")),
)


def where_to(blocks: Iterable[Block], source: str) -> list[Data]:
    """The counters that receive, one line each; an unknown one is ``other``."""
    found: dict[str, Data] = {}
    for line in lines_in(blocks):
        spelt = " ".join(fold(line).split())
        if spelt.strip(" .") in _NOTHING or len(line) < _LEAST_PAPER:
            continue
        places = [
            (min(spelt.find(word) for word in words if word in spelt), kind)
            for kind, words in _COUNTERS
            if any(word in spelt for word in words)
        ]
        kind = min(places)[1] if places else CounterKind.OTHER
        found.setdefault(kind.value, {"counter": kind.value, "text": line, "source": source})
    return list(found.values())
