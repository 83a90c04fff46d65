"""Knows the tricks by which citizens are called, messaged and robbed."""

from __future__ import annotations

from app.answering.patterns import any_of

_TRICK = any_of(
    r"(?<!chong )(?<!phong )(?<!toi )(?<!hanh vi )(?<!phong chong )lua dao",
    r"(?:gia|mao) danh",
    r"gia mao (?:can bo|cong an|co quan|nguoi|trang|vneid|ung dung|app|so|ngan hang|zalo|facebook)",
    r"(?:bi|moi|vua|lo bi|so bi|nghi bi)(?: (?:no|ho|nguoi ta|ke gian|chung|dua nao|ai do|"
    r"\w+ la))? "
    r"(?:lua(?! (?:chay|dot|lan|ep|bo|thieu|vang|do|sau))|gat (?:tien|mat|lay|het|sach)|lua gat|"
    r"dung chieu)",
    r"lua (?:mat|lay|sach|gat|(?:cua )?(?:toi|tui|em|ba|me|ma|con) (?:mat|het|\d+|may))",
    r"xung (?:la|danh|can bo|cong an|dia chinh|nhan vien|toa|thue|ben|o|buu dien|vien|ngan hang|"
    r"dien luc|giao vien|bac si|luat su|si quan|hai quan|bao hiem|dai ta|nguoi)",
    r"tu (?:xung|nhan|gioi thieu)(?: \w+){0,2} (?:la|cong an|can bo|thue|nhan vien|ben|ngan hang|"
    r"toa|dien luc|bao hiem|vu)",
    r"(?<!dang nhap )(?<!cong )(?<!vneid )(?:doc|doi|xin|hoi|dua|cung cap|yeu cau|bao|keu|bieu|"
    r"cho|nhap|lay|(?<!khong )(?<!chua )gui)"
    r"(?: \w+){0,4} otp(?! (?:o|tai|khong ve|chua ve))",
    r"(?:doc|bieu doc|keu doc|doi|hoi|xin)(?: \w+){0,3} ma (?:so |gi )?(?:6|sau|bon|4|xac|gui ve|"
    r"trong tin nhan|tren may|pin|bao mat)",
    r"tai khoan an toan",
    r"(?:mat|bay|tru|rut|boc hoi)(?: \w+){0,3} tien (?:trong |o |tu )?(?:tai khoan|the|ngan hang)",
    r"(?:zalo|facebook|fb|nick|tai khoan|dien thoai)(?: \w+){0,3} (?:bi )?(?:hack|chiem (?:quyen|"
    r"mat))",
    r"bi hack",
    r"(?:chia se|quay|share) man hinh",
    r"(?:tai khoan|the)(?: \w+){0,2} (?:bi )?(?:tru|mat|rut|boc hoi) (?:het|sach|mat|tien)",
    r"(?:ru|du|moi|keu)(?: \w+){0,3} (?:lam nhiem vu|nhiem vu online|chot don)",
    r"(?:cong an|can bo|hai quan|canh sat|toa|bac si|nhan vien|thay giao|co giao|luat su|app|web|"
    r"trang|zalo|"
    r"link|dich vu cong) (?:gia(?! (?:dinh|han|tri|dat|re|bao|thue|la|nhap))|dom)",
    r"xung (?:co|con|c)g an",
    r"(?:tin nhan|tin|sms)(?: \S+){0,16} (?:click|bam|kem|nhan)(?: \w+){0,2} link",
    r"(?:goi|nhan)(?: \w+){0,3} (?:doi|bat|keu) (?:dong |nop )?phi(?: \w+){0,9} (?:tai khoan|"
    r"chuyen)",
    r"(?:bat|phai) giu bi mat",
    r"viec nhe luong cao",
    r"(?:lam|chot|nhan) (?:nhiem vu|don ao)(?: \w+){0,6} (?:tien|hoa hong|nap|coc)",
    r"(?:trung|duoc) (?:thuong|giai|qua)(?: \w+){0,10} (?:dong|nop|chuyen|phi|coc|thue) (?:truoc|"
    r"\w+ truoc|"
    r"phi|thue|khoan|tien|\d)",
    r"\w*apk",
    r"bat coc online",
    r"(?:link|duong dan|tin nhan|web|trang web) la(?! (?:gi|sao|cua|nhu|co|duoc|len|xong|bao|vao))",
)
_CALLED = any_of(
    r"(?:co|mot|may) (?:may )?(?:nguoi|ong|ba|chu|cau|anh|chi|thang|dua|so|co)(?: \w+){0,4} "
    r"(?:goi|nhan tin|nhan zalo|ket ban|xung|tu nhan|gui (?:link|tin|zalo|duong)|toi nha|vo nha|"
    r"den nha)",
    r"so la",
    r"nguoi la",
    r"(?:ho(?! (?:ngheo|can|gia|khau|so))|no(?! (?:tien|nan))|nguoi ta|ai do|thang nao|dau day|"
    r"ke la|ke gian) (?:\w+ )?(?:goi|nhan|keu|bao|bieu|noi|doi|gui|bat|hua|doa|"
    r"hoi|kieu|du)",
    r"(?:goi|nhan tin|nhan zalo|dien thoai|alo)(?: \w+){0,6} (?:bao|noi|yeu cau|bat|doi|keu|bieu|"
    r"moi|doa|hu|kieu|"
    r"hoi|xin|du)",
    r"goi (?:video|zalo|dien)(?: \w+){0,5} (?:bao|noi|keu|bieu|doi|yeu cau|doa|hoi)",
    r"(?:nhan|gui|co|dinh) (?:\w+ )?(?:tin nhan|tin|zalo|messenger|link|duong link)(?! (?:vneid|"
    r"bao ho so))",
    r"(?:zalo|facebook|telegram|messenger|fb|tiktok)(?: \S+){0,8} (?:bao|keu|bieu|doi|yeu cau|"
    r"moi|du|nhan|"
    r"chup|ket ban|ru)",
    r"(?:ngan hang|dien luc|thue|bao hiem|cong an|toa|can bo|shipper|buu dien|nha mang|viettel|"
    r"mobi|vina|"
    r"dia chinh|hai quan|benh vien|dia chinh xa|xa|phuong|uy ban)(?: \w+){0,4} (?:goi|nhan tin|"
    r"nhan link|"
    r"goi dien|goi video|ket ban)",
    r"ket ban (?:zalo|facebook|fb|roi)",
    r"bi (?:\w+ )?goi",
    r"(?:mot|co) (?:cuoc|so) goi",
    r"(?:someone|somebody|a man|a woman|stranger|caller|they) (?:\w+ ){0,3}(?:called|phoned|"
    r"texted|messaged|"
    r"asked|claiming|rang|calls)",
    r"(?:call|message|text|email|sms) (?:\w+ ){0,3}(?:claiming|saying|from|with|asking)",
)
_ROBS = any_of(
    r"chuyen (?:tien|khoan|gap|truoc|lien|cho ho|cho no|qua cho|\d+|may trieu|muoi trieu|"
    r"mot trieu)(?! cong an)",
    r"(?:dong|nop|coc|dat coc|nap|ung)(?: \w+){0,3} (?<!don )(?<!nam )(?<!thang )(?<!so "
    r")(?<!giay )truoc",
    r"nap (?:tien|the)",
    r"the (?:cao|nap)",
    r"(?:phi|tien) (?:ho so|van chuyen|bao lanh|giai ngan|coc)",
    r"mat khau",
    r"ma (?:pin|xac (?:thuc|nhan|minh)|bao mat|otp)",
    r"doc (?:cai |may |day |\w+ )?(?:ma|so)",
    r"otp",
    r"cai (?:\w+ )?(?:app|ung dung|phan mem|file|vneid|dich vu cong|etax)",
    r"(?:tai|tai ve|down) (?:\w+ )?(?:app|ung dung|phan mem|file)",
    r"(?:bam|nhan|click|nhap|vo|vao|qua|gui|duong|co|mot|kem|link|with a|a) (?:vao |vo |cai |"
    r"mot |duong )*"
    r"(?:link|linh|duong dan)",
    r"chup (?:\w+ ){0,2}(?:hai mat|2 mat|can cuoc|cccd|so do|so|the|khuon mat|mat)",
    r"gui (?:\w+ )?(?:anh|hinh)(?: \w+){0,2} (?:can cuoc|cccd|so do|the|mat)",
    r"(?:gio|dua|quay) (?:\w+ )?(?:can cuoc|cccd|khuon mat|mat) (?:\w+ )?(?:truoc|len|ra|cho)",
    r"quet (?:\w+ )?(?:khuon mat|mat|qr|ma)",
    r"(?:gui|chup) (?:\w+ ){0,2}(?:khuon mat|chan dung)",
    r"vien phi",
    r"no tien (?:dien|nuoc|mang|thue|cuoc)",
    r"so (?:tai khoan|the)(?: ngan hang)?(?: de| cho| roi)",
    r"hoan (?:\w+ )?(?:tien|thue)",
    r"trung (?:thuong|giai|xe|iphone|dien thoai|tivi|vang|qua)",
    r"nhan (?:qua(?! (?:buu|tai|ngan|the|app|mang|zalo|vneid|dien))|thuong|giai)",
    r"cat (?:dien|nuoc|mang|so|internet)",
    r"khoa (?:\w+ )?(?:so|sim|tai khoan|the|thue bao|dien thoai|2 chieu|hai chieu)",
    r"(?:lien quan|dinh liu|dinh)(?: \w+){0,4} (?:vu an|ma tuy|rua tien|duong day|phap luat|"
    r"toi pham)",
    r"lenh bat",
    r"(?:doa|bi|se) bat(?! buoc)",
    r"nang cap (?:\w+ )?(?:app|sim|the|tai khoan|ung dung|4g|5g)",
    r"(?:dong bo|chuan hoa|lam sach|cap nhat|xac thuc|bo sung|kich hoat|dinh danh)(?: \w+){0,3} "
    r"(?:du lieu|thong tin|vneid|so do|thue bao|dinh danh|can cuoc|cccd|sinh trac|muc 2|dat dai|"
    r"sim|etax)",
    r"nop phat",
    r"dau tu",
    r"(?:tien ao|san forex|san chung khoan|da cap|usdt)",
    r"(?:vay|giai ngan)(?: \w+){0,3} (?:nhanh|online|truoc|phi|bao hiem khoan vay)",
    r"(?:dang|bi) (?:mo|cap cuu|tai nan|cap|bat)(?: \w+){0,10} (?:chuyen|trieu|tien|vien phi)",
    r"(?:transfer|send|pay) (?:\w+ ){0,3}(?:money|fee|million|deposit)",
    r"(?:install|download|click|password|bank details|my otp|one time|verification code)",
)
_DOUBT = any_of(
    r"(?:that|thiet) (?:hay|khong|ko|hong|ha|a|do|khg)",
    r"(?:that|thiet|gia)\W*$",
    r"tin (?:\w+ )?(?:duoc|noi|khong|hong|ko)",
    r"(?:co )?nen (?:tin|cai|bam|chuyen|dua|doc|lam|gui|nop|dong|nghe|cho)",
    r"(?:co )?phai (?:la )?(?:lua|lua dao|gia|that|thiet|dung)",
    r"(?:gui|doc|cai|bam|dua|lo|chup)(?: \w+){0,3} roi(?: \w+){0,3} (?:co sao|sao|phai lam|"
    r"lam sao)",
    r"dung (?:\w+ )?khong",
    r"nghi (?:lua|gia|qua)",
    r"(?:so|lo) (?:qua|bi lua|lam)",
    r"(?:is (?:this|it) (?:real|true|a scam|legit|genuine)|scam|fraud|should i)",
)
_OFFERS = any_of(
    r"trung (?:thuong|giai)",
    r"hoan (?:tien )?thue",
    r"(?:dau tu|gop von)(?: \w+){0,6} (?:loi|lai)",
    r"bao lay lai (?:tien|duoc tien)",
    r"lay lai (?:duoc )?tien (?:bi )?lua",
    r"(?:cho vay|vay tien)(?: \w+){0,6} (?:phi|coc|dong|nop|chuyen) (?:truoc|bao hiem|ho so)",
    r"tuyen (?:cong tac vien|nguoi|nhan vien)(?: \w+){0,6} (?:coc|dong|nap|tai nha)",
    r"kiem tien online",
    r"(?:quan he|ban trai|ban gai|nguoi nuoc ngoai)(?: \w+){0,6} (?:gui qua|thung hang|"
    r"phi hai quan)",
)
_PAPERS = any_of(
    r"(?:tai|lay|dang nhap|mo|vao|quen|doi)(?: \w+){0,2} (?:mau|to khai|mat khau vneid)",
    r"to cao(?: \w+){0,4} (?:o dau|the nao|cho ai|can|nop|don)",
    r"dieu kien",
)
"""What makes the same words an ordinary question."""


def scam_signs(plain: str) -> tuple[str, ...]:
    """What is seen in a folded question of a trick, a call, a robbery, a doubt and an offer."""
    seen = {
        "trick": _TRICK.search(plain) is not None,
        "called": _CALLED.search(plain) is not None,
        "robs": _ROBS.search(plain) is not None,
        "doubt": _DOUBT.search(plain) is not None,
        "offers": _OFFERS.search(plain) is not None,
        "ordinary": _PAPERS.search(plain) is not None,
    }
    told = seen["trick"] or (seen["called"] and seen["robs"])
    doubted = seen["offers"] and seen["doubt"] and (seen["robs"] or seen["called"])
    seen["robbed"] = doubted or (told and not seen["ordinary"])
    return tuple(sign for sign, there in seen.items() if there)
