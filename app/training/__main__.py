"""``python -m app.training``: fit the classifiers, the ranker and the aim, and package them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.training.fit import fit_all

DEVELOPMENT = (Path("tests/evaluation/development.jsonl"),)


def main(
    development: Annotated[
        list[Path] | None, typer.Option("--development", help="Tệp câu hỏi để học, JSON Lines.")
    ] = None,
) -> None:
    """Học lại các bộ phân loại, bộ xếp hạng và bộ chọn mục từ câu hỏi phát triển."""
    fit_all(tuple(development or DEVELOPMENT), typer.echo)


if __name__ == "__main__":
    typer.run(main)
