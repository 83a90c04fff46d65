"""What ``hoixa evaluate`` does, apart from reading its options."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.answering.restore import Restorer
from app.evaluation.beir import beir_markdown, beir_sheets, measure_beir
from app.evaluation.compare import (
    compare_reports,
    compared_about,
    compared_markdown,
    compared_sheets,
)
from app.evaluation.errors import EvaluationError
from app.evaluation.installation import Installation, open_copy
from app.evaluation.judge import ask_all
from app.evaluation.pictures import draw
from app.evaluation.report import Asked, Report, Subject, read_report, summarise
from app.evaluation.rows import QuestionFile, read_questions
from app.evaluation.variants import variants_of
from app.evaluation.wording import markdown, print_report
from app.settings import Settings
from ingest.sync import VIETNAM
from knowledge_base.embedding import load_embedding


class OutputError(EvaluationError):
    """The folder of the report cannot be written."""


class UsageError(EvaluationError):
    """Options that say nothing, or too much at once."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, how, and where the report goes."""

    questions: tuple[Path, ...] = ()
    beir: Path | None = None
    compare: tuple[Path, Path] | None = None
    variants: bool = False
    """Ask a stripped and a misheard copy of every plain question too."""
    fresh: bool = False
    """Take the content files even if something is published."""
    out: Path = Path("evaluation")


def run(settings: Settings, options: Options, console: Console, errors: Console) -> bool:
    """Measure what the options name, print it and write it.

    Returns False when rows of the questions had to be left out.

    Raises:
        EvaluationError: for what the person who measures can mend.
        Exception: whatever :func:`open_copy` raises.
    """
    if options.compare is not None and options.beir is None:
        return _compare(options, options.compare, console, errors)
    if options.beir is not None and not options.questions and options.compare is None:
        make_folder(options.out)
        _beir(settings, options.beir, options.out, console, errors)
        return True
    if options.questions and options.beir is None:
        make_folder(options.out)
        report = _told(measured(settings, options, errors), options.out, errors)
        print_report(report, console)
        console.print(f"Báo cáo: {options.out}")
        return not report.subject.problems
    raise UsageError(
        "Chọn một trong ba: --questions TỆP.jsonl, --beir THƯ_MỤC, hoặc --compare A B."
    )


def _told(report: Report, folder: Path, errors: Console) -> Report:
    """The report, written, and what is wrong with its questions, told."""
    for problem in report.subject.problems:
        errors.print(f"Bỏ qua: {problem}", style="yellow")
    write_report(report, folder)
    return report


def _compare(options: Options, pair: tuple[Path, Path], console: Console, errors: Console) -> bool:
    make_folder(options.out)
    found: list[Report] = []
    for place, path in zip("ab", pair, strict=True):
        if path.is_dir() or path.suffix == ".json":
            found.append(read_report(path))
            continue
        if not options.questions:
            raise UsageError(
                f"{path} là tệp cài đặt: thêm --questions TỆP.jsonl để hỏi dưới cài đặt đó. "
                "Muốn so báo cáo có sẵn thì đưa report.json hoặc thư mục chứa nó."
            )
        if not path.is_file():
            raise UsageError(f"Không có tệp cài đặt {path}.")
        report = measured(Settings(_env_file=(".env", path)), options, errors)
        folder = options.out / f"{place}-{path.stem.strip('.') or path.name.strip('.')}"
        found.append(_told(report, folder, errors))
    first, second = found
    compared = compare_reports(first, second)
    console.print(compared_about(compared))
    for sheet in compared_sheets(compared):
        console.print(sheet.rich())
    write(options.out / "compare.json", compared.model_dump_json(indent=1))
    write(options.out / "compare.md", compared_markdown(compared))
    console.print(f"So sánh: {options.out}")
    return not any(report.subject.problems for report in found)


def _beir(settings: Settings, folder: Path, out: Path, console: Console, errors: Console) -> None:
    embedding = load_embedding(
        settings.embedding_model,
        settings.embedding_query_prefix,
        settings.embedding_passage_prefix,
    )
    with _bar(errors) as tell:
        found = measure_beir(
            folder, embedding, lambda text: Restorer.packaged().restore(text).text, tell
        )
    for sheet in beir_sheets(found):
        console.print(sheet.rich())
    write(out / "beir.json", found.model_dump_json(indent=1))
    write(out / "beir.md", beir_markdown(found))
    console.print(f"Báo cáo: {out}")


@contextlib.contextmanager
def _bar(errors: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A bar that is told a step, how much of it is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=errors, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total
        )


def measured(settings: Settings, options: Options, errors: Console) -> Report:
    """Ask the questions of a copy of the installation.

    Raises:
        QuestionsError: when no question can be used.
        Exception: whatever :func:`open_copy` raises.
    """
    with _bar(errors) as tell:

        def indexing(done: int, total: int) -> None:
            tell("Lập chỉ mục", done, total)

        with open_copy(settings, fresh=options.fresh, progress=indexing) as copy:
            known = copy.known()
            read = read_questions(options.questions, known)
            rows = [row for file in read for row in file.rows]
            if options.variants:
                rows += variants_of(rows)
            judged = ask_all(
                copy.pipeline, known.records, rows, lambda done, total: tell("Hỏi", done, total)
            )
            return summarise(_subject(settings, copy, read), judged)


def _subject(settings: Settings, copy: Installation, read: Sequence[QuestionFile]) -> Subject:
    records = {id for commune in copy.known().records.values() for id in commune}
    return Subject(
        made_at=datetime.now(VIETNAM).isoformat(timespec="seconds"),
        version=version("hoixa"),
        origin=copy.origin,
        records=len(records),
        embedding=copy.embedding,
        chat_model=settings.chat_model,
        answer_threshold=settings.answer_threshold,
        clarify_threshold=settings.clarify_threshold,
        files=tuple(
            Asked(name=file.name, sha256=file.sha256, rows=len(file.rows)) for file in read
        ),
        problems=tuple(str(problem) for file in read for problem in file.problems),
    )


def write_report(report: Report, folder: Path) -> None:
    """Write ``report.json``, ``report.md`` and two pictures.

    Raises:
        OutputError: when the folder cannot be written.
    """
    make_folder(folder)
    write(folder / "report.json", report.model_dump_json(indent=1))
    try:
        pictures = draw(report, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    write(folder / "report.md", markdown(report, pictures))


def write(path: Path, text: str) -> None:
    """Write a file of a report.

    Raises:
        OutputError: when it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(folder: Path) -> None:
    """Make the folder of a report, before anything is measured in vain.

    Raises:
        OutputError: when it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"Không ghi được {path} ({error.strerror}). Đổi --out.")
