"""Knows a cry for help from a question about papers that speaks of the same misfortune."""

from __future__ import annotations

import re

from app.answering.patterns import any_of

_NO_BLOW = r"(?! (?:sach|muc|nghia|du|hieu|tinh|ba|bai|ca|so|van|may|bat|gia|dau|thue|bac|de|vang))"
"""“đánh” or “danh” that hits nobody: danh sách, định danh, đánh bạc, đánh giá."""
_BLOW = (
    rf"(?:(?<!dinh )danh{_NO_BLOW}|dap|chem|dam(?! (?:cuoi|tang|gio|ruong|dat|ray|bao|ma|cho))|"
    r"bop co|hanh hung|bao hanh|doa giet|de doa|truy sat|giet)"
)
_NEAR = (
    r"(?:toi|tui|tau|em|con|chau|be|no|me|ma|ba|bo|cha|ong|vo|chong|anh|chi|co|di|chu|bac|cau|noi|"
    r"ngoai|ban|nguoi ta|hang xom|minh)"
)
_WATER = (
    r"(?:muong|song|gieng|ao|ho(?! (?:so|khau|dan|ngheo|tro|tich|gia))|kenh|bien|suoi|cong|dap|bau|"
    r"ho boi|nuoc)"
)
_RUNS = (
    r"(?! (?:may|xe|ve|ra|qua|sang|len|xuong|cho|tien|toi|vo|vao|dien|theo|lui|di|hang|viec|an|bo|"
    r"no|tui|grab|show|quang|thu|bang|xuat|giay|ho so|thu tuc|dat|cua hang))"
)
"""Without marks “cháy” is also “chạy”."""

_CRIES = any_of(
    # fire, gas, electricity
    r"chay (?:bep|rung|nha(?! (?:may|hang|dat|nuoc))|chung cu|binh gas?|phong tro|can nha)",
    rf"nha(?: (?:toi|tui|em|minh|con|bac|ben canh|ben kia|ke ben|hang xom|dan|tro|sau|truoc|"
    rf"(?:ong|ba|anh|chi|chu) \w+))?(?: (?:dang|bi|boc))? chay{_RUNS}",
    r"chay (?:lan|rui|phung)",
    r"chay roi(?: \w+)? chay",
    r"(?:boc|phat|bat) (?:lua|khoi|chay|hoa)",
    r"lua (?:chay|boc|lan|dang|ngun ngut|phung phung|lem)",
    r"khoi (?:den|mu mit|nghi ngut|bay mu|boc|um)",
    r"(?:ro|xi|xit|bay) (?:ri |ra )?(?:khi )?gas",
    r"(?:mui|hoi) (?:khi )?gas",
    r"no binh (?:gas?|ac quy)",
    r"(?:bi |moi )?dien giat",
    r"day dien(?: \w+){0,3} (?:dut|rot|roi xuong|xet|toe lua)",
    r"(?:dut|chap|cham) day dien",
    r"(?:chap|cham) dien",
    # water and storms
    rf"(?:rot|te|nga|roi|lot|sut|truot|nhao)(?: \w+){{0,2}}(?<! gay) (?:xuong|vo|"
    rf"vao) (?:\w+ )?{_WATER}",
    r"(?:ghe|xuong|thuyen|do|tau|thung) (?:bi |dang )?(?:lat|chim)",
    r"(?:lat|chim) (?:ghe|xuong|thuyen|tau)",
    r"(?:nuoc|lu|lut|song)(?: \w+)? (?:cuon|keo)(?: \w+){0,3} (?:troi|di|mat|nguoi|ra)",
    r"lu cuon",
    r"nuoc (?:lu |lut )?(?:len|dang|dang len|tran|vo|vao|ngap)(?: \w+){0,3} "
    r"(?:nua nha|mai|nguc|co(?! \w)|that lung|lung quan|bung|dau goi|noc|gac|giuong|tran nha|"
    r"trong nha)",
    r"(?:mac|bi) ket(?: \w+){0,3} (?:tren|trong|giua|duoi|lai)",
    r"mac ket",
    r"(?:ngoi|leo|dung|o) (?:\w+ )?tren (?:mai|noc|gac)(?: \w+){0,5} (?:cuu|nuoc|cho|lanh|doi)",
    r"(?:sat|lo|do) (?:lo|dat|nui)(?: \w+){0,4} (?:vui|lap|de|trum)",
    r"(?:bi|dang) vui",
    r"vui lap",
    rf"(?:cay|tuong|cot|tru)(?: \w+){{0,3}} nga(?: \w+)? de (?:trung |len |ngang |ca )?"
    rf"(?:nguoi|chan|tay|dau|{_NEAR})",
    r"(?:sap|do) (?:ham|gian giao|cong trinh|cau)(?: \w+){0,3} (?:co|nguoi|ket|de|vui)",
    # illness
    r"bat tinh",
    r"(?<!goi )(?<!keu )(?<!doi )bat dong(?! (?:phi|tien|san|thue|bao|dau))",
    r"hon me",
    r"ngat(?: xiu| lim)? (?:di|roi|luon|xuong)",
    r"ngat xiu",
    r"nga ngat",
    r"te xiu",
    r"xiu (?:xuong|roi|luon|ngang|len)",
    r"(?:guc|nga quy|nga khuyu|lan dung|lan ra)(?: xuong| ngay| dat| san)*",
    r"(?:goi|keu|lay)(?: \w+){0,2} (?:hoai|mai|may|the nao|cach (?:chi|gi)|kieu (?:chi|gi))"
    r"(?: \w+){0,2} (?:khong|chang|ko|k|hong)(?: \w+)? (?:day|tinh|thuc|mo mat|nhuc nhich)",
    r"(?:khong|ngung|tat|het|ngop|nghet) tho (?:duoc|noi|roi|luon|nua)",
    r"kho tho(?! (?:cung|nay|ni|do|cua|hay|van))",
    r"(?:ngung|ngop|nghet) tho",
    r"tho (?:khong (?:noi|duoc|ra)|thoi thop|ngap ngap|hon hen|doc)",
    r"(?:tim|mach) ngung|ngung tim",
    r"tim tai (?:ngat|di|het|nguoi)",
    r"meo (?:\w+ )?(?:mieng|mom|mat)",
    r"(?:mieng|mom|mat) (?:bi |tu nhien )?meo",
    r"noi (?:ngong|diu|khong ra tieng|khong ra loi)",
    r"(?:tay|chan)(?: \w+){0,2} (?:khong|chang|het|ko)(?: \w+)? (?:gio|cu dong|nhac|nhuc nhich)",
    r"liet (?:nua nguoi|mot ben)(?: \w+){0,2} (?:roi|luon|dot ngot|bat ngo|tu nhien)",
    r"dot (?:quy|qui)",
    r"nhoi mau",
    r"(?:dau|tuc|nhoi|that) (?:\w+ )?nguc",
    r"len con (?:dau tim|suyen|hen|dong kinh|co giat|giat|dau)",
    r"co giat",
    r"sui bot",
    r"tron (?:mat|trang)",
    # bites, poison, wounds
    r"ran(?: \w+){0,2} (?:can|mo|cap)(?! (?:giay|cuoc|ho so|ban))",
    r"(?:ong vo ve|bay ong|to ong|bo cap|con ret|ret)(?: \w+){0,2} (?:dot|chich|can)",
    r"cho (?:dai|dien)(?: \w+){0,2} can",
    r"hoc xuong",
    r"(?:mac|nghen|bi hoc)(?: \w+)? (?:xuong|hat|keo|thach|com)(?: \w+){0,3} (?:co|hong|hong)?",
    r"sac (?:sua|com|chao|bot)",
    r"nuot (?:phai|nham|trung|lon|vien pin|cuc pin|nam cham|dong xu|dinh)",
    r"uong(?: \w+)? (?:nham|lon|phai|trung)",
    r"an (?:nham|phai|trung)(?: \w+)? (?:nam|doc|la|ca noc|ba|thuoc)",
    r"uong(?: \w+){0,2} (?:thuoc (?:sau|tru sau|chuot|co|diet|re|doc|ray|muoi)|axit|xang|dau hoi|"
    r"dau (?:lua|hoa)|chat tay|nuoc tay|nuoc rua)",
    r"uong (?:ca|nguyen|het|mot) (?:\w+ )?(?:vi|hop|lo|nam|dong|voc|chai) thuoc",
    r"(?:ngo|trung) doc",
    r"chay (?:\w+ )?mau",
    r"mau (?:chay|tuon|phun|ra)(?: \w+)? (?:nhieu|qua|khong|hoai|xoi|lenh|dam|lai lang)",
    r"(?:dut|lia|gan dut) (?:lia )?(?:tay|chan|ngon|dong mach|gan)",
    r"(?:bong|phong) (?:nang|lua|nuoc soi|xang|toan than)",
    r"bi (?:\w+ )?(?:do|tat) nuoc soi",
    # birth
    r"vo (?:nuoc )?oi",
    r"chuyen da",
    r"bang huyet",
    r"(?:de|sinh) (?:rot|giua duong|doc duong|tren xe|ngay tren)",
    r"sap (?:de|sinh)(?: \w+){0,8} (?:khong co xe|khong kip|dau qua|dau bung|cuu|toi gap|xe cap)",
    # accidents
    r"(?:xe|oto|container|moto|tau)(?: \w+){0,3} (?:tong|(?<!da )lat|lao xuong|lao vo|"
    r"can (?:qua|len|ngang|chan|nguoi|trung))",
    r"tong (?:nhau|trung|manh|lien hoan)",
    r"tai nan[^?]{0,40} (?:nam (?:im|la liet|giua|do|bat|duoi|guc)|mau|nang lam|nang qua|ket|"
    r"bat tinh|chua ai|xe cap|khong ai)",
    r"tai nan(?: \w+){0,3} (?:o|tai|ngay|truoc)(?: \w+)? (?:day|truoc|nga|cau|cong|doan|cho|khuc|"
    r"quoc lo|duong|doc|deo|vong xoay)",
    r"(?:te|nga) xe[^?]{0,40} (?:nam|mau|bat|khong (?:day|tinh)|giua duong|gap|u dau)",
    r"(?:te|nga|rot|roi) (?:tu |tren )+(?:\w+ )?(?:cay|gian giao|mai|noc|lau|tang|gac|thang)",
    r"nam (?:im|bat dong|guc|soai|la liet|ngat)(?! tren so)",
    # violence and theft
    rf"dang(?: \w+){{0,3}} {_BLOW}",
    r"dang(?: \w+){0,2} (?:pha|cay|be|dap) (?:cua|khoa|nha)",
    rf"bi(?: \w+){{0,3}} {_BLOW}",
    r"(?:cam|vac|xach|rut|quo|vung|ke|mang|lam) (?:con |cay )?(?:dao|rua|ma tau|kiem|sung|hung khi|"
    r"bua|ong tuyp)",
    r"(?:ruot|duoi|lung)(?: \w+)? (?:chem|giet|tan cong)",
    r"(?:ruot|duoi) (?:theo )?danh (?:toi|tui|em|con|vo|me|nguoi|nhau|no)",
    r"(?:doi|doa|hung|dinh|doa se) (?:\w+ )?(?:giet|chem|dam chet|dot nha|dot)",
    r"dot nha",
    rf"(?:chong|ba|cha|bo|ong|con trai|anh trai)(?: \w+){{0,4}} danh "
    rf"(?:{_NEAR}|dap|tan|chet|sung|bam|may bua)(?! (?:may|bac|ky|gia))",
    r"bat coc",
    r"(?:hiep dam|cuong hiep|xam hai|giao cau|so soang|quay roi tinh duc)",
    r"danh nhau (?:to|du|loan|ngoai|truoc|trong|chay mau|bang)",
    r"co (?:danh nhau|cuop|trom|dam chem|tieng no|tieng sung)",
    r"cuop (?:giat|xe|tiem|dien thoai|gio|day chuyen|tien|cua)",
    r"(?:trom|cuop|ke gian|ke la|nguoi la)(?: \w+){0,3} (?:dang|vao|vo|leo|dot nhap|be|cay|pha|lot|"
    r"nap|trong nha|treo)",
    r"(?:cay|pha|be|dap) (?:cua|khoa)(?: \w+){0,2} (?:nha|vo|vao|phong)",
    # weary of life
    r"(?<!doi )(?<!met )(?<!cuoi )(?<!nong )(?<!lo )(?<!cho )(?<!so )(?<!ngon )(?<!buon ngu )"
    r"(?<!lanh )(?<!gian )(?<!them )(?<!mac )(?<!kho )(?<!vui )(?<!ban )(?<!lau )muon chet",
    r"(?:khong|chang|het|hong|ko|chan)(?: con| muon| thiet| thich| them)* song(?: nua| tiep|\W*$)",
    r"song (?:lam|de lam) (?:chi|gi)(?: nua)?",
    r"chan song(?: lam| qua| roi| nua)*",
    r"doi nhay(?: xuong)?",
    r"(?:khong|het) song noi",
    r"(?:muon|dinh|doi|tinh|se|nghi toi|nghi den|toan)(?: \w+)? (?:tu sat|tu van|quyen sinh|"
    r"ket lieu|treo co|nhay (?:cau|lau|song)|cat (?:tay|mach))",
    r"(?:chao|nhan|loi|thu|tin) vinh biet",
    r"vinh biet (?:moi nguoi|ca nha|ba me|cuoc doi)",
    r"(?:so|lo)(?: \w+){0,3} (?:lam bay|lam lieu|nghi quan|nghi bay|dai dot|lam chuyen dai)",
    r"(?:nghi|tinh) (?:quan|chuyen dai dot)",
    r"chet (?:quach|phut|mau)? ?(?:di )?cho (?:roi|xong|khoe|nhe|rang)",
    # calls for help
    r"(?:goi|keu)(?: \w+){0,2} (?:cap cuu|cuu hoa|cuu thuong|xe cuu|cong an (?:gap|lien|ngay))"
    r"(?! (?:co (?:mat|ton|duoc)|mat|ton))",
    r"(?:can|cho|keu|goi) (?:gap )?xe (?:cap cuu|cuu thuong|cuu hoa|chua chay)",
    r"so (?:dien thoai )?(?:cua )?(?:cuu hoa|cap cuu|cuu thuong|cuu nan|chua chay|canh sat 113)",
    r"(?:cap cuu|cuu hoa|cuu thuong)(?: thi)?(?: goi| la)?(?: so)? (?:may|nao)",
    r"cong an (?:toi|den|xuong|qua|vo)(?: \w+){0,3} (?:gap|ngay|lien)",
    r"(?:toi|den|xuong|vo) (?:cuu|giup) (?:gap|ngay|lien|voi)",
    r"cap cuu (?:gap|ngay|voi|giup)",
    # lost
    r"(?:con|chau|be|em|ba|ong|me|noi|ngoai|no)(?: \w+){0,4} (?:bi lac|di lac|mat tich)",
    r"(?:lac|mat dau) (?:mat )?(?:con|chau|be|dua)(?: \w+){0,4} (?:o|giua|tim|chua|khong|roi)",
)
_CRIES_MARKED = any_of(
    r"cháy(?= (?:rồi|nhà|to|lớn|dữ|xe|chợ|quán|kho|xưởng|rừng|chuồng|lan|ở|ngay|nữa|rụi|kìa))"
    r"(?! nhà (?:máy|hàng))",
    r"(?:đang|bị|bốc|phát|lửa) cháy(?! (?:nắng|túi|hàng|máy|vé|da))",
    r"tự (?:tử|sát|vẫn)",
    r"treo cổ",
    r"nhảy (?:cầu|lầu)",
    r"(?:chết đuối|đuối nước|đuối (?:ngoài|dưới|ở|giữa|trong) \w+)",
    r"(?<!tra )(?<!khẩn )(?<!nghiên )(?<!xét )cứu (?:tôi|tui|với|em|con|mạng|người|bà con)",
    r"(?:ngã|đổ|sập|lật)(?: \w+){0,3} (?:đè|trúng) (?:người|chân|tay|đầu|lên)",
    r"(?:đuối|chìm) (?:dưới|giữa) (?:sông|hồ|ao|biển)",
    r"hóc (?:xương|hạt|kẹo|thạch|dị vật|đồng xu|cơm)",
    r"ong (?:vò vẽ )?(?:đốt|chích)",
    r"chó(?: \w+){0,2} cắn(?: \w+){0,4} (?:máu|nát|mặt|nặng|đứt|rách)",
    r"(?:đụng|tông|đâm|va)(?: \w+)? xe[^?]{0,40} (?:nằm|máu|nặng|chết|gấp|bất)",
    r"(?:cắt|rạch) (?:cổ )?(?:tay|mạch)(?: tự| rồi| máu| của nó)",
)
# “từ từ”, “dưới nước”, “tra cứu với”, “đang chạy” are written the same without marks.
_CRIES_UNMARKED = any_of(
    rf"(?:nha|cho|rung|quan|kho|truong|xuong|chuong)(?: \w+){{0,3}} dang chay{_RUNS}",
    r"(?:chay|boc chay) (?:du|lon|to|kia|kho|quan|xuong|cho) (?:qua|lam|roi|kia)",
    r"^chay (?:roi|nha)",
    r"(?:muon|dinh|doi|nguoi|no|con) tu tu(?! (?:dong|nop|tra|lam|moi|roi|cung))",
    r"(?:muon|dinh|doi|nguoi) nhay (?:cau|lau)",
    r"(?:bi|nguoi|tre|be|dua|chau) (?:\w+ )?duoi nuoc",
    r"(?:bi|nguoi|tre|be) chet duoi(?! \d)",
    r"(?<!tra )(?<!nghien )(?<!xet )cuu (?:toi|tui|voi|mang|em|con|nguoi)(?! (?:thong tin|ho so|"
    r"tro))",
)
_ENGLISH = any_of(
    r"(?:chest pain|heart attack|stroke|seizure|unconscious|bleeding(?! heart)|not breathing)",
    r"(?:cant|can t|can't|cannot|can’t|not able to) (?:breathe|wake)",
    r"(?:is|are|was|got|being|am) (?:on fire|drowning|choking|dying|trapped|stabbed|attacked|"
    r"beaten)",
    r"(?:house|building|kitchen|room|car) (?:is )?(?:on fire|burning)",
    r"(?:kill|hurt) (?:myself|himself|herself)",
    r"(?:want|going) to die",
    r"(?:suicide|suicidal)",
    r"(?:snake ?bite|bitten by a snake|poisoned)",
    r"(?:beating|attacking|hitting|stabbing|following|strangling) (?:me|my|her|him|us)",
    r"(?:call|need|send) (?:an |the )?(?:ambulance|police now|fire brigade|fire truck)",
    r"help (?:me|us) (?:please )?(?:now|quick|quickly|someone|there is|a man)",
    r"(?:someone|thief|burglar)(?: \w+){0,3} (?:breaking|broke) in",
    r"gas leak",
)
_PAPERS = any_of(
    r"phong chay",
    r"(?:bong|bong den|den|den duong)(?: \w+){0,4} chay",
    r"chua chay(?! (?:toi|den|xuong|gap|dau|o dau|so|voi))",
    r"bao hiem",
    r"tro (?:cap|giup)",
    r"cuu (?:tro|xet)",
    r"(?:duoc|xin|tien|muc|nha nuoc|xa|co) ho tro",
    r"ho tro (?:bao nhieu|gi|khong|tien|chi phi|khan cap)",
    r"khoan (?:chi|tien|ho tro|nao)",
    r"thu tuc",
    r"giay(?! (?:phut|nua|lat))",
    r"ho so",
    r"don (?:keu|to|khieu|xin|yeu|trinh)",
    r"(?:lam|viet|gui|nop) don",
    r"phat bao nhieu",
    r"muc phat",
    r"thanh toan",
    r"vien phi",
    r"quyen loi",
    r"(?<!dinh )(?<!ngoai )huong(?! (?:nao|dong|tay|nam|bac))",
    r"dang ky",
    r"khai (?:tu|sinh|bao)",
    r"mai tang",
    r"(?:lam|cap|xin) (?:\w+ )?lai",
    r"(?:so do|so hong|can cuoc|cccd|ho khau)",
    r"boi thuong",
    r"chi phi",
    r"che do",
    r"giam dinh",
    r"khuyet tat",
    r"mien giam",
    r"vay (?:von|tien)",
    r"ly hon",
    r"li di",
    r"to cao",
    r"khieu nai",
    r"khoi kien",
    r"toa an",
    r"nhan chung",
    r"tuyen bo",
    r"hoa giai",
    r"ly lich",
    r"to lieu",
    r"chung (?:nhan|thuc|chi|tu)",
    r"(?:lop|khoa|day|hoc) (?:\w+ )?(?:so cuu|boi|cuu ho|cap cuu)",
    r"so cuu(?! nan| ho| hoa| thuong)",
    r"tap huan",
    r"dien tap",
    r"phong (?:tranh|ngua|chong)",
    r"(?:nam|mo|chiem bao) (?:thay|ngu)",
    r"mo (?:thay )?(?:ran|nha|chay)",
    r"danh con (?:gi|chi|so)",
    r"(?:phim|game|truyen|bai hat|tieu thuyet|bai van|bai tho)",
    r"(?:nam|thang|tuan|bua) (?:ngoai|truoc|roi|kia)(?! .{0,20}(?:gio|chu) )",
    r"(?:hoi|cach day|tu) (?:do|xua|nam|may nam|hai nam|\d+ (?:nam|thang)|nho)",
    r"gia (?:bao nhieu|the nao)",
    r"(?:mua|ban|lap) (?:\w+ )?(?:binh|may|thiet bi)",
    r"quy hoach",
    r"xay (?:nha|ke|bo|lai)",
    r"(?:fire|flood|health|travel) (?:safety|insurance|permit|support|relief)",
    r"certificate",
    r"compensation",
    r"allowance",
    r"last (?:year|month|week)",
)
"""What shows that the question is about papers, money, the law or the past."""
_NOW = any_of(
    r"cuu (?:toi|tui|em|con|voi|mang|gap|giup)(?! (?:xet|tro))",
    r"(?:goi|keu) (?:giup |gium |dum )?(?:xe )?(?:cap cuu|cuu hoa|cuu thuong)",
    r"(?:cap cuu|cong an|cuu hoa) (?:toi|den|xuong) (?:gap|ngay|lien)",
    r"khong (?:tho|muon song|thiet song)",
    r"(?:dang|con) (?:boc|chay mau|bat tinh|ket)",
)
"""What outweighs the papers."""


def emergency_signs(words: str, plain: str, marked: bool) -> tuple[str, ...]:
    """What is seen in a question of danger, of papers, and of danger that is now.

    Args:
        words: the question in the records' words, lower case.
        plain: the same, folded.
        marked: whether the question was typed with marks.
    """
    cries = (
        _CRIES.search(plain)
        or (_CRIES_MARKED.search(words) if marked else _CRIES_UNMARKED.search(plain))
        or _ENGLISH.search(plain)
    )
    papers = len(re.findall(_PAPERS, plain))
    now = _NOW.search(plain) is not None
    seen = {
        "danger": cries is not None and (papers == 0 or (now and papers == 1)),
        "cries": cries is not None,
        "papers": papers > 0,
        "now": now,
    }
    return tuple(sign for sign, there in seen.items() if there)
