"""Everything the assistant says that does not come from a record, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping

from app.answering.answer import AnswerStatus, Language
from knowledge_base.record import Facet

_REPLIES: dict[AnswerStatus, tuple[str, str]] = {
    AnswerStatus.ANSWERED: ("", ""),
    AnswerStatus.CLARIFY_PROCEDURE: (
        "Bà con hỏi về việc nào?",
        "Which of these do you mean?",
    ),
    AnswerStatus.CLARIFY_CASE: (
        "Trường hợp nào?",
        "The cases are in Vietnamese, as the counter names them. Which case is yours?",
    ),
    AnswerStatus.ABSTAINED_NO_PASSAGE: (
        "Tôi chưa có thông tin chắc chắn về việc này. Bà con hỏi cán bộ theo địa chỉ dưới đây.",
        "I have no reliable information about this. Please ask the office below.",
    ),
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE: (
        "Tôi chưa có thông tin chắc chắn về việc này. Bà con hỏi cán bộ theo địa chỉ dưới đây, "
        "hoặc hỏi lại bằng câu khác.",
        "I have no reliable information about this. Please ask the office below, or put the "
        "question in other words.",
    ),
    AnswerStatus.ABSTAINED_UNSUPPORTED: (
        "Tôi chưa có thông tin chắc chắn về điều này. Bà con hỏi cán bộ theo địa chỉ dưới đây.",
        "I have no reliable information about this point. Please ask the office below.",
    ),
    AnswerStatus.OUT_OF_SCOPE: (
        "Tôi chỉ giúp được về thủ tục ở xã: đất đai, bảo hiểm y tế, cư trú, hộ tịch, chứng thực, "
        "chính sách xã hội, chính quyền hai cấp.",
        "I answer about the commune's procedures: land, health insurance, residence, civil status, "
        "certification, social policy and local government. For other matters, please ask the "
        "office below.",
    ),
    AnswerStatus.SMALL_TALK: (
        "Chào bà con. Tôi là trợ lý AI của xã, trả lời về thủ tục hành chính suốt ngày đêm. "
        "Bà con cần hỏi việc gì?",
        "Hello. I am the commune's AI assistant for administrative procedures, day and night. "
        "What would you like to know?",
    ),
    AnswerStatus.EMERGENCY: (
        "Gọi ngay: 113 công an, 114 chữa cháy và cứu nạn, 115 cấp cứu.",
        "Call now: 113 police, 114 fire and rescue, 115 ambulance.",
    ),
    AnswerStatus.SCAM_WARNING: (
        "Cán bộ không gọi điện yêu cầu cài ứng dụng, đọc mã OTP hay chuyển tiền. "
        "Bà con dừng lại, không bấm đường dẫn, không đọc mã, không chuyển tiền. "
        "Đã lỡ chuyển tiền thì báo ngân hàng khóa tài khoản và trình báo Công an xã ngay.",
        "Officials never phone to make you install an app, read out an OTP or transfer money. "
        "Stop, open no link, give no code, send no money. If you already paid, call your bank and "
        "report to the commune police at once.",
    ),
    AnswerStatus.ERROR_MODEL: (
        "Xin lỗi, hệ thống đang gặp trục trặc. Bà con thử lại, hoặc hỏi cán bộ theo địa chỉ "
        "dưới đây.",
        "Sorry, something went wrong. Please try again, or ask the office below.",
    ),
    AnswerStatus.ERROR_BUSY: (
        "Xin lỗi, đang có nhiều người hỏi cùng lúc. Bà con thử lại sau ít phút.",
        "Sorry, many people are asking right now. Please try again in a few minutes.",
    ),
}

THANKS = ("Cảm ơn bà con. Cần hỏi thêm việc gì thì cứ hỏi.", "Thank you. Ask whenever you need.")
WHO = (
    "Tôi là trợ lý AI của xã, không phải cán bộ. Tôi trả lời về thủ tục hành chính và chỉ rõ "
    "nguồn; việc cụ thể do cán bộ quyết định.",
    "I am the commune's AI assistant, not an official. I answer about procedures and show my "
    "sources; officials decide on each case.",
)
ABUSE = (
    "Tôi ở đây để giúp bà con về thủ tục. Bà con cần hỏi việc gì?",
    "I am here to help with procedures. What would you like to know?",
)
UNREADABLE = (
    "Tôi chưa đọc được câu hỏi. Bà con gõ lại bằng chữ, ví dụ: Đăng ký tạm trú cần giấy tờ gì?",
    "I could not read the question. Please type it in words, for example: What documents do I need "
    "for temporary residence registration?",
)
WHICH_RECORD = (
    "Bà con hỏi về việc nào? Gõ thêm tên việc, ví dụ: lệ phí đăng ký tạm trú.",
    "Which procedure do you mean? Please name it, for example: the fee for temporary residence "
    "registration.",
)
NOT_SAID = {
    "fee": (
        "Nguồn hiện có không nói về lệ phí của việc này; bà con hỏi lại cán bộ.",
        "My sources do not give the fee of this procedure; please ask the office.",
    ),
    "time_limit": (
        "Nguồn hiện có không nói thời hạn của việc này; bà con hỏi lại cán bộ.",
        "My sources do not give the time limit of this procedure; please ask the office.",
    ),
    "other": (
        "Nguồn hiện có không nói về điều này; bà con hỏi lại cán bộ.",
        "My sources do not speak of this; please ask the office.",
    ),
}
SAME_PART = (
    "Nguồn hiện có về ý này vẫn là phần vừa nêu; chưa đúng điều cần hỏi thì bà con hỏi cán bộ.",
    "On this my sources still have the part shown above; if it is not what you asked, please ask "
    "the office.",
)
"""Stands before the same part of the same record, shown a second time in a row."""
PINNED = (
    "Cán bộ {office} trả lời ngày {day}.",
    "Answered by officers of {office} on {day} (day/month/year).",
)
NO_DETAILS = ("chưa cập nhật", "not known yet")
OFFICE_SECTION = ("Địa chỉ, giờ làm việc", "Address, opening hours")
NO_CASE = ("Không thuộc các trường hợp này", "None of these cases")
DISCLAIMER = (
    "Trợ lý AI, thông tin tham khảo theo văn bản kiểm tra ngày {checked}; cán bộ quyết định.",
    "AI assistant, for reference, as checked on {checked} (day/month/year); the office decides. "
    "Words between “ ” are Vietnamese, as the counter uses them.",
)
EXAMPLES: Mapping[Language, tuple[str, ...]] = {
    Language.VI: (
        "Đăng ký tạm trú cần giấy tờ gì?",
        "Bảo hiểm y tế hộ gia đình đóng bao nhiêu?",
        "Sổ đỏ bị mất thì làm lại ra sao?",
    ),
    Language.EN: (
        "What documents do I need for temporary residence registration?",
        "How long does marriage registration with a foreigner take?",
        "How much does it cost to certify a copy of my passport?",
    ),
}
"""What can be asked, for whoever asked nothing."""
ASKS: Mapping[Facet, str] = {
    Facet.DOSSIER: "What documents do I need for {}?",
    Facet.FEE: "What is the fee for {}?",
    Facet.TIME_LIMIT: "How long does {} take?",
    Facet.ONLINE: "Can I apply online for {}?",
    Facet.FORM: "Which form do I need for {}?",
    Facet.STEPS: "What steps do I take for {}?",
    Facet.ELIGIBILITY: "Who can apply for {}?",
    Facet.WHERE: "Where do I apply for {}?",
}
"""Questions in English about a part of a procedure, the likeliest next one first."""
TELL_ME = "What should I know about {}?"
"""The question in English about a record as a whole."""


def reply(status: AnswerStatus, language: Language) -> str:
    """What is said for a status."""
    return in_language(_REPLIES[status], language)


def in_language(both: tuple[str, str], language: Language) -> str:
    """The Vietnamese or the English of a pair."""
    return both[1] if language is Language.EN else both[0]
