"""A resident speaks: from the telephone's microphone to the answer, through a real Whisper.

The model is a very small one that knows a list of sentences and nothing else; see
``tests/app/speech/fixtures/README.md``.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.main import Stores, build_app
from app.records.tables import AnswerRow
from app.settings import Settings
from app.speech.recording import RATE, Sound
from ingest.live import LiveKnowledge
from ingest.training.espeak import Manner, speaking
from tests.app.speech.sounds import music, noise, recorded, resampled, silence
from tests.conftest import CHROMIUM_FLAGS, chromium_program
from tests.serving import served
from tests.thorough import mostly_thorough

pytest.importorskip("playwright", reason="make setup-dev")
# importing it takes seconds, which who only collects the tests need not wait for
pytestmark = pytest.mark.skipif(find_spec("whisper") is None, reason="make setup-dev")

FIXTURES = Path(__file__).parents[1] / "app" / "speech" / "fixtures"
SENTENCE = "Đăng ký tạm trú cần giấy tờ gì?"
VOICE = Manner("vi-vn-x-central+f5", 150)
"""No voice of this variant was heard in training."""
PHONE = {"width": 360, "height": 740}
HOME = "/c/hoa-tien"
TRANSCRIPTS = "/api/v1/communes/hoa-tien/transcripts"
ANSWERS = "/api/v1/communes/hoa-tien/answers"
FAR_HOST = "hoixa.test"
"""A name that is this machine's, and no ``localhost``: browsers want HTTPS there."""


@pytest.fixture(scope="module")
def sound() -> Sound:
    """The sentence, with half a second of quiet around it."""
    with speaking() as speaker:
        said = resampled(speaker.say(SENTENCE, VOICE), speaker.rate, RATE)
    quiet = np.zeros(RATE // 2, np.float32)
    return np.concatenate([quiet, 0.6 * said, quiet])


@pytest.fixture(scope="module")
def hearing(settings: Settings, stores: Stores, live: LiveKnowledge) -> Iterator[FastAPI]:
    """The whole application with ``WHISPER_MODEL`` set."""
    checkpoint = FIXTURES / "whisper-test.pt"
    changed = Settings.model_validate(
        {**settings.model_dump(), "whisper_model": str(checkpoint), "transcripts_per_minute": 1000}
    )
    app = build_app(changed, stores.engine, live)
    app.state.service.listening.start()
    yield app
    app.state.service.listening.stop()


@pytest.fixture(scope="module")
def hearing_address(hearing: FastAPI) -> Iterator[str]:
    """Where it is served to browsers."""
    with served(hearing) as address:
        yield address


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    """Starts Chromium with some flags more."""
    program = chromium_program()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = []

        def with_flags(*flags: str) -> Any:
            opened.append(
                playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_FLAGS, *flags])
            )
            return opened[-1]

        yield with_flags
        for browser in opened:
            browser.close()


@pytest.fixture(scope="module")
def phone(
    launch: Callable[..., Any], sound: Sound, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """A browser that may use its microphone, into which the sentence is spoken once."""
    spoken = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    with wave.open(str(spoken), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}%noloop",
        f"--host-resolver-rules=MAP {FAR_HOST} 127.0.0.1",
    )


@pytest.fixture
def page(phone: Any) -> Iterator[Any]:
    """A page in the hand of a resident; scripts that fail fail the test."""
    yield from _page(phone)


def _page(browser: Any, **options: Any) -> Iterator[Any]:
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="vi-VN", **options
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    context.close()


def box(page: Any) -> Any:
    return page.locator("#cau-hoi")


def is_marked_as_spoken(page: Any) -> bool:
    return bool(page.locator("form.ask input[name=spoken][value='1']").count())


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as playwright_expect

    return playwright_expect(locator)


def post(site: TestClient, recording: bytes) -> Any:
    return site.post(TRANSCRIPTS, files={"audio": ("cau-hoi", recording)})


@pytest.mark.parametrize(
    ("container", "codec", "rate", "channels"),
    mostly_thorough(
        [
            pytest.param("webm", "libopus", 48_000, 1, id="Chrome on Android: webm, opus"),
            pytest.param("webm", "libopus", 16_000, 2, id="webm, opus, 16 kHz, stereo"),
            pytest.param("mp4", "aac", 44_100, 1, id="Safari on iOS: mp4, aac"),
            pytest.param("mp4", "aac", 48_000, 2, id="mp4, aac, stereo"),
            pytest.param("mp4", "aac", 8_000, 1, id="mp4, aac, 8 kHz"),
            pytest.param("ogg", "libopus", 24_000, 1, id="Firefox: ogg, opus"),
            pytest.param("ogg", "libopus", 48_000, 2, id="ogg, opus, stereo"),
            pytest.param("wav", "pcm_s16le", 8_000, 1, id="wav, 8 kHz"),
            pytest.param("wav", "pcm_s16le", 22_050, 1, id="wav, 22 kHz"),
            pytest.param("wav", "pcm_f32le", 48_000, 2, id="wav, floats, 48 kHz, stereo"),
            pytest.param("mp3", "libmp3lame", 32_000, 1, id="a recorder's mp3"),
        ],
        3,
    ),
)
def test_a_recording_as_phones_make_it_becomes_the_sentence(
    hearing: FastAPI, sound: Sound, container: str, codec: str, rate: int, channels: int
) -> None:
    recording = recorded(sound, container, codec, rate, channels)

    response = post(TestClient(hearing), recording)

    assert response.status_code == 200, response.text
    heard = response.json()
    assert heard["text"] == SENTENCE
    assert (heard["language"], heard["engine"]) == ("vi", "whisper")
    assert heard["seconds"] == pytest.approx(len(sound) / RATE, abs=0.3)


def test_what_is_no_speech_gives_a_clear_answer_and_no_text_and_harms_nothing(
    hearing: FastAPI, sound: Sound
) -> None:
    site = TestClient(hearing)

    refused = [post(site, recorded(each)) for each in (silence(3), noise(3), music(4))]
    heard = post(site, recorded(sound))

    assert [(each.status_code, each.json()["title"]) for each in refused] == [
        (422, "Chưa nghe rõ")
    ] * 3
    assert not any("text" in each.json() for each in refused)
    assert heard.json()["text"] == SENTENCE


def test_what_was_said_gets_an_answer_and_is_logged_as_spoken(
    hearing: FastAPI, sound: Sound, stores: Stores
) -> None:
    site = TestClient(hearing)
    text = post(site, recorded(sound)).json()["text"]

    answer = site.post(ANSWERS, json={"question": text, "spoken": True}).json()

    assert answer["status"] in ("answered", "clarify_case")
    assert answer["procedure"]["id"] == "dang-ky-tam-tru"
    assert was_spoken(stores, answer["id"])


def was_spoken(stores: Stores, answer_id: str) -> bool:
    with Session(stores.engine) as session:
        row = session.scalars(select(AnswerRow).where(AnswerRow.id == answer_id)).one()
        return row.spoken


def test_a_resident_speaks_reads_what_was_heard_and_asks_it(
    page: Any, hearing_address: str, stores: Stores
) -> None:
    page.add_init_script(
        """
        const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) =>
          given(wanted).then((stream) => (window.givenStream = stream));
        """
    )
    page.goto(hearing_address + HOME)
    button = page.get_by_role("button", name="Nói", exact=True)
    expect(button).to_have_attribute("aria-pressed", "false")

    button.click()
    stop = page.get_by_role("button", name="Dừng", exact=True)
    expect(stop).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Đang nghe. Nói xong bấm Dừng.")
    page.wait_for_timeout(3500)  # as long as the sentence is
    assert page.evaluate("givenStream.getTracks()[0].readyState") == "live"
    stop.click()
    assert page.evaluate("givenStream.getTracks()[0].readyState") == "ended"

    expect(box(page)).to_have_value(SENTENCE, timeout=20_000)
    expect(box(page)).to_be_focused()
    expect(page.locator("#speak-state")).to_contain_text("Xem lại, sửa chỗ sai rồi bấm Hỏi")
    assert is_marked_as_spoken(page)

    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{hearing_address}{HOME}/a/*")

    assert "tạm trú" in page.locator(".card h2").inner_text().lower()
    assert was_spoken(stores, page.url.rsplit("/", 1)[1])


@pytest.mark.thorough
@pytest.mark.parametrize("scripts", [True, False], ids=["an insecure page", "without JavaScript"])
def test_where_nothing_can_be_recorded_a_recording_can_be_sent(
    phone: Any, hearing_address: str, sound: Sound, scripts: bool
) -> None:
    far = hearing_address.replace("127.0.0.1", FAR_HOST)
    recording = {"name": "ghi-am.m4a", "mimeType": "audio/mp4"}
    for page in _page(phone, java_script_enabled=scripts):
        page.goto(far + HOME)
        expect(page.get_by_role("button", name="Nói", exact=True)).to_be_hidden()

        page.locator("summary", has_text="Nói thay vì gõ").click()
        if scripts:
            expect(page.get_by_text("địa chỉ không bảo mật (http)")).to_be_visible()
        page.get_by_label("Ghi âm câu hỏi").set_input_files(
            {**recording, "buffer": recorded(sound, "mp4", "aac", 44_100)}
        )
        page.get_by_role("button", name="Chuyển thành chữ").click()

        expect(box(page)).to_have_value(SENTENCE, timeout=20_000)
        assert is_marked_as_spoken(page)


@pytest.mark.thorough
def test_a_question_typed_anew_is_no_longer_spoken(page: Any, hearing_address: str) -> None:
    answer_with(page, status=200, json={"text": SENTENCE})
    say_something(page, hearing_address)
    expect(box(page)).to_have_value(SENTENCE)

    box(page).fill(f"{SENTENCE[:-1]} vậy?")
    assert is_marked_as_spoken(page), "a correction"
    box(page).fill("")
    box(page).fill("Khai sinh cần giấy chi?")

    assert not is_marked_as_spoken(page)


@pytest.mark.thorough
def test_a_recording_ends_by_itself_at_its_limit(page: Any, hearing_address: str) -> None:
    answer_with(page, status=200, json={"text": SENTENCE})
    page.clock.install()
    page.goto(hearing_address + HOME)
    page.get_by_role("button", name="Nói", exact=True).click()
    expect(page.locator("#live")).to_have_text("Đang nghe. Nói xong bấm Dừng.")

    page.clock.fast_forward(51_000)
    expect(page.locator("#live")).to_contain_text("giây.")
    page.clock.fast_forward(10_000)

    expect(box(page)).to_have_value(SENTENCE)


def answer_with(page: Any, **answer: Any) -> None:
    """Have the server's answer to a recording written by the test."""
    page.route(f"**{TRANSCRIPTS}*", lambda route: route.fulfill(**answer))


def say_something(page: Any, address: str) -> None:
    page.goto(address + HOME)
    page.get_by_role("button", name="Nói", exact=True).click()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Dừng", exact=True).click()


@pytest.mark.thorough
def test_a_busy_server_and_a_lost_network_say_so_and_the_same_recording_can_be_sent_again(
    page: Any, hearing_address: str
) -> None:
    answer_with(page, status=503, json={"detail": "Đang nghe người khác."})
    say_something(page, hearing_address)
    expect(page.locator("#speak-state")).to_have_text("Đang nghe người khác.")
    again = page.get_by_role("button", name="Gửi lại lời nói")

    page.context.set_offline(True)
    page.unroute_all()
    again.click()
    expect(page.locator("#speak-state")).to_have_text("Không có mạng, lời nói chưa gửi được.")

    page.context.set_offline(False)
    answer_with(page, status=200, json={"text": SENTENCE})
    again.click()
    expect(box(page)).to_have_value(SENTENCE)
    expect(again).to_be_hidden()


@pytest.mark.thorough
def test_what_was_not_heard_leaves_what_was_typed(page: Any, hearing_address: str) -> None:
    answer_with(page, status=422, json={"detail": "Chưa nghe rõ."})
    page.goto(hearing_address + HOME)
    box(page).fill("khai sinh")

    page.get_by_role("button", name="Nói", exact=True).click()
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Dừng", exact=True).click()

    expect(page.locator("#speak-state")).to_have_text("Chưa nghe rõ.")
    expect(box(page)).to_have_value("khai sinh")
    expect(page.get_by_role("button", name="Gửi lại lời nói")).to_be_hidden()
    expect(page.get_by_role("button", name="Nói", exact=True)).to_be_enabled()


@pytest.mark.thorough
def test_a_refused_microphone_says_how_to_allow_it_and_what_else_to_do(
    launch: Callable[..., Any], hearing_address: str
) -> None:
    refusing = launch("--deny-permission-prompts", "--use-fake-device-for-media-stream")
    for page in _page(refusing):
        page.goto(hearing_address + HOME)
        page.get_by_role("button", name="Nói", exact=True).click()

        expect(page.locator("#speak-state")).to_contain_text("chưa được phép dùng micrô")
        expect(page.get_by_label("Ghi âm câu hỏi")).to_be_visible()
        expect(page.get_by_role("button", name="Nói", exact=True)).to_be_enabled()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotFoundError", "không có micrô"),
        ("NotReadableError", "Ứng dụng khác đang dùng micrô"),
        ("SecurityError", "Hãy mở trang bằng Chrome hoặc Safari"),
        ("UnheardOfError", "Chưa ghi âm được"),
    ],
)
def test_each_error_of_the_browser_has_its_sentence_and_a_way_out(
    page: Any, hearing_address: str, error: str, words: str
) -> None:
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => "
        f"Promise.reject(new DOMException('no', '{error}'))"
    )
    page.goto(hearing_address + HOME)

    page.get_by_role("button", name="Nói", exact=True).click()

    expect(page.locator("#speak-state")).to_contain_text(words)
    expect(page.locator("#live")).to_contain_text(words)
    expect(page.get_by_label("Ghi âm câu hỏi")).to_be_visible()
    expect(page.get_by_role("button", name="Nói", exact=True)).to_be_enabled()


@pytest.mark.thorough
def test_a_webview_that_cannot_record_says_so_and_has_no_dead_button(
    page: Any, hearing_address: str
) -> None:
    page.add_init_script("delete Navigator.prototype.mediaDevices")
    page.goto(hearing_address + HOME)

    page.locator("summary", has_text="Nói thay vì gõ").click()

    expect(page.get_by_role("button", name="Nói", exact=True)).to_be_hidden()
    expect(page.get_by_text("không cho ghi âm")).to_be_visible()
    expect(page.get_by_label("Ghi âm câu hỏi")).to_be_visible()


@pytest.mark.thorough
def test_the_microphone_is_for_everybody(page: Any, hearing_address: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev")
    page.goto(hearing_address + HOME)
    page.get_by_role("button", name="Nói", exact=True).focus()

    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Dừng", exact=True)).to_be_focused()
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto(hearing_address.replace("127.0.0.1", FAR_HOST) + HOME)
    page.locator("summary", has_text="Nói thay vì gõ").click()
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.thorough
def test_without_an_engine_there_is_no_microphone_but_the_keyboards_own(
    page: Any, address: str
) -> None:
    page.goto(address + HOME)

    expect(page.get_by_text("bấm hình micrô trên bàn phím điện thoại")).to_be_visible()
    assert page.get_by_role("button", name="Nói", exact=True).count() == 0
    assert page.locator("script[src*=microphone]").count() == 0
