"""What a question is: its language, its kind, the facet asked for, whether it goes on from before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.answering.answer import Language
from app.answering.lexicon import Lexicon
from app.answering.mask import without_masks
from knowledge_base.record import CounterKind, Facet
from knowledge_base.syllables import fold, marked_share, syllables


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


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as the following steps see it."""

    text: str
    """Masked, as the resident wrote it."""
    words: str
    """In the records' words, lower case; without marks if the question had none."""
    added: str
    """Today's names of what the question calls by an old or local name."""
    marked: bool
    kind: QuestionKind
    language: Language
    facet: Facet | None
    also: Facet | None
    """A second facet that the same sentence asks for, in words that leave no doubt."""
    online: bool
    """Whether it asks about handing in online."""
    subject: str
    """``words`` folded, with stops in place of the phrases that only ask."""
    continues: bool
    """Whether its words say that it goes on from the last turn."""
    counter: CounterKind | None = None
    """The counter that an office question names."""


_MARKED_ENOUGH = 0.2
"""Below this share of marked syllables a question counts as typed without marks."""


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in phrases))


# Patterns are matched on folded text, so marked and unmarked questions take one road. The order is
# that of precedence: “lệ phí online bao nhiêu” asks for the fee.
_FACETS: tuple[tuple[Facet, re.Pattern[str]], ...] = (
    (
        Facet.LEGAL_BASIS,
        _any(
            r"can cu (?:phap ly|vao dau|nao)",
            r"(?:theo )?(?:luat|nghi dinh|thong tu|van ban|quy dinh) nao",
            r"quy dinh o (?:dau|luat nao)",
        ),
    ),
    (
        # What one is given is the result of a procedure; what one pays is its fee.
        Facet.RESULT,
        _any(
            r"(?<!xac )(?<!chung )(?:duoc|nhan|huong|lanh|linh|ho tro|tro cap)(?! (?:mien|giam|dong|nop))"
            r" (?:(?!(?:dong|nop|mat|ton|het|phi|tra|thu|may)\b)[^?,]){0,30}?(?:bao nhieu|nhieu|may)"
            r"(?: (?:tien|dong|tram|trieu|nghin|ngan|chuc)|(?= (?:mot |1 |moi )?thang)|(?= phan tram)|(?=\W*$))",
            r"muc huong",
            r"(?:xai|dung|gia tri|co han|han|het han)(?: (?!de )\w+){0,2} (?:toi|den|bao lau|may thang|may nam|khi nao|luc nao)",
        ),
    ),
    (
        Facet.FEE,
        _any(
            r"(?<!mai tang )(?<!chi )(?<!hoc )(?<!vien )(?<!kinh )(?<!mien )(?<!phuc )"
            r"phi(?! (?:dong|chinh|nong|dia gioi|thuong|nhan))",
            r"(?<!hop )(?:dong|mat|ton|nop|tra) (?:them )?(?:tien|phi|thue)"
            r"(?! (?:o|tai|cho|dau|mat|qua|bang|dien|nuoc|dat))",
            r"(?:co|chiu|mien|dong|nop|may|bao nhieu) (?:phai (?:dong|chiu|nop) )?thue(?! (?:nha|dat|tro|phong))",
            r"(?:bao nhieu|nhieu|may)(?: tien| dong)",
            r"may (?:nghin|ngan|tram|chuc|trieu)",
            r"het (?:bao nhieu|may|nhieu)(?! (?:ngay|lau))",
            r"ton (?:bao nhieu|kem|tien|may|phi)",
            r"mat (?:bao nhieu tien|tien|phi|bao nhieu(?! (?:ngay|lau|thoi gian)))",
            r"(?:dong|nop|tra|thu) bao nhieu",
            r"(?<!hiem )(?<!te )(?<!the )(?<!bhyt )mien phi",
            r"muc (?:dong|thu|phi)",
            r"(?:dong|tra|bu|nop) them",
            r"(?:dong|nop|giam)(?: \w+){0,2} (?:khoan|phan tram|may phan)",
            r"tien (?!tro cap|huong|ho tro)[^?]{0,40}bao nhieu\W*$",
            r"(?:co )?phai (?:dong|nop|tra) tien",
            r"gia bao nhieu",
            r"bao nhieu(?= |$)(?! (?:ngay|lau|tuoi|nguoi|ban|thang|nam|gio|met|m2|mv|lan|trang|giay|loai|"
            r"phan tram|diem|khau|thua|dien tich|nhan khau))",
        ),
    ),
    (
        Facet.TIME_LIMIT,
        _any(
            r"bao lau",
            r"(?:may|bao nhieu) (?:ngay|gio|thang|tuan|hom|bua)(?! tuoi)",
            r"(?:khi nao|bao gio|ngay nao|chung nao)(?: thi)? (?:co|xong|lay|nhan|tra)",
            r"thoi han",
            r"thoi gian (?:giai quyet|xu ly|lam|cho)",
            r"(?:co )?lau khong",
            r"lay lien",
            r"(?:trong|co) (?:ngay|lien) (?:duoc )?khong",
        ),
    ),
    (
        Facet.FORM,
        _any(
            r"(?:mau|bieu mau) (?:don|to khai|so|nao|gi|moi)",
            r"(?:don|to khai) (?:nao|gi|mau nao)",
            r"dien mau",
            r"tai mau",
            r"lay (?:mau|to khai|don) o dau",
        ),
    ),
    (
        Facet.DOSSIER,
        _any(
            r"(?:can|mang|dem|chuan bi|kem|co|phai co|xin|doi)(?: theo| nhung| cac| may)*"
            r" (?:giay to|giay gi|giay nao|ho so|gi(?! khong))",
            r"nop(?: nhung| cac| may)* (?:giay to gi|giay to nao|giay gi|ho so gi|gi(?! khong))",
            r"giay to (?:gi|nao)",
            r"(?:nhung|cac|may) (?:giay|loai giay|thu)(?: to)?(?: gi)?",
            r"(?:ho so|giay to|giay) (?:gom|can|nhu the nao|ra sao)",
            r"can (?:nhung )?gi",
            r"thieu giay",
            r"ban sao hay ban (?:chinh|goc)",
            r"can (?:so|giay|ban|hop dong|ho khau)[^?]*khong",
            r"(?:can|bat buoc|phai (?:co|mang|dem|nop|dua)) (?:[^?,]{0,20} )?"
            r"(?:giay|photo|ban sao|anh|hinh|khai sinh|can cuoc|so do|so ho khau|hop dong)[^?,]{0,20} khong",
        ),
    ),
    (
        Facet.WHERE,
        _any(
            r"(?:o|den|toi|ra|di|nop|lam|hoi|gap|ve|len|xin)(?: tai)? (?:dau|cho nao|noi nao|co quan nao)",
            r"(?:gap|hoi|bao|nop cho) (?:ai|co quan nao)",
            r"noi (?:nop|nao|tiep nhan)",
            r"(?:cho|xa|phuong|phong) nao",
            r"(?:gui|bao|nop|goi|keu|gap|hoi)(?: \w+){0,3}? (?:cho )?ai\b",
            r"(?:xa|phuong|tinh|huyen) khac[^?]{0,40} khong",
            r"(?:o|tai|toi|qua|ve) (?:xa|phuong) (?:minh|nay|do|toi|cu)[^?,]{0,25} duoc khong",
            r"(?:xa|chi nhanh|cong an|so)(?: \w+)? hay(?: la)?(?: o| len| ra| den)? (?:chi nhanh|so|cong an|van phong)",
            r"hay (?:la )?(?:phai )?(?:ra|len|ve|toi|qua|xuong) (?:phong|van phong|xa|phuong|tinh|thanh pho|cong an|uy ban)",
            r"(?:o )?(?:xa|phuong|ubnd|uy ban|cong an)[^?]* hay[^?]*(?:xa|phuong|cong an|tinh|thanh pho|uy ban|huyen)",
            r"co quan nao",
            r"ai (?:giai quyet|lam|cap|ky)",
            r"dia diem",
            r"dau vay",
            r"o dau",
            r"lam dau",
        ),
    ),
    (
        Facet.ELIGIBILITY,
        _any(
            r"dieu kien",
            r"(?:co )?duoc (?:[^?]{0,40} )?(?:khong|ko)",
            r"(?:co )?phai [^?]{0,40} khong",
            r"co can [^?]{0,40} khong",
            r"ai (?:duoc|phai|moi)",
            r"(?:nhung )?ai [^?]{0,20}duoc",
            r"doi tuong(?: nao)?",
            r"du (?:tuoi|dieu kien)",
            r"(?:may|bao nhieu) tuoi",
            r"truong hop nao",
        ),
    ),
    (
        Facet.RESULT,
        _any(r"ket qua (?:la gi|gi|the nao)", r"nhan duoc (?:giay )?gi", r"(?:duoc )?cap giay gi"),
    ),
    (
        Facet.STEPS,
        _any(
            r"(?:cac|nhung|may) buoc",
            r"trinh tu",
            r"quy trinh",
            r"(?:lam|xin|nop|dang ky|khai|sua|cap lai|lam lai)?(?: thi| phai)? (?:sao|lam sao|ra sao)",
            r"(?:lam |nhu )?the nao",
            r"cach (?:lam|nop|dang ky|xin|khai)",
            r"huong dan",
            r"thu tuc (?:gi|nao|the nao|ra sao)",
        ),
    ),
    (Facet.DOSSIER, _any(r"^(?:ho so|giay to)")),
)
_PLAIN_FACETS = frozenset({Facet.FEE, Facet.TIME_LIMIT, Facet.DOSSIER, Facet.WHERE})
_ONLINE = _any(
    r"online",
    r"truc tuyen",
    r"qua mang",
    r"tren mang",
    r"vneid",
    r"(?:qua|bang|tren) dien thoai",
    r"dich vu cong",
    r"(?:o|tai) nha (?:duoc|lam|nop)",
    r"qua app",
    r"tren app",
)
_ONLINE_ASKED = _any(
    r"(?:online|truc tuyen|qua mang|tren mang|dien thoai|app|vneid)[^?]{0,25}(?:khong|sao|the nao|duoc)",
    r"(?:co |duoc )[^?]{0,25}(?:online|truc tuyen|qua mang|tren mang|vneid|qua dien thoai)",
    r"(?:nop|lam|khai|dang ky|gui)[^?]{0,25}(?:online|truc tuyen|qua mang|tren mang|vneid|dien thoai|"
    r"(?:qua|tren) (?:cong )?dich vu cong)",
)
_ASKING_PHRASES = _any(
    r"(?:cho |xin |toi |em |con |chau |minh |muon )*hoi(?: ve)?",
    r"(?:muc |tien )?(?:le )?phi",
    r"(?:(?:mat|het|ton|dong|nop|thu|tra) )?(?:bao nhieu|may)(?: tien| dong| ngay| lau| thang| gio)?",
    r"(?:mat |trong )?bao lau(?: thi)?(?: co| xong| lay duoc)?",
    r"(?:thoi han|thoi gian)(?: giai quyet| xu ly)?",
    r"(?:khi nao|bao gio)(?: thi)?(?: co| xong)?",
    r"(?:can |phai |mang |chuan bi |nop )*(?:nhung |cac )?(?:giay to|ho so|giay)(?: gi| nao)?",
    r"(?:can|mang|chuan bi|lam|phai lam)(?: nhung| theo)? gi",
    r"(?:lam |nop |o |den |ra |gap )?(?:o )?(?:dau|cho nao|noi nao|ai)",
    r"(?:thi )?(?:phai )?(?:lam )?(?:sao|the nao|nhu the nao|ra sao)",
    r"(?:co )?(?:duoc|phai|can) khong",
    r"co (?:duoc|phai|can)",
    r"thu tuc(?: gi)?",
    r"(?:nop |lam |khai |qua |tren )*(?:online|truc tuyen|mang|vneid|app)",
    r"vay thi",
    r"la (?:gi|sao)",
    r"khong",
    r"(?:bay )?gio",
)
"""Phrases that ask about any matter; what they join is not about the matter either."""
_CONTINUES = re.compile(
    r"(?:(?:à|a|ừ|u|ừa|ua|dạ|da|ờ|o) )*"
    r"(?:còn|thế|vậy|vay|rồi|roi|nhưng|nhung|nếu|neu|và|va|"
    r"con(?= (?:tam|thuong|le|phi|neu|o|lam|nop|thi|ho|thoi|giay|qua|truong|ve)\b)|"
    r"the(?= (?:con|le|phi|mat|thi|nop|o|lam|neu|may|bao lau|giay)\b))\b"
)
"""Without marks “con” may be a child and “the” a card, so what follows tells."""
_EMERGENCY = _any(
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
_EMERGENCY_MARKED = _any(
    r"đang cháy",
    r"cháy (?:lớn|to)",
    r"tự (?:tử|sát)",
    r"treo cổ",
    r"nhảy (?:cầu|lầu)",
    r"(?:chết đuối|đuối nước)",
    r"(?<!tra )(?<!khẩn )(?<!nghiên )cứu (?:tôi|với|em|con|mạng)",
)
_EMERGENCY_UNMARKED = _any(
    r"(?:nha|cho|rung|quan|kho|truong)(?: \w+){0,3} dang chay(?! (?:may|xe|ve))",
    r"(?:muon|dinh|doi|nguoi) tu tu",
    r"(?:muon|dinh|doi|nguoi) nhay (?:cau|lau)",
    r"(?:bi|nguoi|tre|be) duoi nuoc",
    r"(?:bi|nguoi|tre|be) chet duoi(?! \d)",
    r"(?<!tra )(?<!nghien )cuu (?:toi|voi|mang)",
)
_NOT_EMERGENCY = _any(
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
_SCAM_STRONG = _any(
    r"lua dao",
    r"gia danh",
    r"gia mao (?:can bo|cong an|co quan|nguoi|trang|vneid|ung dung|app|so)",
    r"bi lua",
    r"xung (?:la|danh|can bo|cong an|dia chinh|nhan vien)",
    r"tu xung",
    r"(?:doc|doi|xin|hoi|dua|cung cap|yeu cau|(?<!khong )(?<!chua )gui)(?: \w+){0,3} otp",
    r"tai khoan an toan",
)
_SCAM_CALL = _any(
    r"(?:goi|nhan tin|dien thoai|nhan zalo)[^?]{0,40}(?:bao|noi|yeu cau|bat|doi|keu|moi)",
    r"co (?:nguoi|so la|so)[^?]{0,30}(?:goi|nhan)",
    r"so la",
    r"bi goi",
)
_SCAM_ASK = _any(
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
    r"^(?:xin )?(?:chao|hello|hi|alo|a lo|hey)(?: (?:ban|em|anh|chi|bot|admin|ad|can bo|ca nha|moi nguoi|"
    r"buoi (?:sang|trua|chieu|toi)|xa|tro ly))*[ .!]*$"
)
_THANKS = re.compile(
    r"^(?:(?:da|ok|oke|vang|u|rat|xin|toi|em) )*(?:cam on|thanks?(?: you)?|tks|ok|oke|tot qua|hay qua)"
    r"(?: (?:ban|em|anh|chi|co|chu|bac|xa|can bo|tro ly|admin|ad|minh|nhieu|lam|nha|nhe|nghe|a|da|vi|"
    r"tra loi|giup(?: do)?|ho tro|rat|so much|ok|roi))*[ .!]*$"
)
_WHO = _any(
    r"(?<!nguoi )(?<!ben )ban la ai",
    r"may la ai",
    r"ai dang tra loi",
    r"la nguoi hay may",
    r"(?:co phai )?robot",
    r"ban (?:giup|lam) duoc gi",
    r"hoi duoc (?:nhung )?gi",
    r"chatbot (?:nay )?la gi",
)
_ABUSE = _any(
    r"do ngu",
    r"ngu (?:the|vay|qua|nhu)",
    r"oc cho",
    r"dit (?:me|ma)",
    r"vcl",
    r"clgt",
    r"khon nan",
)
# Without marks these are also “tháng cho”, “con cho”, “An Hải”, “mất đây”.
_ABUSE_MARKED = _any(r"(?:thằng|đồ) chó", r"ăn hại", r"mất dạy", r"cút đi", r"đm")
_COUNTER_NAMES = (
    r"(?:xa|phuong|ubnd|cong an|uy ban|trung tam|mot cua|can bo|tram y te|benh xa)(?!\w)"
)
_OFFICE = _any(
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
    r"(?:ubnd|uy ban(?: nhan dan)?|tru so|cong an xa|tram y te|trung tam (?:phuc vu )?hanh chinh(?: cong)?|"
    r"bo phan mot cua|mot cua)(?: xa| phuong)?(?: minh)?(?: [a-z ]{0,12})? (?:o dau|nam o dau|cho nao|duong nao)",
)
_COUNTERS: tuple[tuple[CounterKind, re.Pattern[str]], ...] = (
    (CounterKind.POLICE, _any(r"cong an")),
    (CounterKind.HEALTH_STATION, _any(r"tram y te", r"benh xa", r"tram xa")),
    (CounterKind.LAND_BRANCH, _any(r"van phong dang ky dat dai", r"chi nhanh dat dai")),
    (CounterKind.SOCIAL_INSURANCE, _any(r"bao hiem xa hoi")),
    (CounterKind.TAX, _any(r"thue")),
    (CounterKind.OTHER, _any(r"ubnd", r"uy ban", r"tru so")),
    (CounterKind.ONE_STOP, _any(r"mot cua", r"hanh chinh cong", r"trung tam")),
)
_SYLLABLE = re.compile(
    r"(?:b|c(?![eiy])|ch|d|g(?!e)|gh(?=[ei])|gi|h|k(?=[eiy])|kh|l|m|n|ng(?![ei])|ngh(?=[ei])|nh|p|ph|"
    r"q(?=u)|r|s|t|th|tr|v|x)?"
    r"(?:a[iouy]?|e[ou]?|i(?:a|eu?|u)?|o(?:a[ioy]?|eo?|i|o)?|u(?:a[iuy]?|eo?|i|o[iu]?|u|y[aeu]?)?|"
    r"y(?:eu?)?)(?:ch?|m|n[gh]?|p|t)?"
)
"""How a syllable is spelt without marks (Vietnamese has no other)."""
_LOANS = frozenset(
    """
    online offline vneid zalo facebook app web website email gmail mail internet wifi link file pdf
    word excel scan photo google video sim otp chatbot robot bot karaoke taxi covid iphone smartphone
    """.split()
)
_FOREIGN_SHARE = 0.4


_OF_A_RECORD = (Facet.FEE, Facet.RESULT, Facet.DOSSIER, Facet.FORM)
"""What no office is asked for; with opening hours beside it the record comes first."""


def understand(text: str, lexicon: Lexicon, language: Language | None = None) -> Understood:
    """Read a masked question.

    Args:
        text: the question, masked.
        lexicon: the words to rewrite.
        language: the reply's language where the client chose it.
    """
    bare = without_masks(text)
    share = marked_share(bare)
    marked = share >= _MARKED_ENOUGH
    words, added = lexicon.rewrite(bare, marked=marked)
    plain = fold(words)
    foreign = _is_foreign(bare, words, share)
    facet = _facet(plain)
    return Understood(
        text=text,
        words=words,
        added=added,
        marked=marked,
        kind=_kind(words, marked, foreign),
        language=language or (Language.EN if foreign else Language.VI),
        facet=facet,
        also=_also(plain, facet),
        online=_ONLINE.search(plain) is not None,
        subject=_ASKING_PHRASES.sub(" . ", plain),
        continues=_CONTINUES.match(words) is not None,
        counter=next((kind for kind, named in _COUNTERS if named.search(plain)), None),
    )


def _also(plain: str, first: Facet | None) -> Facet | None:
    if first not in _PLAIN_FACETS:
        return None
    patterns = (found for found in _FACETS if found[0] in _PLAIN_FACETS and found[0] is not first)
    return next((facet for facet, pattern in patterns if pattern.search(plain)), None)


def _facet(plain: str) -> Facet | None:
    for facet, pattern in _FACETS:
        if facet is Facet.WHERE and _ONLINE_ASKED.search(plain):
            return Facet.ONLINE
        if pattern.search(plain):
            return facet
    return Facet.ONLINE if _ONLINE.search(plain) else None


def _is_foreign(text: str, words: str, share: float) -> bool:
    """Whether most letters are of another script, or many words cannot be Vietnamese."""
    letters = [character for character in text if character.isalpha()]
    if sum(fold(character) > "\u024f" for character in letters) > len(letters) / 2:
        return True
    if share > 0:
        return False
    spoken = [
        word
        for word in syllables(words)
        if word.isalpha() and word not in _LOANS and re.search("[aeiouy]", word)
    ]
    foreign = sum(_SYLLABLE.fullmatch(word) is None for word in spoken)
    return foreign >= 2 and foreign / len(spoken) >= _FOREIGN_SHARE


def _kind(words: str, marked: bool, foreign: bool) -> QuestionKind:
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
    if _OFFICE.search(plain) and _facet(plain) not in _OF_A_RECORD:
        return QuestionKind.OFFICE
    return QuestionKind.PROCEDURE


def _is_emergency(words: str, plain: str, marked: bool) -> bool:
    if _EMERGENCY.search(plain):
        return True
    told_apart = _EMERGENCY_MARKED.search(words) if marked else _EMERGENCY_UNMARKED.search(plain)
    return told_apart is not None
