"""Which facet a question asks for, by its words."""

from __future__ import annotations

import re

from app.answering.patterns import any_of
from knowledge_base.record import Facet

# Patterns are matched on folded text, so marked and unmarked questions take one road. The order is
# that of precedence: “lệ phí online bao nhiêu” asks for the fee.
_FACETS: tuple[tuple[Facet, re.Pattern[str]], ...] = (
    (
        Facet.LEGAL_BASIS,
        any_of(
            r"can cu (?:phap ly|vao dau|nao)",
            r"(?:theo )?(?:luat|nghi dinh|thong tu|van ban|quy dinh) nao",
            r"quy dinh o (?:dau|luat nao)",
        ),
    ),
    (
        # What one is given is the result of a procedure; what one pays is its fee.
        Facet.RESULT,
        any_of(
            r"(?<!xac )(?<!chung )(?:duoc|nhan|huong|lanh|linh|ho tro|tro cap)(?! (?:mien|giam|"
            r"dong|nop))"
            r" (?:(?!(?:dong|nop|mat|ton|het|phi|tra|thu|may)\b)[^?,]){0,30}?(?:bao nhieu|"
            r"nhieu|may)"
            r"(?: (?:tien|dong|tram|trieu|nghin|ngan|chuc)|(?= (?:mot |1 |moi )?thang)|(?= "
            r"phan tram)|(?=\W*$))",
            r"muc huong",
            r"(?:xai|dung|gia tri|co han|han|het han)(?: (?!de )\w+){0,2} (?:toi|den|bao lau|"
            r"may thang|may nam|khi nao|luc nao)",
        ),
    ),
    (
        Facet.FEE,
        any_of(
            r"(?<!mai tang )(?<!chi )(?<!hoc )(?<!vien )(?<!kinh )(?<!mien )(?<!phuc )"
            r"phi(?! (?:dong|chinh|nong|dia gioi|thuong|nhan))",
            r"(?<!hop )(?:dong|mat|ton|nop|tra) (?:them )?(?:tien|phi|thue)"
            r"(?! (?:o|tai|cho|dau|mat|qua|bang|dien|nuoc|dat))",
            r"(?:co|chiu|mien|dong|nop|may|bao nhieu) (?:phai (?:dong|chiu|nop) )?thue(?! "
            r"(?:nha|dat|tro|phong))",
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
            r"bao nhieu(?= |$)(?! (?:ngay|lau|tuoi|nguoi|ban|thang|nam|gio|met|m2|mv|lan|trang|"
            r"giay|loai|"
            r"phan tram|diem|khau|thua|dien tich|nhan khau))",
        ),
    ),
    (
        Facet.TIME_LIMIT,
        any_of(
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
        any_of(
            r"(?:mau|bieu mau) (?:don|to khai|so|nao|gi|moi)",
            r"(?:don|to khai) (?:nao|gi|mau nao)",
            r"dien mau",
            r"tai mau",
            r"lay (?:mau|to khai|don) o dau",
        ),
    ),
    (
        Facet.DOSSIER,
        any_of(
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
            r"(?:giay|photo|ban sao|anh|hinh|khai sinh|can cuoc|so do|so ho khau|hop "
            r"dong)[^?,]{0,20} khong",
        ),
    ),
    (
        Facet.WHERE,
        any_of(
            r"(?:o|den|toi|ra|di|nop|lam|hoi|gap|ve|len|xin)(?: tai)? (?:dau|cho nao|noi nao|"
            r"co quan nao)",
            r"(?:gap|hoi|bao|nop cho) (?:ai|co quan nao)",
            r"noi (?:nop|nao|tiep nhan)",
            r"(?:cho|xa|phuong|phong) nao",
            r"(?:gui|bao|nop|goi|keu|gap|hoi)(?: \w+){0,3}? (?:cho )?ai\b",
            r"(?:xa|phuong|tinh|huyen) khac[^?]{0,40} khong",
            r"(?:o|tai|toi|qua|ve) (?:xa|phuong) (?:minh|nay|do|toi|cu)[^?,]{0,25} duoc khong",
            r"(?:xa|chi nhanh|cong an|so)(?: \w+)? hay(?: la)?(?: o| len| ra| den)? (?:chi "
            r"nhanh|so|cong an|van phong)",
            r"hay (?:la )?(?:phai )?(?:ra|len|ve|toi|qua|xuong) (?:phong|van phong|xa|phuong|"
            r"tinh|thanh pho|cong an|uy ban)",
            r"(?:o )?(?:xa|phuong|ubnd|uy ban|cong an)[^?]* hay[^?]*(?:xa|phuong|cong an|tinh|"
            r"thanh pho|uy ban|huyen)",
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
        any_of(
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
        any_of(
            r"ket qua (?:la gi|gi|the nao)", r"nhan duoc (?:giay )?gi", r"(?:duoc )?cap giay gi"
        ),
    ),
    (
        Facet.STEPS,
        any_of(
            r"(?:cac|nhung|may) buoc",
            r"trinh tu",
            r"quy trinh",
            r"(?:lam|xin|nop|dang ky|khai|sua|cap lai|lam lai)?(?: thi| phai)? (?:sao|lam sao|"
            r"ra sao)",
            r"(?:lam |nhu )?the nao",
            r"cach (?:lam|nop|dang ky|xin|khai)",
            r"huong dan",
            r"thu tuc (?:gi|nao|the nao|ra sao)",
        ),
    ),
    (Facet.DOSSIER, any_of(r"^(?:ho so|giay to)")),
)
_PLAIN_FACETS = frozenset(
    {Facet.FEE, Facet.TIME_LIMIT, Facet.DOSSIER, Facet.WHERE, Facet.FORM, Facet.RESULT}
)
_ONLINE = any_of(
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
_ONLINE_ASKED = any_of(
    r"(?:online|truc tuyen|qua mang|tren mang|dien thoai|app|vneid)[^?]{0,25}(?:khong|sao|the "
    r"nao|duoc)",
    r"(?:co |duoc )[^?]{0,25}(?:online|truc tuyen|qua mang|tren mang|vneid|qua dien thoai)",
    r"(?:nop|lam|khai|dang ky|gui)[^?]{0,25}(?:online|truc tuyen|qua mang|tren mang|vneid|dien "
    r"thoai|"
    r"(?:qua|tren) (?:cong )?dich vu cong)",
)
_ASKING_PHRASES = any_of(
    r"(?:cho |xin |toi |em |con |chau |minh |muon )*hoi(?: ve)?",
    r"(?:muc |tien )?(?:le )?phi",
    r"(?:(?:mat|het|ton|dong|nop|thu|tra) )?(?:bao nhieu|may)(?: tien| dong| ngay| lau| thang| "
    r"gio)?",
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
    r"vay(?: thi|\W*$)",
    r"la (?:gi|sao)",
    r"khong",
    r"(?:bay )?gio",
)
"""Phrases that ask about any matter; what they join is not about the matter either."""


_ASKS = re.compile(
    r"\b(?:gi|chi|mo|dau|nao|ai|bao|may|nhieu|rang|sao|how|what|where)\b|(?:khong|hong|ko|k|hok)\W*$"
)


def asked_facet(plain: str) -> Facet | None:
    """The facet that a folded question asks for; the first in order of precedence."""
    for facet, pattern in _FACETS:
        if facet is Facet.WHERE and _ONLINE_ASKED.search(plain):
            return Facet.ONLINE
        if pattern.search(plain):
            return facet
    return Facet.ONLINE if _ONLINE.search(plain) else None


def facet_clues(plain: str) -> tuple[str, ...]:
    """Every facet that a folded question has words for, and which of them goes first."""
    found = [facet.value for facet, pattern in _FACETS if pattern.search(plain)]
    if _ONLINE.search(plain):
        found.append(Facet.ONLINE.value)
    first = asked_facet(plain)
    return (*dict.fromkeys(found), f"first {first.value}" if first else "none")


def second_facet(plain: str, first: Facet | None) -> Facet | None:
    """A second facet that the same question asks for, in words that leave no doubt."""
    if first not in _PLAIN_FACETS:
        return None
    patterns = (found for found in _FACETS if found[0] in _PLAIN_FACETS and found[0] is not first)
    return next((facet for facet, pattern in patterns if pattern.search(plain)), None)


def asks(plain: str) -> bool:
    """Whether folded words hold one that asks, or end as a question of yes or no does."""
    return _ASKS.search(plain) is not None


def asks_online(plain: str) -> bool:
    """Whether a folded question speaks of handing in online."""
    return _ONLINE.search(plain) is not None


def without_asking(plain: str) -> str:
    """A folded question with a stop in place of each phrase that only asks."""
    return _ASKING_PHRASES.sub(" . ", plain)
