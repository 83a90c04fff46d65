"""Makes a BEIR folder of legal questions: ``python -m app.evaluation.zalo DATA OUT``.

``DATA`` holds ``zalo_dev.jsonl`` (questions of the Zalo AI Challenge 2021, which no training pair
holds) and ``pairs_open.jsonl.gz`` (questions with the law article that answers). It is not part of
the product.

The corpus is every distinct article of the pairs of law: sources ``law_title:*``,
``zalo2021_train`` and ``alqac2025``. Two texts are the same if their words are, whatever their
case, spacing and punctuation. The queries are the Zalo questions all of whose gold articles are
held (``all_gold_in_corpus``).

A gold article would often stand twice in the corpus: as ``gold_text``, with its title, and as the
text of a pair, mostly without. Found, the second would count as a mistake. So a passage that is the
gold article in other clothes takes its place: at least 90 % of the shingles of eight words of the
shorter text stand in the longer, which has at most twice as many. Of several such passages one is
kept, one without the title if there is one, since nearly all other passages have none and the title
would give the gold ones away. A gold article that no pair holds is added without its first line,
the title, cut at 1,600 characters as the pairs are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from knowledge_base.syllables import nfc

_WORD = re.compile(r"\w+")
_LENGTH = 1600
_SHINGLE = 8
_SAME = 0.9
_LONGER = 2

Shingles = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it."""

    documents: int
    queries: int
    not_held: int
    """Questions left out, since an article that answers them is not held."""
    merged: int
    """Gold articles in whose place a passage of the corpus stands."""
    added: int
    """Gold articles that no pair holds."""
    dropped: int
    """Further passages of the same articles."""


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, in NFC."""
    return _WORD.findall(nfc(text).lower())


def shingles(words: Sequence[str]) -> Shingles:
    """Every run of eight words; one shorter run for a shorter text."""
    return frozenset(
        tuple(words[at : at + _SHINGLE]) for at in range(max(1, len(words) - _SHINGLE + 1))
    )


def is_same_article(first: Shingles, second: Shingles) -> bool:
    """Whether two texts are one article, with or without its title, or cut at another place."""
    short, long = sorted((first, second), key=len)
    return len(long) <= _LONGER * len(short) and len(short & long) >= _SAME * len(short)


def make_zalo(data: Path, out: Path) -> Made:
    """Write ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/test.tsv``.

    Raises:
        OSError: when a file cannot be read or written.
    """
    with (data / "zalo_dev.jsonl").open(encoding="utf-8") as lines:
        questions: list[dict[str, Any]] = [json.loads(line) for line in lines]
    held = [question for question in questions if question["all_gold_in_corpus"]]
    golds = dict.fromkeys(text[:_LENGTH] for one in held for text in one["gold_text"])
    articles = list(_articles(data / "pairs_open.jsonl.gz"))
    same = _same_articles(list(golds), articles)

    place_of: dict[str, int] = {}
    dropped: set[int] = set()
    added: list[str] = []
    for gold in golds:
        copies = same.get(gold, [])
        if copies:
            kept = next((place for place in copies if place in place_of.values()), copies[0])
            place_of[gold] = kept
            dropped |= set(copies) - {kept}
        else:
            place_of[gold] = len(articles) + len(added)
            added.append(_without_title(gold))
    dropped -= set(place_of.values())

    out.mkdir(parents=True, exist_ok=True)
    (out / "qrels").mkdir(exist_ok=True)
    with (out / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for place, text in enumerate([*articles, *added]):
            if place not in dropped:
                _write(file, {"_id": f"a{place}", "title": "", "text": text})
    with (out / "queries.jsonl").open("w", encoding="utf-8") as file:
        for question in held:
            _write(file, {"_id": question["id"], "text": question["question"]})
    with (out / "qrels" / "test.tsv").open("w", encoding="utf-8") as file:
        file.write("query-id\tcorpus-id\tscore\n")
        for question in held:
            for place in dict.fromkeys(place_of[text[:_LENGTH]] for text in question["gold_text"]):
                file.write(f"{question['id']}\ta{place}\t1\n")
    return Made(
        documents=len(articles) + len(added) - len(dropped),
        queries=len(held),
        not_held=len(questions) - len(held),
        merged=sum(place < len(articles) for place in place_of.values()),
        added=len(added),
        dropped=len(dropped),
    )


def _articles(path: Path) -> Iterator[str]:
    """Every distinct article of the pairs of law; those of ``law_title`` first."""
    rest: list[str] = []
    seen: set[str] = set()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["source"].startswith("law_title:"):
                key = " ".join(words_of(row["positive"]))
                if key not in seen:
                    seen.add(key)
                    yield row["positive"]
            elif row["source"] in ("zalo2021_train", "alqac2025"):
                rest.append(row["positive"])
    for text in rest:
        key = " ".join(words_of(text))
        if key not in seen:
            seen.add(key)
            yield text


def _same_articles(golds: Sequence[str], articles: Sequence[str]) -> Mapping[str, list[int]]:
    """By gold article, the places of the passages that are the same article."""
    parts = {gold: shingles(words_of(gold)) for gold in golds}
    holders: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for gold, own in parts.items():
        for shingle in own:
            holders[shingle].append(gold)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(articles):
        own = shingles(words_of(text))
        shared = Counter(gold for shingle in own for gold in holders.get(shingle, ()))
        for gold in shared:
            if is_same_article(parts[gold], own):
                found[gold].append(place)
    return found


def _without_title(gold: str) -> str:
    """A gold article without its first line, unless that is all there is."""
    title, _, text = gold.partition("\n")
    return text.strip() or title


def _write(file: Any, row: Mapping[str, str]) -> None:
    file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """Make the folder and say what is in it."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("out", type=Path)
    chosen = options.parse_args()
    made = make_zalo(chosen.data, chosen.out)
    Console(highlight=False, soft_wrap=True).print(
        f"{made.documents} articles, {made.queries} questions; {made.not_held} left out, as an "
        f"article that answers is not held. Gold articles: {made.merged} stand in the pairs, "
        f"{made.added} added; {made.dropped} further copies dropped."
    )


if __name__ == "__main__":
    main()
