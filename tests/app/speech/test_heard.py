"""What an engine made up is not shown; what a resident may really say is."""

from __future__ import annotations

import pytest

from app.speech.heard import believable
from app.speech.invented import INVENTED
from app.speech.transcribe import Said

PROMPT = "đăng ký, trợ cấp, bảo hiểm y tế, khai sinh"


def heard(text: str, seconds: float = 10, **how_sure: float) -> str:
    return believable([Said(text, **how_sure)], seconds, PROMPT)


@pytest.mark.parametrize(
    "text",
    [
        "Hãy subscribe cho kênh Ghiền Mì Gõ Để không bỏ lỡ những video hấp dẫn",
        "Hãy subscribe cho kênh La La School Để không bỏ lỡ những video hấp dẫn",
        "hay subscribe cho kenh Abc de khong bo lo nhung video hap dan",
        "Các bạn hãy đăng kí cho kênh lalaschool Để không bỏ lỡ những video hấp dẫn",
        "Các bạn nhớ đăng ký kênh để ủng hộ kênh của mình nhé.",
        "Ghiền Mì Gõ",
        "Cảm ơn các bạn đã theo dõi.",
        "Cảm ơn các bạn đã theo dõi và hẹn gặp lại.",
        "Cảm ơn các bạn đã xem video.",
        "Hẹn gặp lại các bạn trong những video tiếp theo nhé!",
        "Cảm ơn và hẹn gặp lại.",
        "Xin chào và hẹn gặp lại các bạn trong những tập tiếp theo.",
        "HẸN ĐẠI GIA ĐÌNH VIDEO TIẾP THEO NHÉ CÁC BẠN",
        "Đừng quên like share và subscribe nhé",
        "Bấm chuông thông báo để không bỏ lỡ những video mới",
        "Phụ đề được thực hiện bởi cộng đồng Amara.org",
        "Cảm ơn.",
        "Cảm ơn các bạn.",
        "Chào tạm biệt.",
        "Chúc các bạn một ngày tốt lành.",
        "[âm nhạc]",
        "(tiếng vỗ tay)",
        "♪ ♪",
        "Thanks for watching!",
        "you",
        "ご視聴ありがとうございました",
        "다음 영상에서 만나요",
        "...",
        "",
    ],
)
def test_what_is_known_to_be_made_up_is_not_shown(text: str) -> None:
    assert heard(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Đăng ký khai sinh cho con cần giấy tờ gì?",
        "đăng ký trợ cấp",
        "bảo hiểm y tế",
        "Lệ phí đăng ký kết hôn bao nhiêu, cảm ơn.",
        "Cảm ơn cán bộ đã theo dõi hồ sơ, giờ tôi cần làm gì nữa?",
        "Hẹn gặp lại cán bộ lúc mấy giờ, số điện thoại nào?",
        "Đăng ký kênh truyền thanh xã ở đâu?",
        "Xem video hướng dẫn nộp hồ sơ ở đâu?",
        "Dạ không, không có giấy chứng sinh thì làm sao?",
        "Chào cán bộ, ở đây làm căn cước được không?",
        "Làm lại CMND 9 số hết bao nhiêu tiền",
        "Xin phép làm chương trình văn nghệ ở nhà văn hóa thôn",
        "Có",
    ],
)
def test_what_a_resident_may_say_is_kept(text: str) -> None:
    assert heard(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Làm sổ đỏ cần gì? Hẹn gặp lại các bạn trong những video tiếp theo.",
            "Làm sổ đỏ cần gì?",
        ),
        (
            "Đăng ký tạm trú ở đâu hãy subscribe cho kênh La La School để không bỏ lỡ những video",
            "Đăng ký tạm trú ở đâu",
        ),
        ("[nhạc] Khai tử ở đâu?", "Khai tử ở đâu?"),
    ],
)
def test_of_a_question_with_something_made_up_the_question_is_kept(text: str, kept: str) -> None:
    assert heard(text) == kept


def test_every_entry_names_where_it_was_seen() -> None:
    assert all(found.source.startswith("github.com/") for found in INVENTED)


@pytest.mark.parametrize(
    "how_sure",
    [
        {"log_probability": -1.3},
        {"compression": 3.0},
        {"no_speech_probability": 0.8, "log_probability": -0.7},
    ],
)
def test_what_the_engine_itself_doubts_is_not_shown(how_sure: dict[str, float]) -> None:
    assert heard("Khai sinh ở đâu?", **how_sure) == ""


def test_sure_words_are_kept_where_the_engine_doubts_that_somebody_speaks() -> None:
    sure = {"no_speech_probability": 0.8, "log_probability": -0.2, "compression": 1.1}

    assert heard("Khai sinh ở đâu?", **sure) == "Khai sinh ở đâu?"


def test_a_doubtful_window_is_left_out_and_the_others_stay() -> None:
    said = [Said("Khai sinh ở đâu?"), Said("xyz", log_probability=-2), Said("Mấy ngày có?")]

    assert believable(said, 30) == "Khai sinh ở đâu? Mấy ngày có?"


def test_more_words_than_can_be_spoken_in_the_time_are_made_up() -> None:
    sentence = "Tôi muốn hỏi về việc đăng ký khai sinh cho con"

    assert heard(sentence, 0.5) == ""
    assert heard(sentence, 2.0) == sentence


@pytest.mark.parametrize("text", ["ở " * 4, "làm sao " * 5, "giấy tờ gì ở đâu " * 4])
def test_going_in_circles_is_not_shown(text: str) -> None:
    assert heard(f"Khai sinh {text}") == ""


def test_the_prompt_said_back_is_not_shown() -> None:
    assert heard("Đăng ký, trợ cấp, bảo hiểm y tế.") == ""
    assert heard("trợ cấp bảo hiểm y tế khai sinh") == ""


def test_a_model_that_cannot_tell_how_sure_it_is_is_not_believed() -> None:
    assert heard("khai sinh ở đâu", log_probability=float("nan")) == ""
