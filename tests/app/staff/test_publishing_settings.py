"""The settings of drafts and of publishing are obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.main import build_app, local_now
from app.records.draft import DraftTooLargeError
from app.records.publishing import NotYetShownError, ReviewNeededError
from app.staff.service import StaffService
from tests.app.records.office import KEY, LAN, MINH, Office, opened
from tests.database import new_database
from tests.knowledge_base.records import TODAY, ended_text, put
from tests.service import settings_in


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_database(tmp_path / "hoixa.db")
    yield engine
    engine.dispose()


@pytest.fixture
def office(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with opened(engine, tmp_path) as office:
        monkeypatch.setattr(office.calendar, "day", max(TODAY, local_now().date()))
        yield office


def staff(office: Office, folder: Path, **changes: object) -> StaffService:
    app = build_app(settings_in(folder, **changes), office.engine, office.live)
    service: StaffService = app.state.staff
    return service


def test_the_largest_draft_is_set(office: Office, tmp_path: Path) -> None:
    large = {"title": "d" * 50_000}
    roomy, tight = staff(office, tmp_path), staff(office, tmp_path, draft_max_kb=40)
    begun = roomy.drafts.begin_from_record(KEY, LAN)

    with pytest.raises(DraftTooLargeError, match="quá 40 kB"):
        tight.drafts.save(begun.id, large, begun.version, LAN)

    assert roomy.drafts.save(begun.id, large, begun.version, LAN).version == 2


def test_how_long_an_officer_counts_as_there_is_set(office: Office, tmp_path: Path) -> None:
    patient = staff(office, tmp_path)
    impatient = staff(office, tmp_path, draft_presence_minutes=1e-9)
    begun = patient.drafts.begin_from_record(KEY, LAN)
    patient.drafts.seen(begun.id, MINH)

    assert [one.officer for one in patient.drafts.others_at(begun.id, LAN)] == [MINH]
    assert impatient.drafts.others_at(begun.id, LAN) == ()


def test_review_may_be_required(office: Office, tmp_path: Path) -> None:
    strict, free = staff(office, tmp_path, review_required=True), staff(office, tmp_path)
    draft = office.draft(title="Của Lan")

    def publish(service: StaffService) -> int:
        return service.publishing.publish(
            draft.body, LAN, base=draft.base_revision_id, draft_id=draft.id
        )

    with pytest.raises(ReviewNeededError):
        publish(strict)
    assert publish(free)


def test_how_long_publishing_waits_is_set(office: Office, tmp_path: Path) -> None:
    draft = office.draft(title="Của Lan")
    impatient = staff(office, tmp_path, publish_wait_seconds=1e-6)

    with pytest.raises(NotYetShownError, match="sau 1e-06 giây"):
        impatient.publishing.publish(
            draft.body, LAN, base=draft.base_revision_id, draft_id=draft.id
        )


def test_ended_legal_texts_are_those_of_the_content_that_is_set(
    office: Office, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    put(own, "legal_texts/residence.yaml", [ended_text(number="68/2020/QH14")])
    broken = tmp_path / "broken"
    put(broken, "legal_texts/residence.yaml", [{"number": 7}])
    draft = office.draft(title="Của Lan")

    found = {
        name: [one.field for one in staff(office, tmp_path, **more).publishing.check(draft.body)]
        for name, more in {
            "release": {},
            "own": {"content_dir": own},
            "broken": {"content_dir": broken},
        }.items()
    }

    assert found == {"release": [], "own": ["legal_basis.0"], "broken": []}
