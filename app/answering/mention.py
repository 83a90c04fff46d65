"""The place that a question names: “xã Hòa Khương cũ”, “ở Hòa Vang”, “phường 5 quận 3”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from knowledge_base.spelling import tone_placed
from knowledge_base.syllables import fold, is_marked
from knowledge_base.unit_names import Found, OneOf, Resolution, Unknown, key_of, resolve
from knowledge_base.units import Units, bare_province


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MOST_WORDS = 10
"""Words that a place with its district and province may have."""
_NAME_WORDS = 5
_READ_WORDS = 120
"""Words of a question that are looked at."""
_SHORT = 8
"""Words; of so short a question, a misspelt place may be the matter without capitals."""
_SHORTEST_MENDED = 5
"""Letters of a name in which misspelt ones are looked for."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[,.;?!:()]")
_KINDS = frozenset(
    {
        "xã", "phường", "huyện", "quận", "thị trấn", "thị xã", "thành phố", "đặc khu", "tp", "tx",
        "tt",
    }
)  # fmt: skip
_FOLDED_KINDS = frozenset(map(fold, _KINDS))
_KIND_WORDS = frozenset(word for kind in _FOLDED_KINDS for word in kind.split())
_NO_KIND = re.compile(
    r"^(?:xa hoi|xa (?:minh|em|toi|tui|nha|nay|ni|moi|nao|mo|gi|phuong)|"
    r"phuong (?:tien|phap|an|thuc|minh|em|nay|ni|moi|nao|mo|xa)|"
    r"quan (?:he|ly|doi|su|nhan|tam|trong)|thi xa hoi|"
    r"huyen (?:nao|minh|cu|nay|ni|mo))\b"
)
_AT = frozenset({"ở", "quê", "tại", "dân", "o", "que", "tai", "dan"})
_OLD = frozenset({"cũ", "cu"})
_NO_END = frozenset({"o", "la", "co", "thi", "di", "duoc", "ve", "khong"})
"""Without marks, these after a name are words of the question: “xã Năm ở đường nào”."""
_NO_PLACES = frozenset({"hopdong", "trami", "saigon"})
"""Keys of units that are far more often said of a contract, a station and a whole city."""
_STOPS = _words(
    """
    cũ giờ chừ nay bây hiện thì thuộc bỏ là trước hồi xưa có muốn cần làm nộp nhập đổi sáp về được
    không đi sang lên bị ở mình tôi em thế nào mô gì chi đâu và với hay để xin cho đăng hỏi nếu đã
    vừa mới này ni cũng sau khi rồi ạ hả bao mấy bên tại từ của ngày hết phải con nhà anh chị bác
    ông bà tui dạ thưa quê dân gộp chia tách xóa giải mất còn
    """
)
_FOLDED_STOPS = frozenset(map(fold, _STOPS))
_WHEREABOUTS = re.compile(
    r"\b(?:thuoc|la|nhap(?: vao| vo| ve| voi| qua)?|ve|thanh|sang|qua|goi la|len|doi thanh)"
    r"(?: ve| cai| don vi| ten)?(?: (?:xa|phuong|dac khu))+(?: moi)? (?:nao|mo|gi|chi)\b"
    r"|\b(?:thuoc|nhap|gop|ghep|chia)(?: (?:vao|vo|ve|voi|qua|chung|xa|thanh))*"
    r" (?:dau|mo|cho nao)\b"
    r"|\bten moi(?: bay gio| gio| nay)?(?: la)? (?:gi|chi)\b|\bdoi ten (?:thanh )?(?:gi|chi)\b"
    r"|\bthuoc (?:dau|cho nao)\b|\b(?:gio|nay|chu|roi|lai)(?: thi)? ve (?:dau|mo)\b"
)
_FILLERS = _words(
    """
    toi tui em minh nha o que dan cu gio chu da vang chao ban a thi nay bac con chi anh la truoc day
    hoi xua ngay hien khong dang song gia dinh thua xin nghe nhe tai
    """
)
_BEFORE = re.compile(
    r"(?:(?<!\w)(?:dạ|da|tôi|toi|tui|em|mình|minh|nhà|nha|quê|que|dân|dan|sống|song) )*"
    r"(?:(?:đang )?(?:ở|o|tại|tai|của|cua|dân|dan|quê|que) )?$"
)
_AFTER = re.compile(
    r"^ ?(?:(?:cũ|cu|trước đây|truoc day|hồi trước|hoi truoc)(?!\w))?[ ,]*"
    r"(?:(?:bị |bi )?(?:bỏ|bo|giải thể|giai the|không còn|khong con|xóa|xoa)"
    r"(?: rồi| roi| nữa| nua)?)?"
    r"[ ,]*(?:(?:thì|thi)(?!\w))?"
)
_WHERE_WORDS = re.compile(
    r"(?:(?:giờ|nay|bây giờ|chừ|hiện nay|gio|bay gio|chu|hien nay) )?(?:thuộc|thuoc|là|la|nhập vào|"
    r"nhap vao|nhập|nhap|về|ve) (?:(?:xã|phường|xa|phuong)[, ]*)+(?:mới |moi )?(?:nào|nao|mô|mo|gì|"
    r"gi|chi)(?!\w)"
)
"""“giờ thuộc phường nào” in a question that goes on to something else."""
_QUESTION_WORDS = 3
"""So many words beside the place may ask something of their own."""
_REST = 1
"""A question with no more than so many other words names a place and asks nothing else."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a question."""

    words: str
    """As the resident wrote it."""
    place: Resolution
    """``Found`` or ``OneOf``."""
    outright: bool
    """Whether a kind or “cũ” beside it leaves no doubt that a place is meant."""
    whereabouts: bool
    """Whether the question asks which unit it is today, or names the place and nothing else."""
    rest: str
    """The question without the place, where it asks something else too; otherwise empty."""


@dataclass(frozen=True, slots=True)
class _Words:
    spans: tuple[tuple[int, int], ...]
    words: tuple[str, ...]
    folded: tuple[str, ...]
    capital: tuple[bool, ...]
    text: str
    marked: bool

    def phrase(self, first: int, end: int) -> str:
        return self.text[self.spans[first][0] : self.spans[end - 1][1]].strip(" ,")

    def stops(self, place: int) -> bool:
        """Whether a word ends a name: punctuation, or what no name goes on with."""
        word = self.words[place]
        if not word[0].isalnum():
            return True
        return word in _STOPS or (not self.marked and self.folded[place] in _FOLDED_STOPS)

    def reads_like_a_name(self, first: int, asks: bool) -> bool:
        """Whether words that are no place letter by letter may still be a misspelt one."""
        count = len(self.words)
        end = _name_end(self, first, count)
        start = end
        while start > first and self.folded[start - 1] not in _KIND_WORDS:
            start -= 1
        if end - start < 1:
            return False
        old = end < count and self.words[end] in _OLD
        return old or all(self.capital[start:end]) or (count <= _SHORT and (asks or end == count))


def mention_of(text: str, near: str, *, marked: bool) -> Mention | None:
    """The place that a question names; None where it names none.

    Args:
        text: the question, masked.
        near: the slug of the asker's province, which comes first among places of one name.
        marked: whether the question was typed with marks.
    """
    plain = tone_placed(text)
    found = list(_WORD.finditer(plain))[:_READ_WORDS]
    words = tuple(match.group().lower() for match in found)
    read = _Words(
        tuple(match.span() for match in found),
        words,
        tuple(map(fold, words)),
        tuple(match.group()[0].isupper() for match in found),
        plain.lower(),
        marked,
    )
    asks = _WHEREABOUTS.search(" ".join(read.folded)) is not None
    for spot in _spots(read, asks):
        for stop in range(spot.end, spot.least - 1, -1):
            place = _exact(read, spot.first, stop, near, asks)
            if place is not None:
                return _mention(read, spot, stop, place, asks)
        if spot.mend:
            stop = _name_end(read, spot.first, spot.end)
            place = _mended(read, spot.first, stop, near)
            if place is not None:
                return _mention(read, spot, stop, place, asks)
    return None


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a place may stand in a question."""

    first: int
    end: int
    """After the last word that may belong to it."""
    least: int
    """After the last word that must."""
    outright: bool
    mend: bool
    """Whether letters may be wrong."""


@cache
def _provinces() -> frozenset[str]:
    """Keys of provinces of before and today: by their bare names a province is meant."""
    names = Units.packaged().provinces.values()
    former = (bare_province(old) for one in names for old in one.merged_from)
    return frozenset(key_of(name.lower().split()) for name in (*former, *(n.name for n in names)))


def _exact(read: _Words, first: int, end: int, near: str, asks: bool) -> Resolution | None:
    """The place that some words name letter by letter."""
    last = read.words[end - 1]
    if not last[0].isalnum() or last in _OLD or (not read.marked and last in _NO_END):
        return None
    key = key_of(read.words[first:end])
    if key in _NO_PLACES or (not asks and key in _provinces()):
        return None
    place = resolve(read.phrase(first, end), near, typos=False)
    if isinstance(place, Unknown) or not place.exact:
        return None
    places = (place.place,) if isinstance(place, Found) else place.places
    names = [one.former.name if one.former else one.unit.name for one in places]
    old = end < len(read.words) and read.words[end] in _OLD
    if not (asks or old or all(read.capital[first + 1 : end])):
        # small letters may be words like any other: “ra xã cho”, “ra xa ky hop dong”
        plain = not any(map(is_marked, read.words[first + 1 : end]))
        if read.marked and plain and all(map(is_marked, names)):
            return None
        if all(one.unit.province.slug != near for one in places) and end < len(read.words):
            return None
    return place


def _mended(read: _Words, first: int, end: int, near: str) -> Resolution | None:
    words = read.words[first:end]
    key = key_of(words)
    if len(key) < _SHORTEST_MENDED or key in _NO_PLACES or key in _provinces():
        return None
    place = resolve(read.phrase(first, end), near)
    return None if isinstance(place, Unknown) else place


def _mention(read: _Words, spot: _Spot, end: int, place: Resolution, asks: bool) -> Mention:
    first = spot.first
    old = end < len(read.words) and read.words[end] in _OLD
    if old:
        told = resolve(f"{read.phrase(first, end)} cũ", near=_near_of(place))
        place = place if isinstance(told, Unknown) else told
    before, after = read.text[: read.spans[first][0]], read.text[read.spans[end - 1][1] :]
    rest = _WHERE_WORDS.sub(" ", f"{_BEFORE.sub(' ', before)} {_AFTER.sub(' ', after)}")
    rest = " ".join(rest.split()).strip(" ,.;")
    left = [word for word in _WORD.findall(fold(rest)) if word[0].isalnum()]
    own = [word for word in left if word not in _FILLERS]
    alone = len(own) <= _REST
    return Mention(
        read.phrase(first, end),
        place,
        spot.outright or old,
        asks or alone,
        rest if len(own) >= _QUESTION_WORDS else "",
    )


def _near_of(place: Resolution) -> str | None:
    if isinstance(place, Found):
        return place.unit.province.slug
    if isinstance(place, OneOf):
        slugs = {one.unit.province.slug for one in place.places}
        return next(iter(slugs)) if len(slugs) == 1 else None
    return None


def _spots(read: _Words, asks: bool) -> Iterator[_Spot]:
    """Where a place may stand, the surest first: after a kind, before “cũ”, after “ở”, anywhere."""
    count = len(read.words)
    for first in range(count):
        if _is_kind(read, first):
            end = min(count, first + _MOST_WORDS)
            mend = read.reads_like_a_name(first, asks)
            yield _Spot(first, end, first + 2, outright=True, mend=mend)
    for old in range(2, count):
        if read.words[old] in _OLD:
            for first in range(max(0, old - _NAME_WORDS), old - 1):
                at = first > 0 and read.words[first - 1] in _AT
                yield _Spot(first, old, old, outright=True, mend=at)
    for first in range(1, count - 1):
        if read.words[first - 1] in _AT:
            two = _name_end(read, first, count) - first >= 2
            end, mend = min(count, first + _MOST_WORDS), two and read.reads_like_a_name(first, asks)
            yield _Spot(first, end, first + 2, outright=False, mend=mend)
    if asks:
        for first in range(count):
            if not read.stops(first) and (first == 0 or read.stops(first - 1)):
                end = _name_end(read, first, count)
                if end - first >= 2:
                    mend = read.reads_like_a_name(first, asks)
                    yield _Spot(first, end, first + 2, outright=False, mend=mend)


def _name_end(read: _Words, first: int, end: int) -> int:
    """Where a name that begins at a word ends, its kind passed over."""
    start = first
    while start < end and read.folded[start] in _KIND_WORDS:
        start += 1
    stop = start
    while stop < end and not read.stops(stop) and stop - start < _NAME_WORDS:
        stop += 1
    return max(stop, first)


def _is_kind(read: _Words, place: int) -> bool:
    if place + 1 >= len(read.words) or _NO_KIND.match(" ".join(read.folded[place : place + 3])):
        return False
    if place and read.folded[place - 1] in {"bao", "hiem", "co", "lien", "su"} | (
        {"thi"} if read.folded[place] == "xa" else set()
    ):
        return False
    one, two = read.words[place], " ".join(read.words[place : place + 2])
    if one in _KINDS or two in _KINDS:
        return True
    return (
        not read.marked
        and not is_marked(one)
        and (
            read.folded[place] in _FOLDED_KINDS
            or " ".join(read.folded[place : place + 2]) in _FOLDED_KINDS
        )
    )
