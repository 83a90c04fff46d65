"""Rewrites a training question as residents write and speak: a seed gives the same words again.

The pairs we train on are titles and examination questions in careful spelling. Ours come from
telephones, in the speech of Quảng Nam, without marks or from a microphone. Every table below says
why it is there; :class:`Augmenter` draws from them.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from knowledge_base.syllables import fold, is_marked, nfc

Words = Mapping[str, Sequence[str]]

TEENCODE: Words = {
    # what telephones and Zalo groups write for the commonest words
    "không": ("ko", "k", "hok", "hông", "kg", "hk"),
    "được": ("dc", "đc", "đk", "đươc"),
    "gì": ("j", "gi", "jì"),
    "vậy": ("z", "v", "vậy"),
    "rồi": ("r", "rùi", "roài"),
    "muốn": ("mún", "mun", "mượn"),
    "bao nhiêu": ("bn", "bnhiu", "nhiêu", "bao nhiu"),
    "thế nào": ("tn", "như nào", "sao"),
    "như thế nào": ("ntn", "như nào", "thế nào"),
    "người": ("ng", "ngừi", "ngta"),
    "với": ("vs", "zới"),
    "cho": ("cho", "cko"),
    "mình": ("mik", "mk", "mh"),
    "những": ("nhg", "nhữg"),
    "trước": ("trc", "trước"),
    "làm": ("lm", "làm"),
    "biết": ("bít", "bik"),
    "giờ": ("h", "giờ"),
    "bây giờ": ("bh", "bây h", "giờ"),
    "hỏi": ("hỏi", "hoi"),
    "chồng": ("ck", "chòng"),
    "vợ": ("vk", "vợ"),
    "vợ chồng": ("vck", "vc"),
    "điện thoại": ("đt", "sđt"),
    "tiền": ("tiền", "xèng"),
    "ngày": ("ngày", "ng"),
    "tháng": ("thág", "th"),
    "năm": ("nam", "năm"),
    "thôi": ("thui", "thoi"),
    "luôn": ("lun", "luon"),
    "yêu cầu": ("yc", "ycau"),
}

ABBREVIATIONS: Words = {
    # what officers print and residents copy from the counter's board
    "bảo hiểm y tế": ("bhyt", "bh y tế", "bảo hiểm"),
    "bảo hiểm xã hội": ("bhxh", "bh xã hội"),
    "căn cước công dân": ("cccd", "căn cước"),
    "thẻ căn cước": ("cccd", "căn cước", "thẻ cc"),
    "chứng minh nhân dân": ("cmnd", "chứng minh"),
    "giấy chứng nhận": ("gcn", "giấy cn"),
    "quyền sử dụng đất": ("qsdđ", "qsdd", "quyền sd đất"),
    "giấy chứng nhận quyền sử dụng đất": ("gcnqsdđ", "sổ đỏ", "gcn qsdd"),
    "ủy ban nhân dân": ("ubnd", "ủy ban", "uỷ ban"),
    "hội đồng nhân dân": ("hđnd", "hdnd"),
    "thủ tục hành chính": ("tthc", "thủ tục"),
    "tình trạng hôn nhân": ("tthn", "tình trạng hn"),
    "đăng ký kết hôn": ("đkkh", "đăng kí kết hôn"),
    "đăng ký": ("đk", "đki", "đăng kí", "dky", "dk"),
    "hộ khẩu": ("hk", "hộ khẩu"),
    "thường trú": ("tt", "thường chú"),
    "sổ hộ khẩu": ("shk", "sổ hk"),
    "người khuyết tật": ("nkt", "ng khuyết tật"),
    "người cao tuổi": ("nct", "người già"),
    "quyền sở hữu": ("qsh", "quyền sh"),
    "giấy phép xây dựng": ("gpxd", "giấy phép xd"),
    "xây dựng": ("xd", "xây"),
    "công an": ("ca", "c.an"),
    "dịch vụ công": ("dvc", "dịch vụ công"),
    "giấy tờ": ("gtờ", "giấy tờ"),
    "giải quyết": ("gq", "giải quyết"),
    "hồ sơ": ("hs", "hồ sơ"),
    "doanh nghiệp": ("dn", "cty"),
    "hợp đồng": ("hđ", "hợp đồng"),
    "thông tư": ("tt", "thông tư"),
    "nghị định": ("nđ", "nghị định"),
}

DIALECT: Words = {
    # everyday words of Quảng Nam and Đà Nẵng for the words of the schoolbook
    "sao": ("răng",),
    "tại sao": ("răng", "sao rứa"),
    "làm sao": ("làm răng", "mần răng", "răng chừ"),
    "thế nào": ("răng", "ra răng", "làm răng"),
    "như thế nào": ("ra răng", "làm răng", "mần răng"),
    "gì": ("chi",),
    "cái gì": ("cái chi",),
    "đâu": ("mô",),
    "ở đâu": ("ở mô", "chỗ mô", "mô"),
    "thế": ("rứa",),
    "vậy": ("rứa",),
    "này": ("ni",),
    "kia": ("tê",),
    "đó": ("nớ", "đó"),
    "ấy": ("nớ",),
    "bây giờ": ("chừ", "giừ"),
    "giờ": ("chừ",),
    "hiện nay": ("chừ", "bữa ni"),
    "hôm nay": ("bữa ni",),
    "hôm qua": ("bữa qua", "hôm qua"),
    "làm": ("mần", "làm"),
    "tôi": ("tui", "tau", "qua"),
    "chúng tôi": ("tụi tui", "nhà tui"),
    "mẹ": ("mạ", "má"),
    "bố": ("ba", "cha"),
    "bà": ("mệ", "bà"),
    "không": ("khôn", "hông", "không"),
    "bảo": ("biểu",),
    "nói": ("nói", "biểu"),
    "nhìn": ("ngó", "dòm"),
    "xem": ("coi", "ngó"),
    "bao nhiêu": ("mấy", "bao lăm", "nhiêu"),
    "ông ấy": ("ổng",),
    "bà ấy": ("bả",),
    "anh ấy": ("ảnh",),
    "cô ấy": ("cổ",),
    "vào": ("vô",),
    "nhé": ("hỉ", "nghe"),
    "nhỉ": ("hè", "hỉ"),
    "để": ("đặng", "để"),
    "nào": ("mô", "nào"),
    "người nào": ("ai", "người mô"),
    "mất": ("mất tiêu", "mất"),
    "rơi": ("rớt",),
    "ngã": ("té",),
    "lợn": ("heo",),
    "xa": ("xa lắc",),
    "thì": ("thời", "thì"),
    "con": ("thằng cu", "sắp nhỏ", "con", "con"),
    "trẻ em": ("con nít", "sắp nhỏ"),
    "về": ("dìa", "về"),
    "sinh": ("sanh",),
}

LAY_WORDS: Words = {
    # what residents call the things that the law names; the widest part of the gap
    "giấy chứng nhận quyền sử dụng đất": ("sổ đỏ", "bìa đỏ", "sổ hồng", "sổ đất", "giấy đất"),
    "quyền sử dụng đất": ("sổ đỏ", "đất", "miếng đất", "thửa đất"),
    "giấy chứng nhận": ("sổ", "giấy"),
    "thửa đất": ("miếng đất", "lô đất", "đám đất"),
    "tách thửa": ("cắt đất", "chia lô", "tách sổ", "cắt thửa"),
    "hợp thửa": ("gộp thửa", "gộp sổ", "nhập thửa"),
    "chuyển nhượng": ("mua bán", "sang nhượng", "bán", "sang tên", "mua"),
    "tặng cho": ("cho", "cho con", "sang tên cho con"),
    "thừa kế": ("đất cha mẹ để lại", "chia của", "tài sản cha mẹ để lại", "hưởng của ông bà"),
    "di sản": ("của để lại", "tài sản để lại"),
    "đăng ký biến động": ("sang tên", "sửa sổ", "thay đổi trên sổ"),
    "chuyển mục đích sử dụng đất": ("lên thổ cư", "chuyển đất vườn sang đất ở", "lên đất ở"),
    "đất ở": ("thổ cư", "đất thổ cư"),
    "đất nông nghiệp": ("đất ruộng", "ruộng", "đất lúa", "đất vườn"),
    "thế chấp": ("cầm sổ", "vay ngân hàng", "cắm sổ"),
    "tranh chấp đất đai": ("cãi nhau ranh đất", "lấn ranh", "hàng xóm lấn đất"),
    "tranh chấp": ("cãi nhau", "lấn", "kiện nhau"),
    "đính chính": ("sửa sai", "sửa"),
    "cải chính": ("sửa", "sửa lại cho đúng"),
    "hộ tịch": ("giấy khai sinh", "giấy tờ", "khai sinh"),
    "đăng ký khai sinh": ("làm giấy khai sinh", "làm khai sinh", "khai sanh", "đi khai sinh"),
    "giấy khai sinh": ("khai sinh", "giấy sanh", "khai sanh"),
    "đăng ký khai tử": ("báo tử", "làm giấy chứng tử", "khai chết", "làm khai tử"),
    "khai tử": ("chứng tử", "báo tử", "giấy báo tử"),
    "đăng ký kết hôn": ("làm giấy kết hôn", "làm giấy cưới", "đi ký hôn thú", "cưới nhau"),
    "kết hôn": ("cưới", "lấy vợ", "lấy chồng", "hôn thú", "giấy hôn thú"),
    "ly hôn": ("li dị", "bỏ nhau", "ly dị", "thôi nhau"),
    "giấy xác nhận tình trạng hôn nhân": (
        "giấy độc thân",
        "giấy chưa vợ",
        "giấy xác nhận độc thân",
    ),
    "tình trạng hôn nhân": ("độc thân", "chưa vợ chưa chồng"),
    "nhận cha mẹ con": ("nhận con", "nhận cha cho con"),
    "nuôi con nuôi": ("xin con nuôi", "nhận con nuôi"),
    "giám hộ": ("nuôi cháu", "chăm cháu mồ côi", "đứng ra nuôi"),
    "trích lục": ("xin lại bản sao", "trích lại", "giấy trích lục"),
    "bản sao": ("bản photo", "sao y", "photo"),
    "chứng thực bản sao": ("photo công chứng", "sao y", "công chứng giấy tờ"),
    "chứng thực": ("công chứng", "đóng dấu", "đóng mộc đỏ", "xác nhận"),
    "chứng thực chữ ký": ("xác nhận chữ ký", "ký xác nhận"),
    "đăng ký thường trú": ("nhập hộ khẩu", "nhập khẩu", "chuyển hộ khẩu", "làm hộ khẩu"),
    "thường trú": ("hộ khẩu",),
    "xóa đăng ký thường trú": ("cắt khẩu", "cắt hộ khẩu"),
    "đăng ký tạm trú": ("khai báo tạm trú", "làm tạm trú", "làm giấy ở trọ", "đăng ký ở trọ"),
    "tạm trú": ("ở trọ", "ở nhờ", "ở thuê"),
    "tạm vắng": ("đi làm xa", "đi khỏi nhà"),
    "lưu trú": ("khách ở lại đêm", "ở lại vài hôm"),
    "tách hộ": ("tách khẩu", "ra ở riêng", "tách hộ khẩu"),
    "thẻ căn cước": ("căn cước", "chứng minh", "chứng minh thư", "thẻ chứng minh"),
    "căn cước công dân": ("chứng minh", "căn cước", "chứng minh nhân dân"),
    "định danh điện tử": ("vneid", "định danh mức 2", "tài khoản vneid"),
    "xác nhận thông tin về cư trú": ("giấy xác nhận cư trú", "ct07", "giấy thay sổ hộ khẩu"),
    "bảo hiểm y tế": ("thẻ bảo hiểm", "bảo hiểm", "thẻ khám bệnh"),
    "khám bệnh chữa bệnh": ("đi viện", "khám bệnh", "nằm viện", "đi khám"),
    "người cao tuổi": ("người già", "ông bà già", "cụ già"),
    "trợ cấp hưu trí xã hội": ("tiền người già", "tiền già", "trợ cấp người già"),
    "trợ cấp xã hội": ("tiền trợ cấp", "tiền nhà nước", "tiền hàng tháng"),
    "trợ cấp": ("tiền", "tiền hỗ trợ", "chế độ"),
    "bảo trợ xã hội": ("trợ cấp hàng tháng", "tiền trợ cấp"),
    "người khuyết tật": ("người tật nguyền", "người tàn tật", "người bị tật"),
    "khuyết tật": ("tật nguyền", "tàn tật", "bị tật"),
    "mai táng": ("ma chay", "chôn cất", "đám tang", "đám ma"),
    "chi phí mai táng": ("tiền mai táng", "tiền đám ma"),
    "người có công": ("thương binh", "gia đình liệt sĩ", "gia đình chính sách"),
    "hộ nghèo": ("nhà nghèo", "sổ nghèo", "diện nghèo"),
    "hộ cận nghèo": ("cận nghèo", "sổ cận nghèo"),
    "thiên tai": ("bão lụt", "lũ lụt", "bão"),
    "giấy phép xây dựng": ("xin phép làm nhà", "phép xây nhà", "giấy phép làm nhà"),
    "nhà ở riêng lẻ": ("nhà ở", "cái nhà", "nhà cấp 4"),
    "khiếu nại": ("thưa", "kiện", "không đồng ý"),
    "tố cáo": ("tố", "thưa", "báo"),
    "kiến nghị": ("phản ánh", "góp ý", "than phiền"),
    "cơ quan có thẩm quyền": ("xã", "chỗ nào", "cơ quan nào"),
    "lệ phí": ("tiền", "phí", "tốn bao nhiêu", "mất tiền"),
    "hồ sơ": ("giấy tờ", "giấy", "mang theo gì"),
    "thành phần hồ sơ": ("giấy tờ cần mang", "cần giấy gì"),
    "thời hạn giải quyết": ("bao lâu", "mấy ngày", "khi nào có"),
    "thời hạn": ("bao lâu", "mấy ngày", "hạn"),
    "trình tự thực hiện": ("làm sao", "các bước", "làm như thế nào"),
    "trình tự thủ tục": ("thủ tục", "làm sao", "cách làm"),
    "nơi nộp": ("nộp ở đâu", "ra đâu"),
    "điều kiện": ("điều kiện", "có được không", "ai được"),
    "cấp lại": ("làm lại", "xin lại", "bị mất làm lại"),
    "cấp đổi": ("đổi", "đổi lại", "đổi mới"),
    "cấp": ("làm", "xin", "cấp"),
    "gia hạn": ("làm tiếp", "hết hạn làm lại", "gia hạn"),
    "đăng ký": ("làm", "xin", "đăng ký"),
    "ủy ban nhân dân cấp xã": ("xã", "ủy ban xã", "phường"),
    "ủy ban nhân dân": ("ủy ban", "xã"),
    "hộ gia đình": ("nhà", "gia đình"),
    "cá nhân": ("dân", "người dân"),
    "người lao động": ("công nhân", "người đi làm"),
    "trẻ em": ("con", "cháu", "con nít", "bé"),
    "xe ô tô": ("xe hơi", "ô tô"),
    "xử phạt": ("phạt", "bị phạt"),
    "mức phạt": ("phạt bao nhiêu", "phạt nhiêu tiền"),
}

ENGLISH: Words = {
    # what foreigners and people home from abroad call things; other words are left out
    "đăng ký": ("register", "registration", "registering"),
    "khai sinh": ("birth registration", "birth certificate", "register a birth"),
    "giấy khai sinh": ("birth certificate",),
    "khai tử": ("death registration", "death certificate"),
    "kết hôn": ("marriage", "get married", "marriage registration", "marry"),
    "ly hôn": ("divorce", "divorced"),
    "tình trạng hôn nhân": ("marital status", "single status", "certificate of being single"),
    "độc thân": ("single", "single status"),
    "nuôi con nuôi": ("adoption", "adopt a child"),
    "con nuôi": ("adopted child", "adoption"),
    "giám hộ": ("guardian", "guardianship"),
    "nhận cha mẹ con": ("recognise a child", "paternity", "acknowledge my child"),
    "hộ tịch": ("civil status", "civil registry"),
    "cải chính": ("correct", "fix a mistake", "correction"),
    "trích lục": ("extract", "certified copy of the record"),
    "bản sao": ("copy", "copies", "certified copy"),
    "chứng thực": ("certify", "certified", "notarize", "authentication"),
    "công chứng": ("notary", "notarized"),
    "chữ ký": ("signature",),
    "người dịch": ("translator", "translation"),
    "di chúc": ("will", "testament"),
    "thừa kế": ("inheritance", "inherit"),
    "di sản": ("estate", "inherited property"),
    "hợp đồng": ("contract", "agreement"),
    "tặng cho": ("gift", "donate", "give land"),
    "chuyển nhượng": ("transfer", "sell", "buy"),
    "đất": ("land", "plot"),
    "đất đai": ("land",),
    "thửa đất": ("plot", "land parcel"),
    "tách thửa": ("split a plot", "divide land", "subdivide"),
    "giấy chứng nhận quyền sử dụng đất": ("land use certificate", "red book", "land title"),
    "quyền sử dụng đất": ("land use right", "red book"),
    "giấy chứng nhận": ("certificate",),
    "sổ đỏ": ("red book", "land title"),
    "nhà ở": ("house", "home", "housing"),
    "xây dựng": ("build", "construction"),
    "giấy phép xây dựng": ("building permit", "construction permit"),
    "tranh chấp": ("dispute",),
    "thế chấp": ("mortgage",),
    "thuế": ("tax",),
    "thường trú": ("permanent residence", "household registration"),
    "tạm trú": ("temporary residence", "temporary stay", "renting a room"),
    "lưu trú": ("overnight guest", "staying over", "guest stay notification"),
    "tạm vắng": ("temporary absence", "away from home"),
    "cư trú": ("residence", "residency"),
    "người nước ngoài": ("foreigner", "foreign national", "foreign"),
    "nước ngoài": ("abroad", "foreign", "overseas"),
    "yếu tố nước ngoài": ("foreign element", "with a foreigner", "foreign partner"),
    "căn cước": ("ID card", "identity card", "citizen ID"),
    "căn cước công dân": ("ID card", "identity card"),
    "hộ chiếu": ("passport",),
    "định danh điện tử": ("electronic identification", "VNeID account"),
    "bảo hiểm y tế": ("health insurance", "health insurance card"),
    "bảo hiểm xã hội": ("social insurance",),
    "bảo hiểm": ("insurance",),
    "khám bệnh": ("see a doctor", "hospital visit"),
    "bệnh viện": ("hospital",),
    "trợ cấp": ("allowance", "benefit", "support payment"),
    "trợ cấp xã hội": ("social allowance", "social benefit"),
    "hưu trí": ("pension",),
    "người cao tuổi": ("elderly", "old people", "senior"),
    "khuyết tật": ("disability", "disabled"),
    "mai táng": ("funeral",),
    "hộ nghèo": ("poor household", "poverty"),
    "thiên tai": ("disaster", "flood", "storm"),
    "trẻ em": ("child", "children", "baby"),
    "con": ("child", "son", "daughter", "baby"),
    "cha": ("father",),
    "mẹ": ("mother",),
    "vợ": ("wife",),
    "chồng": ("husband",),
    "học sinh": ("pupil", "student"),
    "sinh viên": ("student",),
    "khiếu nại": ("complaint", "complain"),
    "tố cáo": ("denounce", "report wrongdoing"),
    "phản ánh": ("feedback", "report a problem"),
    "ủy ban nhân dân": ("People's Committee", "commune office"),
    "công an": ("police",),
    "xã": ("commune",),
    "phường": ("ward",),
    "thủ tục": ("procedure", "how do I", "process"),
    "hồ sơ": ("documents", "papers", "what documents do I need"),
    "giấy tờ": ("documents", "papers", "paperwork"),
    "cần": ("need", "required"),
    "lệ phí": ("fee", "how much", "cost"),
    "phí": ("fee", "cost"),
    "bao nhiêu": ("how much", "how many"),
    "tiền": ("money",),
    "bao lâu": ("how long",),
    "thời hạn": ("how long", "time limit", "deadline"),
    "ở đâu": ("where",),
    "nơi nộp": ("where to apply", "where do I go"),
    "nộp": ("submit", "apply"),
    "như thế nào": ("how",),
    "làm sao": ("how", "how can I"),
    "ai": ("who",),
    "điều kiện": ("requirements", "conditions", "am I eligible", "can I"),
    "được không": ("can I", "is it possible"),
    "mẫu": ("form",),
    "tờ khai": ("form", "application form"),
    "cấp lại": ("reissue", "replace", "lost"),
    "cấp đổi": ("renew", "replace", "exchange"),
    "cấp": ("issue", "get", "obtain"),
    "mất": ("lost",),
    "gia hạn": ("extend", "renew"),
    "thay đổi": ("change",),
    "trực tuyến": ("online",),
    "qua mạng": ("online",),
    "giấy phép": ("permit", "licence"),
    "xe": ("vehicle", "car", "motorbike"),
    "doanh nghiệp": ("company", "business"),
    "lao động": ("labour", "worker"),
    "việc làm": ("job", "work"),
}

FUNCTION_WORDS = {
    # left out where every letter costs a press
    *("của", "cho", "thì", "là", "và", "các", "những", "một", "để", "khi", "được", "về", "với"),
    *("tại", "bị", "do", "theo", "đối", "trong", "từ", "đến", "có", "cần", "phải", "như", "thế"),
    *("nào", "hay", "hoặc", "mà", "nếu", "đã", "sẽ", "đang", "cũng", "ở", "vào", "ra", "gì"),
    *("không", "ạ"),
}

OPENINGS = (
    # how people begin; they carry nothing, and the model must learn that
    *("cho tôi hỏi", "cho em hỏi", "cho hỏi", "dạ cho em hỏi", "dạ", "xin hỏi", "alo cho hỏi"),
    *("ad ơi", "em ơi", "anh chị cho em hỏi", "tui muốn hỏi", "bác hỏi chút", "mình muốn hỏi"),
    *("ờ thì", "à", "thì là", "cán bộ ơi", "chị ơi", "chào bạn", "cho tui hỏi chút", "giúp em với"),
    *("tôi muốn", "tui muốn", "em muốn", "con muốn", "mình cần", "nhà tôi muốn", "giờ tôi muốn"),
    *("giờ muốn", "nay tôi tính", "ba tôi muốn", "mẹ em muốn", "vợ chồng tôi muốn", "tui định"),
)

ENDINGS = (
    # how people end, and the parts they ask about without naming a section
    *("thì làm sao", "làm thế nào", "thì sao", "cần giấy tờ gì", "cần những gì", "phải làm gì"),
    *("ở đâu", "ra đâu làm", "ra xã hay huyện", "lên xã được không", "đến đâu để làm"),
    *("mất bao lâu", "bao lâu có", "mấy ngày xong", "bao nhiêu tiền", "có tốn tiền không"),
    *("được không", "có được không", "vậy ạ", "ạ", "với ạ", "giúp em", "nhé", "em cảm ơn"),
    *("rứa", "hỉ", "vậy", "nộp online được không", "qua mạng được không", "ai được làm"),
)

NEIGHBOURS: Mapping[str, str] = {
    # keys that a thumb hits instead on a telephone
    **{"q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij"},
    **{"i": "uok", "o": "ipl", "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv"},
    **{"g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jli", "l": "kop", "z": "asx", "x": "zcs"},
    **{"c": "xvd", "v": "cbf", "b": "vng", "n": "bmh", "m": "nj"},
}

TELEX_TONES: Mapping[str, str] = {
    "\u0300": "f",
    "\u0301": "s",
    "\u0309": "r",
    "\u0303": "x",
    "\u0323": "j",
}
TELEX_MARKS: Mapping[str, str] = {"\u0302": "", "\u0306": "w", "\u031b": "w"}
_TONES = tuple(TELEX_TONES)
_HOOK, _TILDE = "\u0309", "\u0303"

ONSETS: Sequence[Sequence[str]] = (
    # what recognisers and ears confuse at the start of a syllable, in the north or in the south
    ("d", "gi", "v"),
    ("s", "x"),
    ("ch", "tr"),
    ("l", "n"),
    ("r", "g"),
)
FINALS: Sequence[Sequence[str]] = (
    # endings that fall together in the centre and the south
    ("n", "ng"),
    ("t", "c"),
)

_WORD = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")


def _index(table: Words) -> dict[str, list[tuple[list[str], Sequence[str]]]]:
    """The table by first word, the longest phrases first."""
    found: dict[str, list[tuple[list[str], Sequence[str]]]] = {}
    for phrase in sorted(table, key=lambda phrase: (-len(phrase.split()), phrase)):
        words = phrase.split()
        found.setdefault(words[0], []).append((words, table[phrase]))
    return found


_INDEX = {
    id(table): _index(table) for table in (TEENCODE, ABBREVIATIONS, DIALECT, LAY_WORDS, ENGLISH)
}


def _known(words: Sequence[str], table: Words) -> Iterator[tuple[int, int, Sequence[str]]]:
    """Where the table's phrases stand, from left to right: begin, end and what may be said."""
    index, at = _INDEX[id(table)], 0
    while at < len(words):
        for phrase, others in index.get(words[at], ()):
            if list(words[at : at + len(phrase)]) == phrase:
                yield at, at + len(phrase), others
                at += len(phrase)
                break
        else:
            at += 1


def _replaced(text: str, table: Words, rng: random.Random, share: float) -> str:
    """The text with a share of the table's phrases replaced, the longest first."""
    words = text.split()
    made: list[str] = []
    done = 0
    for begin, end, others in _known(words, table):
        if rng.random() < share:
            made += words[done:begin]
            made.append(rng.choice(others))
            done = end
    return " ".join(made + words[done:])


def teencode(text: str, rng: random.Random) -> str:
    """Short forms of chats and of the counter's board."""
    return _replaced(_replaced(text, ABBREVIATIONS, rng, 0.7), TEENCODE, rng, 0.7)


def dialect(text: str, rng: random.Random) -> str:
    """Words of Quảng Nam."""
    return _replaced(text, DIALECT, rng, 0.8)


def lay_words(text: str, rng: random.Random) -> str:
    """Residents' names for the things that the law names."""
    return _replaced(text, LAY_WORDS, rng, 0.7)


def stripped(text: str, rng: random.Random) -> str:
    """No marks at all."""
    return _each_word(text, fold)


def half_stripped(text: str, rng: random.Random) -> str:
    """Marks missing on some syllables."""
    share = rng.uniform(0.2, 0.8)
    return _each_word(text, lambda word: fold(word) if rng.random() < share else word)


def telegraphic(text: str, rng: random.Random) -> str:
    """Without most function words; never empty."""
    kept = [w for w in text.split() if w not in FUNCTION_WORDS or rng.random() < 0.2]
    return " ".join(kept) or text


_ENGLISH_FILLERS = ("in", "for", "my", "the", "to", "of", "do I", "please", "I want to", "a")


def english(text: str, rng: random.Random) -> str:
    """The words we know in English, in order, with little words between; else as it was."""
    found = [rng.choice(others) for _, _, others in _known(text.split(), ENGLISH)]
    if len(found) < 2:
        return text
    words: list[str] = []
    for word in found:
        if rng.random() < 0.4:
            words.append(rng.choice(_ENGLISH_FILLERS))
        words.append(word)
    return " ".join(words).lower()


def framed(text: str, rng: random.Random) -> str:
    """An opening, an ending or both around the words."""
    opening = rng.choice(OPENINGS) if rng.random() < 0.7 else ""
    ending = rng.choice(ENDINGS) if rng.random() < 0.6 or not opening else ""
    return " ".join(part for part in (opening, text, ending) if part)


def shortened(text: str, rng: random.Random) -> str:
    """A run of the words: people give a part of a long name."""
    words = text.split()
    if len(words) < 6:
        return text
    count = rng.randint(max(3, len(words) // 3), len(words) - 1)
    start = rng.randint(0, len(words) - count)
    return " ".join(words[start : start + count])


def typos(text: str, rng: random.Random) -> str:
    """Slips of a thumb and what a telex keyboard leaves behind, in about a sixth of the words."""
    return _each_word(text, lambda word: _slip(word, rng) if rng.random() < 0.18 else word)


def misheard(text: str, rng: random.Random) -> str:
    """Tones, onsets and finals confused as by a recogniser, in about a fifth of the words."""
    return _each_word(text, lambda word: _mishear(word, rng) if rng.random() < 0.22 else word)


def _each_word(text: str, change: Callable[[str], str]) -> str:
    return " ".join(change(word) for word in text.split())


def telex(word: str, *, tone_last: bool = True) -> str:
    """The keys that type a syllable: ``được`` → ``dduwowcj``."""
    keys, tone = "", ""
    for character in unicodedata.normalize("NFD", word.replace("đ", "dd")):
        if character in TELEX_TONES:
            tone = TELEX_TONES[character]
            keys += "" if tone_last else tone
        elif character == "\u0302":
            keys += keys[-1:]
        else:
            keys += TELEX_MARKS.get(character, character)
    return keys + (tone if tone_last else "")


def _slip(word: str, rng: random.Random) -> str:
    if len(word) < 2 or not word.isalpha():
        return word
    at = rng.randrange(len(word))
    kind = rng.randrange(7)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[: at + 1] + word[at:]
    if kind == 2 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 3:
        near = NEIGHBOURS.get(word[at])
        return word[:at] + rng.choice(near) + word[at + 1 :] if near else fold(word)
    if kind == 4 and is_marked(word):
        return telex(word, tone_last=rng.random() < 0.7)
    if kind == 5 and is_marked(word):
        # the tone's key came too late: the marks are there, the tone is a letter
        bare, tone = _without_tone(word)
        return bare + TELEX_TONES.get(tone, "")
    bare, _ = _without_tone(word)
    return _with_tone(bare, rng.choice(("", *_TONES)))


def _without_tone(word: str) -> tuple[str, str]:
    parts = unicodedata.normalize("NFD", word)
    tone = next((character for character in parts if character in TELEX_TONES), "")
    return nfc("".join(character for character in parts if character not in TELEX_TONES)), tone


_VOWELS = frozenset("aeiouy")


def _with_tone(bare: str, tone: str) -> str:
    """The tone on the syllable's vowel that carries a mark, or on the last but one."""
    if not tone:
        return bare
    places = [at for at, letter in enumerate(bare) if fold(letter) in _VOWELS]
    if not places:
        return bare
    marked = [at for at in places if is_marked(bare[at])]
    closed = places[-1] < len(bare) - 1
    at = marked[-1] if marked else places[-1] if closed or len(places) == 1 else places[-2]
    return nfc(bare[: at + 1] + tone + bare[at + 1 :])


def _mishear(word: str, rng: random.Random) -> str:
    if not word.isalpha():
        return word
    kind = rng.randrange(3)
    if kind == 0:
        bare, tone = _without_tone(word)
        other = {_HOOK: _TILDE, _TILDE: _HOOK}.get(tone)
        return _with_tone(bare, other) if other else word
    if kind == 1:
        for group in ONSETS:
            for onset in sorted(group, key=len, reverse=True):
                if word.startswith(onset) and fold(word[len(onset) : len(onset) + 1]) in _VOWELS:
                    return rng.choice([o for o in group if o != onset]) + word[len(onset) :]
        return word
    for group in FINALS:
        for final in sorted(group, key=len, reverse=True):
            if word.endswith(final) and fold(word[-len(final) - 1 : -len(final)]) in _VOWELS:
                return word[: -len(final)] + rng.choice([f for f in group if f != final])
    return word


def told_words() -> Iterator[str]:
    """Everything the tables may put into a question, for the tokenizer to know."""
    for table in (TEENCODE, ABBREVIATIONS, DIALECT, LAY_WORDS):
        for phrase, others in table.items():
            yield phrase
            yield from others
    for others in ENGLISH.values():
        yield from others
    yield from (*OPENINGS, *ENDINGS, *_ENGLISH_FILLERS)


Rewrite = Callable[[str, random.Random], str]

_MEANING: Sequence[tuple[Rewrite, float]] = (
    (lay_words, 0.40),
    (dialect, 0.30),
    (shortened, 0.12),
    (framed, 0.35),
    (telegraphic, 0.12),
)
_SPELLING: Sequence[tuple[Rewrite, float]] = (
    (teencode, 0.18),
    (misheard, 0.15),
    (typos, 0.18),
    (half_stripped, 0.07),
    (stripped, 0.27),
)
_IN_ENGLISH = 0.06


class Augmenter:
    """Rewrites questions at random; the same seed and questions give the same rewrites.

    First other words for the same meaning, then another spelling, as a person does. ``share`` of
    the questions stay as they are, in small letters
    and without punctuation, which the tokenizer does not see.
    """

    def __init__(self, seed: int, share: float = 0.15) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._share = share

    def __call__(self, question: str) -> str:
        """One rewrite, never empty where the question is not."""
        rng = self._random
        text = " ".join(_WORD.findall(nfc(question).lower()))
        if rng.random() < self._share:
            return text
        if rng.random() < _IN_ENGLISH and (other := english(text, rng)) != text:
            return other
        for rewrite, share in (*_MEANING, *_SPELLING):
            if rng.random() < share:
                text = rewrite(text, rng)
        return text
