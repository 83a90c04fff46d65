"""Spoken questions over HTTP: what goes in, what comes back, what is kept of it."""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest

from app.speech.listening import Transcript
from app.speech.refusals import NotTranscribedError, Refusal
from app.web import guard
from app.web.service import RecordingLimits, WebLimits
from tests.app.web.fakes import COMMUNE, Site

TRANSCRIPTS = f"/api/v1/communes/{COMMUNE}/transcripts"
PAGE = f"/c/{COMMUNE}/recording"
BYTES = b"\x1aE\xdf\xa3" + b"x" * 500
STAGES = {"wait": 0.0, "decode": 0.1, "activity": 0.1, "transcribe": 2.0}


@dataclass
class Ears:
    """Hears what a test says, or refuses."""

    hears: str = "Khai sinh ở đâu?"
    refusal: Refusal | None = None
    given: list[tuple[bytes, str]] = field(default_factory=list)

    def listen(self, data: bytes, prompt: str = "") -> Transcript:
        self.given.append((data, prompt))
        if self.refusal:
            raise NotTranscribedError(self.refusal, "why")
        return Transcript(self.hears, 3.456, "whisper", STAGES)


def site_of(ears: Ears | None = None, **changes: Any) -> Site:
    limits = RecordingLimits(**{"per_minute": 1000, **changes})
    return Site(listening=ears or Ears(), recording=limits)


def sent(site: Site, path: str = TRANSCRIPTS, data: bytes = BYTES, **more: Any) -> Any:
    return site.client.post(path, files={"audio": ("q.webm", data, "audio/webm")}, **more)


def test_a_recording_becomes_words_to_correct() -> None:
    ears = Ears()
    response = sent(site_of(ears))

    assert response.status_code == 200
    assert response.json() == {
        "text": "Khai sinh ở đâu?",
        "language": "vi",
        "seconds": 3.46,
        "engine": "whisper",
    }
    assert response.headers["cache-control"] == "no-store"
    assert ears.given[0][0] == BYTES


def test_the_engine_is_told_the_terms_of_the_communes_records() -> None:
    ears = Ears()
    site = site_of(ears)
    records = site.knowledge.records(COMMUNE)
    renamed = {
        name: record.model_copy(update={"title": "Đăng ký nuôi ong mật", "aliases": ()})
        for name, record in list(records.items())[:3]
    }

    sent(site)
    site.knowledge.replaced.update(renamed)
    sent(site)

    before, after = (prompt for _, prompt in ears.given)
    assert "nuôi ong mật" not in before
    assert "nuôi ong mật" in after


@pytest.mark.parametrize("path", [TRANSCRIPTS, PAGE])
def test_without_an_engine_there_is_no_such_thing(path: str) -> None:
    response = sent(Site(), path)

    assert response.status_code == 404
    assert "micrô trên bàn phím" in response.text


def test_the_page_offers_the_keyboards_dictation_where_no_engine_is_set() -> None:
    plain, hearing = (site.client.get(f"/c/{COMMUNE}").text for site in (Site(), site_of()))

    assert "Muốn nói thay vì gõ: bấm hình micrô trên bàn phím điện thoại." in plain
    assert 'type="file"' not in plain
    assert 'type="file"' in hearing
    assert "không quá 60 giây" in hearing


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_its_own_sentence_for_programs_and_on_the_page(refusal: Refusal) -> None:
    site = site_of(Ears(refusal=refusal))

    problem = sent(site).json()
    page = sent(site, PAGE)

    assert problem["type"] == f"urn:hoixa:problem:{refusal}"
    assert page.status_code == problem["status"]
    assert problem["detail"] in page.text
    assert 'name="audio"' in page.text
    assert ("retry-after" in page.headers) is (problem["status"] == 503)
    assert f'hoixa_transcripts_total{{outcome="{refusal}"}} 2.0' in site.client.get("/metrics").text


def test_no_two_refusals_say_the_same() -> None:
    told = {sent(site_of(Ears(refusal=refusal))).json()["detail"] for refusal in Refusal}

    assert len(told) == len(Refusal)


def test_not_heard_says_so_and_too_long_says_how_long() -> None:
    not_heard = sent(site_of(Ears(refusal=Refusal.NOT_HEARD))).json()
    too_long = sent(site_of(Ears(refusal=Refusal.TOO_LONG), seconds=45)).json()

    assert not_heard["detail"].startswith("Chưa nghe rõ")
    assert "Tối đa 45 giây" in too_long["detail"]


def test_on_the_english_page_the_sentences_are_english() -> None:
    site = site_of(Ears(refusal=Refusal.NOT_HEARD))

    page = sent(site, f"{PAGE}?lang=en")

    assert "Not heard clearly" in page.text
    assert "Chưa nghe rõ" not in page.text


def test_without_javascript_the_words_come_back_in_the_box_and_are_asked_as_spoken() -> None:
    site = site_of()

    page = sent(site, PAGE)

    assert page.status_code == 200
    assert ">Khai sinh ở đâu?</textarea>" in page.text
    assert '<input type="hidden" name="spoken" value="1">' in page.text
    fields = dict(re.findall(r'name="(spoken)" value="(\d)"', page.text))
    site.ask("Khai sinh ở đâu vậy?", **fields)
    site.ask("Gõ tay")
    assert [question.spoken for question in site.answering.asked] == [True, False]


def test_a_spoken_question_that_cannot_be_asked_stays_spoken() -> None:
    site = Site(limits=WebLimits(question_chars=20))

    page = site.client.post(f"/c/{COMMUNE}", data={"text": "a" * 30, "spoken": "1"})

    assert page.status_code == 422
    assert 'name="spoken" value="1"' in page.text


def test_what_was_said_is_written_safely() -> None:
    page = sent(site_of(Ears(hears="</textarea><script>alert(1)</script>")), PAGE)

    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("request_", "status", "kind"),
    [
        pytest.param({"files": {"other": ("q", b"x")}}, 422, "empty-recording", id="other part"),
        pytest.param(
            {"files": {"audio": ("q.webm", b"")}}, 422, "empty-recording", id="empty part"
        ),
        pytest.param(
            {"files": [("audio", ("a", b"x")), ("audio", ("b", b"y"))]}, 400, "malformed", id="two"
        ),
        pytest.param({"json": {"audio": "x"}}, 415, "media-type", id="JSON"),
        pytest.param({"data": {"audio": "x"}}, 415, "media-type", id="a plain form"),
        pytest.param(
            {"content": b"x", "headers": {"content-type": "audio/webm"}},
            415,
            "media-type",
            id="raw",
        ),
        pytest.param(
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            400,
            "malformed",
            id="no boundary",
        ),
        pytest.param(
            {"content": b"xyz", "headers": {"content-type": "multipart/form-data; boundary=a"}},
            400,
            "malformed",
            id="no parts",
        ),
    ],
)
def test_a_form_without_one_recording_is_refused(
    request_: dict[str, Any], status: int, kind: str
) -> None:
    ears = Ears()
    ears.refusal = Refusal.EMPTY
    response = site_of(ears).client.post(TRANSCRIPTS, **request_)

    assert response.status_code == status
    assert response.json()["type"] == f"urn:hoixa:problem:{kind}"
    assert all(data == b"" for data, _ in ears.given)


def test_an_unknown_commune_hears_nothing() -> None:
    assert sent(site_of(), "/api/v1/communes/khong-co/transcripts").status_code == 404


@pytest.mark.parametrize("path", [TRANSCRIPTS, PAGE])
def test_recordings_may_be_larger_than_other_bodies_up_to_their_own_limit(path: str) -> None:
    site = site_of(bytes=1_000_000)

    assert sent(site, path, bytes(1_000_000)).status_code == 200
    refused = sent(site, path, bytes(1_000_001))
    far = sent(site, path, bytes(1_200_000))

    assert [refused.status_code, far.status_code] == [413, 413]
    assert "Tối đa 1 MB" in refused.text
    assert "Tối đa 1 MB" in far.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/c/{COMMUNE}"),
        ("POST", f"/api/v1/communes/{COMMUNE}/answers"),
        ("PUT", TRANSCRIPTS),
        ("POST", f"{TRANSCRIPTS}/x"),
        ("POST", f"/c/{COMMUNE}/recording/x"),
    ],
)
def test_no_other_body_may_be_larger(method: str, path: str) -> None:
    response = site_of().client.request(method, path, content=bytes(70_000))

    assert response.status_code == 413


def test_without_an_engine_no_body_may_be_larger() -> None:
    assert sent(Site(), data=bytes(70_000)).status_code == 413


async def _unfinished(site: Site, sizes: list[int], statuses: list[int]) -> None:
    """Recordings that all arrive at once and end only when all have arrived."""
    arrived = 0
    everyone = asyncio.Event()

    async def one(size: int) -> None:
        nonlocal arrived
        chunks = iter([bytes(size), b""])

        async def receive() -> dict[str, Any]:
            nonlocal arrived
            chunk = next(chunks)
            if not chunk:
                arrived += 1
                if arrived == len(sizes) - 1:
                    everyone.set()
                await everyone.wait()
            return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        await site.app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": "POST",
                "scheme": "http",
                "path": TRANSCRIPTS,
                "raw_path": TRANSCRIPTS.encode(),
                "query_string": b"",
                "headers": [(b"content-type", b"audio/webm")],
                "client": ("192.0.2.1", 1),
                "server": ("localhost", 80),
            },
            receive,
            send,
        )

    await asyncio.gather(*map(one, sizes))


def test_only_so_much_is_held_of_all_recordings_together_and_it_is_given_back() -> None:
    site = site_of(bytes=100_000)
    places = guard._RECORDINGS_AT_ONCE
    statuses: list[int] = []

    asyncio.run(_unfinished(site, [100_000] * (places + 1), statuses))

    # the one too many is told at once; the others are then refused for being no form
    assert statuses == [503] + [415] * places
    assert sent(site).status_code == 200


def test_recordings_over_the_rate_are_refused_but_questions_are_not() -> None:
    site = site_of(per_minute=2)

    statuses = [sent(site).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert sent(site, PAGE).status_code == 429
    assert site.client.post(f"/c/{COMMUNE}", data={"text": "a"}).status_code == 303


def test_nothing_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def written(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a part was written to disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", written)

    assert sent(site_of(), data=bytes(9_000_000)).status_code == 200


def test_the_log_holds_sizes_and_no_words(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    sent(site_of(Ears(hears="bí mật của tôi")))
    sent(site_of(Ears(refusal=Refusal.NOT_HEARD)))

    assert "504 bytes not transcribed: not-heard" in caplog.text
    assert "bí mật" not in caplog.text


def test_what_was_heard_is_counted_and_timed_by_stage() -> None:
    site = site_of()
    sent(site)
    sent(site, PAGE)

    numbers = site.client.get("/metrics").text

    assert 'hoixa_transcripts_total{outcome="heard"} 2.0' in numbers
    for stage, seconds in STAGES.items():
        assert f'hoixa_transcript_seconds_sum{{stage="{stage}"}} {2 * seconds}' in numbers
    assert site.questions.kept == []


def test_the_call_is_described() -> None:
    described = Site().client.get("/openapi.json").json()["paths"]
    body = described["/api/v1/communes/{commune_id}/transcripts"]["post"]["requestBody"]

    assert "audio" in body["content"]["multipart/form-data"]["schema"]["properties"]
