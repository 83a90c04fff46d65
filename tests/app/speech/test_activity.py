"""Where somebody speaks, and how speech is cut for a decoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from app.speech.activity import FRAME, Span, levelled, load_detector, speech_in, windows
from app.speech.recording import RATE, Sound
from tests.app.speech.sounds import music, noise, silence, speech


@pytest.mark.parametrize("voice", ["vi", "vi-vn-x-central", "vi-vn-x-south", "vi+f3"])
def test_every_accent_is_speech(voice: str) -> None:
    assert speech_in(speech(voice), load_detector())


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(lambda said: said * 0.02, id="far from the microphone"),
        pytest.param(lambda said: said + noise(60, 0.03)[: len(said)], id="in noise"),
        pytest.param(lambda said: said + 0.1 * music(60)[: len(said)], id="with music playing"),
    ],
)
def test_speech_is_found_where_it_is_hard_to_hear(over: object) -> None:
    assert speech_in(over(speech()), load_detector())  # type: ignore[operator]


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(0, np.float32), id="no samples"),
        pytest.param(silence(), id="silence"),
        pytest.param(noise(), id="noise"),
        pytest.param(noise(level=0.4), id="loud noise"),
        pytest.param(music(), id="music"),
    ],
)
def test_the_rest_is_not_speech(sound: Sound) -> None:
    assert speech_in(sound, load_detector()) == ()


def test_silence_is_told_without_the_detector() -> None:
    def unwanted(frame: Sequence[float]) -> float:
        raise AssertionError

    assert speech_in(noise(level=0.0003), unwanted) == ()


def scripted(*frames: tuple[int, float]) -> tuple[Sound, Sequence[Span]]:
    """A sound as long as so many frames of each probability, and the spans found in it."""
    probabilities = iter([level for count, level in frames for _ in range(count)])
    sound = noise(sum(count for count, _ in frames) * FRAME / RATE)
    return sound, speech_in(sound, lambda _: next(probabilities))


def test_a_click_is_not_speech() -> None:
    _, spans = scripted((50, 0), (5, 0.9), (50, 0))

    assert spans == ()


def test_speech_goes_on_through_a_weak_moment_and_keeps_a_little_around_it() -> None:
    _, spans = scripted((50, 0), (10, 0.9), (3, 0.4), (10, 0.9), (50, 0.1))

    assert spans == (Span(50 * FRAME - 4800, 73 * FRAME + 4800),)


def test_sentences_close_to_each_other_are_one_span_and_far_ones_two() -> None:
    _, close = scripted((50, 0), (20, 0.9), (10, 0), (20, 0.9), (50, 0))
    sound, far = scripted((0, 0), (20, 0.9), (60, 0), (20, 0.9))

    assert len(close) == 1
    assert len(far) == 2
    assert far[0].start == 0
    assert far[1].end == len(sound)


def test_pauses_are_left_out_and_windows_end_in_them() -> None:
    sound = np.arange(20 * RATE, dtype=np.float32)
    spans = [Span(0, 4 * RATE), Span(6 * RATE, 9 * RATE), Span(12 * RATE, 18 * RATE)]

    pieces = windows(sound, spans, 8)

    assert [len(piece) / RATE for piece in pieces] == [7, 6]
    assert pieces[0][4 * RATE] == 6 * RATE
    assert pieces[1][0] == 12 * RATE


def test_speech_without_a_pause_is_cut_and_none_of_it_lost() -> None:
    sound = np.arange(20 * RATE, dtype=np.float32)

    pieces = windows(sound, [Span(0, 20 * RATE)], 8)

    assert max(len(piece) for piece in pieces) == 8 * RATE
    assert (np.concatenate(pieces) == sound).all()


def test_without_speech_there_are_no_windows() -> None:
    assert windows(silence(), (), 8) == ()


@pytest.mark.parametrize(("peak", "wanted"), [(0.9, 0.9), (0.1, 0.5), (0.001, 0.02), (0, 0)])
def test_quiet_recordings_are_made_louder_within_reason(peak: float, wanted: float) -> None:
    sound = np.full(10, peak, np.float32)

    assert levelled(sound).max() == pytest.approx(wanted)
