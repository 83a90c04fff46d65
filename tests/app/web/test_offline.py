"""What a phone is told to keep, and what the kept page says."""

from __future__ import annotations

import gzip
import json
import re
from datetime import datetime
from io import BytesIO

from PIL import Image

from app.answering.answer import AnswerStatus
from app.web.favourites import choose_ids, counted_weeks
from app.web.service import OfflineLimits
from app.web.view import STATIC
from tests.app.web.fakes import COMMUNE, Site, an_answer, records

HOME = f"/c/{COMMUNE}"


def kept_by(site: Site) -> dict[str, object]:
    """What the worker is told, as the browser reads it."""
    text = site.client.get(f"{HOME}/sw.js").text
    found = re.match(r"self\.KEPT = (\{.*\});\n", text)
    assert found is not None
    told: dict[str, object] = json.loads(found[1])
    return told


def test_the_page_can_be_installed() -> None:
    site = Site()
    page = site.client.get(HOME).text

    manifest = site.client.get(f"{HOME}/manifest.webmanifest")

    assert f'<link rel="manifest" href="{HOME}/manifest.webmanifest">' in page
    assert manifest.headers["content-type"] == "application/manifest+json"
    told = manifest.json()
    assert (told["start_url"], told["scope"], told["lang"]) == (HOME, HOME, "vi")
    assert told["name"] == "Hỏi thủ tục xã Hòa Tiến"
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        drawn = Image.open(BytesIO(site.client.get(icon["src"]).content))
        assert icon["sizes"] == "x".join(map(str, drawn.size))


def test_the_worker_may_serve_the_commune_and_nothing_above_it() -> None:
    response = Site().client.get(f"{HOME}/sw.js")

    assert response.headers["service-worker-allowed"] == HOME
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.text.endswith((STATIC / "worker.js").read_text("utf-8"))


def test_everything_that_the_worker_fetches_is_there() -> None:
    site = Site()
    told = kept_by(site)

    for address in [*told["shell"], *told["pages"], told["cards"]]:  # type: ignore[misc]
        assert site.client.get(address).status_code == 200, address


def test_how_much_is_kept_and_how_long_are_settings() -> None:
    site = Site(offline=OfflineLimits(cards=1, answers=3, days=7))

    told = kept_by(site)
    page = site.client.get(str(told["cards"])).text

    assert (told["answers"], told["days"]) == (3, 7)
    assert page.count('class="fold kept-card"') == 1


def test_every_card_says_when_it_was_kept_and_that_it_may_have_changed() -> None:
    page = Site().client.get(f"{HOME}/offline").text

    cards = page.split('class="fold kept-card"')[1:]

    assert len(cards) == len(records())
    for card in cards:
        assert "Bản lưu ngày 23/11/2026, có thể đã thay đổi." in card


def test_an_old_copy_can_be_shown_without_fees_and_time_limits() -> None:
    page = Site().client.get(f"{HOME}/offline").text

    old = re.sub(r"<!--fact-->.*?<!--/fact-->", "", page, flags=re.DOTALL)

    assert "15.000 đồng" in page and "3 ngày làm việc" in page
    assert "15.000 đồng" not in old and "3 ngày làm việc" not in old
    assert "CT01" in old


def test_the_first_copy_has_the_counters_and_no_card() -> None:
    page = Site().client.get(f"{HOME}/offline?cards=0").text

    assert "Trung tâm Phục vụ hành chính công" in page
    assert "kept-card" not in page


def test_a_change_of_a_record_changes_the_address_of_the_cards_only() -> None:
    before = kept_by(Site())
    site = Site()
    record = site.knowledge.records(COMMUNE)["dang-ky-ket-hon"]
    site.knowledge.replaced["dang-ky-ket-hon"] = record.model_copy(update={"title": "Cưới"})

    after = kept_by(site)

    assert before["cards"] != after["cards"]
    assert before["state"] == after["state"]


def test_the_same_state_keeps_its_address() -> None:
    assert kept_by(Site()) == kept_by(Site())


def test_answers_are_kept_but_neither_warnings_nor_other_statuses() -> None:
    def kept_as(status: str) -> str | None:
        site = Site(script=lambda _: an_answer(AnswerStatus(status)))
        response = site.client.post(HOME, data={"text": "Lệ phí tạm trú?"})
        return site.client.get(response.headers["location"]).headers.get("hoixa-keep")

    assert kept_as("answered") == "answer"
    assert kept_as("emergency") is None
    assert kept_as("scam_warning") is None
    assert kept_as("abstained_no_passage") is None


def test_what_was_asked_most_comes_first_and_every_topic_fills_up_the_rest() -> None:
    known = records()

    chosen = choose_ids(known, ("dang-ky-ket-hon", "da-bi-go"), 50)
    few = choose_ids(known, (), 2)

    assert chosen[0] == "dang-ky-ket-hon"
    assert sorted(chosen) == sorted(known)
    assert len({known[one].topic for one in few}) == 2


def test_questions_are_counted_in_whole_weeks_that_have_ended() -> None:
    monday, sunday = datetime(2026, 11, 23, 9, 0), datetime(2026, 11, 29, 23, 0)

    assert counted_weeks(monday) == counted_weeks(sunday)
    assert counted_weeks(monday)[1] == datetime(2026, 11, 23)
    assert (counted_weeks(monday)[1] - counted_weeks(monday)[0]).days == 84


def test_the_log_decides_which_cards_are_kept() -> None:
    site = Site(offline=OfflineLimits(cards=1))
    site.questions.asked_most = ("muc-dong-bhyt-ho-gia-dinh",)

    page = site.client.get(f"{HOME}/offline").text

    assert 'id="the-muc-dong-bhyt-ho-gia-dinh"' in page


def test_the_policy_lets_the_worker_and_the_manifest_in_and_nothing_from_elsewhere() -> None:
    policy = Site().client.get(HOME).headers["content-security-policy"]

    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy


def test_a_first_visit_with_all_that_the_phone_keeps_by_then_weighs_little() -> None:
    """The page, what it loads, and what its worker fetches before it has time for the cards."""
    site = Site()
    page = site.client.get(HOME).text
    told = kept_by(site)
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    worker: set[str] = {f"{HOME}/sw.js", *told["shell"], *told["pages"]}  # type: ignore[misc]
    addresses = {HOME, f"{HOME}/manifest.webmanifest", *loaded, *worker}

    weights = {
        address: len(gzip.compress(site.client.get(address).content, 6)) for address in addresses
    }

    assert sum(weights.values()) < 60_000, weights
    assert not [address for address in addresses if re.search(r"\.(woff2?|ttf|otf)", address)]
    styles = [site.client.get(each).text for each in loaded if ".css" in each]
    assert styles and not any("@font-face" in text or "url(" in text for text in styles)
