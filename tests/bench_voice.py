"""Measures a spoken question's turn by stage, with Whisper's official shapes, and when it is busy.

Run by ``.venv/bin/python tests/bench_voice.py`` after ``make setup-dev``. The weights are random,
which costs as much time as trained ones, but never ends a sentence: each window is cut off after
``--tokens``, a usual question's, and tried at one temperature. Times are of the processor, so that
what else the machine does does not count; on an idle core they are the clock's too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from rich.console import Console
from rich.table import Table

# run as a file, not as a module
sys.path.insert(0, str(Path(__file__).parent.parent))

from app.speech import transcribe
from app.speech.activity import levelled, load_detector, speech_in, windows
from app.speech.listening import Listening
from app.speech.reader import RecordingReader
from app.speech.recording import RATE, Sound, decode
from app.speech.refusals import NotTranscribedError
from app.speech.transcribe import WhisperTranscriber
from tests.app.speech.sounds import recorded, speech

PROMPT = "đăng ký, trợ cấp, bảo hiểm, khai sinh, xác nhận, sổ đỏ, giấy chứng nhận, chứng thực"
SHAPES = {
    "tiny": (384, 6, 4),
    "base": (512, 8, 6),
    "small": (768, 12, 12),
}
"""Width, heads and layers of the official models for all languages."""
WAITING = 4
SENDERS = 8


def checkpoint(shape: str, folder: Path) -> Path:
    """A file of random weights of a shape, in the official format."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    width, heads, layers = SHAPES[shape]
    dims = ModelDimensions(80, 1500, width, heads, layers, 51865, 448, width, heads, layers)
    weights = {name: part.half() for name, part in Whisper(dims).state_dict().items()}
    path = folder / f"{shape}.pt"
    torch.save({"dims": vars(dims), "model_state_dict": weights}, path)
    return path


def question(seconds: float) -> Sound:
    """Spoken sentences with pauses between them."""
    once = speech()
    return np.tile(once, int(seconds * RATE / len(once)) + 1)[: int(seconds * RATE)]


def middle(times: int, work: Callable[[], object]) -> float:
    """The middle one of several runs, in seconds of the processor."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def busy(transcriber: WhisperTranscriber) -> Counter[str]:
    """What becomes of recordings that come at once, and that nobody sends again."""
    reader = RecordingReader(60)
    listening = Listening(reader, transcriber, WAITING, 3600)
    data = recorded(question(6))
    outcomes: Counter[str] = Counter()

    def send() -> None:
        try:
            listening.listen(data)
        except NotTranscribedError as error:
            # random weights say nothing that can be believed; they were at work all the same
            outcomes["told busy" if error.refusal.value == "speech-busy" else "worked on"] += 1

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return outcomes


def main() -> None:
    """Measure the stages that all share, then each shape; print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--tokens", type=int, default=30)
    options.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    chosen = options.parse_args()
    console = Console(highlight=False, soft_wrap=True)

    table = Table(title="processor seconds before the model")
    for heading in ("recording", "decode", "find speech"):
        table.add_column(heading, justify="right")
    pieces: dict[int, tuple[Sound, ...]] = {}
    for seconds in (6, 60):
        data = recorded(question(seconds))
        sound = decode(data, 60)
        spans = speech_in(sound, load_detector())
        pieces[seconds] = windows(levelled(sound), spans, 29)
        table.add_row(
            f"{seconds} s",
            f"{middle(chosen.rounds, lambda data=data: decode(data, 60)):.3f}",  # type: ignore[misc]
            f"{middle(chosen.rounds, lambda s=sound: speech_in(s, load_detector())):.2f}",  # type: ignore[misc]
        )
    console.print(table)

    table = Table(title=f"processor seconds of the model, {chosen.tokens} tokens a window")
    for heading in ("shape", "6 s", "to tiny", "60 s", "one token more", "load", "MiB of weights"):
        table.add_column(heading, justify="right")
    first = None
    with (
        tempfile.TemporaryDirectory(prefix="hoixa-bench-") as folder,
        mock.patch.multiple(transcribe, _TEMPERATURES=(0.0,), _TOKENS_A_SECOND=0),
    ):
        for shape in chosen.shapes:
            path = checkpoint(shape, Path(folder))
            begun = time.process_time()
            model = WhisperTranscriber(str(path), seconds=3600)
            loaded = time.process_time() - begun
            weights = sum(4 * part.numel() for part in model._model.parameters()) / 2**20
            path.unlink()
            taken: dict[tuple[int, int], float] = {}
            for seconds, tokens in ((6, 1), (6, chosen.tokens), (60, chosen.tokens)):
                with mock.patch.object(transcribe, "_SPARE_TOKENS", tokens):
                    taken[seconds, tokens] = middle(
                        chosen.rounds,
                        lambda model=model, s=seconds: model.transcribe(pieces[s], PROMPT),  # type: ignore[misc]
                    )
            short, long = taken[6, chosen.tokens], taken[60, chosen.tokens]
            first = first or short
            token = (short - taken[6, 1]) / (chosen.tokens - 1)
            table.add_row(
                shape,
                f"{short:.2f}",
                f"{short / first:.1f}",
                f"{long:.2f}",
                f"{token:.3f}",
                f"{loaded:.1f}",
                f"{weights:.0f}",
            )
            if shape == chosen.shapes[0]:
                with mock.patch.object(transcribe, "_SPARE_TOKENS", chosen.tokens):
                    outcomes = busy(model)
            del model
    console.print(table)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    console.print(f"{SENDERS} recordings at once, {WAITING} may wait: {told}")
    console.print(f"{os.cpu_count()} cores, one thread, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
