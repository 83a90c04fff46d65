"""``python -m ingest.training.speech``: a very small Whisper that knows a list of sentences.

No weights of Whisper can be fetched where the tests run, so they make do with this: the official
architecture and file format, trained in minutes on sentences that espeak-ng speaks. It hears
nothing but those sentences and is good for nothing but tests.

Two savings make minutes of what would be hours; both leave the model's sums as they are:

* Whisper always hears 30 seconds. Behind the voice all frames are alike, so training computes a few
  of them and lets each count for many; see ``_encode``.
* Rows of the vocabulary that no sentence uses are zero. Training sums over the others and counts
  the zeros by their number; see ``_loss``. It also makes words in the prompt that the model was not
  taught as good as silent.
"""

from __future__ import annotations

import argparse
import logging
import math
import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import whisper
from torch import Tensor
from torch.nn import functional
from whisper.audio import HOP_LENGTH, N_SAMPLES
from whisper.model import ModelDimensions, MultiHeadAttention, Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

from ingest.training.espeak import Samples, speaking
from ingest.training.spoken_questions import (
    RATE,
    Chance,
    Spoken,
    in_a_room,
    spoken,
    without_speech,
)

log = logging.getLogger(__name__)

DIMENSIONS = ModelDimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=48,
    n_audio_head=3,
    n_audio_layer=1,
    n_vocab=51865,
    n_text_ctx=448,
    n_text_state=48,
    n_text_head=3,
    n_text_layer=2,
)

_NEAR = 208
"""Positions of the encoder, of 20 ms, that hold the voice and the quiet around it."""
_SAMPLES = 2 * HOP_LENGTH
_LONGEST = _NEAR * _SAMPLES
_FAR = 24
"""Positions behind them that stand for all others."""
_TAIL = DIMENSIONS.n_audio_ctx - _NEAR
_MOST_PROMPT = DIMENSIONS.n_text_ctx // 2 - 1
_MARK_SECONDS = 0.2
"""Ends of sentences are taught in such steps."""
_SILENT_SHARE = 0.1
_PROMPTED_SHARE = 0.7
_USUAL_PROMPT = 121
_TIMED_SHARE = 0.3
_LATELY = 2000
_WARM_UP = 100
_DEAF, _LISTENS = -8.0, 0.5
"""The far positions, where nothing is said, begin with exp(-8) of their weight and have all of it
after that share of the steps: among so many, the decoder finds nothing to listen to at first."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Sounds, and what the decoder reads and should say to each."""

    mels: Tensor
    """Sounds x mel bands x frames; the last frame is what all behind it are like."""
    read: Tensor
    """Sounds x tokens."""
    say: Tensor
    """Sounds x tokens; -1 where it does not matter."""
    spoken: Tensor
    """Sounds x near positions: the number of the syllable that is about to be heard there."""


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences as tokens, and the few tokens that are taught."""

    sentences: tuple[tuple[int, ...], ...]
    letters: tuple[tuple[int, ...], ...]
    """For every letter of a sentence, the number of its syllable; from 1 on."""
    syllables: int
    taught: tuple[int, ...]
    tokenizer: Tokenizer

    @classmethod
    def of(cls, sentences: Sequence[str]) -> Words:
        """The sentences as Whisper writes them: behind a space."""
        tokenizer = get_tokenizer(multilingual=True, language="vi", task="transcribe")
        tokens = tuple(tuple(tokenizer.encode(f" {sentence}")) for sentence in sentences)
        steps = range(int(_LONGEST / RATE / _MARK_SECONDS) + 2)
        marks = {tokenizer.timestamp_begin + round(step * _MARK_SECONDS / 0.02) for step in steps}
        special = {tokenizer.eot, tokenizer.no_speech, tokenizer.no_timestamps, tokenizer.sot_prev}
        taught = {*special, *tokenizer.sot_sequence, *marks, *(t for line in tokens for t in line)}
        spelt = [re.findall(r"\w+", sentence.lower()) for sentence in sentences]
        known = {word: number for number, word in enumerate(dict.fromkeys(chain(*spelt)), 1)}
        letters = tuple(tuple(known[word] for word in line for _ in word) for line in spelt)
        return cls(tokens, letters, len(known), tuple(sorted(taught)), tokenizer)


@dataclass(frozen=True, slots=True)
class Heard:
    """A sound as Whisper sees it, and what is said in it."""

    mel: Tensor
    spoken: Tensor
    """As in a batch."""
    sentence: int | None
    seconds: float


class Teacher:
    """Draws batches: sounds in rooms, prompts, sentences with and without times.

    A quarter of every batch is new, the others are drawn from what was heard lately.
    """

    def __init__(self, words: Words, pool: Sequence[Spoken], chance: Chance) -> None:
        self.words = words
        self.pool = pool
        self.chance = chance
        self._lately: deque[Heard] = deque(maxlen=_LATELY)

    def batch(self, size: int) -> Batch:
        """So many sounds, with prompts of one length before them or without."""
        chance, tokenizer = self.chance, self.words.tokenizer
        count = self._prompt_size()
        timed = bool(chance.random() < _TIMED_SHARE)
        fresh = size // 4 if len(self._lately) >= size else size
        new = [self._heard() for _ in range(fresh)]
        self._lately.extend(new)
        drawn = chance.integers(len(self._lately), size=size - fresh)
        sounds = [*new, *(self._lately[place] for place in drawn)]
        lines = [self._line(sound, timed) for sound in sounds]
        longest = max(len(read) for read, _ in lines)
        read = torch.full((size, count + longest), tokenizer.eot)
        say = torch.full_like(read, -1)
        for row, (heard, said) in enumerate(lines):
            read[row, :count] = torch.tensor(self._prompt(count), dtype=torch.long)
            read[row, count : count + len(heard)] = torch.tensor(heard)
            say[row, count : count + len(said)] = torch.tensor(said)
        mels = torch.stack([sound.mel for sound in sounds]).float()
        return Batch(mels, read, say, torch.stack([sound.spoken for sound in sounds]))

    def _heard(self) -> Heard:
        chance = self.chance
        sentence, spoken = None, torch.zeros(_NEAR, dtype=torch.long)
        if chance.random() < _SILENT_SHARE:
            samples = without_speech(int(chance.integers(RATE // 2, _LONGEST)), chance)
        else:
            one = self.pool[int(chance.integers(len(self.pool)))]
            sentence = one.sentence
            samples, begins = in_a_room(one.samples, chance, _LONGEST)
            spoken = self._spoken(one, begins)
        mel = _mel(samples, at_floor=bool(chance.random() < 0.5))
        return Heard(mel.half(), spoken, sentence, len(samples) / RATE)

    def _spoken(self, one: Spoken, begins: int) -> Tensor:
        """The syllable at each near position, as if every letter took the same time."""
        loud = np.flatnonzero(np.abs(one.samples) > 0.02 * np.abs(one.samples).max())
        first, last = (int((begins + loud[end]) / _SAMPLES) for end in (0, -1))
        letters = self.words.letters[one.sentence]
        places = np.arange(first, min(last, _NEAR))
        spoken = torch.zeros(_NEAR, dtype=torch.long)
        at = (places - first) * len(letters) // max(1, last - first)
        spoken[places] = torch.tensor([letters[place] for place in at])
        return spoken

    def _prompt_size(self) -> int:
        """Tokens before the question, for a whole batch; often as many as the service gives."""
        kind = self.chance.random()
        if kind > _PROMPTED_SHARE:
            return 0
        if kind < _PROMPTED_SHARE / 2:
            return _USUAL_PROMPT - int(self.chance.integers(8))
        return int(self.chance.integers(2, _MOST_PROMPT))

    def _prompt(self, count: int) -> list[int]:
        """So many tokens of vocabulary: pieces of sentences, and words that are not taught."""
        if not count:
            return []
        chance, prompt = self.chance, [self.words.tokenizer.sot_prev]
        share = chance.random()
        while len(prompt) < count:
            line = self.words.sentences[chance.integers(len(self.words.sentences))]
            start, size = chance.integers(len(line)), chance.integers(2, 9)
            other = chance.integers(self.words.tokenizer.eot, size=size).tolist()
            prompt += line[start : start + size] if chance.random() < share else other
        return prompt[:count]

    def _line(self, sound: Heard, timed: bool) -> tuple[list[int], list[int]]:
        """What the decoder reads, and what it should say to it."""
        tokenizer = self.words.tokenizer
        start, language, task = tokenizer.sot_sequence
        opening = tokenizer.timestamp_begin if timed else tokenizer.no_timestamps
        if sound.sentence is None:
            return (
                [start, language, task, opening],
                [tokenizer.no_speech, -1, opening if timed else -1, tokenizer.eot],
            )
        step = round(sound.seconds / _MARK_SECONDS)
        end = [tokenizer.timestamp_begin + round(step * _MARK_SECONDS / 0.02)] if timed else []
        said = [*self.words.sentences[sound.sentence], *end]
        return (
            [start, language, task, opening, *said],
            [language, task, opening if timed else -1, *said, tokenizer.eot],
        )


def _mel(samples: Samples, *, at_floor: bool) -> Tensor:
    """Mel bands x frames, with four frames of what Whisper puts behind a sound.

    ``whisper.transcribe`` puts zeros there; ``whisper.decode`` on a padded sound, its floor.
    """
    frames = 2 * _NEAR + 8
    heard = min(len(samples) // HOP_LENGTH, 2 * _NEAR - 2)
    mel = whisper.log_mel_spectrogram(torch.from_numpy(samples), padding=N_SAMPLES // 8)
    behind = float(mel.min()) if at_floor else 0.0
    padded = torch.full((mel.shape[0], frames), behind)
    padded[:, :heard] = mel[:, :heard]
    return padded


@dataclass(frozen=True, slots=True)
class Ear:
    """What the encoder makes of sounds, some positions standing for many."""

    heard: Tensor
    """Sounds x positions x width."""
    weight: Tensor
    """By position, the logarithm of how many it stands for."""


def _encode(model: Whisper, mels: Tensor, chance: Chance, share: float = 1.0) -> Ear:
    """What the model's encoder makes of 30 seconds, from the near positions and a few far ones.

    ``share`` is how much of their weight the far ones have: all of it in the model that is saved.
    """
    encoder = model.encoder
    x = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(mels)))).permute(0, 2, 1)
    places = np.sort(chance.choice(_TAIL, _FAR, replace=False)) + _NEAR
    x = torch.cat([x[:, :_NEAR], x[:, _NEAR + 1 : _NEAR + 2].expand(-1, _FAR, -1)], 1)
    x = x + encoder.positional_embedding[np.concatenate([np.arange(_NEAR), places])]
    weight = torch.zeros(len(x[0]))
    weight[_NEAR:] = math.log(share * _TAIL / _FAR)
    for block in encoder.blocks:
        x = x + _attend(block.attn, block.attn_ln(x), block.attn_ln(x), weight)
        x = x + block.mlp(block.mlp_ln(x))
    return Ear(encoder.ln_post(x), weight)


def _decode(model: Whisper, vectors: Tensor, ear: Ear) -> Tensor:
    """What the model's decoder makes of the vectors of tokens."""
    decoder = model.decoder
    x = vectors + decoder.positional_embedding[: vectors.shape[1]]
    for block in decoder.blocks:
        x = x + _attend(block.attn, block.attn_ln(x), block.attn_ln(x))
        x = x + _attend(block.cross_attn, block.cross_attn_ln(x), ear.heard, ear.weight)
        x = x + block.mlp(block.mlp_ln(x))
    made: Tensor = decoder.ln(x)
    return made


def _attend(
    attention: MultiHeadAttention, x: Tensor, to: Tensor, weight: Tensor | None = None
) -> Tensor:
    """Whisper's attention, every position of ``to`` counted by its weight; causal without one."""
    query, key, value = (
        part.unflatten(2, (attention.n_head, -1)).transpose(1, 2)
        for part in (attention.query(x), attention.key(to), attention.value(to))
    )
    mixed = functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=None if weight is None else weight.expand(x.shape[1], -1),
        is_causal=weight is None,
    )
    made: Tensor = attention.out(mixed.transpose(1, 2).flatten(2))
    return made


class Taught:
    """The rows of the vocabulary that are taught; the others are zero."""

    def __init__(self, words: Words, size: int) -> None:
        self.rows = torch.nn.Parameter(0.1 * torch.randn(len(words.taught), size))
        self.places = torch.full((DIMENSIONS.n_vocab,), len(words.taught))
        self.places[list(words.taught)] = torch.arange(len(words.taught))
        self.others = DIMENSIONS.n_vocab - len(words.taught)
        self._tokens = list(words.taught)

    def embed(self, tokens: Tensor) -> Tensor:
        """The vectors of tokens."""
        rows = torch.cat([self.rows, torch.zeros(1, self.rows.shape[1])])
        return functional.embedding(self.places[tokens], rows)

    def write_into(self, model: Whisper) -> None:
        """Set the model's whole vocabulary."""
        with torch.no_grad():
            model.decoder.token_embedding.weight.zero_()
            model.decoder.token_embedding.weight[self._tokens] = self.rows


def _loss(
    model: Whisper, taught: Taught, guess: torch.nn.Linear, batch: Batch, ear: Ear
) -> tuple[Tensor, Tensor]:
    """The mean surprise over the whole vocabulary, and that of a guess at every syllable.

    The guess is made from each near position by itself and is thrown away in the end. Without it
    the decoder recites sentences by heart for a long time before it thinks of listening.
    """
    x = _decode(model, taught.embed(batch.read), ear)
    matters = batch.say >= 0
    logits = x[matters] @ taught.rows.T
    zeros = torch.full((len(logits), 1), math.log(taught.others))  # as many tokens, each at zero
    told = functional.cross_entropy(
        torch.cat([logits, zeros], 1), taught.places[batch.say[matters]]
    )
    guessed = guess(ear.heard[:, :_NEAR]).flatten(0, 1)
    return told, functional.cross_entropy(guessed, batch.spoken.flatten())


def _untrained(seed: int) -> Whisper:
    torch.manual_seed(seed)
    model = Whisper(DIMENSIONS)
    with torch.no_grad():  # one vector for every place, so that all words not taught are alike
        model.decoder.positional_embedding[:] = 0.3 * torch.randn(DIMENSIONS.n_text_state)
    return model


def train(
    sentences: Sequence[str], *, seed: int, steps: int, size: int, renderings: int
) -> Whisper:
    """A model that knows the sentences."""
    chance = np.random.default_rng(seed)
    words = Words.of(sentences)
    with speaking() as speaker:
        pool = spoken(speaker, sentences, renderings, chance)
    log.info("%d recordings of %d sentences", len(pool), len(sentences))
    teacher = Teacher(words, pool, chance)
    model = _untrained(seed)
    taught = Taught(words, DIMENSIONS.n_text_state)
    guess = torch.nn.Linear(DIMENSIONS.n_audio_state, words.syllables + 1)
    learning = [
        *guess.parameters(),
        *(p for name, p in model.named_parameters() if name != "decoder.token_embedding.weight"),
        taught.rows,
    ]
    optimiser = torch.optim.AdamW(learning, lr=2e-3, betas=(0.9, 0.98), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: (
            min(1, (step + 1) / _WARM_UP) * (0.51 + 0.49 * math.cos(math.pi * step / steps))
        ),
    )
    began, told, guessed = time.monotonic(), 0.0, 0.0
    for step in range(1, steps + 1):
        batch = teacher.batch(size)
        share = math.exp(min(0.0, _DEAF * (1 - step / (_LISTENS * steps))))
        parts = _loss(model, taught, guess, batch, _encode(model, batch.mels, chance, share))
        optimiser.zero_grad()
        (parts[0] + parts[1]).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        schedule.step()
        told, guessed = told + parts[0].item(), guessed + parts[1].item()
        if step % 100 == 0:
            seconds = time.monotonic() - began
            log.info("step %d: %.3f, %.3f, %.0f s", step, told / 100, guessed / 100, seconds)
            told, guessed = 0.0, 0.0
    taught.write_into(model)
    return model.eval()


def save(model: Whisper, path: Path) -> None:
    """Write a model as OpenAI publishes theirs, in half precision."""
    torch.save(
        {
            "dims": asdict(model.dims),
            "model_state_dict": {name: value.half() for name, value in model.state_dict().items()},
        },
        path,
    )


def share_right(
    model: Whisper, sentences: Sequence[str], pool: Sequence[Spoken], chance: Chance, prompt: str
) -> float:
    """How many recordings ``whisper.transcribe`` writes down exactly, with its own defaults."""
    right = 0
    for one in pool:
        samples, _ = in_a_room(one.samples, chance, _LONGEST)
        heard = whisper.transcribe(
            model, samples, language="vi", fp16=False, initial_prompt=prompt or None
        )
        right += heard["text"].strip() == sentences[one.sentence]
    return right / len(pool)


def main(arguments: list[str] | None = None) -> int:
    """Train, measure on unheard voices and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ingest.training.speech", description=__doc__)
    parser.add_argument("sentences", type=Path, help="tệp các câu, mỗi dòng một câu")
    parser.add_argument("out", type=Path, help="tệp .pt được ghi")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--renderings", type=int, default=24, help="số lần đọc mỗi câu")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    sentences = given.sentences.read_text("utf-8").split("\n")
    sentences = [line.strip() for line in sentences if line.strip()]
    model = train(
        sentences,
        seed=given.seed,
        steps=given.steps,
        size=given.batch,
        renderings=given.renderings,
    )
    save(model, given.out)
    chance = np.random.default_rng(given.seed + 1)
    with speaking() as speaker:
        unheard = spoken(speaker, sentences, 2, chance, unheard=True)
    loaded = whisper.load_model(str(given.out), device="cpu")
    for prompt in ("", "Thủ tục hành chính: hộ tịch, chứng thực, cư trú, đất đai, bảo hiểm y tế."):
        share = share_right(loaded, sentences, unheard, chance, prompt)
        log.info(
            "exactly right on %d recordings of unheard voices, %s prompt: %.1f %%",
            len(unheard),
            "with a" if prompt else "without",
            100 * share,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
