"""What a person would say: an answer's text without marks and links, its figures in words.

Vietnamese is written out in full, so that every voice, a telephone's or the server's, says the
same. English voices read figures well; there only what is written the Vietnamese way is put theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from app.answering.answer import Language
from app.speech.number_words import cardinal, decimal, digits, letters, roman
from app.speech.spoken_words import ABBREVIATIONS, ISSUERS, KINDS, SIGNS, SITE_NAMES, UNITS
from knowledge_base.spelling import is_syllable
from knowledge_base.syllables import marked_share

MOST_CHARACTERS: Final = 160
"""Browsers stop in the middle of long utterances, so none is much longer than this."""

_MARKED_ENOUGH: Final = 0.4
"""A line of an English answer with this share of syllables with marks is a record's own."""

_OWN_WORDS: Final = re.compile(r"(“[^”]*”)")
"""Vietnamese words inside an English line."""

Words = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words for one breath, and whose voice says them."""

    text: str
    language: Language


def sentences_of(text: str, language: Language) -> tuple[Sentence, ...]:
    """An answer's text as it is read aloud, sentence by sentence.

    In an English answer a record's own Vietnamese words keep a Vietnamese voice.
    """
    found: list[Sentence] = []
    for line in unicodedata.normalize("NFC", text).splitlines():
        for piece in [line] if language is Language.VI else _OWN_WORDS.split(line):
            english = language is Language.EN and marked_share(piece) < _MARKED_ENOUGH
            said = in_english(piece) if english else in_vietnamese(piece)
            whose = Language.EN if english else Language.VI
            found += [Sentence(part, whose) for part in _breaths(said)]
    return tuple(found)


def in_vietnamese(line: str) -> str:
    """One line in words: letters, spaces and ``. , : ? !``; no figure, sign or abbreviation."""
    said = f" {_bare(unicodedata.normalize('NFC', line))} "
    for pattern, words in _RULES:
        said = pattern.sub(words, said)
    return _punctuated(said)


def in_english(line: str) -> str:
    """One English line; what is written the Vietnamese way, amounts and dates, in English."""
    said = f" {_bare(line)} "
    for pattern, words in _ENGLISH_RULES:
        said = pattern.sub(words, said)
    said = re.sub(r"[()\[\];]", ",", said)
    said = re.sub(r"[^\w\s.,:?!%'/-]|_", " ", said)
    return _spaced(said)


def _bare(line: str) -> str:
    """A line without marks, links and the signs of Markdown."""
    line = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line)
    line = re.sub(r"\s?\[\d{1,2}\]", "", line)
    line = re.sub(r"https?://[^\s<>\"“”()]*[^\s<>\"“”().,;:]", " ", line)
    line = re.sub(r"^\s*(?:#{1,6}|[-*•+>])\s+", "", line)
    return re.sub(r"\(\s*\)|[*_`|#~“”\"‘]", "", line)


def _punctuated(said: str) -> str:
    return _spaced(re.sub(r"[^\w\s.,:?!]|_", " ", said))


def _spaced(said: str) -> str:
    """One blank between words, no two stops in a row, and one at the end."""
    said = re.sub(r"\s+", " ", said)
    said = re.sub(r"\s+(?=[.,:?!])", "", said)
    said = re.sub(r"[.,:?!]{2,}", _strongest, said)
    said = re.sub(r",(?=[^\W\d_])", ", ", said).strip(" ,.:")
    if not said:
        return ""
    return said if said[-1] in "?!" else f"{said}."


def _strongest(match: re.Match[str]) -> str:
    return min(match.group(), key="?!.:,".index)


def _breaths(said: str) -> list[str]:
    """Sentences, long ones cut at a comma."""
    parts: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", said):
        rest = sentence
        while len(rest) > MOST_CHARACTERS:
            pauses = [found.end() for found in re.finditer(r"[,:]\s", rest[:MOST_CHARACTERS])]
            cut = pauses[-1] if pauses else rest.rfind(" ", 0, MOST_CHARACTERS) + 1
            if not cut:
                break
            parts.append(rest[:cut].strip())
            rest = rest[cut:]
        parts.append(rest)
    return [part for part in parts if any(map(str.isalnum, part))]


def _figure(text: str) -> str:
    """A figure by itself; behind a zero it is a name and said digit by digit: 04, 007."""
    return " chấm ".join(
        digits(part) if len(part) > 1 and part[0] == "0" else cardinal(int(part))
        for part in text.split(".")
    )


def _in_groups(match: re.Match[str]) -> str:
    """A telephone or code digit by digit, with a pause where it is written apart or every three."""
    said: list[str] = []
    for group in re.findall(r"\d+", match.group()):
        first = 3 + len(group) % 3 if len(group) > 5 else len(group)
        said += [group[:first], *(group[at : at + 3] for at in range(first, len(group), 3))]
    return ", ".join(map(digits, said))


def _procedure_code(match: re.Match[str]) -> str:
    """1.004222: as officers read it, by threes."""
    field, number = match.group().split(".")
    return f"{digits(field)} chấm {digits(number[:3])}, {digits(number[3:])}"


def _fourth(number: str) -> str:
    """A number that orders: the fourth month, day or part is “tư”, not “bốn”."""
    return "tư" if int(number) == 4 else cardinal(int(number))


def _day(match: re.Match[str]) -> str:
    """1/7/2026, or 30/9 behind a word that leads to a day."""
    lead = match["lead"] or ""
    said = f"{cardinal(int(match['day']))} tháng {_fourth(match['month'])}"
    year = match.groupdict().get("year")
    said = f"{said} năm {cardinal(int(year))}" if year else said
    return f"{lead}{said}" if lead.strip().casefold() == "ngày" else f"{lead}ngày {said}"


def _month(match: re.Match[str]) -> str:
    lead = match["lead"] or "tháng "
    return f"{lead}{_fourth(match['month'])} năm {cardinal(int(match['year']))}"


def _numbered_by_year(match: re.Match[str]) -> str:
    return f"{match['kind']}{_figure(match['number'])} năm {cardinal(int(match['year']))}"


def _time(match: re.Match[str]) -> str:
    hour, minute = cardinal(int(match["hour"])), int(match["minute"] or 0)
    if not minute:
        return f"{hour} giờ"
    return f"{hour} giờ {cardinal(minute)}" + (" phút" if minute < 10 else "")


def _law(match: re.Match[str]) -> str:
    """151/2025/NĐ-CP → “số một trăm năm mươi mốt năm hai nghìn … của Chính phủ”."""
    first, *others = match["code"].split("-")
    before = re.split(r"[.;:()]\s", match.string[: match.start()])[-1].casefold()
    kind = KINDS.get(first)
    if first.startswith(("QH", "UBTVQH")):
        house = "Quốc hội" if first.startswith("QH") else "Ủy ban Thường vụ Quốc hội"
        makers = [f"{house} khóa {_figure(re.sub(r'[^0-9]', '', first))}"]
    else:
        known = [ISSUERS[code] for code in others if code in ISSUERS]
        makers = [" và ".join(known)] if known else []
    words = [kind] if kind and kind.casefold() not in before else []
    words += [] if before.endswith("số ") else ["số"]
    words += [_figure(match["number"])]
    words += [f"năm {cardinal(int(match['year']))}"] if match["year"] else []
    if not match.string.startswith(" của ", match.end()):
        words += [f"của {maker}" for maker in makers]
    return " ".join(words)


def _code(match: re.Match[str]) -> str:
    return _code_words(match.group())


def _code_words(code: str) -> str:
    """A form's number or another code piece by piece: TK1-TS → “tê ca một tê ét sì”."""
    said = []
    for piece in re.findall(r"\d+|[^\W\d_]+|/", code):
        if piece == "/":
            said.append("trên")
        elif piece.isdecimal():
            said.append(_figure(piece))
        else:
            said.append(ABBREVIATIONS.get(piece) or ISSUERS.get(piece) or letters(piece))
    return " ".join(said)


def _one_of(match: re.Match[str]) -> str:
    """What is left of a/b: a share up to tenths, or the number of a house or a class."""
    above, below = int(match["above"]), int(match["below"])
    if not match["house"] and 0 < above < below <= 10:
        return f"{cardinal(above)} phần {_fourth(match['below'])}"
    return f"{match['house'] or ''}{_figure(match['above'])} trên {_figure(match['below'])}"


def _share(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['above']))} phần {_fourth(match['below'])}"


def _number(match: re.Match[str]) -> str:
    whole, _, fraction = match.group().partition(",")
    if fraction:
        return decimal(whole.replace(".", ""), fraction)
    return _figure(whole.replace(".", "") if _THOUSANDS.fullmatch(whole) else whole)


def _count(match: re.Match[str]) -> str:
    """03 ngày: a number, for all its zero."""
    return cardinal(int(match.group()))


def _ordinal(match: re.Match[str]) -> str:
    words = {"1": "nhất"}.get(match["number"]) or _fourth(match["number"])
    return f"{match['lead']}{words}"


def _roman(match: re.Match[str]) -> str:
    value = roman(match["value"])
    return match.group() if value is None else f"{match['lead'] or ''}{cardinal(value)}"


def _capitals(match: re.Match[str]) -> str:
    word = match.group()
    if not word.isupper():
        return word
    return word.lower() if is_syllable(word) else letters(word)


def _site(match: re.Match[str]) -> str:
    """The name of a site as it is told to others; where on it, the page shows."""
    names = [SITE_NAMES.get(name, name) for name in match["host"].lower().split(".")]
    return " chấm ".join(filter(None, names))


def _rule(pattern: str, words: str | Words) -> tuple[re.Pattern[str], str | Words]:
    return re.compile(pattern), words


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_ALONE = r"(?<![\w./,-])"
_CAPITAL = r"[A-ZĐƯĂÂÊÔƠ]"
_D = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_M = r"(?P<month>0?[1-9]|1[0-2])"
_Y = r"(?P<year>(?:19|20)\d\d)"
_A_B = r"(?P<above>\d{1,5})/(?P<below>\d{1,4})(?![\d/]|\w)"
_COUNTED = (
    r"ngày|tuần|tháng|năm|giờ|phút|tuổi|bản|bộ|tờ|ảnh|tấm|lần|người|trang|quyển|cuốn|thành viên|"
    r"đồng|điểm|thửa|hộ|cái|chiếc|phần|loại|đợt|mức|trường hợp|con|xã|thôn|văn bản|giấy"
)
_WHOLE = r"diện tích|mức|số|tổng|lương|suất|giá|phần|thời|chiều|lô|thành viên|hộ|vốn|chi phí"

_RULES: Final = (
    _rule(r"(?<=\d)\s*[–—]\s*(?=\d)", " đến "),
    _rule(r"(?<!\w)T(?=[2-7](?!\w))", "thứ "),
    _rule(r"\bvà/hoặc\b", "hoặc"),
    _rule(r"\S+@\S+\.\w+", "địa chỉ ghi trên trang"),
    _rule(
        r"(?<![\w.])(?P<host>(?:[a-z0-9-]+\.)+(?:vn|com|org|net))(?![\w-])(?:/[\w/.-]*\w)?", _site
    ),
    # what is written short, with stops
    _rule(r"\bv\.\s?v\b\.?", "vân vân"),
    _rule(r"\b(?:TP|Tp)\.\s?(?=[A-ZĐ])", "thành phố "),
    _rule(r"\bP\.\s?(?=[A-ZĐ\d])", "phường "),
    _rule(r"\bQ\.\s?(?=[A-ZĐ\d])", "quận "),
    _rule(r"\bđ/c\b", "địa chỉ"),
    _rule(r"(?<!\w)(?P<kind>QĐ|NĐ|NQ|TT)(?= (?:số )?\d+/)", lambda match: KINDS[match["kind"]]),
    # laws and days before all else that has a stroke
    _rule(
        rf"{_ALONE}(?P<number>\d+(?:\.\d+)?)/(?:{_Y}/|(?=(?:{_any_of(KINDS)})-))"
        rf"(?P<code>{_CAPITAL}[A-ZĐƯa-z]*\d*(?:-{_CAPITAL}[A-ZĐƯa-z]*\d*)*)",
        _law,
    ),
    _rule(rf"(?P<lead>\b[Nn]gày )?(?<![\w./-]){_D}(?P<s>[/.-]){_M}(?P=s){_Y}(?![\d/])", _day),
    _rule(
        r"(?P<kind>(?:[Nn]ghị định|[Tt]hông tư|[Qq]uyết định|[Nn]ghị quyết|[Ll]uật|NĐ|QĐ|NQ)"
        rf"(?: số)? )(?P<number>\d+(?:\.\d+)?)/{_Y}(?![\d/])",
        _numbered_by_year,
    ),
    _rule(rf"(?P<lead>\b[Tt]háng )?(?<![\w./-]){_M}/{_Y}(?![\d/])", _month),
    _rule(rf"{_ALONE}{_A_B}(?= (?:{_WHOLE}))", _share),
    _rule(
        r"(?P<lead>\b(?:[Nn]gày|[Tt]ừ|[Đđ]ến|hết|[Tt]rước|[Ss]au|hạn|nhất|sang|tới|dịp|lễ) )"
        rf"{_D}/{_M}(?![\d/]|\w)",
        _day,
    ),
    # telephones and other figures that are said one by one
    _rule(r"\(0\d{1,3}\)(?:[ .-]?\d){6,8}(?!\d)", _in_groups),
    _rule(r"(?<![\w.,/-])(?:\+84[ .]?|0)\d{1,3}(?:[ .-]\d{2,4}){2,4}(?![\d/])", _in_groups),
    _rule(r"(?<![\w.,/-])0\d{2,3}[ .-]\d{6,8}(?![\d/])", _in_groups),
    _rule(r"(?<![\w.,/-])1[89]00(?:[ .]?\d{2,6}){1,3}(?![\d/])", _in_groups),
    _rule(r"(?<![\w.])\d\.\d{6}(?![\d.]\d|\d)", _procedure_code),
    _rule(r"(?<![\w.,])\d{6,}(?![\w/])", _in_groups),
    _rule(r"(?<![\w./,-])1022(?![\d/]|[.,]\d|\s?đồng)", _in_groups),
    _rule(
        r"(?<![\w./,-])11[1-5](?=[, ]+(?:công an|chữa cháy|cấp cứu|cứu|hoặc 11\d|và 11\d))",
        _in_groups,
    ),
    _rule(
        r"(?:(?<=[Gg]ọi )|(?<=đài )|(?<=nhắn tin )|(?<=đầu số )|(?<=dây nóng ))\d{3,5}"
        r"(?![\d/]|[.,]\d)",
        _in_groups,
    ),
    # spans
    _rule(r"(?<=\d%)\s*[-–—]\s*(?=\d)", " đến "),
    _rule(r"(?<![\w./-])(\d[\d.,:]*)-(?=\d[\d.,:]*(?![\w/-]))", r"\1 đến "),
    _rule(r"(?i)(thứ \w+|chủ nhật)\s*[-–—]\s*(?=thứ|chủ nhật)", r"\1 đến "),
    _rule(r"(?<=[IVX])[-–—](?=[IVX])", " đến "),
    _rule(r"(?P<hour>\b[01]?\d|\b2[0-4])(?::|h|g)(?P<minute>[0-5]\d)(?!\w)", _time),
    _rule(r"(?P<hour>\b[01]?\d|\b2[0-4])h(?P<minute>)(?!\w)", _time),
    # units behind a figure
    _rule(r"(?<=\d{3})\s?đ(?!\w)", " đồng"),
    _rule(rf"(?<=\d)\s?(?P<unit>{_any_of(UNITS)})(?!\w)", lambda match: f" {UNITS[match['unit']]}"),
    _rule(r"(?<!\w)(?P<unit>k?m[2²3³])(?!\w)", lambda match: UNITS[match["unit"]]),
    _rule(r"(?<=\d)\s*[x×]\s*(?=\d)", " nhân "),
    # an amount for each
    _rule(r"(?<=đồng)/", " một "),
    _rule(
        r"(?<=[^\W\d])/(?=(?:lần|người|tháng|năm|hộ|bản|ngày|thẻ|trang|khẩu|thửa|mét|tuần|suất)\b)",
        " một ",
    ),
    _rule(r"(?<=[^\W\d])/(?=[^\W\d])(?![A-ZĐ])", " hoặc "),
    # forms and other codes of letters and figures
    _rule(
        rf"{_ALONE}(?=[\w/-]*\d)(?=[\w/-]*[A-ZĐ])"
        rf"(?:{_CAPITAL}|\d)+[a-zđ]?(?:[-/](?:{_CAPITAL}|\d)+[a-zđ]?)*(?!\w)",
        _code,
    ),
    _rule(r"(?<![\w.,/-])\d{1,3}[a-zđ](?!\w)", _code),
    _rule(
        rf"(?<!\w)(?:{_any_of(ABBREVIATIONS)})(?!\w)", lambda match: ABBREVIATIONS[match.group()]
    ),
    # numerals
    _rule(
        r"(?P<lead>(?i:phụ lục|chương|mục|phần|điều|khoản|quý|cấp|hạng|loại|khóa|nhóm|bảng|kỳ) )"
        r"(?P<value>[IVX]+)(?!\w)",
        _roman,
    ),
    _rule(r"(?P<lead>)(?<!\w)(?P<value>[IVX]{2,})(?!\w)", _roman),
    _rule(r"(?P<lead>\b[Tt]hứ )(?P<number>[1-7])(?![\d.,/]\d|\d)", _ordinal),
    _rule(r"(?P<lead>\b(?:[Tt]háng|[Qq]uý) )(?P<number>0?4)(?![\d.,/]\d|\d)", _ordinal),
    _rule(
        rf"(?P<house>\b(?:[Ss]ố|[Kk]iệt|[Hh]ẻm|[Nn]gõ|[Nn]hà|K|[Tt]hửa|[Ll]ớp) )?{_A_B}", _one_of
    ),
    _rule(rf"(?<![\w.,])0\d+(?=\s(?:{_COUNTED})\b)", _count),
    _rule(r"(?:(?<=tháng )|(?<=ngày ))0\d(?![\d.,/]\d|\d)", _count),
    _rule(rf"{_THOUSANDS.pattern}(?:,\d+)?(?!\d)|\d+,\d+|\d+(?:\.\d+)*", _number),
    _rule(f"[{''.join(map(re.escape, SIGNS))}]", lambda match: SIGNS[match.group()]),
    # what is left of letters
    _rule(r"(?<!\w)[A-ZÀ-ỸĂĐƠƯ]{2,}(?!\w)", _capitals),
    _rule(
        r"(?<!\w)[BCDĐGHKLMNPQRSTVXbcdđghklmnpqrstvx](?!\w)", lambda match: letters(match.group())
    ),
    _rule(r"(?<=[A-Za-zÀ-ỹ])-(?=[A-Za-zÀ-ỹ])", " "),
    _rule(r"[-/]", ", "),
)

# fmt: off
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)
_ENGLISH_UNITS: Final = {
    "lần": "time", "bản": "copy", "trang": "page", "người": "person", "hộ": "household",
    "ngày": "day", "tháng": "month", "năm": "year", "thẻ": "card",
}
# fmt: on


def _english_day(match: re.Match[str]) -> str:
    return f"{int(match['day'])} {_MONTHS[int(match['month']) - 1]} {match['year']}"


def _english_amount(match: re.Match[str]) -> str:
    return match.group().replace(".", ",")


def _english_unit(match: re.Match[str]) -> str:
    return f" per {_ENGLISH_UNITS.get(match['unit'], match['unit'])}"


def _english_figures(match: re.Match[str]) -> str:
    return ", ".join(" ".join(group) for group in re.findall(r"\d+", match.group()))


_ENGLISH_RULES: Final = (
    _rule(r"\S+@\S+\.\w+", "the e-mail address on the page"),
    _rule(rf"{_ALONE}(?P<number>\d+)/{_Y}/[\w-]+", r"\g<number> of \g<year>"),
    _rule(rf"(?<![\w./-]){_D}/{_M}/{_Y}(?![\d/])", _english_day),
    _rule(r"\(0\d{1,3}\)(?:[ .-]?\d){6,8}(?!\d)", _english_figures),
    _rule(
        r"(?<![\w.,/-])(?:0|1[89]00[ .]?)\d{1,3}(?:[ .-]\d{2,4}){1,4}(?![\d/])", _english_figures
    ),
    _rule(r"(?<![\w./,-])(?:1022|11[1-5])(?![\d/]|[.,]\d)", _english_figures),
    _rule(r"(?<![\w.])\d\.\d{6}(?!\d)", _english_figures),
    _rule(r"\d{1,3}(?:\.\d{3})+(?!\d)", _english_amount),
    _rule(r"(?<=\d),(?=\d{1,2}(?!\d))", " point "),
    _rule(r"(?<=\d)\s?(?:đồng|đ|VND|VNĐ|₫)(?!\w)", " dong"),
    _rule(r"(?<=dong)/(?P<unit>\w+)", _english_unit),
    _rule(r"(?<=\d)\s*[–—]\s*(?=\d)|(?<=[a-z])[–—](?=[A-Z])", " to "),
    _rule(r"m[2²](?!\w)", "square metres"),
    _rule(r"\s[–—-]\s", ", "),
)
