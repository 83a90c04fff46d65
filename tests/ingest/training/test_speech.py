"""The shortcuts of training the tests' Whisper change nothing about the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.training.espeak import Manner, SpeakerError, speaking
from ingest.training.spoken_questions import spoken

SENTENCES = ("Khai tạm vắng ở mô?", "Làm căn cước mấy ngày có?")
FIXTURES = Path(__file__).parents[2] / "app" / "speech" / "fixtures"


@pytest.fixture(scope="module")
def torch() -> Any:
    """PyTorch; importing it takes seconds, which who only collects the tests need not wait for."""
    return pytest.importorskip("torch", reason="make setup-dev")


@pytest.fixture(scope="module")
def whisper() -> Any:
    return pytest.importorskip("whisper", reason="make setup-dev")


@pytest.fixture(scope="module")
def speech(whisper: Any) -> Any:
    """What is tried here."""
    from ingest.training import speech

    return speech


def test_training_hears_and_loses_what_the_whole_model_does(
    monkeypatch: pytest.MonkeyPatch, torch: Any, speech: Any
) -> None:
    monkeypatch.setattr(speech, "_FAR", speech._TAIL)  # every far position, each for itself
    chance = np.random.default_rng(1)
    words = speech.Words.of(SENTENCES)
    with speaking() as speaker:
        pool = spoken(speaker, SENTENCES, 2, chance)
    batch = speech.Teacher(words, pool, chance).batch(4)
    model = speech._untrained(1)
    taught = speech.Taught(words, speech.DIMENSIONS.n_text_state)
    taught.write_into(model)
    guess = torch.nn.Linear(speech.DIMENSIONS.n_audio_state, words.syllables + 1)

    with torch.no_grad():
        ear = speech._encode(model, batch.mels, chance)
        loss, _ = speech._loss(model, taught, guess, batch, ear)
        frames = 2 * speech.DIMENSIONS.n_audio_ctx
        behind = batch.mels[:, :, -1:].expand(-1, -1, frames - batch.mels.shape[2])
        whole = torch.cat([batch.mels, behind], 2)
        # Whisper's last position lies at the edge of the 30 seconds, where nothing is said
        heard = model.encoder(whole)[:, :-1]
        logits = model(whole, batch.read)[batch.say >= 0]
        meant = torch.nn.functional.cross_entropy(logits, batch.say[batch.say >= 0])

    assert torch.allclose(ear.heard[:, :-1], heard, atol=1e-3)
    assert float(loss) == pytest.approx(float(meant), abs=1e-3)


def test_what_is_saved_is_a_whisper(tmp_path: Path, whisper: Any, speech: Any) -> None:
    model = speech.train(SENTENCES, seed=1, steps=2, size=4, renderings=1)

    speech.save(model, tmp_path / "small.pt")

    loaded = whisper.load_model(str(tmp_path / "small.pt"), device="cpu")
    assert loaded.dims == speech.DIMENSIONS
    assert loaded.is_multilingual
    assert (tmp_path / "small.pt").stat().st_size < 6_000_000


@pytest.mark.thorough
def test_the_tests_whisper_knows_the_sentences_of_its_list_from_voices_it_never_heard(
    whisper: Any, speech: Any
) -> None:
    sentences = (FIXTURES / "sentences.txt").read_text("utf-8").splitlines()
    chance = np.random.default_rng(3)
    with speaking() as speaker:
        pool = spoken(speaker, sentences, 1, chance, unheard=True)
    model = whisper.load_model(str(FIXTURES / "whisper-test.pt"), device="cpu")

    assert speech.share_right(model, sentences, pool, chance, prompt="") > 0.8


def test_a_voice_that_does_not_exist_is_an_error() -> None:
    with speaking() as speaker, pytest.raises(SpeakerError, match="nowhere"):
        speaker.say("xin chào", Manner("nowhere"))
