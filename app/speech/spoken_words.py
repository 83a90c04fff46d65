"""What abbreviations, units, signs and the codes of legal texts are called in Vietnamese."""

from __future__ import annotations

from typing import Final

# fmt: off
ABBREVIATIONS: Final = {
    "VNeID": "vi en e ai đi", "VssID": "vi ét ét ai đi",
    "ADN": "a đê en nờ", "AIDS": "ết", "ATM": "a tê em mờ", "OTP": "o tê pê", "AI": "ây ai",
    "BHTN": "bảo hiểm thất nghiệp", "BHXH": "bảo hiểm xã hội", "BHYT": "bảo hiểm y tế",
    "CCCD": "căn cước công dân", "CMND": "chứng minh nhân dân", "CMT": "chứng minh thư",
    "CSDL": "cơ sở dữ liệu", "DVC": "dịch vụ công", "GCN": "giấy chứng nhận",
    "GPLX": "giấy phép lái xe", "GTGT": "giá trị gia tăng", "HĐND": "Hội đồng nhân dân",
    "HCM": "Hồ Chí Minh", "HTX": "hợp tác xã", "KCN": "khu công nghiệp", "KH": "kế hoạch",
    "LLVT": "lực lượng vũ trang", "MST": "mã số thuế", "NĐ": "Nghị định", "NQ": "Nghị quyết",
    "PCCC": "phòng cháy chữa cháy", "PL": "phụ lục", "QĐ": "Quyết định", "QL": "quốc lộ",
    "QSDĐ": "quyền sử dụng đất", "SĐT": "số điện thoại", "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông", "TNHH": "trách nhiệm hữu hạn", "TP": "thành phố",
    "TTHC": "thủ tục hành chính", "UBMTTQ": "Ủy ban Mặt trận Tổ quốc", "UBND": "Ủy ban nhân dân",
    "VD": "ví dụ", "VND": "đồng", "VNĐ": "đồng", "VPĐK": "văn phòng đăng ký",
    "Zalo": "Da lô", "email": "thư điện tử", "Email": "thư điện tử", "online": "qua mạng",
}
KINDS: Final = {
    "NĐ": "Nghị định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch", "QĐ": "Quyết định",
    "NQ": "Nghị quyết", "NQLT": "Nghị quyết liên tịch", "CT": "Chỉ thị", "KH": "Kế hoạch",
    "TB": "Thông báo", "CV": "Công văn", "VBHN": "Văn bản hợp nhất", "HD": "Hướng dẫn",
    "PL": "Pháp lệnh", "L": "Luật",
}
ISSUERS: Final = {
    "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "UBND": "Ủy ban nhân dân",
    "HĐND": "Hội đồng nhân dân", "VPCP": "Văn phòng Chính phủ", "VPQH": "Văn phòng Quốc hội",
    "BCA": "Bộ Công an", "BCT": "Bộ Công thương", "BGDĐT": "Bộ Giáo dục và Đào tạo",
    "BGTVT": "Bộ Giao thông vận tải", "BKHCN": "Bộ Khoa học và Công nghệ",
    "BKHĐT": "Bộ Kế hoạch và Đầu tư", "BDTTG": "Bộ Dân tộc và Tôn giáo",
    "BLĐTBXH": "Bộ Lao động, Thương binh và Xã hội", "BNG": "Bộ Ngoại giao",
    "BNNMT": "Bộ Nông nghiệp và Môi trường", "BNV": "Bộ Nội vụ", "BQP": "Bộ Quốc phòng",
    "BTC": "Bộ Tài chính", "BTNMT": "Bộ Tài nguyên và Môi trường", "BTP": "Bộ Tư pháp",
    "BTTTT": "Bộ Thông tin và Truyền thông", "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BXD": "Bộ Xây dựng", "BYT": "Bộ Y tế", "BHXH": "Bảo hiểm xã hội Việt Nam",
    "NHNN": "Ngân hàng Nhà nước", "TANDTC": "Tòa án nhân dân tối cao",
    "TTCP": "Thanh tra Chính phủ", "BTCCBCP": "Ban Tổ chức Cán bộ Chính phủ",
    "UBTƯMTTQVN": "Ủy ban Trung ương Mặt trận Tổ quốc Việt Nam",
}
UNITS: Final = {
    "m2": "mét vuông", "m²": "mét vuông", "m3": "mét khối", "m³": "mét khối",
    "km2": "ki lô mét vuông", "km²": "ki lô mét vuông", "km": "ki lô mét", "cm": "xen ti mét",
    "mm": "mi li mét", "m": "mét", "kg": "ki lô gam", "g": "gam", "ha": "héc ta", "l": "lít",
    "kWh": "ki lô oát giờ", "kW": "ki lô oát", "KB": "ki lô bai", "MB": "mê ga bai",
    "GB": "gi ga bai", "k": "nghìn", "₫": "đồng", "VNĐ": "đồng", "VND": "đồng", "tr": "triệu",
}
SITE_NAMES: Final = {
    "dichvucong": "dịch vụ công", "danang": "Đà Nẵng", "gopy": "góp ý", "chinhphu": "chính phủ",
    "baohiemxahoi": "bảo hiểm xã hội", "hoatien": "Hòa Tiến", "hoavang": "Hòa Vang",
    "bana": "Bà Nà", "congan": "công an", "quochoi": "quốc hội", "vn": "vi en", "com": "com",
    "www": "",
}
SIGNS: Final = {
    "%": " phần trăm", "‰": " phần nghìn", "+": " cộng ", "−": " trừ ", "×": " nhân ",
    "÷": " chia ", "=": " bằng ", "≥": " từ ", "≤": " không quá ", ">": " trên ", "<": " dưới ",
    "&": " và ", "°": " độ ", "½": " một phần hai", "¼": " một phần tư", "…": ", ", ";": ", ",
    "(": ", ", ")": ", ", "[": ", ", "]": ", ", "•": ", ", "·": ", ", "–": ", ", "—": ", ",
}
# fmt: on
