"""Makes the tokenizer: syllables, words of two syllables, and pieces for what is misspelt.

Most Vietnamese words have two syllables that mean little alone (*khai sinh*, *tạm trú*), so the
vocabulary holds the commonest of them, marked and without marks. It is a Unigram model whose
pieces and scores are counted, not trained: a two-syllable piece wins where it is likelier than its
halves.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from tokenizers.normalizers import Normalizer
from tokenizers.trainers import UnigramTrainer

from knowledge_base.syllables import fold, nfc

SPACE = "▁"
UNKNOWN = "[UNK]"
SILENT = (UNKNOWN, SPACE)
"""Tokens that stand for no word and weigh nothing."""

_CLAUSE = re.compile(r"[^\w\s]+")
_WORD = re.compile(r"[^\W_]+")

_TONE_PLACES = {
    "oà": "òa",
    "oá": "óa",
    "oả": "ỏa",
    "oã": "õa",
    "oạ": "ọa",
    "oè": "òe",
    "oé": "óe",
    "oẻ": "ỏe",
    "oẽ": "õe",
    "oẹ": "ọe",
    "uỳ": "ùy",
    "uý": "úy",
    "uỷ": "ủy",
    "uỹ": "ũy",
    "uỵ": "ụy",
}
"""Both places of the tone are in use in open syllables; the older one is kept."""


def normalizer() -> Normalizer:
    """NFC, small letters, one place for the tone; whatever is no letter or digit is a space."""
    steps: list[Normalizer] = [
        normalizers.NFC(),
        normalizers.Lowercase(),
        normalizers.NFC(),
        normalizers.Replace(Regex(r"\p{M}+"), ""),
    ]
    steps += [
        normalizers.Replace(Regex(rf"(?<!q){new}(?!\p{{L}})"), old)
        for new, old in _TONE_PLACES.items()
    ]
    steps += [normalizers.Replace(Regex(r"[^\p{L}\p{N}]+"), " "), normalizers.Strip()]
    return normalizers.Sequence(steps)


def clauses(text: str) -> Iterator[list[str]]:
    """The syllables of a text, clause by clause: no word goes across a comma."""
    for clause in _CLAUSE.split(nfc(text).lower()):
        words = [_placed(word) for word in _WORD.findall(clause)]
        if words:
            yield words


_PLACED = re.compile(rf"(?<!q)({'|'.join(_TONE_PLACES)})$")


def _placed(word: str) -> str:
    return _PLACED.sub(lambda match: _TONE_PLACES[match.group()], word)


class Counts:
    """How often syllables and neighbours occur, marked and without marks."""

    def __init__(self) -> None:
        self.syllables: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def add(self, texts: Iterable[str], times: int = 1) -> None:
        """Count some texts."""
        syllables: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text in texts:
            for words in clauses(text):
                syllables.update(words)
                pairs.update(pairwise(words))
        for word, count in syllables.items():
            self.syllables[word] += times * count
        for pair, count in pairs.items():
            self.pairs[pair] += times * count


def _folded(counts: Counts) -> Counts:
    plain = Counts()
    for word, count in counts.syllables.items():
        plain.syllables[fold(word)] += count
    for (left, right), count in counts.pairs.items():
        plain.pairs[fold(left), fold(right)] += count
    return plain


def _likely_pairs(counts: Counts, room: int, least: int) -> list[tuple[str, str]]:
    """The pairs that tell most beyond their halves: count times pointwise mutual information."""
    total = sum(counts.syllables.values())
    worth: dict[tuple[str, str], float] = {}
    for (left, right), count in counts.pairs.items():
        if count < least or left.isdigit() or right.isdigit():
            continue
        expected = counts.syllables[left] * counts.syllables[right] / total
        gain = math.log(count / expected)
        if gain > 2.0:
            worth[left, right] = math.sqrt(count) * gain
    return sorted(worth, key=lambda pair: (-worth[pair], pair))[:room]


def tokenizer_of(
    counts: Counts,
    *,
    marked_pairs: int,
    plain_pairs: int,
    pieces: int,
    least: int = 3,
    others: Iterable[str] = (),
) -> Tokenizer:
    """The tokenizer over counted text; ``others`` are words of any length that stay whole."""
    plain = _folded(counts)
    total = sum(counts.syllables.values())
    score: dict[str, float] = {}
    for source in (counts, plain):
        for word, count in source.syllables.items():
            if count >= least and len(word) <= 8:
                log = math.log(count / total)
                score[SPACE + word] = max(score.get(SPACE + word, -99.0), log)
    for source, room in ((counts, marked_pairs), (plain, plain_pairs)):
        for left, right in _likely_pairs(source, room, least * 2):
            log = math.log(source.pairs[left, right] / total)
            piece = f"{SPACE}{left}{SPACE}{right}"
            score[piece] = max(score.get(piece, -99.0), log)
    for word in others:
        score.setdefault(SPACE + word, math.log(least / max(total, 1)))
    floor = min(score.values(), default=-10.0)
    for piece, log in _pieces(counts, pieces):
        score.setdefault(piece, floor + log)
    vocabulary = sorted(score.items(), key=lambda item: (-item[1], item[0]))
    return _unigram([(UNKNOWN, 2 * vocabulary[-1][1]), *vocabulary], split=False)


def _pieces(counts: Counts, room: int) -> list[tuple[str, float]]:
    """Parts of syllables, for what is misspelt or foreign; every letter seen is one."""
    if not room:
        return []
    made = Tokenizer(Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always", split=True)
    trainer = UnigramTrainer(
        vocab_size=room,
        unk_token=UNKNOWN,
        special_tokens=[UNKNOWN],
        max_piece_length=5,
        show_progress=False,
    )
    plain = _folded(counts)
    words = [w for w, c in sorted(counts.syllables.items()) for _ in range(1 + int(math.log2(c)))]
    words += [w for w, c in sorted(plain.syllables.items()) for _ in range(1 + int(math.log2(c)))]
    made.train_from_iterator(words, trainer)
    learned = sorted(made.get_vocab())
    letters = {letter for word in counts.syllables for letter in word}
    letters |= {letter for word in plain.syllables for letter in word} | {SPACE}
    return [(piece, -6.0 if len(piece) > 1 else -9.0) for piece in learned if piece != UNKNOWN] + [
        (letter, -9.0) for letter in sorted(letters - set(learned))
    ]


def _unigram(vocabulary: list[tuple[str, float]], *, split: bool) -> Tokenizer:
    made = Tokenizer(Unigram(vocabulary, unk_id=0, byte_fallback=False))
    made.normalizer = normalizer()
    made.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always", split=split)
    made.decoder = decoders.Metaspace(SPACE)
    return made
