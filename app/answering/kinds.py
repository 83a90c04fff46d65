"""What kind of question it is: about a procedure, an office, an emergency, a scam, or none."""

from __future__ import annotations

import re
from enum import StrEnum

from app.answering.facets import asked_facet
from app.answering.patterns import any_of
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


_EMERGENCY = any_of(
    r"chay nha(?! (?:may|hang))",
    r"nha (?:toi |em |ben canh |hang xom )?(?:dang |bi )?chay",
    r"so (?:dien thoai )?cuu hoa",
    r"goi (?:xe )?(?:cap cuu|cuu hoa|cong an gap)",
    r"(?:bi|dang) (?:dam|chem|hanh hung|cuop|danh dap|bao hanh)",
    r"co cuop",
    r"cuop giat",
    r"dot quy",
    r"nga ngat",
    r"bat tinh",
    r"co giat",
    r"hoc xuong",
    r"(?:kho tho|khong tho duoc)",
    r"ran can",
    r"ngo doc",
    r"uong thuoc (?:sau|tru sau|chuot|diet co)",
    r"muon chet",
    r"khong muon song",
    r"tai nan (?:xe|giao thong)[^?]{0,20}(?:o|tai|truoc|ngay|nang|chay mau)",
    r"chay mau",
    r"(?:dang|bi) (?:chong|vo|con|nguoi ta|hang xom) (?:danh|dam|de doa)",
    r"(?:chong|vo|con|hang xom) dang (?:danh|dam|de doa)",
    r"bi dien giat",
    r"ro ri gas",
    r"trom (?:dang|vao|dot nhap)",
    r"lu cuon",
    r"mac ket",
)
# Without marks these are also “từ từ”, “dưới nước”, “tra cứu với”, “đang chạy”, “treo cờ”.
_EMERGENCY_MARKED = any_of(
    r"đang cháy",
    r"cháy (?:lớn|to)",
    r"tự (?:tử|sát)",
    r"treo cổ",
    r"nhảy (?:cầu|lầu)",
    r"(?:chết đuối|đuối nước)",
    r"(?<!tra )(?<!khẩn )(?<!nghiên )cứu (?:tôi|với|em|con|mạng)",
)
_EMERGENCY_UNMARKED = any_of(
    r"(?:nha|cho|rung|quan|kho|truong)(?: \w+){0,3} dang chay(?! (?:may|xe|ve))",
    r"(?:muon|dinh|doi|nguoi) tu tu",
    r"(?:muon|dinh|doi|nguoi) nhay (?:cau|lau)",
    r"(?:bi|nguoi|tre|be) duoi nuoc",
    r"(?:bi|nguoi|tre|be) chet duoi(?! \d)",
    r"(?<!tra )(?<!nghien )cuu (?:toi|voi|mang)",
)
_NOT_EMERGENCY = any_of(
    r"phong chay",
    r"chua chay",
    r"bao hiem",
    r"tro cap",
    r"(?:duoc|xin|tien|muc|nha nuoc|xa) ho tro",
    r"ho tro (?:bao nhieu|gi|khong|tien|chi phi)",
    r"thu tuc",
    r"giay",
    r"ho so",
    r"phat bao nhieu",
    r"muc phat",
    r"thanh toan",
    r"vien phi",
    r"quyen loi",
    r"huong",
    r"dang ky",
    r"khai tu",
    r"mai tang",
    r"(?:lam|cap) lai",
    r"(?:so do|so hong|can cuoc)",
    r"boi thuong",
    r"chi phi",
)
_SCAM_STRONG = any_of(
    r"lua dao",
    r"gia danh",
    r"gia mao (?:can bo|cong an|co quan|nguoi|trang|vneid|ung dung|app|so)",
    r"bi lua",
    r"xung (?:la|danh|can bo|cong an|dia chinh|nhan vien)",
    r"tu xung",
    r"(?:doc|doi|xin|hoi|dua|cung cap|yeu cau|(?<!khong )(?<!chua )gui)(?: \w+){0,3} otp",
    r"tai khoan an toan",
)
_SCAM_CALL = any_of(
    r"(?:goi|nhan tin|dien thoai|nhan zalo)[^?]{0,40}(?:bao|noi|yeu cau|bat|doi|keu|moi)",
    r"co (?:nguoi|so la|so)[^?]{0,30}(?:goi|nhan)",
    r"so la",
    r"bi goi",
)
_SCAM_ASK = any_of(
    r"chuyen (?:tien|khoan)",
    r"cai (?:app|ung dung|phan mem|vneid|dich vu cong)",
    r"tai (?:app|ung dung)",
    r"bam (?:vao )?(?:link|duong link|duong dan)",
    r"(?:qua|duong|gui) link",
    r"link la",
    r"(?:dong bo|chuan hoa) (?:du lieu|thong tin|vneid|so do|thue bao)",
    r"doc ma",
    r"ma xac (?:thuc|nhan)",
    r"gui (?:anh|hinh) (?:can cuoc|cccd)",
    r"cap nhat (?:dinh danh|vneid|can cuoc|cccd|thong tin)",
    r"nop phat",
    r"khoa (?:so|tai khoan|sim)",
)
_GREETING = re.compile(
    r"^(?:xin )?(?:chao|hello|hi|alo|a lo|hey)(?: (?:ban|em|anh|chi|bot|admin|ad|can bo|ca nha|"
    r"moi nguoi|"
    r"buoi (?:sang|trua|chieu|toi)|xa|tro ly))*[ .!]*$"
)
_THANKS = re.compile(
    r"^(?:(?:da|ok|oke|vang|u|rat|xin|toi|em) )*(?:cam on|thanks?(?: you)?|tks|ok|oke|tot qua|"
    r"hay qua)"
    r"(?: (?:ban|em|anh|chi|co|chu|bac|xa|can bo|tro ly|admin|ad|minh|nhieu|lam|nha|nhe|nghe|a|"
    r"da|vi|"
    r"tra loi|giup(?: do)?|ho tro|rat|so much|ok|roi))*[ .!]*$"
)
_WHO = any_of(
    r"(?<!nguoi )(?<!ben )ban la ai",
    r"may la ai",
    r"ai dang tra loi",
    r"la nguoi hay may",
    r"(?:co phai )?robot",
    r"ban (?:giup|lam) duoc gi",
    r"hoi duoc (?:nhung )?gi",
    r"chatbot (?:nay )?la gi",
)
_ABUSE = any_of(
    r"do ngu",
    r"ngu (?:the|vay|qua|nhu)",
    r"oc cho",
    r"dit (?:me|ma)",
    r"vcl",
    r"clgt",
    r"khon nan",
)
# Without marks these are also “tháng cho”, “con cho”, “An Hải”, “mất đây”.
_ABUSE_MARKED = any_of(r"(?:thằng|đồ) chó", r"ăn hại", r"mất dạy", r"cút đi", r"đm")
_COUNTER_NAMES = (
    r"(?:xa|phuong|ubnd|cong an|uy ban|trung tam|mot cua|can bo|tram y te|benh xa)(?!\w)"
)
_OFFICE = any_of(
    r"gio (?:lam viec|mo cua|hanh chinh|tiep dan|nghi)",
    r"may gio (?:mo|dong|lam|nghi|bat dau|tan)",
    rf"may gio (?:thi )?{_COUNTER_NAMES}(?: \w+){{0,3}} (?:mo|dong|lam|nghi|tiep|bat dau)",
    r"(?:hotline|duong day nong)(?: la)?(?: so)? (?:may|gi|nao|bao nhieu)",
    r"(?:thu (?:bay|7)|chu nhat|cuoi tuan|ngay le)[^?]{0,20}(?:co )?(?:lam|mo|nghi|tiep|nhan)",
    r"(?:con |dang )?mo cua",
    rf"(?:so dien thoai|hotline|duong day nong|so may)\b[^?]{{0,30}}\b{_COUNTER_NAMES}",
    rf"(?:xin|cho|lay|biet) (?:\w+ ){{0,3}}dien thoai\b[^?]{{0,30}}\b{_COUNTER_NAMES}",
    rf"(?<!goi )dien thoai (?:cua |lien he )?{_COUNTER_NAMES}",
    rf"(?:dia chi|lien he) (?:cua |voi |tru so |moi |moi cua )*{_COUNTER_NAMES}",
    r"(?:dia chi|so dien thoai)(?: o dau| la gi| la so may)?\W*$",
    r"nghi trua",
    r"(?:nghi|mo cua|dong cua|lam viec|tiep dan) (?:\w+ ){0,2}may (?:gio|h)",
    r"(?:ubnd|uy ban(?: nhan dan)?|tru so|cong an xa|tram y te|trung tam (?:phuc vu )?hanh "
    r"chinh(?: cong)?|"
    r"bo phan mot cua|mot cua)(?: xa| phuong)?(?: minh)?(?: [a-z ]{0,12})? (?:o dau|nam o dau|"
    r"cho nao|duong nao)",
)
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


def kind_of(words: str, marked: bool, foreign: bool) -> QuestionKind:
    """The kind of a question, by its words in the records' terms."""
    plain = fold(words)
    if not any(character.isalpha() for character in words):
        return QuestionKind.UNREADABLE
    if _is_emergency(words, plain, marked) and not _NOT_EMERGENCY.search(plain):
        return QuestionKind.EMERGENCY
    if _SCAM_STRONG.search(plain) or (_SCAM_CALL.search(plain) and _SCAM_ASK.search(plain)):
        return QuestionKind.SCAM
    if _GREETING.match(plain):
        return QuestionKind.SMALL_TALK
    if _THANKS.match(plain):
        return QuestionKind.THANKS
    if foreign:
        return QuestionKind.FOREIGN
    if _WHO.search(plain):
        return QuestionKind.WHO_ARE_YOU
    if (_ABUSE.search(plain) or _ABUSE_MARKED.search(words)) and len(plain.split()) <= 12:
        return QuestionKind.ABUSE
    if _OFFICE.search(plain) and asked_facet(plain) not in _OF_A_RECORD:
        return QuestionKind.OFFICE
    return QuestionKind.PROCEDURE


def _is_emergency(words: str, plain: str, marked: bool) -> bool:
    if _EMERGENCY.search(plain):
        return True
    told_apart = _EMERGENCY_MARKED.search(words) if marked else _EMERGENCY_UNMARKED.search(plain)
    return told_apart is not None


def counter_of(plain: str) -> CounterKind | None:
    """The counter that a folded question names."""
    return next((kind for kind, named in _COUNTERS if named.search(plain)), None)
