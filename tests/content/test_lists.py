"""Every procedure of the release makes a list to take away."""

from __future__ import annotations

from app.web.checklist import checklist_of
from knowledge_base.procedure import Procedure
from tests.fakes import DAY
from tests.service import release


def test_what_the_office_looks_up_is_not_to_be_brought() -> None:
    every = [record for record in release().records.values() if isinstance(record, Procedure)]

    looked_up = [
        made for record in every for made in (checklist_of(record, None, DAY),) if made.looked_up
    ]

    assert looked_up
    assert not any(set(made.looked_up) & set(made.papers) for made in looked_up)


def test_every_procedure_and_case_of_the_release_has_a_list() -> None:
    for record in release().records.values():
        if not isinstance(record, Procedure):
            continue
        cases = [None, *(case.id for case in record.cases)]
        for made in (checklist_of(record, case, DAY) for case in cases):
            assert made.title == record.title
            assert made.where, record.id
            assert made.basis or not record.legal_basis
            keys = [paper.key for paper in made.papers]
            assert len(keys) == len(set(keys)), f"{record.id}: one tick for two papers"
