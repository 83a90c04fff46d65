"""``python -m ingest.training DATA``: makes ``knowledge_base/model`` anew, card included."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ingest.training.pairs import TrainingDataError, check_data
from knowledge_base.embedding import PACKAGED


def main(arguments: list[str] | None = None) -> int:
    """Train, measure and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ingest.training", description=__doc__)
    parser.add_argument("data", type=Path, help="thư mục chứa các tệp của retrieval_train")
    parser.add_argument("--out", type=Path, default=PACKAGED, help="thư mục mô hình được ghi")
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
