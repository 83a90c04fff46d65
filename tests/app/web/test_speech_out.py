"""Answers read aloud: the recording and what the page says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from app.answering.answer import AnswerStatus, Language
from app.speech.read_aloud import ReadAloud, ReadingLimits
from app.speech.spoken import Sentence
from app.speech.voices import Speed, VoiceFailedError
from app.web.service import WebLimits
from tests.app.web.fakes import COMMUNE, Site, an_answer

SPEECH = "/api/v1/answers/a1/speech"
RECORDING = bytes(range(200))


class Reader:
    """A voice whose recordings are numbers from 0 to 199; it fails where it is told to."""

    name = "reader"
    languages = frozenset({Language.VI})

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.read_out: list[tuple[str, Speed]] = []

    def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
        if self.fails:
            raise VoiceFailedError("hoarse")
        self.read_out.append((" ".join(each.text for each in sentences), speed))
        return RECORDING


def asked(voice: Reader | None = None, **more: Any) -> Site:
    """A site on which the answer ``a1`` was given."""
    voices = [voice] if voice else []
    site = Site(read_aloud=ReadAloud(voices), **more)
    site.ask()
    return site


def test_an_answer_is_read_without_marks_and_figures() -> None:
    voice = Reader()

    response = asked(voice).client.get(SPEECH)

    assert response.status_code == 200
    assert response.content == RECORDING
    assert response.headers["content-type"] == "audio/mpeg"
    assert response.headers["cache-control"] == "private, max-age=86400"
    said = "Lệ phí. Nộp qua mạng: bảy nghìn đồng một lần. Nộp trực tiếp: mười lăm nghìn đồng"
    assert voice.read_out == [(f"{said} một lần.", Speed.NORMAL)]


def test_it_is_read_slowly_where_that_is_asked_for() -> None:
    voice = Reader()
    site = asked(voice)

    site.client.get(SPEECH, params={"speed": "slow"})

    assert [speed for _, speed in voice.read_out] == [Speed.SLOW]
    assert site.client.get(SPEECH, params={"speed": "fast"}).status_code == 422


def test_what_the_browser_has_is_not_sent_again() -> None:
    voice = Reader()
    site = asked(voice)
    tag = site.client.get(SPEECH).headers["etag"]

    again = site.client.get(SPEECH, headers={"If-None-Match": tag})
    slow = site.client.get(SPEECH, params={"speed": "slow"}, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert slow.status_code == 200


@pytest.mark.parametrize(
    ("asked_for", "status", "first", "last"),
    [
        ("bytes=0-1", 206, 0, 1),
        ("bytes=50-", 206, 50, 199),
        ("bytes=190-900", 206, 190, 199),
        ("bytes=-10", 206, 190, 199),
        ("bytes=-900", 206, 0, 199),
        ("bytes=-", 200, 0, 199),
        ("bytes=0-1,5-6", 200, 0, 199),
        ("lines=0-1", 200, 0, 199),
    ],
)
def test_iphones_get_the_stretch_they_ask_for(
    asked_for: str, status: int, first: int, last: int
) -> None:
    response = asked(Reader()).client.get(SPEECH, headers={"Range": asked_for})

    assert response.status_code == status
    assert response.content == RECORDING[first : last + 1]
    assert response.headers["accept-ranges"] == "bytes"
    span = f"bytes {first}-{last}/200" if status == 206 else None
    assert response.headers.get("content-range") == span


@pytest.mark.parametrize("asked_for", ["bytes=200-", "bytes=9-3", "bytes=-0"])
def test_a_stretch_that_is_not_there_is_refused(asked_for: str) -> None:
    response = asked(Reader()).client.get(SPEECH, headers={"Range": asked_for})

    assert response.status_code == 416
    assert response.headers["content-range"] == "bytes */200"


@pytest.mark.parametrize("answer_id", ["zz", "a%00", "a" * 80])
def test_an_unknown_answer_is_not_found(answer_id: str) -> None:
    response = asked(Reader()).client.get(f"/api/v1/answers/{answer_id}/speech")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_without_a_voice_the_server_says_so() -> None:
    response = asked().client.get(SPEECH)

    assert response.status_code == 501
    assert response.json()["type"] == "urn:hoixa:problem:no-voice"


def test_a_voice_that_fails_is_a_problem_and_not_an_answer() -> None:
    response = asked(Reader(fails=True)).client.get(SPEECH)

    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["type"] == "urn:hoixa:problem:voice-failed"


def test_more_readings_than_are_allowed_are_told_to_wait() -> None:
    class Again(Reader):
        def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
            inner.append(site.client.get(SPEECH, params={"speed": "slow"}).json()["type"])
            return RECORDING

    inner: list[str] = []
    site = Site(read_aloud=ReadAloud([Again()], ReadingLimits(at_once=1)))
    site.ask()

    assert site.client.get(SPEECH).status_code == 200
    assert inner == ["urn:hoixa:problem:voices-busy"]


def test_a_visitor_may_listen_only_so_often() -> None:
    site = asked(Reader(), limits=WebLimits(requests_per_minute=2))

    statuses = [site.client.get(SPEECH).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_the_page_carries_the_words_and_a_link_to_the_recording() -> None:
    page = asked(Reader()).client.get(f"/c/{COMMUNE}/a/a1").text

    assert 'data-say="vi Lệ phí.\nvi Nộp qua mạng: bảy nghìn đồng một lần.\n' in page
    assert f'data-audio="{SPEECH}"' in page
    assert f'<a class="action" href="{SPEECH}">' in page
    assert "aloud.js" in page


def test_without_a_voice_of_the_server_the_page_still_carries_the_words() -> None:
    page = asked().client.get(f"/c/{COMMUNE}/a/a1").text

    assert 'data-say="vi Lệ phí.' in page
    assert "data-audio" not in page
    assert "/speech" not in page


def test_the_page_knows_where_the_service_is_mounted() -> None:
    site = asked(Reader())
    site.app.root_path = "/hoi"

    assert f'data-audio="/hoi{SPEECH}"' in site.client.get(f"/hoi/c/{COMMUNE}/a/a1").text


def test_an_error_is_not_read_aloud() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ERROR_MODEL), read_aloud=ReadAloud([Reader()]))

    page = site.client.post(f"/c/{COMMUNE}", data={"text": "a"}).text

    assert "data-say" not in page


def test_pages_may_play_sound_from_here_and_nowhere_else() -> None:
    policy = Site().client.get(f"/c/{COMMUNE}").headers["content-security-policy"]

    assert "media-src 'self';" in policy


def test_the_page_says_it_in_english() -> None:
    page = asked(Reader()).client.get(f"/c/{COMMUNE}/a/a1?lang=en").text

    assert 'data-pause="Pause"' in page
    assert ">Slower<" in page
