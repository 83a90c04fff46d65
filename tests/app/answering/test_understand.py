"""What a question is: marked or unmarked, in dialect, in a hurry, or no question at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.answering.answer import Language
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.understand import QuestionKind, Understood, understand
from knowledge_base.record import CounterKind, Facet
from knowledge_base.syllables import fold

ROOT = Path(__file__).parents[3]


def read(text: str) -> Understood:
    return understand(mask(text), Lexicon.packaged())


def both_ways(text: str) -> list[Understood]:
    """The question as typed and as typed without marks."""
    return [read(text), read(fold(text))]


FACETS = {
    Facet.DOSSIER: [
        "Đăng ký thường trú cần giấy tờ gì?",
        "làm khai sinh mang theo giấy chi",
        "đi làm căn cước cần đem theo gì",
        "hồ sơ gồm những gì",
        "hồ sơ đăng ký kết hôn",
        "cần chuẩn bị gì để tách hộ",
        "đăng ký tạm trú có cần sổ hộ khẩu không",
        "phải nộp giấy tờ gì khi đổi thẻ BHYT",
        "thủ tục khai tử cần giấy chi rứa",
        "có cần hợp đồng thuê nhà không",
        "xin hỗ trợ chi phí học tập cần giấy tờ gì",
        "làm mai táng phí cần giấy chi",
        "đất phi nông nghiệp cần giấy tờ gì",
    ],
    Facet.FEE: [
        "lệ phí đăng ký tạm trú bao nhiêu",
        "phí chứng thực bản sao",
        "hết bao nhiêu tiền",
        "tốn mấy tiền",
        "làm sổ đỏ mất bao nhiêu",
        "có mất tiền không",
        "phải đóng bao nhiêu một năm",
        "chứng thực một trang bao nhiêu",
        "có miễn phí không",
        "làm cái ni có phải đóng tiền chi không",
        "bao nhiêu tiền 1 bản",
    ],
    Facet.TIME_LIMIT: [
        "làm bao lâu thì có",
        "mấy ngày có kết quả",
        "đăng ký kết hôn mất mấy ngày",
        "mấy bữa thì xong",
        "khi mô lấy được",
        "bao giờ nhận được thẻ",
        "thời hạn giải quyết",
        "có lấy liền được không",
        "mất bao nhiêu ngày",
        "làm mai táng phí mất mấy ngày",
    ],
    Facet.WHERE: [
        "nộp ở đâu",
        "nộp hồ sơ chỗ mô",
        "nộp hồ sơ tách đất ở mô",
        "làm khai sinh ở mô",
        "đăng ký tạm trú ở xã hay công an",
        "tôi phải đến đâu để làm",
        "gặp ai để xin xác nhận",
        "ra đâu làm thẻ căn cước",
        "cơ quan nào cấp sổ đỏ",
        "làm giấy mai táng phí ở mô rứa",
    ],
    Facet.ONLINE: [
        "làm qua mạng được không",
        "nộp hồ sơ qua mạng được không",
        "có nộp online được không",
        "đăng ký tạm trú trên VNeID",
        "ở nhà nộp qua điện thoại được không",
        "làm trên cổng dịch vụ công như thế nào",
        "nộp trực tuyến ra sao",
    ],
    Facet.ELIGIBILITY: [
        "ai được trợ cấp người già",
        "điều kiện tách hộ",
        "70 tuổi có được trợ cấp không",
        "bao nhiêu tuổi được hưởng trợ cấp",
        "trường hợp nào được miễn học phí",
        "người nước ngoài có được mua đất không",
        "ai phải đăng ký tạm trú",
    ],
    Facet.STEPS: [
        "đăng ký kết hôn làm răng",
        "sổ đỏ mất làm lại răng",
        "thủ tục tách thửa như thế nào",
        "các bước làm sổ đỏ",
        "trình tự thực hiện",
        "làm thế nào để nhập khẩu cho con",
    ],
    Facet.FORM: ["dùng mẫu đơn nào", "lấy mẫu đơn ở đâu", "điền tờ khai gì"],
    Facet.RESULT: ["kết quả là gì", "làm xong được cấp giấy gì", "trợ cấp được bao nhiêu"],
    Facet.LEGAL_BASIS: ["căn cứ pháp lý nào", "theo nghị định nào", "luật nào quy định việc này"],
    None: ["đăng ký tạm trú", "chuyển hộ khẩu về nhà chồng", "tôi muốn làm lại căn cước"],
}


@pytest.mark.parametrize(
    ("facet", "question"),
    [(facet, question) for facet, questions in FACETS.items() for question in questions],
)
def test_a_question_asks_for_the_same_facet_with_and_without_marks(
    facet: Facet | None, question: str
) -> None:
    found = both_ways(question)

    assert [one.facet for one in found] == [facet, facet]
    assert [one.kind for one in found] == [QuestionKind.PROCEDURE, QuestionKind.PROCEDURE]


def test_every_facet_can_be_asked_for() -> None:
    assert set(FACETS) >= set(Facet) - {Facet.SUMMARY}


KINDS = {
    QuestionKind.EMERGENCY: [
        "cháy nhà rồi cứu với",
        "nhà hàng xóm đang cháy",
        "nhà tôi bị cháy rồi",
        "có người đuối nước",
        "con tôi bị điện giật",
        "ba tôi đột quỵ ngã xuống rồi",
        "mẹ tôi bất tỉnh",
        "chồng đang đánh tôi",
        "có trộm đột nhập",
        "tôi muốn chết",
        "tôi muốn tự tử",
        "gọi cấp cứu số mấy",
        "số cứu hỏa",
        "tai nạn xe chảy máu nhiều quá",
        "lũ cuốn trôi người",
        "có người bị đâm",
        "bé bị hóc xương không thở được",
        "bị rắn cắn",
    ],
    QuestionKind.SCAM: [
        "có người gọi điện xưng công an bảo cài app",
        "công an gọi yêu cầu cập nhật VNeID",
        "có số lạ gọi bảo chuyển tiền nộp phạt",
        "họ bảo đọc mã OTP",
        "nhắn tin kêu bấm link nhận trợ cấp",
        "có người giả danh cán bộ xã",
        "tôi bị lừa chuyển khoản rồi",
        "có người gọi zalo bảo đồng bộ dữ liệu đất đai",
        "có người xưng địa chính xã đòi chụp sổ đỏ gửi Zalo",
    ],
    QuestionKind.SMALL_TALK: ["xin chào", "Chào bạn!", "alo", "chào anh chị", "hello"],
    QuestionKind.THANKS: ["cảm ơn", "cảm ơn bạn nhiều", "dạ cảm ơn", "ok cảm ơn em", "thanks"],
    QuestionKind.WHO_ARE_YOU: ["bạn là ai", "có phải robot không", "đây là người hay máy"],
    QuestionKind.OFFICE: [
        "mấy giờ xã làm việc",
        "giờ làm việc ubnd xã",
        "thứ bảy có làm việc không",
        "thứ 7 có nhận hồ sơ không",
        "số điện thoại công an xã",
        "địa chỉ trung tâm hành chính công",
        "ủy ban xã ở đâu",
        "công an xã ở chỗ mô",
        "xã còn mở cửa không",
        "hotline xã",
        "đường dây nóng là số mấy",
    ],
    QuestionKind.PROCEDURE: [
        # no emergency
        "phòng cháy chữa cháy xin giấy phép",
        "nhà bị cháy có được hỗ trợ không",
        "nhà bị cháy mất sổ đỏ thì làm lại sao",
        "bảo hiểm cấp cứu có được hưởng không",
        "đi cấp cứu trái tuyến bảo hiểm trả bao nhiêu",
        "chồng chết đuối khai tử ở đâu",
        "người chết vì tự tử có được mai táng phí không",
        "trẻ chết dưới 24 giờ có phải khai tử không",
        "cho tôi đóng từ từ được không",
        "đất dưới nước có cấp sổ không",
        "cho tôi tra cứu với",
        "ba mất vì đột quỵ làm khai tử ở đâu",
        "bị cướp giật mất giấy tờ làm lại căn cước ra sao",
        # no scam
        "cài VNeID ở đâu",
        "chuyển khoản lệ phí được không",
        "trợ cấp có chuyển khoản vào tài khoản không",
        "cập nhật thông tin căn cước",
        "VNeID không nhận được mã OTP",
        "khóa tài khoản định danh",
        "làm giả mạo giấy tờ bị phạt gì",
        "xung quanh thửa đất có tranh chấp",
        "trung tâm gọi bổ sung hồ sơ thì nộp gì",
        # no greeting, thanks or question about us
        "xin chào cho hỏi làm khai sinh ở đâu",
        "cảm ơn, còn lệ phí bao nhiêu",
        "ok vậy lệ phí bao nhiêu",
        "người bán là ai thì ký hợp đồng",
        # no abuse
        "con chó cắn người có phải đền không",
        "mỗi tháng cho người già bao nhiêu",
        "phường An Hải làm sổ đỏ",
        "mẹ cho con cho cháu đất thì làm sao",
        "làm cc ở đâu",
        # no office
        "nộp qua điện thoại được không",
        "đổi số điện thoại trên VNeID thì làm sao",
        "sai địa chỉ trên căn cước thì sửa sao",
        "thay đổi địa chỉ trên sổ đỏ",
        "địa chính xã đo đất mất bao lâu",
        "mất điện thoại",
    ],
    QuestionKind.FOREIGN: [
        "How do I cook noodles?",
        "Can you help me please",
        "bonjour je voudrais un certificat",
        "你好我想办理居住证",
        "сколько это стоит",
        "ສະບາຍດີ",
    ],
    QuestionKind.UNREADABLE: ["😀😀😀", "???", "12345", "...", "048201001234", "0905 123 456"],
}


@pytest.mark.parametrize(
    ("kind", "question"),
    [(kind, question) for kind, questions in KINDS.items() for question in questions],
)
def test_a_question_is_of_the_same_kind_with_and_without_marks(
    kind: QuestionKind, question: str
) -> None:
    assert [one.kind for one in both_ways(question)] == [kind, kind]


@pytest.mark.parametrize("words", ["đồ ngu", "óc chó", "thằng chó", "đm", "cút đi", "bọn ăn hại"])
def test_abuse_is_known_by_its_marks(words: str) -> None:
    assert read(words).kind is QuestionKind.ABUSE


def test_every_kind_is_reached() -> None:
    assert {*KINDS, QuestionKind.ABUSE} == set(QuestionKind)


@pytest.mark.parametrize(
    "question",
    [
        "lam the can cuoc can giay to gi",
        "lam lai so do can giay to gi",
        "to khai can gi",
        "do to the can cuoc",
        "the bao hiem y te",
        "can ho to dan pho",
        "nop online qua app vneid",
        "dk tam tru ol dc k",
        "xin vao to an ninh thon can giay to chi",
        "how to dk tạm trú",
        "quyet dinh ly hon o nuoc ngoai",
    ],
)
def test_vietnamese_without_marks_is_not_taken_for_english(question: str) -> None:
    assert read(question).kind is QuestionKind.PROCEDURE
    assert read(question).language is Language.VI


def test_an_english_question_is_searched_for_in_vietnamese() -> None:
    asked = read("where can i get a birth certificate")

    assert asked.kind is QuestionKind.PROCEDURE
    assert "khai sinh" in asked.searched
    assert asked.facet is Facet.WHERE
    assert asked.language is Language.EN


def test_a_foreign_question_is_answered_in_english_unless_the_client_chose() -> None:
    asked = "Where do I register my marriage?"

    assert read(asked).language is Language.EN
    assert understand(asked, Lexicon.packaged(), Language.VI).language is Language.VI


@pytest.mark.parametrize(
    ("question", "counter"),
    [
        ("công an xã ở đâu", CounterKind.POLICE),
        ("trạm y tế xã nằm ở đâu", CounterKind.HEALTH_STATION),
        ("ủy ban xã ở đâu", CounterKind.OTHER),
        ("giờ làm việc bộ phận một cửa", CounterKind.ONE_STOP),
        ("thứ bảy có làm việc không", None),
    ],
)
def test_a_question_about_an_office_names_its_counter(
    question: str, counter: CounterKind | None
) -> None:
    assert [one.counter for one in both_ways(question)] == [counter, counter]


@pytest.mark.parametrize(
    ("question", "continues"),
    [
        ("còn thường trú thì sao?", True),
        ("thế lệ phí bao nhiêu", True),
        ("vậy mất mấy ngày", True),
        ("nếu ở trọ thì sao", True),
        ("mất bao lâu", False),
        ("con tôi làm khai sinh ở đâu", False),
    ],
)
def test_words_that_go_on_from_before_are_heard(question: str, continues: bool) -> None:
    assert read(question).continues is continues


def test_what_was_masked_is_no_word_of_the_question() -> None:
    asked = read("cccd 048201001234 hết hạn, sđt 0905123456")

    assert asked.text == "cccd [số giấy tờ] hết hạn, sđt [số điện thoại]"
    assert "giấy tờ" not in asked.words


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>alert(1)</script> đăng ký tạm trú", id="script"),
        pytest.param("<b>lệ phí</b> <img src=x onerror=alert(1)>", id="HTML"),
        pytest.param("' OR 1=1; DROP TABLE answer; --", id="SQL"),
        pytest.param("{{ 7*7 }} ${jndi:ldap://x}", id="template"),
        pytest.param("\x00\x01\x02\x7f\xff", id="binary"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("Ä‘Äƒng kÃ½ táº¡m trÃº", id="wrong encoding"),
        pytest.param("đ" + "\u0301" * 300, id="heaps of marks"),
        pytest.param("\u202e\u200b\ufeff", id="invisible"),
        pytest.param("", id="empty"),
    ],
)
def test_anything_can_be_read(text: str) -> None:
    assert read(text).kind in QuestionKind


_LONG = """
import sys
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.understand import understand
from app.answering.verify import figures

pieces = sys.stdin.read().split("|")
for piece in pieces:
    text = (piece * (4_000 // len(piece) + 1))[:4_000]
    understand(mask(text), Lexicon.packaged())
    figures(text)
print(len(pieces))
"""
_PIECES = [
    *("a", "0", "0 ", "1.", "1.000 ", "00-", "a@", "a.", "(", "[1]", "?", "\n", "đ", "https://"),
    *("xã hay ", "xa hay uy ban ", "ủy ban ", "cần giấy ", "gọi ", "goi bao ", "lệ phí ", "ai "),
    *("có được ", "co phai ", "nhà cháy ", "một hai ", "không ", "hai triệu ", "2025 ", "tôi "),
    *("mẹ mất ", "lam ", "nop online ", "dia chi ", "nhận ", "được may ", "con ", "cảm ơn bạn "),
]


@pytest.mark.thorough
def test_twice_the_longest_question_of_anything_is_read_in_no_time() -> None:
    """Run apart, since a pattern that never ends could not be stopped here."""
    done = subprocess.run(
        [sys.executable, "-c", _LONG],
        input="|".join(_PIECES),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout.strip() == str(len(_PIECES))
