"""What officers publish is in the next answer whole, on its day, and can be undone."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.records.audit import AuditFilter
from app.records.database import open_database
from app.records.draft import (
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftOrigin,
    DraftState,
    NewDraft,
    UnknownDraftError,
    Wish,
)
from app.records.publishing import (
    NotYetShownError,
    RecordChangedError,
    ReviewNeededError,
    UnknownRevisionError,
)
from app.records.versions import Standing
from ingest.draft import TO_WRITE
from ingest.sync import make_snapshot
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    IngestJobRow,
    publish,
    published,
)
from knowledge_base.source import LegalText
from tests.app.records.office import (
    KEY,
    LAN,
    MINH,
    OWN,
    Office,
    body,
    opened,
    own_body,
    released,
)
from tests.database import new_database
from tests.knowledge_base.records import TODAY, ended_text, guide, procedure
from tests.service import fresh_database
from tests.thorough import mostly_thorough

TOMORROW = TODAY + timedelta(days=1)
NEXT_MONTH = date(2026, 12, 21)
GUIDE = ("guide", "muc-dong-bhyt", NATIONAL)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with opened(engine, tmp_path) as office:
        yield office


@pytest.fixture(params=mostly_thorough(["sqlite", "postgresql"]))
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """The same office on each kind of database."""
    if request.param == "sqlite":
        engine = new_database(tmp_path / "hoixa.db")
    else:
        url = request.getfixturevalue("postgres_url")
        name = "publishing_" + hashlib.sha256(request.node.name.encode()).hexdigest()[:12]
        engine = open_database(fresh_database(url, name))
    with opened(engine, tmp_path) as office:
        yield office
    engine.dispose()


def standings(office: Office, key: tuple[str, str, str] = KEY) -> list[tuple[str, str]]:
    return [(one.revision.author, one.standing.value) for one in office.versions.history(key)]


def problems(error: pytest.ExceptionInfo[ContentError]) -> str:
    return "\n".join(f"{one.field}: {one.message}" for one in error.value.problems)


def test_what_is_published_is_in_the_next_answer_with_its_draft_and_audit_entry(
    either: Office,
) -> None:
    draft = either.draft(title="Khai báo tạm trú")

    revision = either.publish(draft, note="theo luật mới")

    assert either.title() == "Khai báo tạm trú"
    assert either.vectors.missing(either.edition().chunks, 1) == 0
    closed = either.drafts.find(draft.id)
    assert closed is not None
    assert (closed.state, closed.revision_id) == (DraftState.PUBLISHED, revision)
    assert standings(either) == [(LAN, "live"), ("release", "past")]
    assert either.told() == [
        (LAN, "draft.begun", f"draft:{draft.id}"),
        (LAN, "record.published", "procedure:dang-ky-tam-tru"),
    ]
    (entry,) = either.audit.each(AuditFilter(action="record.published"))
    assert entry.entry.details["revision"] == revision
    assert entry.entry.details["draft"] == draft.id
    assert entry.entry.details["note"] == "theo luật mới"


def test_a_record_that_changed_since_the_draft_began_is_refused_with_what_is_live(
    either: Office,
) -> None:
    mine, theirs = either.draft(title="Của Lan"), either.draft(MINH, title="Của Minh")
    live = either.publish(theirs, MINH)

    with pytest.raises(RecordChangedError) as caught:
        either.publish(mine)

    assert caught.value.live is not None
    assert caught.value.live.revision_id == live
    assert caught.value.live.body.data["title"] == "Của Minh"
    assert either.title() == "Của Minh"
    assert either.drafts.find(mine.id) == mine

    joined = either.drafts.save(mine.id, mine.data, mine.version, LAN, base=live)
    either.publish(joined)
    assert either.title() == "Của Lan"


def test_two_who_publish_one_record_at_once_follow_one_another(either: Office) -> None:
    drafts = [either.draft(by, title=f"Của {by}") for by in (LAN, MINH)]
    together = threading.Barrier(2)

    def publishes(number: int) -> str:
        together.wait()
        try:
            either.publish(drafts[number], (LAN, MINH)[number])
        except RecordChangedError as error:
            return str(error.live and error.live.body.data["title"])
        return "published"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(publishes, range(2)))

    winner = found.index("published")
    title = f"Của {(LAN, MINH)[winner]}"
    assert found[1 - winner] == title
    assert either.title() == title
    states = [one.state for draft in drafts if (one := either.drafts.find(draft.id))]
    assert [state is DraftState.PUBLISHED for state in states] == [winner == 0, winner == 1]
    assert [one[1] for one in either.told()].count("record.published") == 1


def test_a_record_is_refused_with_every_problem_in_words(office: Office) -> None:
    office.publishing.publish(own_body(), LAN)
    broken = body(
        id="dang-ky-tam-tru",
        related=["khong-co"],
        fees=[{"amount": 7000, "source": "mat"}],
    )

    with pytest.raises(ContentError) as caught:
        office.publishing.publish(broken, LAN, base=office.live_id())

    assert "nguồn “mat” không có trong sources" in problems(caught)
    assert office.publishing.check(broken) == caught.value.problems
    assert standings(office) == [("release", "live")]
    assert office.title() == "Đăng ký tạm trú"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"summary": {"text": f"{TO_WRITE} gì đó", "source": "luat"}}, TO_WRITE,
                     id="a mark to write"),
        pytest.param({"related": ["khong-co"]}, "khong-co", id="a record that is not there"),
        pytest.param({"scope": "commune:hoa-tien"}, "national", id="another scope than its own"),
        pytest.param({"titel": "x"}, "title", id="a misspelt field"),
        pytest.param(
            {"legal_basis": [{"number": "55/2021/TT-BCA", "name": "Cũ", "issued": "2021-05-15",
                              "source": "luat"}]},
            "hết hiệu lực từ 01/07/2026",
            id="an ended legal basis",
        ),
    ],
)  # fmt: skip
def test_what_must_not_be_published_is_named(
    engine: Engine, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    ended = LegalText.model_validate(ended_text())
    data = {**procedure(), **changed}
    one = Body(RecordKind.PROCEDURE, "dang-ky-tam-tru", NATIONAL, data, "thủ tục")

    with opened(engine, tmp_path, {"55/2021/TT-BCA": ended}) as office:
        found = office.publishing.check(one)

    assert any(said in f"{problem.field} {problem.message}" for problem in found), found


@pytest.mark.parametrize(
    ("scope", "there"),
    [
        ("province:da-nang", True),
        ("commune:hoa-vang", True),
        ("province:sai-gon", False),
        ("commune:khong-co", False),
    ],
)
def test_a_version_is_for_a_place_that_exists(office: Office, scope: str, there: bool) -> None:
    data = {"id": "dang-ky-tam-tru", "scope": scope, "title": "Bản riêng ở đây"}
    one = Body(RecordKind.PROCEDURE, "dang-ky-tam-tru", scope, data, "thủ tục")

    assert (office.publishing.check(one) == ()) == there


def test_a_commune_without_a_record_of_its_own_lies_in_its_province(office: Office) -> None:
    """Its province is known from the register, and so what the province says comes first."""
    province = {"id": KEY[1], "scope": "province:da-nang", "topic": "residence", "code": "1.000009"}
    commune = {"id": KEY[1], "scope": "commune:hoa-vang", "title": "Bản của Hòa Vang"}
    for data in (province, commune):
        scope = str(data["scope"])
        office.publishing.publish(Body(RecordKind.PROCEDURE, KEY[1], scope, data, "thủ tục"), LAN)

    record = office.edition().catalogue.records[KEY[1], "commune:hoa-vang"]

    assert (record.title, getattr(record, "code", None)) == ("Bản của Hòa Vang", "1.000009")


def test_what_is_wrong_already_elsewhere_does_not_keep_one_from_mending(office: Office) -> None:
    with Session(office.engine) as session, session.begin():
        broken = Body(RecordKind.GUIDE, GUIDE[1], NATIONAL, guide(related=["khong-co"]), "hd")
        publish(session, broken, MINH, live_from=TODAY)

    with pytest.raises(NotYetShownError, match="khong-co"):
        office.publish(office.draft(title="Khai báo tạm trú"))

    assert office.title() == "Đăng ký tạm trú"
    mended = office.drafts.begin_from_record(GUIDE, MINH)
    mended = office.drafts.save(mended.id, guide(), mended.version, MINH)
    office.publish(mended, MINH)
    assert office.title() == "Khai báo tạm trú"


def test_what_is_wrong_already_in_the_record_itself_must_be_mended_with_it(
    engine: Engine, tmp_path: Path
) -> None:
    ended = LegalText.model_validate(ended_text(number="68/2020/QH14"))
    with opened(engine, tmp_path, {"68/2020/QH14": ended}) as office:
        national = office.publishing.check(body(title="Khai báo tạm trú"))
        communes = office.publishing.check(own_body())
        mended = office.publishing.check(body(legal_basis=None))

    assert [one.field for one in national] == ["legal_basis.0"]
    assert communes == mended == ()  # what a commune inherits is not its officers' to mend


def test_everything_wrong_is_told_at_once(office: Office) -> None:
    many = body(
        summary={"text": f"{TO_WRITE} tóm tắt", "source": "luat"}, related=["khong-co"], titel="x"
    )

    fields = {one.field for one in office.publishing.check(many)}

    assert fields == {"summary.text", "titel"}
    assert {one.field for one in office.publishing.check(body(related=["khong-co"]))} == {"related"}


def test_a_new_record_is_published_once(office: Office) -> None:
    data = procedure(id="tach-ho", title="Tách hộ", code="1.000002", aliases=None)
    new = NewDraft(RecordKind.PROCEDURE, "tach-ho", NATIONAL, data, origin=DraftOrigin.CLUSTER)
    first, second = office.drafts.begin(new, LAN), office.drafts.begin(new, MINH)

    office.publish(first)

    assert ("tach-ho", NATIONAL) in office.edition().catalogue.records
    with pytest.raises(RecordChangedError):
        office.publish(second, MINH)
    with pytest.raises(DraftClosedError, match="đã công bố"):
        office.publish(first)


def test_a_draft_that_a_colleague_saved_meanwhile_is_not_published_unseen(office: Office) -> None:
    seen = office.draft(title="Của Lan")
    theirs = office.drafts.save(seen.id, {**seen.data, "title": "Của Minh"}, seen.version, MINH)

    with pytest.raises(DraftChangedError) as caught:
        office.publish(seen)

    assert caught.value.theirs == theirs
    assert office.title() == "Đăng ký tạm trú"


def test_a_draft_of_another_record_or_of_nothing_is_not_closed(office: Office) -> None:
    other = office.drafts.begin_from_record(GUIDE, LAN)

    with pytest.raises(DraftClosedError, match="hồ sơ khác"):
        office.publishing.publish(body(), LAN, base=office.live_id(), draft_id=other.id)
    with pytest.raises(UnknownDraftError):
        office.publishing.publish(body(), LAN, base=office.live_id(), draft_id=99)


def test_a_change_for_a_day_to_come_begins_on_it(either: Office) -> None:
    draft = either.draft(title="Từ tháng sau")
    revision = either.publish(draft, from_day=NEXT_MONTH)

    assert either.title() == "Đăng ký tạm trú"
    (waiting,) = either.versions.scheduled([NATIONAL])
    assert (waiting.revision.revision_id, waiting.standing) == (revision, Standing.SCHEDULED)
    assert either.versions.scheduled(["commune:hoa-tien"]) == ()

    either.tomorrow(NEXT_MONTH - timedelta(days=1))
    assert either.title() == "Đăng ký tạm trú"
    either.tomorrow(NEXT_MONTH)
    assert either.title() == "Từ tháng sau"
    assert either.versions.scheduled([NATIONAL]) == ()


def test_a_small_correction_today_does_not_swallow_what_is_scheduled(either: Office) -> None:
    either.publish(either.draft(title="Từ tháng sau"), from_day=NEXT_MONTH)

    either.publish(either.draft(title="Sửa chính tả"))

    assert either.title() == "Sửa chính tả"
    assert standings(either) == [(LAN, "live"), (LAN, "scheduled"), ("release", "past")]
    either.tomorrow(NEXT_MONTH)
    assert either.title() == "Từ tháng sau"


def test_what_begins_later_must_be_written_from_what_counts_then(office: Office) -> None:
    soon, later = office.draft(title="Ngày mai"), office.draft(MINH, title="Tháng sau")
    scheduled = office.publish(soon, from_day=TOMORROW)

    with pytest.raises(RecordChangedError) as caught:
        office.publish(later, MINH, from_day=NEXT_MONTH)

    assert caught.value.live is not None
    assert caught.value.live.revision_id == scheduled


def test_a_day_in_the_past_begins_today(office: Office) -> None:
    office.publish(office.draft(title="Từ hôm qua"), from_day=TODAY - timedelta(days=1))

    assert office.title() == "Từ hôm qua"
    assert office.versions.history(KEY)[0].revision.live_from == TODAY


def test_the_day_after_the_last_a_record_is_gone(office: Office) -> None:
    own = Body(RecordKind.GUIDE, "lich-hop", "commune:hoa-tien",
               guide(id="lich-hop", title="Lịch họp", scope="commune:hoa-tien"), "hd")  # fmt: skip

    office.publishing.publish(own, LAN, last_day=TOMORROW)

    there = ("lich-hop", "commune:hoa-tien")
    assert there in office.edition().catalogue.records
    office.tomorrow(TOMORROW)
    assert there in office.edition().catalogue.records
    office.tomorrow(TOMORROW + timedelta(days=1))
    assert there not in office.edition().catalogue.records


def test_a_last_day_before_the_first_is_refused(office: Office) -> None:
    with pytest.raises(ContentError, match="ngày cuối phải từ 22/11/2026 trở đi"):
        office.publishing.publish(
            body(), LAN, base=office.live_id(), from_day=TOMORROW, last_day=TODAY
        )
    assert office.versions.scheduled([NATIONAL]) == ()


@pytest.mark.parametrize("last_day", [TODAY - timedelta(days=1), TOMORROW])
def test_a_communes_own_version_ends_and_the_wider_one_shows_again(
    office: Office, last_day: date
) -> None:
    office.publishing.publish(own_body(), LAN)
    assert office.title("commune:hoa-tien") == "Tạm trú ở Hòa Tiến"

    office.publishing.end(OWN, last_day, LAN, "theo bản chung")
    office.tomorrow(last_day + timedelta(days=1))

    records = office.edition().scope("hoa-tien").records
    assert records["dang-ky-tam-tru"].title == "Đăng ký tạm trú"
    assert (LAN, "record.ended", "procedure:dang-ky-tam-tru") in office.told()
    with pytest.raises(UnknownRevisionError):
        office.publishing.end(OWN, last_day + timedelta(days=3), LAN)


def test_a_record_that_others_need_does_not_end(office: Office) -> None:
    office.publishing.publish(
        Body(RecordKind.GUIDE, GUIDE[1], NATIONAL, guide(related=[KEY[1]]), "hd"),
        LAN,
        base=office.live_id(GUIDE),
    )

    with pytest.raises(ContentError, match="dang-ky-tam-tru"):
        office.publishing.end(KEY, TODAY, LAN)
    with pytest.raises(ContentError, match="ngày cuối phải từ 20/11/2026 trở đi"):
        office.publishing.end(KEY, TODAY - timedelta(days=2), LAN)

    assert office.title() == "Đăng ký tạm trú"


def test_what_would_break_on_a_later_day_is_refused_today(office: Office) -> None:
    """Otherwise the whole knowledge would stand still on that day."""
    office.publishing.end(GUIDE, TOMORROW, LAN)

    with pytest.raises(ContentError, match="muc-dong-bhyt"):
        office.publishing.publish(body(related=["muc-dong-bhyt"]), LAN, base=office.live_id())


def test_undo_brings_back_any_earlier_text(either: Office) -> None:
    first = either.live_id()
    for title in ("Hai", "Ba"):
        either.publish(either.draft(title=title))

    undone = either.publishing.undo(KEY, first, MINH, "nhầm")

    assert either.title() == "Đăng ký tạm trú"
    assert either.live_id() == undone
    history = either.versions.history(KEY)
    assert history[0].revision.body.data == history[-1].revision.body.data
    assert either.told()[-1] == (MINH, "record.undone", "procedure:dang-ky-tam-tru")
    assert len(history) == 4


def test_undoing_the_first_version_of_a_commune_is_to_end_it_and_that_is_undone_too(
    office: Office,
) -> None:
    first = office.publishing.publish(own_body(), LAN)
    office.publishing.end(OWN, TODAY - timedelta(days=1), LAN)
    assert office.title("commune:hoa-tien") is None

    office.publishing.undo(OWN, first, LAN)

    assert office.title("commune:hoa-tien") == "Tạm trú ở Hòa Tiến"


def test_undo_calls_back_the_end_that_came_with_what_is_undone(office: Office) -> None:
    first = office.live_id()
    office.publish(office.draft(title="Đến hết tháng"), last_day=date(2026, 11, 30))

    office.publishing.undo(KEY, first, LAN)
    office.tomorrow(date(2026, 12, 1))

    assert office.title() == "Đăng ký tạm trú"


def test_only_what_was_to_live_is_undone_to(office: Office) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))
    conflict = office.versions.history(KEY)[0].revision.revision_id

    for revision in (conflict, office.live_id(GUIDE), 999):
        with pytest.raises(UnknownRevisionError):
            office.publishing.undo(KEY, revision, LAN)

    assert office.title() == "Của Lan"


def test_a_text_that_can_no_longer_be_published_is_not_undone_to(
    engine: Engine, tmp_path: Path
) -> None:
    ended = LegalText.model_validate(ended_text(number="68/2020/QH14"))
    with opened(engine, tmp_path) as office:
        first = office.live_id()
        office.publish(office.draft(title="Mới", legal_basis=[]))
        strict = office.with_changed(legal_texts={"68/2020/QH14": ended})

        with pytest.raises(ContentError, match="đã hết hiệu lực"):
            strict.publishing.undo(KEY, first, LAN)

        assert office.title() == "Mới"


def test_what_has_not_begun_is_called_back_and_its_draft_goes_on(either: Office) -> None:
    draft = either.draft(title="Từ tháng sau")
    revision = either.publish(draft, from_day=NEXT_MONTH, last_day=NEXT_MONTH)

    either.publishing.cancel(revision, LAN)

    assert either.versions.scheduled([NATIONAL]) == ()
    assert [one for _, one in standings(either)] == ["cancelled", "cancelled", "live"]
    again = either.drafts.find(draft.id)
    assert again is not None
    assert (again.state, again.revision_id) == (DraftState.EDITING, None)
    either.tomorrow(NEXT_MONTH + timedelta(days=1))
    assert either.title() == "Đăng ký tạm trú"
    assert either.told()[-1] == (LAN, "record.cancelled", "procedure:dang-ky-tam-tru")


def test_what_has_begun_is_not_called_back(office: Office) -> None:
    scheduled = office.publish(office.draft(title="Từ mai"), from_day=TOMORROW)
    office.tomorrow(TOMORROW)

    for revision in (scheduled, 999):
        with pytest.raises(UnknownRevisionError):
            office.publishing.cancel(revision, LAN)

    assert office.title() == "Từ mai"


def test_what_something_scheduled_needs_is_not_called_back(office: Office) -> None:
    new = procedure(id="tach-ho", title="Tách hộ", code="1.000002", aliases=None)
    tach_ho = Body(RecordKind.PROCEDURE, "tach-ho", NATIONAL, new, "thủ tục")
    scheduled = office.publishing.publish(tach_ho, LAN, from_day=TOMORROW)
    office.publish(office.draft(related=["tach-ho"]), from_day=TOMORROW)

    with pytest.raises(ContentError, match="tach-ho"):
        office.publishing.cancel(scheduled, LAN)

    assert len(office.versions.scheduled([NATIONAL])) == 2


def test_a_conflict_stays_until_somebody_decides(either: Office) -> None:
    either.publish(either.draft(title="Của Lan"))
    assert either.release(body(title="Của bản phát hành")) == ("dang-ky-tam-tru (national)",)

    (conflict,) = either.versions.conflicts([NATIONAL])
    assert conflict.key == KEY
    assert conflict.release.revision.body.data["title"] == "Của bản phát hành"
    assert conflict.counting is not None
    assert conflict.counting.standing is Standing.LIVE
    assert either.versions.conflicts(["commune:hoa-tien"]) == ()

    either.publish(either.draft(title="Sửa chính tả"))  # knows nothing of the conflict
    assert len(either.versions.conflicts([NATIONAL])) == 1

    both = {**procedure(), "title": "Của cả hai"}
    either.settle(both, MINH, note="gộp")
    assert either.title() == "Của cả hai"
    assert either.versions.conflicts([NATIONAL]) == ()
    assert either.told()[-1] == (MINH, "conflict.resolved", "procedure:dang-ky-tam-tru")
    with pytest.raises(UnknownRevisionError):
        either.publishing.publish(
            body(title="Nữa"),
            MINH,
            base=either.live_id(),
            settles=conflict.release.revision.revision_id,
        )
    assert either.release(body(title="Của bản phát hành")) == ()
    assert either.versions.conflicts([NATIONAL]) == ()


def test_keeping_ones_own_text_settles_a_conflict_and_so_does_saying_the_same(
    office: Office,
) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))
    mine = office.versions.history(KEY)[1].revision.body.data
    office.settle(mine)
    assert office.versions.conflicts([NATIONAL]) == ()

    office.release(body(title="Lần nữa"))
    assert len(office.versions.conflicts([NATIONAL])) == 1
    office.publish(office.draft(title="Lần nữa"))

    assert office.versions.conflicts([NATIONAL]) == ()


def test_what_is_scheduled_keeps_its_conflict_open(office: Office) -> None:
    """The text that staff wrote for next month has not been compared with the release's yet."""
    scheduled = office.publish(office.draft(title="Từ tháng sau"), from_day=NEXT_MONTH)
    office.release(body(title="Của bản phát hành"))
    assert len(office.versions.conflicts([NATIONAL])) == 1

    office.settle({**procedure(), "title": "Nay"})
    assert office.title() == "Nay"
    assert len(office.versions.conflicts([NATIONAL])) == 1

    office.publishing.cancel(scheduled, LAN)
    assert office.versions.conflicts([NATIONAL]) == ()


def test_a_settlement_that_is_called_back_settles_nothing(office: Office) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))
    later = office.settle({**procedure(), "title": "Gộp"}, from_day=NEXT_MONTH)
    assert office.versions.conflicts([NATIONAL]) == ()

    office.publishing.cancel(later, LAN)

    assert len(office.versions.conflicts([NATIONAL])) == 1


def test_a_release_that_comes_round_to_staffs_text_ends_the_conflict(office: Office) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))

    assert office.release(body(title="Của Lan")) == ()

    assert office.versions.conflicts([NATIONAL]) == ()
    assert office.title() == "Của Lan"


def test_a_bad_settlement_is_refused(office: Office) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))

    with pytest.raises(ContentError):
        office.settle({**procedure(), "related": ["khong-co"]})

    assert len(office.versions.conflicts([NATIONAL])) == 1
    assert office.title() == "Của Lan"


def test_where_review_is_required_somebody_else_publishes(office: Office) -> None:
    office = office.with_changed(review_required=True)
    draft = office.draft(title="Của Lan")
    draft = office.drafts.save(draft.id, {**draft.data, "title": "Và An"}, draft.version, "an")

    for writer in (LAN, "an"):
        with pytest.raises(ReviewNeededError, match="người khác phải công bố"):
            office.publish(draft, writer)
    with pytest.raises(ReviewNeededError, match="bản nháp"):
        office.publishing.publish(body(title="Không nháp"), MINH, base=office.live_id())
    assert office.title() == "Đăng ký tạm trú"
    office.publish(draft, MINH)

    assert office.title() == "Và An"


def test_nothing_personal_of_a_note_is_kept(office: Office) -> None:
    said = "bà con gọi 0905 123 456"
    office.publish(office.draft(title="Của Lan"), note=said)
    one = wish(office, Wish.END, last_day=TODAY)
    returned = office.drafts.move(one.id, DraftState.RETURNED, MINH, said)
    asked = office.drafts.ask(
        NewDraft(RecordKind.GUIDE, "x", NATIONAL, {}, wish=Wish.END, last_day=TODAY), LAN, said
    )
    office.publishing.undo(KEY, office.live_id(), LAN, said)
    office.publishing.end(KEY, NEXT_MONTH, LAN, said)
    (end,) = office.versions.scheduled([NATIONAL])
    office.publishing.cancel(end.revision.revision_id, LAN, said)

    kept = [returned.note, asked.note]
    kept += [one.revision.note for one in office.versions.history(KEY)]
    kept += [str(one.entry.details) for one in office.audit.each(AuditFilter())]
    assert not [one for one in kept if "0905" in one]
    assert sum("bà con gọi" in one for one in kept) > 5


def strict(office: Office) -> Office:
    """The same office, where nobody publishes alone."""
    return office.with_changed(review_required=True)


def wish(office: Office, what: Wish, by: str = LAN, **more: Any) -> Draft:
    """What an officer sends to be confirmed."""
    live = office.versions.live(KEY)
    assert live is not None
    new = NewDraft(
        RecordKind.PROCEDURE,
        KEY[1],
        NATIONAL,
        live.revision.body.data,
        live.revision.revision_id,
        DraftOrigin.RECORD,
        wish=what,
        **more,
    )
    return office.drafts.ask(new, by, "vì sao")


def test_where_review_is_required_nobody_does_anything_alone(office: Office) -> None:
    first = office.live_id()
    office.publish(office.draft(title="Của Lan"))
    later = office.publish(office.draft(title="Tháng sau"), from_day=NEXT_MONTH)
    office.release(body(title="Của bản phát hành"))
    alone = strict(office)

    for act in (
        lambda: alone.publishing.end(KEY, TODAY, LAN),
        lambda: alone.publishing.undo(KEY, first, LAN),
        lambda: alone.publishing.cancel(later, LAN),
        lambda: alone.settle({**procedure(), "title": "Của bản phát hành"}),
        lambda: alone.publishing.publish(body(title="Khác"), LAN, base=office.live_id()),
    ):
        with pytest.raises(ReviewNeededError, match="đề nghị để người khác công bố"):
            act()

    assert office.title() == "Của Lan"
    assert len(office.versions.scheduled([NATIONAL])) == 1


def test_what_one_officer_wishes_another_confirms(either: Office) -> None:
    """An undo, a call-back and an end, each by two."""
    either = strict(either)
    first = either.live_id()
    either.publish(either.draft(title="Của Lan"), MINH)
    later = either.publish(either.draft(title="Tháng sau"), MINH, from_day=NEXT_MONTH)

    wishes = [
        wish(either, Wish.CANCEL, wished_id=later),
        wish(either, Wish.UNDO, wished_id=first),
        wish(either, Wish.END, last_day=TODAY),
    ]
    for one in wishes:
        with pytest.raises(ReviewNeededError, match="người khác phải công bố"):
            either.publishing.confirm(one, LAN)
    assert either.title() == "Của Lan"

    either.publishing.confirm(wishes[0], MINH)
    assert either.versions.scheduled([NATIONAL]) == ()
    either.publishing.confirm(wishes[1], MINH, "đúng thế", base=either.live_id())
    assert either.title() == "Đăng ký tạm trú"
    either.publishing.confirm(wishes[2], MINH)
    assert either.title() == "Đăng ký tạm trú"
    either.tomorrow(TOMORROW)
    assert either.title() is None

    closed = [either.drafts.find(one.id) for one in wishes]
    assert [one and one.state for one in closed] == [DraftState.PUBLISHED] * 3
    with pytest.raises(DraftClosedError, match="đã xác nhận"):
        either.publishing.confirm(wishes[1], MINH)
    told = [entry.entry for entry in either.audit.each(AuditFilter(by=MINH))]
    done = [(one.action, one.details["draft"]) for one in told if "draft" in one.details][-3:]
    assert done == [
        ("record.cancelled", wishes[0].id),
        ("record.undone", wishes[1].id),
        ("record.ended", wishes[2].id),
    ]


def test_a_wish_is_confirmed_only_of_what_was_looked_at(office: Office) -> None:
    office = strict(office)
    first = office.live_id()
    office.publish(office.draft(title="Của Lan"), MINH)
    undo, end = wish(office, Wish.UNDO, wished_id=first), wish(office, Wish.END, last_day=TODAY)
    looked_at = office.live_id()
    office.publish(office.draft(title="Của An"), MINH)

    for one in (undo, end):
        with pytest.raises(RecordChangedError):
            office.publishing.confirm(one, MINH, base=looked_at)

    assert office.title() == "Của An"


def test_a_wish_that_was_returned_or_dropped_is_not_confirmed(office: Office) -> None:
    one = wish(office, Wish.END, last_day=TODAY)
    office.drafts.move(one.id, DraftState.RETURNED, MINH, "còn dùng")
    with pytest.raises(DraftClosedError, match="trả lại"):
        office.publishing.confirm(one, MINH)

    office.drafts.move(one.id, DraftState.IN_REVIEW, LAN, "hết thật rồi")
    office.drafts.move(one.id, DraftState.DISCARDED, LAN)
    with pytest.raises(DraftClosedError, match="đã rút"):
        office.publishing.confirm(one, MINH)
    with pytest.raises(DraftClosedError):
        office.drafts.move(one.id, DraftState.EDITING, LAN)


def test_an_end_confirmed_after_its_day_comes_at_once(office: Office) -> None:
    one = wish(office, Wish.END, last_day=TODAY)
    office.tomorrow(TODAY + timedelta(days=3))

    office.publishing.confirm(one, MINH)

    assert office.title() is None
    ended = office.versions.history(KEY)[0].revision
    assert ended.live_from == TODAY + timedelta(days=3)


def test_an_end_that_is_called_back_leaves_its_wish_closed(office: Office) -> None:
    one = wish(office, Wish.END, last_day=NEXT_MONTH)
    office.publishing.confirm(one, MINH)
    (coming,) = office.versions.scheduled([NATIONAL])

    office.publishing.cancel(coming.revision.revision_id, LAN)

    closed = office.drafts.find(one.id)
    assert closed is not None and closed.state is DraftState.PUBLISHED


def test_a_wish_has_no_text_to_save_or_publish(office: Office) -> None:
    one = wish(office, Wish.END, last_day=TODAY)

    with pytest.raises(DraftClosedError, match="đề nghị"):
        office.drafts.save(one.id, {"title": "Khác"}, one.version, LAN)
    with pytest.raises(DraftClosedError, match="đề nghị"):
        office.publish(one, MINH)


def test_who_wishes_the_same_again_is_given_what_waits(office: Office) -> None:
    once = wish(office, Wish.END, last_day=TODAY)

    assert wish(office, Wish.END, last_day=TODAY) == once
    assert wish(office, Wish.END, last_day=TOMORROW).id != once.id


def conflicting(office: Office, title: str = "Gộp") -> Draft:
    """A draft made of the record's one conflict."""
    (conflict,) = office.versions.conflicts([NATIONAL])
    new = NewDraft(
        RecordKind.PROCEDURE,
        KEY[1],
        NATIONAL,
        {**procedure(), "title": title},
        office.live_id(),
        DraftOrigin.CONFLICT,
        str(conflict.release.revision.revision_id),
    )
    return office.drafts.begin(new, LAN)


def test_publishing_what_was_written_of_a_conflict_settles_it(either: Office) -> None:
    either.publish(either.draft(title="Của Lan"))
    either.release(body(title="Của bản phát hành"))
    office = strict(either)
    draft = conflicting(office)
    draft = office.drafts.save(draft.id, {**draft.data, "title": "Gộp lại"}, draft.version, "an")
    assert len(office.versions.conflicts([NATIONAL])) == 1

    office.publish(draft, MINH)

    assert office.versions.conflicts([NATIONAL]) == ()
    assert office.title() == "Gộp lại"
    assert office.told()[-1] == (MINH, "conflict.resolved", "procedure:dang-ky-tam-tru")


def test_a_draft_of_an_older_conflict_leaves_the_newer_one_open(office: Office) -> None:
    office.publish(office.draft(title="Của Lan"))
    office.release(body(title="Của bản phát hành"))
    draft = conflicting(office)
    office.release(body(title="Bản phát hành sau nữa"))

    office.publish(draft)

    assert office.title() == "Gộp"
    assert len(office.versions.conflicts([NATIONAL])) == 1
    assert office.told()[-1][1] == "record.published"


def test_the_author_of_releases_is_nobody(office: Office) -> None:
    with pytest.raises(ValueError, match="overwrite"):
        office.publishing.publish(body(), "release", base=office.live_id())


def test_while_the_index_fails_the_officer_is_told_that_residents_read_the_old_text(
    office: Office,
) -> None:
    draft = office.draft(title="Khai báo tạm trú")
    office.embedding.fails_after = 0

    with pytest.raises(NotYetShownError, match="Mô hình nhúng không tính được") as caught:
        office.publish(draft)

    assert "người dân còn thấy bản cũ" in str(caught.value)
    assert office.title() == "Đăng ký tạm trú"
    assert caught.value.revision_id == office.live_id()
    closed = office.drafts.find(draft.id)
    assert closed is not None and closed.state is DraftState.PUBLISHED

    office.embedding.fails_after = None
    assert office.live.show_now(30) is None
    assert office.title() == "Khai báo tạm trú"


def test_publishing_waits_no_longer_than_is_set(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = threading.Event()
    index = office.vectors.write

    def slow(*arguments: Any) -> int:
        busy.wait(30)
        return index(*arguments)

    monkeypatch.setattr(office.vectors, "write", slow)
    impatient = office.with_changed(wait_seconds=0.2)

    with pytest.raises(NotYetShownError, match=r"chưa làm xong sau 0\.2 giây"):
        impatient.publish(impatient.draft(title="Khai báo tạm trú"))

    assert office.title() == "Đăng ký tạm trú"
    busy.set()
    assert office.live.show_now(30) is None
    assert office.title() == "Khai báo tạm trú"


def test_what_cannot_be_written_is_not_half_there(office: Office) -> None:
    """The audit entry is the last to be written; without it there is no revision either."""
    draft = office.draft(title="Khai báo tạm trú")

    def full(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO audit_log"):
            raise DatabaseUnavailableError("đĩa đầy")

    event.listen(office.engine, "before_cursor_execute", full)
    with pytest.raises(DatabaseUnavailableError):
        office.publish(draft)
    event.remove(office.engine, "before_cursor_execute", full)

    assert standings(office) == [("release", "live")]
    assert office.drafts.find(draft.id) == draft
    office.publish(draft)
    assert office.title() == "Khai báo tạm trú"


def test_publishing_and_a_release_that_come_at_once_do_not_overwrite_each_other(
    either: Office,
) -> None:
    """Whichever comes first: staff's text counts, or the officer is told of the new release."""
    draft = either.draft(title="Của Lan")
    together = threading.Barrier(2)

    def staff() -> bool:
        together.wait()
        try:
            either.publish(draft)
        except RecordChangedError:
            return False
        return True

    def release() -> tuple[str, ...]:
        together.wait()
        return either.release(body(title="Của bản phát hành"))

    with ThreadPoolExecutor(2) as pool:
        publishing, releasing = pool.submit(staff), pool.submit(release)
        was_published, conflicts = publishing.result(), releasing.result()

    assert either.live.show_now(30) is None
    if was_published:
        assert conflicts == ("dang-ky-tam-tru (national)",)
        assert either.title() == "Của Lan"
    else:
        assert conflicts == ()
        assert either.title() == "Của bản phát hành"


def test_publishing_during_an_ingest_answers_with_both(office: Office) -> None:
    office.release(Body(RecordKind.GUIDE, GUIDE[1], NATIONAL, guide(title="Mức đóng mới"), "hd"))
    with Session(office.engine) as session, session.begin():
        session.add(IngestJobRow(rebuild=True))

    office.publish(office.draft(title="Khai báo tạm trú"))

    assert office.title() == "Khai báo tạm trú"
    assert office.edition().catalogue.records[GUIDE[1], NATIONAL].title == "Mức đóng mới"
    assert office.edition().snapshot.generation == 2
    with Session(office.engine) as session:
        assert [job.state for job in session.query(IngestJobRow)] == ["done"]


def test_a_snapshot_made_elsewhere_is_answered_from_too(office: Office) -> None:
    with Session(office.engine) as session, session.begin():
        publish(session, body(title="Ở máy khác"), MINH, live_from=TODAY)
    make_snapshot(office.engine, office.vectors, TODAY)

    assert office.title() == "Ở máy khác"


def test_the_export_of_today_leaves_out_what_has_not_begun(office: Office) -> None:
    office.publish(office.draft(title="Từ mai"), from_day=TOMORROW)

    def titles(day: date) -> set[str]:
        with Session(office.engine) as session:
            return {str(one.body.data.get("title")) for one in published(session, day)}

    assert "Từ mai" not in titles(TODAY)
    assert "Từ mai" in titles(TOMORROW)
    assert len(released()) == len(titles(TODAY))
