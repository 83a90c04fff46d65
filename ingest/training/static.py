"""Trains the static embedding: one vector a token, a text is the mean of its tokens.

The vectors begin as sums of random vectors of what a token is made of (folded and marked
syllables, letter trigrams), weighted down with frequency, so that before the first step the model
is a soft lexical match that forgives slips and missing marks; training teaches it what is meant.
"""

from __future__ import annotations

import logging
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from ingest.training.augment import Augmenter, told_words
from ingest.training.card import Facts, card
from ingest.training.measure import Figures, law_shelf, measured, read_questions, residents_shelf
from ingest.training.pairs import (
    Pair,
    Source,
    content_chunks,
    content_pairs,
    english_pairs,
    english_titles,
    read_pairs,
    read_text,
)
from ingest.training.recipe import Recipe
from ingest.training.vocabulary import SILENT, SPACE, Counts, tokenizer_of
from knowledge_base.chunk import Chunk
from knowledge_base.embedding import PackagedEmbedding
from knowledge_base.syllables import fold, is_marked

log = logging.getLogger(__name__)

Progress = Callable[[int, float], None]
"""Called with the number of the step and its loss."""

Floats = NDArray[np.float32]

_NEAR = 12
"""A mined negative is one of so many nearest; the very nearest is too often right as well."""


class Texts:
    """Many texts as token numbers, cut at a length."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        lengths = [len(row) for row in rows]
        self._ends = np.cumsum([0, *lengths])
        self._ids = np.fromiter(
            (token for row in rows for token in row), dtype=np.int32, count=int(self._ends[-1])
        )

    @classmethod
    def cut(cls, tokenizer: Tokenizer, texts: Sequence[str], tokens: int) -> Texts:
        """The first tokens of each text."""
        rows: list[list[int]] = []
        for start in range(0, len(texts), 4096):
            batch = [text[: tokens * 8] for text in texts[start : start + 4096]]
            encoded = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            rows += [encoding.ids[:tokens] for encoding in encoded]
        return cls(rows)

    def features(self, places: Iterable[int]) -> dict[str, torch.Tensor]:
        """What ``StaticEmbedding`` takes, for some of the texts."""
        rows = [self._ids[self._ends[at] : self._ends[at + 1]] for at in places]
        offsets = np.cumsum([0, *(len(row) for row in rows[:-1])])
        ids = np.concatenate(rows) if rows else np.zeros(0, np.int32)
        return {
            "input_ids": torch.from_numpy(ids.astype(np.int64)),
            "offsets": torch.from_numpy(offsets),
        }

    def counts(self, size: int) -> NDArray[np.int64]:
        """How often each token occurs."""
        found: NDArray[np.int64] = np.bincount(self._ids, minlength=size)
        return found


_PARTS = {"folded": 1.0, "marked": 0.5, "trigram": 0.35, "piece": 0.7}
"""How much each part of a token weighs at the start."""


def _random_vector(name: str, dimension: int, seed: int) -> Floats:
    generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
    made: Floats = generator.standard_normal(dimension, dtype=np.float32)
    return made


def starting_weights(
    tokenizer: Tokenizer, frequency: NDArray[np.int64], recipe: Recipe, seed: int
) -> Floats:
    """One vector a token, from what the token is made of and how rare it is."""
    vocabulary = tokenizer.get_vocab()
    weights = np.zeros((len(vocabulary), recipe.dimension), dtype=np.float32)
    share = frequency / max(1, frequency.sum())
    cache: dict[str, Floats] = {}

    def vector(name: str) -> Floats:
        if name not in cache:
            cache[name] = _random_vector(name, recipe.dimension, seed)
        return cache[name]

    for token, at in sorted(vocabulary.items()):
        if token in SILENT:
            continue
        parts = _parts(token)
        for (kind, name), count in parts.items():
            weights[at] += _PARTS[kind] * count * vector(f"{kind}:{name}")
    weights *= (recipe.rarity / (recipe.rarity + share))[:, None]
    return weights


def _parts(token: str) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    whole = token.startswith(SPACE)
    words = [word for word in token.split(SPACE) if word]
    for word in words:
        plain = fold(word)
        if whole:
            found["folded", plain] += 1
            if is_marked(word):
                found["marked", word] += 1
            padded = f"<{plain}>"
        else:
            padded = plain
        for at in range(len(padded) - 2):
            found["trigram", padded[at : at + 3]] += 1
    if len(words) > 1 or not whole:
        found["piece", fold(token)] += 1
    return found


def batches(pairs: Sequence[Pair], size: int, rng: random.Random) -> Iterator[list[int]]:
    """The pairs' places, shuffled, in batches that hold no group twice."""
    waiting = [at for at, pair in enumerate(pairs) for _ in range(_times(pair.copies, rng))]
    rng.shuffle(waiting)
    while waiting:
        batch: list[int] = []
        groups: set[str] = set()
        later: list[int] = []
        while waiting and len(batch) < size:
            at = waiting.pop()
            if pairs[at].group in groups:
                later.append(at)
            else:
                groups.add(pairs[at].group)
                batch.append(at)
        if len(batch) < size // 4 and len(batch) < len(pairs) // 2:
            return  # what is left are copies of a few groups
        waiting += later
        if later:
            tail = waiting[-4 * size :]
            rng.shuffle(tail)
            waiting[-4 * size :] = tail
        yield batch


def _times(copies: float, rng: random.Random) -> int:
    return int(copies) if copies >= 1 else int(rng.random() < copies)


class Training:
    """The model while it learns."""

    def __init__(self, tokenizer: Tokenizer, pairs: Sequence[Pair], recipe: Recipe, seed: int):
        self.recipe, self.pairs, self._seed = recipe, pairs, seed
        self.tokenizer = tokenizer
        passages = list(dict.fromkeys(text for p in pairs for text in (p.positive, p.negative)))
        place = {text: at for at, text in enumerate(passages)}
        self.passages = passages
        self._texts = Texts.cut(tokenizer, passages, recipe.tokens)
        self._positive = [place[pair.positive] for pair in pairs]
        self.negative = [place[p.negative] if p.negative else -1 for p in pairs]
        frequency = self._texts.counts(tokenizer.get_vocab_size())
        weights = starting_weights(tokenizer, frequency, recipe, seed)
        torch.manual_seed(seed)
        self._module = StaticEmbedding(tokenizer, embedding_weights=weights)
        self.model = SentenceTransformer(modules=[self._module], device="cpu")
        self.mined = 0
        self._silent = [tokenizer.token_to_id(token) for token in SILENT]
        self._rng = random.Random(seed)  # noqa: S311 - no secret
        self._augment = Augmenter(seed, recipe.kept)

    @property
    def table(self) -> Floats:
        """One vector a token, as learned so far."""
        found: Floats = self._module.embedding.weight.detach().numpy()
        return found

    def run(
        self, rounds: int, progress: Progress | None = None, mine_after: int | None = None
    ) -> None:
        """Some rounds over all pairs; the rate falls from the first step to the last.

        After round ``mine_after`` the pairs that came without a hard negative get one that the
        model itself takes for near.
        """
        loss = MultipleNegativesRankingLoss(self.model, scale=self.recipe.scale)
        parameters = list(self.model.parameters())
        optimizer = torch.optim.Adam(parameters, lr=self.recipe.rate, fused=True)
        total = rounds * sum(pair.copies for pair in self.pairs) / self.recipe.batch
        step = 0
        self.model.train()
        for done in range(rounds):
            if done == mine_after:
                self.mine()
            for batch in batches(self.pairs, self.recipe.batch, self._rng):
                for group in optimizer.param_groups:
                    group["lr"] = self.recipe.rate * max(0.05, 1.0 - step / total)
                value = loss(self._features(batch), torch.zeros(0))
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                with torch.no_grad():
                    parameters[0][self._silent] = 0.0
                step += 1
                if progress:
                    progress(step, value.item())

    def mine(self) -> None:
        """Give the pairs that came without a hard negative one of the nearest wrong passages.

        Our content and the portal tell of the same procedures, so neither is wrong for the other.
        """
        groups: dict[int, set[str]] = {}
        for at, pair in enumerate(self.pairs):
            groups.setdefault(self._positive[at], set()).add(pair.group)
        ours = (Source.CONTENT, Source.ENGLISH)
        own = [at for at, pair in enumerate(self.pairs) if pair.source in ours]
        others = [at for at, pair in enumerate(self.pairs) if pair.source not in ours]
        for some in (own, others):
            wanting = [at for at in some if not self.pairs[at].negative]
            places = np.array(sorted({self._positive[at] for at in wanting}))
            with torch.no_grad():
                passages = self._vectors(self._texts, places)
            for start in range(0, len(wanting), 1024):
                self._mine(wanting[start : start + 1024], places, passages, groups)

    @torch.no_grad()
    def _mine(
        self,
        wanting: list[int],
        places: NDArray[np.int64],
        passages: torch.Tensor,
        groups: dict[int, set[str]],
    ) -> None:
        asked = Texts.cut(self.tokenizer, [self.pairs[at].query.lower() for at in wanting], 64)
        scores = self._vectors(asked, np.arange(len(wanting))) @ passages.T
        near = torch.topk(scores, min(_NEAR, len(places)), dim=1).indices.numpy()
        for at, found in zip(wanting, places[near], strict=True):
            group = self.pairs[at].group
            wrong = [int(place) for place in found if group not in groups[int(place)]]
            if wrong:
                self.negative[at] = self._rng.choice(wrong)
                self.mined += 1

    def _vectors(self, texts: Texts, places: NDArray[np.int64]) -> torch.Tensor:
        rows = [
            self._module(texts.features(places[start : start + 1024]))["sentence_embedding"]
            for start in range(0, len(places), 1024)
        ]
        return torch.nn.functional.normalize(torch.cat(rows), dim=1)

    def _features(self, batch: list[int]) -> list[dict[str, torch.Tensor]]:
        questions = [self._rewritten(self.pairs[at]) for at in batch]
        encoded = self.tokenizer.encode_batch_fast(questions, add_special_tokens=False)
        asked = Texts([encoding.ids for encoding in encoded])
        # a pair without a hard negative borrows one, which is as good as a random passage
        borrowed = [self.negative[at] for at in batch if self.negative[at] >= 0]
        hard = [
            self.negative[at]
            if self.negative[at] >= 0
            else self._rng.choice(borrowed or self._positive)
            for at in batch
        ]
        return [
            asked.features(range(len(batch))),
            self._texts.features([self._positive[at] for at in batch]),
            self._texts.features(hard),
        ]

    def _rewritten(self, pair: Pair) -> str:
        if pair.source is not Source.ENGLISH:
            return self._augment(pair.query)
        words = pair.query.split()
        kept = [word for word in words if self._rng.random() >= self.recipe.left_out]
        return " ".join(kept or words)


_RECIPE = Recipe()


def train(
    data: Path,
    out: Path,
    seed: int,
    questions: Sequence[Path],
    recipe: Recipe = _RECIPE,
    *,
    chunks: Sequence[Chunk] = (),
) -> None:
    """Train the packaged embedding from nothing and write its folder, with the card.

    ``questions`` are files to measure on; ``chunks`` stand for those of our content.
    """
    torch.set_num_threads(1)
    begun, worked = time.monotonic(), time.process_time()
    open_pairs, chunks = read_pairs(data), chunks or content_chunks()
    in_english = english_pairs(chunks, english_titles())
    pairs = open_pairs + content_pairs(chunks) + in_english
    tokenizer = _tokenizer(data, open_pairs, chunks, in_english, recipe)
    log.info("tokenizer: %d tokens, %.0f s", tokenizer.get_vocab_size(), time.monotonic() - begun)
    training = Training(tokenizer, pairs, recipe, seed)
    log.info("%d pairs, %d passages", len(pairs), len(training.passages))

    def told(step: int, loss: float) -> None:
        if step % 50 == 0:
            log.info("step %d: loss %.3f, %.0f s", step, loss, time.monotonic() - begun)

    training.run(recipe.rounds, told, mine_after=recipe.mine_after)
    minutes = (time.process_time() - worked) / 60
    save(training.table, tokenizer, out)
    figures = _figures(out, data, open_pairs, chunks, questions)
    facts = Facts(
        recipe.dimension,
        tokenizer.get_vocab_size(),
        sum(path.stat().st_size for path in out.iterdir()) / 1e6,
        recipe.rounds,
        seed,
        minutes,
        training.mined,
        _sources(pairs),
        figures,
    )
    (out / "README.md").write_text(card(facts), encoding="utf-8")
    log.info("%s written, %.1f minutes", out, (time.monotonic() - begun) / 60)


def save(table: Floats, tokenizer: Tokenizer, out: Path) -> None:
    """A sentence-transformers folder, with the vectors in bytes and a scale for each token.

    Both sentence-transformers and model2vec multiply ``embeddings`` by ``weights``.
    """
    out.mkdir(parents=True, exist_ok=True)
    module = StaticEmbedding(tokenizer, embedding_weights=table)
    SentenceTransformer(modules=[module], device="cpu").save(str(out), create_model_card=False)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    largest = np.abs(table).max(axis=1)
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    tensors = {"embeddings": np.rint(table / scale[:, None]).astype(np.int8), "weights": scale}
    weights = out / "model.safetensors"
    save_file(tensors, weights)
    weights.chmod(0o644)  # it is made readable by its owner alone


def _tokenizer(
    data: Path,
    pairs: Sequence[Pair],
    chunks: Sequence[Chunk],
    in_english: Sequence[Pair],
    recipe: Recipe,
) -> Tokenizer:
    counts = Counts()
    counts.add(islice(read_text(data), 0, None, recipe.text_step))
    counts.add(pair.query for pair in pairs)
    counts.add((chunk.text for chunk in chunks), 4)
    counts.add(told_words(), 30)
    held = Counter(word for query in {pair.query for pair in in_english} for word in query.split())
    return tokenizer_of(
        counts,
        marked_pairs=recipe.marked_pairs,
        plain_pairs=recipe.plain_pairs,
        pieces=recipe.pieces,
        least=recipe.least,
        others=[word for word, count in held.items() if count >= recipe.english_least],
    )


def _figures(
    folder: Path,
    data: Path,
    pairs: Sequence[Pair],
    chunks: Sequence[Chunk],
    questions: Sequence[Path],
) -> dict[str, dict[str, Figures]]:
    model = PackagedEmbedding(folder)

    def embed(texts: Sequence[str]) -> Floats:
        return np.array(model.embed_documents(list(texts)), dtype=np.float32)

    found = {}
    if asked := read_questions(questions):
        name = "residents' questions of the development part, over our content"
        found[name] = measured(embed, residents_shelf(chunks), asked)
    shelf, held_out = law_shelf(data, pairs)
    found[f"Zalo questions kept from training, over {len(shelf.texts):,} articles"] = measured(
        embed, shelf, held_out
    )
    return found


def _sources(pairs: Sequence[Pair]) -> dict[str, tuple[int, int]]:
    """By source: how many pairs, and how many are shown in a round."""
    found = {}
    for source in Source:
        copies = [pair.copies for pair in pairs if pair.source is source]
        found[source.value] = (len(copies), round(sum(copies)))
    return found
