"""The ``hoixa`` command."""

from __future__ import annotations

import contextlib
import logging
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.answering.chat_model import ModelUnavailableError
from app.answering.rerank import RerankerUnavailableError
from app.main import open_service, open_stores
from app.published import UnknownCommuneError
from app.records.database import open_database
from app.records.places import Places
from app.settings import Settings
from ingest.export import export_content
from ingest.live import NothingIngestedError
from ingest.sync import EmbeddingMismatchError, make_snapshot, sync_content, today
from knowledge_base.catalogue import CONTENT, ContentError, build_catalogue, read_content
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.index import IndexOwnedError, VectorsUnavailableError, owning
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    IngestJobRow,
    SyncReport,
    database_errors,
    published,
)
from qr.code import code_png, code_svg, code_terminal
from qr.link import InvalidBaseUrlError, checked_base_url, commune_link, place_link
from qr.poster import Poster, TextTooLongError, UnprintableTextError, poster_pdf

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Hỏi Xã: trợ lý của xã.")
knowledge = typer.Typer(no_args_is_help=True, help="Kiểm tra và xuất tri thức.")
app.add_typer(knowledge, name="knowledge")

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

_KNOWN_ERRORS = (
    ContentError,
    DatabaseUnavailableError,
    EmbeddingMismatchError,
    EmbeddingUnavailableError,
    IndexOwnedError,
    InvalidBaseUrlError,
    ModelUnavailableError,
    NothingIngestedError,
    RerankerUnavailableError,
    TextTooLongError,
    UnknownCommuneError,
    UnprintableTextError,
    VectorsUnavailableError,
)


@contextlib.contextmanager
def _explained(known: tuple[type[Exception], ...] = _KNOWN_ERRORS) -> Iterator[None]:
    """End with the message, not a traceback, for what an operator can mend."""
    try:
        yield
    except known as error:
        errors.print(str(error), style="red")
        raise typer.Exit(1) from error


def _settings() -> Settings:
    settings = Settings()
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for noisy in ("alembic", "bm25s", "chromadb", "fontTools", "httpx", "httpx2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return settings


@app.command()
def ingest(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Làm lại toàn bộ chỉ mục từ các bản đã công bố.")
    ] = False,
) -> None:
    """Nạp nội dung và cập nhật chỉ mục; dịch vụ đang chạy thì giao việc cho dịch vụ."""
    settings = _settings()
    with _explained():
        _check_room(settings)
        engine = open_database(settings.database_address)
        _tell(sync_content(engine, settings.content_dir or CONTENT))
        done = False
        while not done:
            try:
                _index(settings, rebuild=rebuild)
                done = True
            except IndexOwnedError:
                done = _hand_over(engine, settings, rebuild=rebuild)


def _index(settings: Settings, *, rebuild: bool) -> None:
    with open_stores(settings) as stores, _bar() as (bar, task):
        report = make_snapshot(
            stores.engine,
            stores.vectors,
            today(),
            rebuild=rebuild,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    console.print(f"Chỉ mục: {report.chunks} đoạn, {report.embedded} đoạn mới.")


def _check_room(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.data_dir).free // 1_000_000
    except OSError as error:
        raise DatabaseUnavailableError(
            f"Không dùng được thư mục {settings.data_dir} ({error.strerror}). Kiểm tra DATA_DIR."
        ) from error
    if free < settings.minimum_free_mb:
        raise DatabaseUnavailableError(
            f"Đĩa chứa {settings.data_dir} chỉ còn {free} MB trống, cần ít nhất "
            f"{settings.minimum_free_mb} MB (MINIMUM_FREE_MB). Dọn chỗ rồi chạy lại; "
            "chưa có gì bị thay đổi."
        )


def _tell(report: SyncReport) -> None:
    console.print(
        f"Nội dung: {report.added} mới, {report.changed} đổi, {report.withdrawn} rút, "
        f"{report.unchanged} giữ nguyên."
    )
    for conflict in report.conflicts:
        errors.print(f"Xung đột, giữ bản của cán bộ: {conflict}", style="yellow")


@contextlib.contextmanager
def _bar() -> Iterator[tuple[Progress, TaskID]]:
    columns = (TextColumn("Lập chỉ mục"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        yield bar, bar.add_task("", total=None)


def _hand_over(engine: Engine, settings: Settings, *, rebuild: bool) -> bool:
    """Give the work to the service that owns the index, and wait for it.

    False when the owner, which may be another ingest, let go of the index without doing it.
    """
    console.print("Dịch vụ đang chạy và giữ chỉ mục: giao việc cho dịch vụ.")
    with database_errors(), Session(engine) as session, session.begin():
        job = IngestJobRow(rebuild=rebuild)
        session.add(job)
        session.flush()
        job_id = job.id
    deadline = time.monotonic() + settings.ingest_wait_seconds
    with _bar() as (bar, task):
        while time.monotonic() < deadline:
            with database_errors(), Session(engine) as session:
                job = session.get_one(IngestJobRow, job_id)
            bar.update(task, completed=job.done, total=job.total or None)
            if job.state == "done":
                console.print(f"Dịch vụ đã cập nhật chỉ mục: {job.message}")
                return True
            if job.state == "failed":
                raise VectorsUnavailableError(f"Dịch vụ không làm được: {job.message}")
            if job.state == "waiting" and not _is_owned(settings.index_folder):
                with database_errors(), Session(engine) as session, session.begin():
                    session.delete(job)
                return False
            time.sleep(0.2)
    raise IndexOwnedError(
        f"Dịch vụ chưa làm xong sau {settings.ingest_wait_seconds:g} giây "
        "(INGEST_WAIT_SECONDS); việc vẫn chờ trong hàng. Xem nhật ký dịch vụ, hoặc dừng dịch vụ "
        "rồi chạy lại `hoixa ingest`."
    )


def _is_owned(folder: Path) -> bool:
    try:
        with owning(folder):
            return False
    except IndexOwnedError:
        return True


@app.command()
def serve() -> None:
    """Chạy dịch vụ và in địa chỉ trang của từng xã."""
    settings = _settings()
    with _explained(), open_stores(settings) as stores, open_service(settings, stores) as service:
        base = checked_base_url(settings.public_url or _own_address(settings))
        communes = service.state.service.knowledge.communes()
        for commune in communes:
            console.print(f"{commune.full_name}: {commune_link(base, commune.id)}")
        if communes:
            link = commune_link(base, communes[0].id)
            console.print(f"\nQuét bằng điện thoại cùng mạng để mở {link}")
            typer.echo(code_terminal(link))
        uvicorn.run(
            service,
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level.lower(),
            access_log=False,
            proxy_headers=False,  # TRUSTED_PROXIES decides whom to believe
            server_header=False,
        )


def _own_address(settings: Settings) -> str:
    """This machine's address on its network, as a phone would reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent; it only picks an interface
            host = str(probe.getsockname()[0])
        except OSError:
            host = "127.0.0.1"
    return f"http://{host}:{settings.port}"


@app.command()
def poster(
    commune: Annotated[str, typer.Argument(help="Mã xã, như hoa-tien.")],
    place: Annotated[str, typer.Option(help="Nơi dán, như “Quầy 3”.")],
    out: Annotated[Path, typer.Option(help="Thư mục ghi tệp.")] = Path("posters"),
) -> None:
    """Làm áp phích A4 (PDF) và mã QR (PNG, SVG) cho một nơi dán."""
    settings = _settings()
    with _explained():
        engine = open_database(settings.database_address)
        with database_errors(), Session(engine) as session:
            bodies = [found.body for found in published(session)]
        catalogue = build_catalogue(bodies)
        found = catalogue.communes.get(commune)
        if found is None:
            raise UnknownCommuneError(
                f"Không có xã “{commune}”. Các xã có: {', '.join(sorted(catalogue.communes))}."
                " Chưa có xã nào thì chạy `hoixa ingest` trước."
            )
        label = " ".join(place.split())
        if not label or len(label) > 80:
            raise UnprintableTextError("Nơi dán phải có từ 1 đến 80 ký tự.")
        base = checked_base_url(settings.public_url or _own_address(settings))
        posted = Places(engine).at(found.id, label)
        link = place_link(base, posted.code)
        sheet = poster_pdf(
            Poster(
                commune_name=found.full_name,
                place=label,
                link=link,
                questions=_EXAMPLES,
                telephones=tuple(
                    f"{counter.name}: {counter.telephone.text}"
                    for counter in found.counters
                    if counter.telephone
                )[:2]
                or tuple(line.text for line in found.hotlines)[:1],
            )
        )
        out.mkdir(parents=True, exist_ok=True)
        stem = out / f"{found.id}-{posted.code}"
        stem.with_suffix(".pdf").write_bytes(sheet)
        stem.with_suffix(".png").write_bytes(code_png(link))
        stem.with_suffix(".svg").write_text(code_svg(link), encoding="utf-8")
        console.print(f"{stem}.pdf, .png, .svg → {link}")


@app.command()
def evaluate(
    questions: Annotated[
        list[Path] | None,
        typer.Option(help="Tệp câu hỏi, mỗi dòng một JSON; dùng được nhiều lần."),
    ] = None,
    beir: Annotated[
        Path | None,
        typer.Option(help="Thư mục BEIR: corpus.jsonl, queries.jsonl, qrels/test.tsv."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Hai báo cáo, hoặc hai tệp cài đặt .env (thêm --questions)."),
    ] = None,
    variants: Annotated[
        bool, typer.Option("--variants", help="Hỏi thêm bản bỏ dấu và bản lỗi nhận giọng.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Lấy tệp nội dung, không lấy bản đang công bố.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Thư mục ghi báo cáo.")] = Path("evaluation"),
) -> None:
    """Đo: hỏi bộ câu hỏi, tìm trong kho BEIR, hoặc so hai lần đo. Không đụng dịch vụ đang chạy."""
    from app.evaluation import command  # the service never needs it
    from app.evaluation.errors import EvaluationError

    settings = _settings()
    with _explained((*_KNOWN_ERRORS, EvaluationError)):
        complete = command.run(
            settings,
            command.Options(tuple(questions or ()), beir, compare, variants, fresh, out),
            console,
            errors,
        )
    if not complete:
        raise typer.Exit(1)


_EXAMPLES = (
    "Đăng ký tạm trú cần giấy tờ gì?",
    "Bảo hiểm y tế hộ gia đình đóng bao nhiêu?",
    "Sổ đỏ bị mất thì làm lại ra sao?",
)


@knowledge.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Thư mục nội dung.")] = CONTENT,
) -> None:
    """Kiểm tra tệp nội dung; mỗi lỗi nêu tệp, trường và cách sửa."""
    with _explained():
        catalogue = read_content(folder)
        console.print(
            f"Đạt: {len(catalogue.records)} hồ sơ, {len(catalogue.communes)} xã, không có lỗi."
        )


@knowledge.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Thư mục để ghi.")],
) -> None:
    """Ghi các bản đang công bố thành tệp nội dung."""
    settings = _settings()
    with _explained():
        engine = open_database(settings.database_address)
        with database_errors(), Session(engine) as session:
            bodies = [found.body for found in published(session)]
        console.print(f"Đã ghi {export_content(bodies, folder)} tệp vào {folder}.")
