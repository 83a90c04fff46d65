"""English questions in the records' words, and what is left alone."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from app.answering import english
from app.answering.english import translate
from app.answering.facets import asked_facet
from app.answering.foreign import is_foreign
from knowledge_base.record import Facet
from knowledge_base.syllables import fold, marked_share


@pytest.mark.parametrize(
    ("asked", "thing", "facet"),
    [
        ("Where can I get a birth certificate?", "khai sinh", Facet.WHERE),
        ("How do I register temporary residence?", "đăng ký tạm trú", Facet.STEPS),
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
        "Can you help me please",
        "What is the fee?",
        "Who won the World Cup in 2018?",
        "How old is Ronaldo",
        "What's the weather tomorrow?",
        "How do I register a birth in California?",
        "Where can I renew my driving licence?",
        "bonjour je voudrais un certificat de naissance",
        "hola, donde registro mi matrimonio",
        "ich brauche eine Geburtsurkunde",
        "你好我想办理居住证",
        "출생 신고는 어디서 하나요",
        "tui muon lam lai the can cuoc",
        "đăng ký tạm trú ở đâu",
        "",
        "???",
    ],
)
def test_what_the_glossary_does_not_know_is_not_guessed(text: str) -> None:
    assert translate(text) is None


def test_an_office_is_asked_for_in_english() -> None:
    assert translate("What time does the commune office open?") == "giờ làm việc ủy ban xã"
    assert translate("phone number of the commune office please, I need it") == (
        "số điện thoại ủy ban xã"
    )


def test_every_entry_is_spelt_in_lower_case_and_found_by_itself() -> None:
    data = YAML(typ="safe").load(english._FILE.read_text(encoding="utf-8"))

    assert set(data) == {"things", "circumstances", "asks"}
    for entry in data["things"]:
        assert set(entry) == {"en", "vi"}
        for phrase in entry["en"]:
            assert phrase == phrase.lower()
            assert translate(f"where is my {phrase}") is not None, phrase


def test_no_english_phrase_stands_twice() -> None:
    data = YAML(typ="safe").load(english._FILE.read_text(encoding="utf-8"))
    phrases = [phrase for group in data.values() for entry in group for phrase in entry["en"]]

    assert sorted(phrases) == sorted(set(phrases))
