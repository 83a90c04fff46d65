"""English questions in the records' words, and what is left alone."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from app.answering import english
from app.answering.english import english_clues, matter, translate
from app.answering.facets import asked_facet
from app.answering.foreign import is_foreign
from knowledge_base.english_words import STOP_WORDS, english_words
from knowledge_base.record import Facet
from knowledge_base.syllables import fold, marked_share


@pytest.mark.parametrize(
    ("asked", "thing", "facet"),
    [
        ("Where can I get a birth certificate?", "khai sinh", Facet.WHERE),
        ("How do I register temporary residence?", "đăng ký tạm trú", Facet.STEPS),
        (
            "How do I register temporary residence at my wife's house?",
            "đăng ký tạm trú",
            Facet.STEPS,
        ),
        ("what documents do i need for marriage registration", "đăng ký kết hôn", Facet.DOSSIER),
        ("How much is a certified copy of my diploma?", "bản sao từ bản chính", Facet.FEE),
        ("How long does it take to get a new ID card?", "thẻ căn cước", Facet.TIME_LIMIT),
        ("I lost my red book, what should I do?", "sổ đỏ", Facet.STEPS),
        ("Can I renew my health insurance card online?", "thẻ bảo hiểm y tế", Facet.ONLINE),
        ("My father passed away. Which papers do I need?", "khai tử", Facet.DOSSIER),
        ("Who is eligible for the social pension?", "hưu trí xã hội", Facet.ELIGIBILITY),
        ("Which form is for splitting my land? I want to split my land", "tách thửa", Facet.FORM),
        ("Do I need a building permit for a small house?", "giấy phép xây dựng", Facet.ELIGIBILITY),
        (
            "How long does a land dispute mediation take in Hòa Vang?",
            "tranh chấp",
            Facet.TIME_LIMIT,
        ),
        ("Where do I report a guest staying overnight?", "lưu trú", Facet.WHERE),
        ("what is the fee for a single status certificate", "tình trạng hôn nhân", Facet.FEE),
    ],
)
def test_an_english_question_names_the_thing_and_what_is_asked(
    asked: str, thing: str, facet: Facet
) -> None:
    words = translate(asked)

    assert words is not None
    assert thing in words
    assert asked_facet(fold(words)) is facet
    assert is_foreign(asked, asked.lower(), marked_share(asked))


@pytest.mark.parametrize(
    "text",
    [
        "What's the weather tomorrow?",
        "How do I register a birth in California?",
        "Where can I renew my driving licence?",
        "bonjour je voudrais un certificat de naissance",
        "hola, donde registro mi matrimonio",
        "ich brauche eine Geburtsurkunde",
        "你好我想办理居住证",
        "출생 신고는 어디서 하나요",
        "",
        "???",
    ],
)
def test_other_languages_and_what_no_counter_handles_are_not_translated(text: str) -> None:
    assert translate(text) is None


@pytest.mark.parametrize(
    ("text", "words", "about"),
    [
        ("Can you help me please", "", ""),
        ("What is the fee?", "lệ phí bao nhiêu tiền", ""),
        ("How old is Ronaldo", "", "ronaldo"),
        ("What is the fee for a zeppelin?", "lệ phí bao nhiêu tiền", "fee zeppelin"),
    ],
)
def test_what_the_glossary_does_not_know_is_searched_for_by_its_english_words(
    text: str, words: str, about: str
) -> None:
    assert translate(text) == words
    assert matter(text) == about


def test_an_office_is_asked_for_in_english() -> None:
    assert translate("What time does the commune office open?") == "giờ làm việc ủy ban xã"
    assert translate("phone number of the commune office please, I need it") == (
        "số điện thoại ủy ban xã"
    )


@pytest.mark.parametrize(
    ("asked", "thing"),
    [
        (
            "I need an official copy of my university degree stamped, how much per page?",
            "chứng thực bản sao",
        ),
        (
            "My mother cannot write, can she use a fingerprint to have a declaration certified?",
            "chứng thực chữ ký",
        ),
        (
            "My grandfather wants to write his will at the commune, what papers does he need?",
            "chứng thực di chúc",
        ),
        (
            "I don't want my share of my late father's property, how do I waive it?",
            "chứng thực văn bản",
        ),
        (
            "We certified a land gift contract last month and want to cancel it, what do we do?",
            "chứng thực sửa đổi",
        ),
        (
            "I live in Sydney and need a copy of my birth extract, how can I get it?",
            "cấp bản sao trích",
        ),
        (
            "We are not married and I want to be legally recognised as the father of my son",
            "đăng ký nhận cha",
        ),
        (
            "Can my brother do civil status paperwork for me with an authorisation, and where?",
            "làm giấy tờ hộ",
        ),
        (
            "How much is health insurance for pupils this school year?",
            "bảo hiểm y tế",
        ),
        (
            "I paid the hospital bill out of pocket, can I claim it from insurance?",
            "thanh toán trực tiếp",
        ),
        (
            "My land use certificate is torn, how do I exchange it for a new one?",
            "cấp đổi sổ đỏ",
        ),
        (
            "How can I turn my garden into land for housing?",
            "chuyển mục đích sử",
        ),
        (
            "We have lived on this land since 1990 with no title, how do we apply for a red book?",
            "đăng ký đất đai",
        ),
        (
            "There is no district any more, where do I hand in land papers now?",
            "nộp hồ sơ đất",
        ),
        (
            "How much tax do I pay when selling my house?",
            "thuế lệ phí khi",
        ),
        (
            "I need confirmation of an access path when I divide my plot",
            "xác nhận lối đi",
        ),
        (
            "Why are there no districts any more since July 2025?",
            "chính quyền hai cấp",
        ),
        (
            "How can I denounce an official who took a bribe?",
            "giải quyết tố cáo",
        ),
        (
            "When can citizens meet the head of the commune?",
            "tiếp công dân tại",
        ),
        (
            "The household book has been abolished, what do I show instead?",
            "bỏ sổ hộ khẩu",
        ),
        (
            "How do I register my residence using the VNeID app?",
            "đăng ký cư trú",
        ),
        (
            "I have nowhere to register residence, what can I do?",
            "khai báo cư trú",
        ),
        (
            "I'm going to be away from home for over a year, do I have to declare it?",
            "khai báo tạm vắng",
        ),
        (
            "I settled in America, do I need to cancel my permanent residence?",
            "xóa đăng ký thường",
        ),
        (
            "My grandfather is a war invalid and is moving to another province, how do we "
            "transfer his file?",
            "chuyển hồ sơ người",
        ),
        (
            "How much learning support does a poor pupil get each month?",
            "hỗ trợ chi phí",
        ),
        (
            "How do I link my bank account on VNeID to get welfare payments?",
            "nhận tiền trợ cấp",
        ),
        (
            "My father, a war veteran with merit, passed away; what allowance does the family get?",
            "trợ cấp khi người",
        ),
        (
            "I want to buy an affordable apartment for low income people, what confirmation "
            "do I need?",
            "xác nhận để mua",
        ),
        (
            "I must sign a letter of authorisation for my cousin, can the commune verify my "
            "signature?",
            "giấy ủy quyền chứng",
        ),
        (
            "Hi, our little girl was born last week. What's the deadline for registering her "
            "birth?",
            "sinh con khai sinh",
        ),
        (
            "How can I change the hospital registered on my health insurance card?",
            "đổi nơi đăng ký",
        ),
        (
            "Can I merge two adjoining lots into one?",
            "tách thửa hợp thửa",
        ),
    ],
)
def test_what_residents_ask_in_english_is_named(asked: str, thing: str) -> None:
    words = translate(asked)

    assert words is not None
    assert thing in words


@pytest.mark.parametrize(
    "text",
    [
        "How do I extend my tourist visa?",
        "Where do I renew my passport?",
        "My driver's licence was lost, where do I get another?",
        "Which restaurant near the beach is open now?",
        "How do I get a work permit in Da Nang?",
        "How do I renew my temporary residence card?",
        "Help, my house is on fire right now!",
        "Is my flight late because of the storm, will I get money back?",
    ],
)
def test_matters_of_other_offices_are_left_alone(text: str) -> None:
    assert translate(text) is None


def test_where_somebody_lives_does_not_take_the_question_away() -> None:
    asked = "I settled in America, do I need to cancel my permanent residence?"

    assert "xóa đăng ký thường trú" in (translate(asked) or "")


def test_every_entry_is_spelt_in_lower_case_and_found_by_itself() -> None:
    data = YAML(typ="safe").load(english._FILE.read_text(encoding="utf-8"))

    assert set(data) == {"together", "things", "hints", "circumstances", "asks", "elsewhere"}
    for entry in [*data["things"], *data["hints"]]:
        assert set(entry) == {"en", "vi"}
        for phrase in entry["en"]:
            assert phrase == phrase.lower()
            assert translate(f"where is my {phrase}") is not None, phrase


def test_no_english_phrase_stands_twice() -> None:
    data = YAML(typ="safe").load(english._FILE.read_text(encoding="utf-8"))
    phrases = [
        phrase
        for name, group in data.items()
        if name != "together"
        for entry in group
        for phrase in entry["en"]
    ]

    assert sorted(phrases) == sorted(set(phrases))


def test_the_police_are_not_taken_for_the_peoples_committee() -> None:
    assert (
        translate("What is the phone number of the commune police?") == "số điện thoại công an xã"
    )


def test_no_rule_fires_on_a_word_of_every_question() -> None:
    data = YAML(typ="safe").load(english._FILE.read_text(encoding="utf-8"))

    for rule in data["together"]:
        if len(rule["all"]) == 1:
            for phrase in rule["all"][0]:
                words = english_words(phrase)
                assert len(words) > 1 or not set(words) <= STOP_WORDS, phrase


def test_a_sentence_with_will_is_not_about_a_will() -> None:
    asked = "I will be working in another province for a year, must I declare my absence?"

    assert "tạm vắng" in (translate(asked) or "")


@pytest.mark.parametrize(
    ("asked", "thing"),
    [
        ("I married in Japan, how do I have it recorded here?", "ghi chú kết hôn"),
        ("I want to marry my German boyfriend, what papers?", "kết hôn với người nước ngoài"),
        ("Which documents to adopt a child?", "nuôi con nuôi"),
        ("How do we claim maternity leave money?", "thai sản"),
        ("Can I take out my social insurance as a lump sum?", "bảo hiểm xã hội một lần"),
    ],
)
def test_newer_records_are_named_too(asked: str, thing: str) -> None:
    assert thing in (translate(asked) or "")


@pytest.mark.parametrize(
    ("asked", "english"),
    [
        ("fake policeman phone call", True),
        ("former political prisoner benefits", True),
        ("Wo ist das Rathaus?", False),
        ("Donde esta la oficina", False),
        ("ko bik lm s mk", False),
    ],
)
def test_english_is_told_by_the_words_of_the_glossary_where_no_small_word_tells(
    asked: str, english: bool
) -> None:
    assert (translate(asked) is not None) is english


def test_who_served_in_another_country_asks_our_counter() -> None:
    assert translate("My father served in Laos, which papers prove it?") is not None


def test_english_words_are_no_vietnamese_ones_to_a_classifier() -> None:
    assert english_clues("Can I", 2) == ("en can", "en i", "en can i")
    assert english_clues("", 3) == ()
