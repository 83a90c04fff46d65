"""The form of a record is its type, and nothing that stands in a record is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

import pytest
from jinja2 import Template
from pydantic import BaseModel

from app.staff.draft_form import LATER, picks_of
from app.staff.form.check import problems_in
from app.staff.form.nodes import node_of, placed
from app.staff.form.reading import changed, read, tree_of
from app.staff.form.shape import Input, Shape, shape_of_kind
from app.staff.form.shown import shown_record
from app.staff.form.words import PARTS, ROW_NAMES
from app.staff.view import environment
from knowledge_base.catalogue import Body, read_content
from knowledge_base.day import today
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind
from tests.app.staff.form_in_html import sent

TYPES: dict[RecordKind, type[BaseModel]] = {
    RecordKind.PROCEDURE: Procedure,
    RecordKind.GUIDE: Guide,
}
PAGE = (
    '{% import "draft_fields.html" as fields with context %}<form data-draft>'
    "{% for child in node.children %}{{ fields.field(child) }}{% endfor %}</form>"
)
FACT = {"text": "Người từ đủ 18 tuổi.", "source": "luat"}
SOURCES = {
    "luat": {
        "kind": "portal",
        "publisher": "Cổng Dịch vụ công",
        "title": "Thủ tục thử",
        "seen_on": "2026-11-01",
    }
}
QUESTIONS = [{"text": f"Câu hỏi thứ {number}?", "section": "summary"} for number in range(6)]
RECORD: dict[str, Any] = {
    "id": "thu-tuc-thu",
    "title": "Thủ tục thử",
    "topic": "residence",
    "summary": FACT,
    "where": [{"counter": "one_stop", "text": "Bộ phận một cửa.", "source": "luat"}],
    "fees": [{"amount": 20000, "source": "luat"}, {"amount": 0, "per": "bản", "source": "luat"}],
    "questions": QUESTIONS,
    "sources": SOURCES,
    "checked_on": "2026-11-02",
}


@cache
def released() -> tuple[Body, ...]:
    return tuple(body for body in read_content().bodies if body.kind in TYPES)


@cache
def template() -> Template:
    return environment().from_string(PAGE)


def page_of(kind: RecordKind, data: Mapping[str, Any]) -> str:
    """The form of a record, as its page holds it."""
    return template().render(
        node=node_of(shape_of_kind(kind), data),
        sources={key: str(key) for key in data.get("sources") or ()},
        picks=picks_of(kind, data),
        LATER=LATER,
    )


def there_and_back(kind: RecordKind, data: Mapping[str, Any]) -> dict[str, Any]:
    """A record's data shown in the form, sent by a browser and read again."""
    return read(shape_of_kind(kind), tree_of(sent(page_of(kind, data))), data).data


def typed(data: Mapping[str, Any], **inputs: str) -> dict[str, Any]:
    """The data after somebody typed into some inputs; ``__`` in a name stands for a point."""
    named = {name.replace("__", "."): value for name, value in inputs.items()}
    items = [(name, named.pop(name, value)) for name, value in sent(page_of(PROCEDURE, data))]
    tree = tree_of([*items, *named.items()])
    return read(shape_of_kind(PROCEDURE), tree, data).data


PROCEDURE = RecordKind.PROCEDURE


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Every field of a type and of the types in it, found without the form's own walk."""
    for name, info in model.model_fields.items():
        yield model.__name__, name
        for inside in models_in(info.annotation):
            yield from fields_of(inside)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def shapes_in(shape: Shape) -> Iterator[Shape]:
    yield shape
    for field in shape.fields:
        yield from shapes_in(field)


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_of_the_type_stands_in_the_form(kind: RecordKind) -> None:
    """Rows have their inputs too, as soon as there is a row."""
    data: dict[str, Any] = {}
    for _ in range(3):  # a row in every list, then in every list of those rows
        data = with_rows(shape_of_kind(kind), data)
    shown = {name.rpartition(".")[2] for name, _ in sent(page_of(kind, data))}
    shown |= set(keys_boxes(page_of(kind, data)))
    fixed = {"id", "scope"}

    missing = {
        (model, name)
        for model, name in fields_of(TYPES[kind])
        if name not in shown | fixed and not is_list(kind, name)
    }

    assert missing == set()
    assert {name for _, name in fields_of(TYPES[kind])} <= {
        shape.name for shape in shapes_in(shape_of_kind(kind))
    }


def with_rows(shape: Shape, data: Any) -> dict[str, Any]:
    made = dict(data)
    for field in shape.fields:
        if field.input is Input.GROUP:
            made[field.name] = with_rows(field, made.get(field.name, {}))
        elif field.input is Input.SOURCES:
            made[field.name] = {"nguon": {}}
        elif field.input is Input.ROWS:
            made[field.name] = [""] if field.item else [with_rows(field, {})]
    return made


def keys_boxes(page: str) -> Iterator[str]:
    if 'type="checkbox"' in page:
        yield "source"


def is_list(kind: RecordKind, name: str) -> bool:
    lists = (Input.ROWS, Input.SOURCES, Input.GROUP)
    return any(one.name == name and one.input in lists for one in shapes_in(shape_of_kind(kind)))


def test_every_field_belongs_to_one_part_and_every_list_has_a_name_for_its_rows() -> None:
    named = [name for part in PARTS for name in part.fields]
    lists = {
        shape.name
        for kind in TYPES
        for shape in shapes_in(shape_of_kind(kind))
        if shape.input in (Input.ROWS, Input.SOURCES)
    }

    assert len(named) == len(set(named))
    for kind in TYPES:
        assert {field.name for field in shape_of_kind(kind).fields} <= set(named)
    assert lists <= set(ROW_NAMES)


@pytest.mark.thorough
def test_every_released_record_goes_through_the_form_without_losing_a_byte() -> None:
    assert len(released()) >= 214

    lost = [
        body.place
        for body in released()
        if json.dumps(there_and_back(body.kind, body.data)) != json.dumps(body.data)
    ]

    assert lost == []


def test_a_fee_left_empty_is_not_a_fee_of_nothing() -> None:
    unknown = typed(RECORD, fees__1__amount="", fees__1__note="Hỏi tại quầy.")
    free = typed(unknown, fees__1__amount="0")

    assert unknown["fees"][1]["amount"] is None
    assert free["fees"][1]["amount"] == 0
    assert typed(free, fees__0__amount="1.250.000")["fees"][0]["amount"] == 1_250_000


@pytest.mark.parametrize(
    ("name", "words", "path", "said"),
    [
        ("fees__0__amount", "hai mươi nghìn", "fees.0.amount", "không phải số"),
        ("checked_on", "hôm qua", "checked_on", "không phải ngày"),
        ("title_en", "thủ tục thử", "title_en", "viết hoa"),
        ("code", "1.22", "code", "1.004222"),
        ("title", "", "title", "Chưa ghi"),
        ("questions__0__section", "mục lạ", "questions.0.section", "mục lạ"),
    ],
)
def test_what_is_wrong_stays_typed_and_is_told_beside_its_field(
    name: str, words: str, path: str, said: str
) -> None:
    data = typed(RECORD, **{name: words})
    problems, general = placed(
        problems_in(PROCEDURE, data, None, ()), node_of(shape_of_kind(PROCEDURE), data)
    )
    again = there_and_back(PROCEDURE, data)

    assert again == data
    assert said in " ".join(problems[path])
    assert general == ()
    assert not any("`" in line for lines in problems.values() for line in lines)


def test_a_fact_without_a_source_is_told_at_its_source() -> None:
    fees = [{"amount": 5000}]

    problems = problems_in(PROCEDURE, {**RECORD, "fees": fees}, None, ())

    assert problems == {"fees.0.source": ("Chưa chọn nguồn.",)}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"fees": "miễn phí"}, id="a text where rows belong"),
        pytest.param({"summary": "Tóm tắt không nguồn"}, id="a text where a fact belongs"),
        pytest.param({"khoa_la": {"sâu": [1, None]}}, id="a key that no type knows"),
        pytest.param({"fees": [{"amount": True, "muc": 1.5}]}, id="values of strange types"),
        pytest.param({"aliases": ["một\ndòng gãy", ""]}, id="lines that are no lines"),
        pytest.param({"fees": None, "cases": [], "forms": None}, id="nothing, said in three ways"),
        pytest.param({"sources": {"a.b": {"kind": "lạ"}, "x": None}}, id="broken sources"),
        pytest.param({"dossier": [{"item": "Đơn", "source": ["luat"]}]}, id="a list of one source"),
        pytest.param({"summary": {"text": "\n đầu dòng\n\ncuối ", "source": "luat"}}, id="spaces"),
        pytest.param({"title": "<b>&amp;“</textarea><script>"}, id="what HTML would take as its"),
    ],
)
def test_what_does_not_fit_the_type_is_shown_and_kept(data: dict[str, Any]) -> None:
    record = {**RECORD, **data}

    assert json.dumps(there_and_back(PROCEDURE, record)) == json.dumps(record)


def test_rows_are_added_moved_and_removed_by_the_buttons_alone() -> None:
    def pressed(data: Mapping[str, Any], button: str) -> dict[str, Any]:
        tree = tree_of(sent(page_of(PROCEDURE, data)))
        changed(tree, button)
        return read(shape_of_kind(PROCEDURE), tree, data).data

    first, second = RECORD["fees"]

    assert pressed(RECORD, "down:fees.0")["fees"] == [second, first]
    assert pressed(RECORD, "up:fees.1")["fees"] == [second, first]
    assert pressed(RECORD, "up:fees.0")["fees"] == [first, second]
    assert pressed(RECORD, "remove:fees.0")["fees"] == [second]
    assert len(pressed(RECORD, "add:fees")["fees"]) == 3
    assert pressed(RECORD, "add:steps")["steps"] == [{}]
    assert pressed(RECORD, "remove:khong.co") == RECORD
    assert "fees" not in pressed(pressed(RECORD, "remove:fees.0"), "remove:fees.0")


def test_rows_moved_in_the_browser_keep_their_order_and_their_problems_find_them() -> None:
    items = [
        ("title", "Thủ tục"),
        ("fees.n7.~row", "1"),
        ("fees.n7.amount", "một nghìn"),
        ("fees.0.~row", "1"),
        ("fees.0.amount", "2000"),
    ]

    got = read(shape_of_kind(PROCEDURE), tree_of(items), {})

    assert [fee["amount"] for fee in got.data["fees"]] == ["một nghìn", 2000]
    assert got.names["fees.0.amount"] == "fees.n7.amount"


def test_a_new_source_gets_a_key_and_a_case_an_id_of_its_title() -> None:
    items = [
        ("sources.0.~row", "1"),
        ("sources.0.~key", "luat"),
        ("sources.0.title", "Luật"),
        ("sources.1.~row", "1"),
        ("sources.1.~key", ""),
        ("sources.1.title", "Nghị định"),
        ("cases.0.~row", "1"),
        ("cases.0.title", "Ở trọ"),
        ("cases.1.~row", "1"),
        ("cases.1.title", "ở trọ"),
    ]

    data = read(shape_of_kind(PROCEDURE), tree_of(items), {}).data

    assert list(data["sources"]) == ["luat", "nguon-1"]
    assert [case["id"] for case in data["cases"]] == ["o-tro", "o-tro-2"]


def test_a_narrower_version_holds_what_is_ticked_and_begins_with_what_it_inherits() -> None:
    shape = shape_of_kind(PROCEDURE)
    own = {"id": RECORD["id"], "scope": "commune:hoa-tien"}

    ticked = read(shape, tree_of([("~own", "fees")]), own, wider=RECORD).data
    emptied = read(
        shape, tree_of([("~own", "steps"), ("steps.~empty", "")]), own, wider=RECORD
    ).data
    unticked = read(shape, tree_of([("fees.0.amount", "5")]), ticked, wider=RECORD).data

    assert ticked == {**own, "fees": RECORD["fees"]}
    assert emptied == {**own, "steps": []}
    assert unticked == own


def test_problems_of_a_narrower_version_are_told_at_its_own_questions_alone() -> None:
    own = {
        "id": RECORD["id"],
        "questions": [{"text": "Ở xã thì sao?", "section": "khong-co"}],
    }

    problems = problems_in(PROCEDURE, own, RECORD, ())

    assert list(problems) == ["questions.0.section"]


def test_an_unfinished_record_is_shown_without_the_rows_that_are_not_valid() -> None:
    data = {
        "id": "dang-viet",
        "title": "Đang viết",
        "fees": [{"amount": "hai", "source": "luat"}, {"amount": 0, "source": "luat"}],
        "sources": {**SOURCES, "hong": {"kind": "lạ"}},
        "related": ["viec-khac"],
    }

    item, left = shown_record(PROCEDURE, data, today())

    assert isinstance(item, Procedure)
    assert item.fees is not None
    assert [fee.amount for fee in item.fees] == [0]
    assert set(item.sources) == {"luat"}
    assert set(left) == {"fees.0", "sources.hong"}


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        pytest.param([("title", "Đăng\0 ký")], {"title": "Đăng ký"}, id="what no database takes"),
        pytest.param(
            [("fees.~json", "[" * 100_000)], {"fees": "[" * 100_000}, id="what nests without end"
        ),
    ],
)
def test_what_no_browser_sends_breaks_nothing(
    sent: list[tuple[str, str]], read_as: dict[str, Any]
) -> None:
    found = read(shape_of_kind(PROCEDURE), tree_of(sent), {}).data

    assert {name: found.get(name) for name in read_as} == read_as
