"""``python -m ingest.training DATA``: makes the embedding, its card and the restorer anew."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ingest.training.pairs import TrainingDataError, check_data
from ingest.training.restorer import train_restorer
from knowledge_base.embedding import PACKAGED

_RESTORER = PACKAGED.parents[1] / "app" / "answering" / "restorer" / "syllables.npz"


def main(arguments: list[str] | None = None) -> int:
    """Train, measure and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ingest.training", description=__doc__)
    parser.add_argument("data", type=Path, help="thư mục chứa các tệp của retrieval_train")
    parser.add_argument("--out", type=Path, default=PACKAGED, help="thư mục mô hình được ghi")
    parser.add_argument(
        "--restorer", type=Path, default=_RESTORER, help="tệp của bộ thêm dấu được ghi"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--questions",
        type=Path,
        action="append",
        default=[],
        help="câu hỏi phát triển để đo, JSONL; ghi được nhiều lần",
    )
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        check_data(given.data)
    except TrainingDataError as error:
        print(error, file=sys.stderr)
        return 1
    from ingest.training.static import train  # torch is slow to import

    train(given.data, given.out, given.seed, given.questions)
    train_restorer(given.data, given.restorer, given.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
