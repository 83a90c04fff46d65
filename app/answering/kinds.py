"""What kind of question it is: about a procedure, an office, an emergency, a scam, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from app.answering.classify import TextClassifier, marked_runs
from app.answering.emergency import emergency_signs
from app.answering.facets import asked_facet
from app.answering.foreign import LOANS, is_spelt
from app.answering.patterns import any_of
from app.answering.scam import scam_signs
from knowledge_base.record import CounterKind, Facet
from knowledge_base.syllables import fold


class QuestionKind(StrEnum):
    """What a question is about, before any search."""

    PROCEDURE = "procedure"
    OFFICE = "office"
    SMALL_TALK = "small_talk"
    THANKS = "thanks"
    WHO_ARE_YOU = "who_are_you"
    EMERGENCY = "emergency"
    SCAM = "scam"
    ABUSE = "abuse"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


_NAMED = (
    r"(?:alo|ban|em|anh|chi|co|chu|bac|bot|admin|ad|can bo|ca nha|moi nguoi|ba con|buoi (?:sang|"
    r"trua|"
    r"chieu|toi)|xa|tro ly|ai|may|moi|nhe|nha|a|oi|day|minh|cac|tat ca|hoi xa|dep troi)"
)
_GREETING = re.compile(
    rf"^(?:(?:da|vang|u|o|a|e) )?(?:(?:xin )?(?:chao|kinh chao)|hello|helo|hi|alo|a lo|hey|he lo|"
    rf"hai|"
    rf"lo|good (?:morning|afternoon|evening))(?: {_NAMED})*[ .!,)]*$"
)
_SMALL_TALK = re.compile(
    rf"^(?:(?:da|alo|e|nay|chao|{_NAMED}) )*(?:an (?:com|sang|trua|toi|gi|uong)(?: gi)? chua|"
    r"(?:ban |may |em )?(?:co )?khoe khong|(?:dang )?lam gi (?:do|day|vay|the)|ngu chua|ngu ngon|"
    r"(?:ban|em|bot|may) (?:may|bao nhieu) tuoi(?: roi)?|ten (?:gi|la gi)|buon (?:qua|ghe|the)|"
    r"(?:ke|noi)(?: \w+){0,2} (?:chuyen (?:cuoi|vui|ma|tieu lam)|dua)(?: nghe)?(?: choi)?|"
    r"hat(?: \w+){0,2} nghe|"
    r"(?:ban|em|bot) co (?:nguoi yeu|vo|chong|ban (?:gai|trai))(?: chua| khong)?|"
    r"(?:tam biet|bye|bai bai|pp|hen gap lai|good night)|yeu (?:ban|em|bot)|(?:h[aie] ?){2,}|"
    r"thoi khoi|khong co (?:gi|chi)|test(?: thu)?|(?:hom (?:nay|ni) )?"
    r"(?:buon|chan|met) (?:qua|ghe)|"
    r"(?:alo )?co ai (?:o day )?khong|noi dua(?: \w+){0,2}|hat(?: \w+){0,3} bai|vang)"
    rf"(?: (?:{_NAMED}|roi|vay|rua|coi|di|nghe|ha|do|khong|gium|giup|choi))*[ .!?]*$"
)
_THANKS = re.compile(
    r"^(?:(?:da|ok|oke|okie|vang|u|o|rat|xin|toi|tui|em|con|chau|minh|the|vay|thoi|duoc roi|a) )*"
    r"(?:cam on|cam ta|thanks?(?: you)?|tks|thank|ok|oke|okie|tot qua|hay qua|"
    r"tuyet (?:voi|qua)|"
    r"hieu roi|biet roi|duoc roi|ro roi|gioi qua)"
    r"(?: (?:ban|em|anh|chi|co|chu|bac|xa|can bo|tro ly|admin|ad|minh|nhieu|lam|nha|nhe|nghe|a|"
    r"da|vi|nghen|hen|he|hi|bot|"
    r"tra loi|giup(?: do)?|ho tro|rat|so much|very much|a lot|ok|roi|da|cam on))*[ .!]*$"
)
_WHO = any_of(
    r"(?<!nguoi )(?<!ben )(?:ban|em|bot) la (?:ai|gi)(?! (?:ban|mua))",
    r"may la (?:ai|thang nao|con nao)",
    r"ai (?:dang )?tra loi",
    r"(?:la|phai|voi) (?:nguoi (?:that |thiet )?hay (?:la )?(?:may|robot|bot)|"
    r"may hay (?:la )?nguoi)",
    r"(?:nguoi (?:that|thiet)|robot|may|bot) (?:tra loi|hay nguoi)",
    r"(?:co phai|la|phai) (?:con |cai )?(?:robot|bot|ai that|may tra loi)",
    r"ban (?:giup|lam|tra loi|biet)(?: lam)? (?:duoc )?(?:nhung )?(?:gi|viec gi|chuyen gi)",
    r"^(?:toi |em |co the )?hoi (?:ban )?duoc (?:nhung )?(?:gi|viec gi)",
    r"(?:chatbot|tro ly|bot|hoi xa) (?:nay |ni )?(?:la gi|lam duoc gi|dung de lam gi|cua ai)",
    r"(?:ban|em|bot|may) la (?:con )?(?:trai|gai|nam|nu|dan ong|dan ba)",
    r"ai (?:tao|lam|lap trinh|viet) ra (?:ban|bot|may|em)",
    r"(?:who|what) are you",
    r"are you (?:a )?(?:robot|human|bot|real|person|ai)",
)
_ABUSE = any_of(
    r"(?:do|(?:thang|con|lu|bon|dam|may|bot|tui bay|chung may)(?: \w+)?) (?:ngu(?! (?:nghiep|dan|"
    r"cu|van|"
    r"phap|hanh|tuyet|canh|toc|dai|am|sac|quan|cong|quy|phuc|truong|day|mo|o|tro|lai|nho|qua dem))|"
    r"vo dung|oc cho|vo hoc|khung|mat day|khon nan|phe vat|rac ruoi|an hai|ngu si|ngu hoc|ngu ngoc|"
    r"dan don|dien(?! (?:thoai|tu|luc|nuoc|khi|tich|nay|do|vien|ra|bien)))",
    r"(?<!gia )ngu (?:the|vay|qua|nhu|vai|vcl|ngoc|si|hoc|nguoi|bo me|rua|ri)(?! (?:nao|lam|em))",
    r"oc (?:cho|bo|lon|trau)",
    r"d[iu]t (?:me|ma|con|cu)",
    r"(?:dm+|dkm|dcm|dcmm|vkl|vcl|vl|vai l|clgt|cmm|cmnr|ccmn|dmm|vlon|vai lon)",
    r"khon nan",
    r"(?:cam|im|ngam|khoa) (?:cai )?(?:mom|mo)(?! (?:cua|may))",
    r"(?:dep|ke|chet) (?:cha|me|ma|con me) (?:no|may|tui bay|di)",
    r"(?:tien su|to cha|to su|cha|me|ma) (?:nha )?(?:may|tui bay|chung may|tui may)(?! (?:gio|"
    r"tuoi|ngay|"
    r"nam|nguoi|con|thang|thua|cai|bua|lan|de|cho|mat|dung|gia|co|o|lam|dang))",
    r"(?:cut|xeo|bien) (?:di|xeo|me|cho khuat)",
    r"(?:tra loi|noi|noi nang) nhu (?:cc|cut|cuc|hach|dau buoi|con cac|cho|l\b)",
    r"nhu (?:cai )?(?:con cac|dau buoi|cut cho|cuc cut|hach)",
    r"vo dung (?:qua|the|vay|het|vai|that|chang|nhu)",
    r"(?:bot|robot|may) (?:thui|thoi tha|ngu|dien|khung|rac|loi cho|oc|dom|nhu cut|vo dung|"
    r"chet tiet)",
    r"mat day",
    r"(?:fuck|shit|stupid (?:bot|machine)|idiot|asshole|moron)(?: \w+)?",
)
# Without marks these are also “tháng cho”, “con cho”, “An Hải”, “lớn”.
_ABUSE_MARKED = any_of(
    r"(?:thằng|đồ|lũ|bọn) chó",
    r"chó (?:má|chết|đẻ)",
    r"ăn hại",
    r"mất dạy",
    r"cút (?:đi|xéo|mẹ)",
    r"(?:đm|đmm|đcm|đkm|đéo|địt|đụ|đù|lồn|cặc|buồi|đĩ)",
    r"ngu (?:vãi|lắm|thế|quá|vậy|rứa|dữ|xuẩn|dốt)",
    r"ngu$",
    r"(?:đồ|thằng|con|lũ|bọn|mày) (?:\w+ )?(?:ngu|khùng|điên|dở hơi|hâm|đần|khốn|hãm|rác|vô dụng|"
    r"thúi|thối)",
    r"trả lời như (?:hạch|cứt|đấm|đùi|con)",
)
_DAY_OFF = (
    r"(?:thu (?:bay|7)|t7|cn|chu nhat|cuoi tuan|ngay (?:le|nghi|tet)|le (?:\d\S*|30/4|quoc khanh|"
    r"tet|nay)|"
    r"tet|(?:buoi|gio|nghi) trua)\b"
)
_UNIT = (
    r"(?:xa|phuong|ubnd|cong an|uy ban|trung tam|mot cua|can bo|tram y te|benh xa|tram xa|tru so|"
    r"hanh chinh cong|bo phan|quay)(?!\w)"
)
_OPEN = (
    r"(?:lam(?! (?:giay|so|lai|the|thu|ho so|don|khai|sao|cccd|can cuoc) )|mo|nghi|tiep|nhan|"
    r"truc|dong cua|ngoi|"
    r"hoat dong)"
)
_OFFICE = any_of(
    r"gio (?:lam viec|mo cua|hanh chinh|tiep dan|tiep nhan|nghi|giac)(?! trua (?:nop|di|ra|len|"
    r"lam|ve))",
    r"may gio (?:thi )?(?:mo|dong|lam viec|lam|nghi|bat dau|tan|het|den may)",
    rf"may gio(?: \w+){{0,3}} {_UNIT}(?: \w+){{0,3}} (?:mo|dong|lam|nghi|tiep|bat dau|het|nhan|"
    rf"tan)",
    rf"{_UNIT}(?: \w+){{0,6}} (?:mo|dong|lam|nghi|tiep|bat dau|het|nhan|tan|truc|toi|"
    rf"den)(?: \w+){{0,4}} "
    r"may (?:gio|h)",
    r"(?:hotline|duong day nong)(?: la)?(?: so)? (?:may|gi|nao|bao nhieu)",
    rf"{_DAY_OFF}(?: \S+){{0,5}} {_OPEN}\b",
    rf"{_DAY_OFF}(?: \S+){{0,4}} {_UNIT}(?: \S+){{0,4}} co (?:ai|nguoi)",
    rf"{_DAY_OFF} co (?:ai|nguoi)(?: \S+){{0,3}} {_UNIT}",
    rf"{_DAY_OFF} {_UNIT}(?: \S+){{0,2}} lam lai",
    rf"{_UNIT}(?: \S+){{0,6}} (?:lam|mo|nghi|truc|tiep)(?: \S+){{0,3}} {_DAY_OFF}",
    r"(?:con |dang |gio (?:nay )?)?mo cua(?=\W*$| (?:khong|chua|den|toi|luc|may|lam|ngay|buoi|"
    r"thu|t7|"
    r"cn|chu|ca|tu|tiep|nhan|rua|vay|ha|hong)\b)",
    rf"(?:so dien thoai|hotline|duong day nong|so may(?: ban)?|so ban|"
    rf"so truc)\b[^?]{{0,30}}\b{_UNIT}",
    rf"(?:xin|cho|lay|biet) (?:\w+ ){{0,3}}(?:dien thoai|dt)\b[^?]{{0,30}}\b{_UNIT}",
    rf"(?<!goi )dien thoai (?:cua |lien he |truc |truc ban |ben )*{_UNIT}",
    rf"(?:dia chi|lien he) (?:cua |voi |tru so |moi |moi cua |so )*{_UNIT}",
    rf"{_UNIT}[^?]{{0,15}} (?:so dien thoai|so may|goi so|sdt|dien thoai) (?:la )?(?:so )?(?:may|"
    rf"gi|nao|"
    r"bao nhieu)",
    r"^(?:\w+ ){0,5}(?:dia chi|so dien thoai)(?: o dau| la gi| la so may)?\W*$",
    r"nghi trua(?! (?:nop|di|ra|len|lam|ve))",
    r"(?:nghi|mo cua|dong cua|lam viec|tiep dan) (?:\w+ ){0,2}may (?:gio|h)",
    r"(?:ubnd|uy ban(?: nhan dan)?|tru so|cong an xa|tram y te|benh xa|tram xa|"
    r"trung tam (?:phuc vu )?"
    r"hanh chinh(?: cong)?|"
    r"bo phan mot cua|cho mot cua|mot cua)(?: moi)?(?: cua)?(?: xa| phuong)?(?: minh)?(?: moi)?"
    r"(?: [a-z ]{0,16})? (?:o dau|nam o|nam dau|cho nao(?! (?:rieng|nhan|de))|duong nao|cho mo|"
    r"o mo|gan (?:cho|truong|nha|"
    r"cau|dau|san)|doi (?:ve|qua|di|ra)|don (?:ve|qua|di))",
    r"(?:tru so|uy ban|ubnd)[^?]{0,20} (?:doi|chuyen|don|dời) (?:ve|qua|sang|di|ra) (?:dau|duong|"
    r"cho|mo)",
)
_ELSEWHERE = (
    r"(?:ha noi|sai gon|tp ?hcm|hcm|ho chi minh|hue|nha trang|da lat|can tho|binh duong|dong nai|"
    r"quang ngai|quang tri|quang binh|binh dinh|quy nhon|khanh hoa|phu yen|gia lai|kon tum|dak lak|"
    r"dac lac|dak nong|lam dong|ninh thuan|binh thuan|phan thiet|vung tau|ba ria|tay ninh|long an|"
    r"tien giang|ben tre|tra vinh|vinh long|dong thap|an giang|kien giang|hau giang|soc trang|"
    r"bac lieu|"
    r"ca mau|hai phong|hai duong|quang ninh|ha long|bac ninh|bac giang|thai nguyen|lang son|"
    r"cao bang|"
    r"ha giang|tuyen quang|yen bai|lao cai|lai chau|dien bien|son la|hoa binh|phu tho|vinh phuc|"
    r"hung yen|thai binh|nam dinh|ha nam|ninh binh|thanh hoa|nghe an|vinh|ha tinh|thu duc|ben nghe|"
    r"hoan kiem|cau giay|ba dinh|go vap|tan binh|bien hoa|da kao|cho ray|phu quoc|buon ma thuot)"
)
_OTHER_OFFICE = any_of(
    rf"(?:xa|phuong|quan|huyen|thanh pho|tp|tinh|ubnd|uy ban|cong an|benh vien|o|tai)"
    rf"(?: (?:xa|phuong|quan|huyen|tinh|thanh pho|tp))?(?: \w+){{0,2}} {_ELSEWHERE}",
    rf"{_ELSEWHERE}\W*$",
    r"(?:benh vien|ngan hang|buu dien|truong(?! thon)|sieu thi|san bay|dai su quan|lanh su|"
    r"phong kham|"
    r"nha thuoc|cho dem|nghia trang|bao tang|quan(?! (?:ly|su|y))|tiem|cua hang)"
    r"(?: \w+){0,4} (?:mo|dong|lam|nghi|"
    r"kham|so|o dau)",
    r"cong an (?:quan|huyen) (?!hoa vang)",
)
"""Offices and places of business that no commune of ours speaks for."""
_COUNTERS: tuple[tuple[CounterKind, re.Pattern[str]], ...] = (
    (CounterKind.POLICE, any_of(r"cong an")),
    (CounterKind.HEALTH_STATION, any_of(r"tram y te", r"benh xa", r"tram xa")),
    (CounterKind.LAND_BRANCH, any_of(r"van phong dang ky dat dai", r"chi nhanh dat dai")),
    (CounterKind.SOCIAL_INSURANCE, any_of(r"bao hiem xa hoi")),
    (CounterKind.TAX, any_of(r"thue")),
    (CounterKind.OTHER, any_of(r"ubnd", r"uy ban", r"tru so")),
    (CounterKind.ONE_STOP, any_of(r"mot cua", r"hanh chinh cong", r"trung tam")),
)
_OF_A_RECORD = (Facet.FEE, Facet.RESULT, Facet.DOSSIER, Facet.FORM)
"""What no office is asked for; with opening hours beside it the record comes first."""

_SHORT = 14
"""Words; a longer message that swears has a matter too."""
_WORD = re.compile(r"[a-z]+")
_REPEATED = re.compile(r"(.)\1+")
_MASHED = re.compile(
    r"[bcdfghjklmnpqrstvwxz]{5}|asdf|asda|sdas|qwe\b|sdfg|dfgh|qwer|wert|zxcv|hjkl|jkl;|fgh|kjh"
)


LEARNT = (QuestionKind.EMERGENCY, QuestionKind.SCAM, QuestionKind.ABUSE, QuestionKind.OFFICE)
"""Kinds that a fitted classifier tells from the others, with what the patterns see as clues."""
_SUSPECTED = {
    QuestionKind.EMERGENCY: 0.3,
    QuestionKind.SCAM: 0.4,
    QuestionKind.ABUSE: 0.4,
    QuestionKind.OFFICE: 0.4,
}
"""From this probability on, the likeliest of these kinds is believed: a cry for help taken for a
question costs more than a question answered with the emergency numbers."""
_VERDICTS = {
    QuestionKind.SCAM: "robbed",
    QuestionKind.EMERGENCY: "danger",
    QuestionKind.ABUSE: "swears",
    QuestionKind.OFFICE: "office",
}
"""What the patterns call a message when they are sure of its kind."""
_NOT_DENIED = 0.015
"""From this probability on, what the patterns are sure of is believed."""


def kind_of(words: str, restored: str, marked: bool, foreign: bool) -> QuestionKind:
    """The kind of a question.

    Args:
        words: in the records' terms, lower case.
        restored: the same with its marks put back.
        marked: whether it was typed with marks.
        foreign: whether it is in another language.
    """
    plain = fold(words)
    if not any(character.isalpha() for character in words):
        return QuestionKind.UNREADABLE
    if _GREETING.match(plain) or _SMALL_TALK.match(plain):
        return QuestionKind.SMALL_TALK
    if _THANKS.match(plain):
        return QuestionKind.THANKS
    learnt = _learnt_kind(words, restored, marked)
    if learnt in (QuestionKind.EMERGENCY, QuestionKind.SCAM):
        return learnt
    if _is_mash(plain):
        return QuestionKind.UNREADABLE
    if _WHO.search(plain):
        return QuestionKind.WHO_ARE_YOU
    if learnt is QuestionKind.ABUSE:
        return learnt
    if foreign:
        return QuestionKind.FOREIGN
    return learnt or QuestionKind.PROCEDURE


def _learnt_kind(words: str, restored: str, marked: bool) -> QuestionKind | None:
    clues = kind_clues(words, restored, marked)
    return believed(TextClassifier.packaged("kinds").probabilities(words, clues), clues)


def believed(chances: Mapping[str, float], clues: Sequence[str]) -> QuestionKind | None:
    """The ``LEARNT`` kind that a classifier's probabilities and the patterns speak for.

    Args:
        chances: by kind.
        clues: what the classifier looked at; see ``kind_clues``.
    """
    seen = (kind for kind, sign in _VERDICTS.items() if sign in clues)
    sure = next((kind for kind in seen if chances.get(kind.value, 0.0) >= _NOT_DENIED), None)
    likeliest = max(LEARNT, key=lambda kind: chances.get(kind.value, 0.0))
    suspected = chances.get(likeliest.value, 0.0) >= _SUSPECTED[likeliest]
    return sure or (likeliest if suspected else None)


def kind_clues(words: str, restored: str, marked: bool) -> tuple[str, ...]:
    """What the classifier of ``LEARNT`` kinds looks at beside the words; see ``kind_of``."""
    plain = fold(words)
    seen = [
        sign
        for form in dict.fromkeys((plain, _tidied(plain)))
        for sign in (*emergency_signs(words, form, marked), *scam_signs(form))
    ]
    if _ABUSE.search(plain) or _ABUSE_MARKED.search(words):
        seen.append("swears" if len(plain.split()) <= _SHORT else "swears at length")
    if _OFFICE.search(plain):
        elsewhere = _OTHER_OFFICE.search(plain) is not None
        of_a_record = asked_facet(plain) in _OF_A_RECORD
        seen.append("other office" if elsewhere or of_a_record else "office")
    return (*dict.fromkeys(seen), *marked_runs(restored))


def _tidied(plain: str) -> str:
    """Folded words with the leftovers of hasty typing taken out of those spelt like no syllable."""
    return _WORD.sub(_tidied_word, plain)


def _tidied_word(match: re.Match[str]) -> str:
    word = match.group()
    if word in LOANS or is_spelt(word):
        return word
    once = _REPEATED.sub(r"\1", word).replace("w", "")
    return next((form for form in (once, once.rstrip("sfrxj")) if is_spelt(form)), word)


def _is_mash(plain: str) -> bool:
    """Whether hands only ran over the keys."""
    words = [word for word in _WORD.findall(plain) if word not in LOANS]
    mashed = [word for word in words if _MASHED.search(word)]
    return bool(mashed) and sum(map(len, mashed)) > sum(map(len, words)) / 2


def counter_of(plain: str) -> CounterKind | None:
    """The counter that a folded question names."""
    return next((kind for kind, named in _COUNTERS if named.search(plain)), None)
