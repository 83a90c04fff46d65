"""The ``hoixa`` command."""

from __future__ import annotations

import contextlib
import json
import logging
import resource
import shutil
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
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
from app.keep_commands import app as keep_commands
from app.main import open_service, open_stores
from app.published import UnknownCommuneError
from app.records.database import open_database
from app.records.places import Places
from app.records.posters import poster_of
from app.settings import Settings
from app.speech.transcribe import SpeechEngineUnavailableError
from app.speech.voices import VoiceUnavailableError
from app.staff_commands import app as staff_commands
from app.staffing import document_limits
from app.ticket_commands import app as ticket_commands
from ingest.documents.importing import bring_in, lines_about
from ingest.export import export_content
from ingest.live import NothingIngestedError
from ingest.official import renew_official
from ingest.portal.draft import Provenance
from ingest.portal.importing import Wanted
from ingest.portal.importing import import_portal as portal_drafts
from ingest.portal.known import Known
from ingest.portal.read import PortalFileError
from ingest.portal.telling import difference_lines, summary_lines
from ingest.sync import EmbeddingMismatchError, make_snapshot, sync_content, today
from knowledge_base.catalogue import (
    CONTENT,
    ContentError,
    build_catalogue,
    read_content,
    read_legal_texts,
)
from knowledge_base.coverage import coverage_of, write_coverage
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.index import IndexOwnedError, VectorsUnavailableError, owning
from knowledge_base.official import read_official
from knowledge_base.record import Topic
from knowledge_base.register import ids_of, with_register
from knowledge_base.renewal import OLD_AFTER_MONTHS, SOON_DAYS, as_json, findings, report
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    IngestJobRow,
    SyncReport,
    database_errors,
    published,
)
from knowledge_base.source import SourceKind
from knowledge_base.unit_names import Found, Unknown, resolve
from qr.code import code_png, code_svg, code_terminal
from qr.link import InvalidBaseUrlError, checked_base_url, commune_link
from qr.poster import TextTooLongError, UnprintableTextError
from qr.prints import Kind, Size, printed

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Hỏi Xã: trợ lý của xã.")
knowledge = typer.Typer(no_args_is_help=True, help="Kiểm tra và xuất tri thức.")
app.add_typer(knowledge, name="knowledge")
ingesting = typer.Typer(
    invoke_without_command=True,
    help="Nạp nội dung và cập nhật chỉ mục; hoặc nạp tài liệu thành bản nháp.",
)
app.add_typer(ingesting, name="ingest")
app.add_typer(ticket_commands, name="ticket")
app.add_typer(staff_commands, name="staff")
app.add_typer(keep_commands, name="keep")

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
    SpeechEngineUnavailableError,
    TextTooLongError,
    UnknownCommuneError,
    UnprintableTextError,
    VectorsUnavailableError,
    VoiceUnavailableError,
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


@ingesting.callback()
def ingest(
    context: typer.Context,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Làm lại toàn bộ chỉ mục từ các bản đã công bố.")
    ] = False,
) -> None:
    """Nạp nội dung và cập nhật chỉ mục; dịch vụ đang chạy thì giao việc cho dịch vụ."""
    if context.invoked_subcommand is not None:
        return
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


@ingesting.command()
def documents(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Tệp DOCX, PDF, HTML, Markdown, XLSX, ảnh; hoặc thư mục chứa chúng.",
            metavar="PATH…",
        ),
    ],
    as_one: Annotated[
        bool, typer.Option("--one", help="Các tệp là các trang của một tài liệu, theo thứ tự.")
    ] = False,
) -> None:
    """Đọc tài liệu thành bản nháp; người dân chưa thấy gì trước khi có người công bố."""
    settings = _settings()
    refused = done = 0
    with _explained():
        _check_room(settings)
        engine = open_database(settings.database_address)
        for brought in bring_in(engine, paths, document_limits(settings), today(), as_one=as_one):
            refused += brought.recognised is None
            done += brought.recognised is not None
            out = errors if brought.recognised is None else console
            for line in lines_about(brought):
                out.print(line)
    console.print(f"Đã đọc {done} tài liệu thành bản nháp, không nhận {refused} tệp.")
    if refused or not done:
        raise typer.Exit(1)


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
def commune(
    name: Annotated[list[str], typer.Argument(help="Tên xã, phường, cả tên cũ.")],
) -> None:
    """Tìm mã của xã, phường nay để ghi vào COMMUNES."""
    found = resolve(" ".join(name))
    if isinstance(found, Unknown):
        console.print("Không thấy. Thử ghi thêm tên huyện, tỉnh cũ.", markup=False)
        raise typer.Exit(1)
    for place in (found.place,) if isinstance(found, Found) else found.places:
        unit = place.unit
        today = f"{unit.full_name}, {unit.province.full_name}"
        console.print(f"{unit.id}  {unit.code}  {today}  ({place.written_out})", markup=False)


@app.command()
def poster(
    commune: Annotated[str, typer.Argument(help="Mã xã, như hoa-tien.")],
    place: Annotated[str, typer.Option(help="Nơi dán, như “Quầy 3”.")],
    out: Annotated[Path, typer.Option(help="Thư mục ghi tệp.")] = Path("posters"),
    size: Annotated[
        Size, typer.Option(help="Khổ: A4, A5, hoặc tờ A4 sáu tem giống nhau.")
    ] = Size.A4,
    kind: Annotated[
        list[Kind] | None,
        typer.Option("--format", help="Loại tệp; dùng được nhiều lần. Bỏ trống: PDF."),
    ] = None,
) -> None:
    """Làm áp phích hoặc tem cho một nơi dán, và riêng mã QR (PNG, SVG)."""
    settings = _settings()
    with _explained():
        engine = open_database(settings.database_address)
        with database_errors(), Session(engine) as session:
            bodies = [found.body for found in published(session, today())]
        catalogue = with_register(build_catalogue(bodies), (commune,))
        found = catalogue.communes.get(next(iter(ids_of((commune,), catalogue))))
        if found is None:
            raise UnknownCommuneError(
                f"Không có xã “{commune}”. Chạy `hoixa commune TÊN` để tìm mã của một xã, phường."
            )
        label = " ".join(place.split())
        if not label or len(label) > 80:
            raise UnprintableTextError("Nơi dán phải có từ 1 đến 80 ký tự.")
        base = checked_base_url(settings.public_url or _own_address(settings))
        posted = Places(engine).at(found.id, label)
        sheet = poster_of(posted, found, base)
        out.mkdir(parents=True, exist_ok=True)
        stem = out / f"{found.id}-{posted.code}"
        for one in kind or [Kind.PDF]:
            ending = "" if (size, one) == (Size.A4, Kind.PDF) else f"-{size}"
            for made in printed([sheet], size, one):
                path = stem.with_name(f"{stem.name}{ending}{made.ending}")
                path.write_bytes(made.data)
                console.print(f"{path} → {sheet.link}")
        stem.with_suffix(".png").write_bytes(code_png(sheet.link))
        stem.with_suffix(".svg").write_text(code_svg(sheet.link), encoding="utf-8")
        console.print(f"{stem}.png, .svg: riêng mã QR → {sheet.link}")


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


_SHOWN = 10
"""Lines of each kind of finding that a terminal is shown without being asked for more."""


@knowledge.command()
def check(
    folder: Annotated[Path, typer.Argument(help="Thư mục nội dung.")] = CONTENT,
    months: Annotated[
        int, typer.Option(min=0, help="Nguồn xem quá số tháng này là đã lâu.")
    ] = OLD_AFTER_MONTHS,
    days: Annotated[
        int, typer.Option(min=0, help="Hết hạn trong số ngày này là sắp hết.")
    ] = SOON_DAYS,
    machine: Annotated[bool, typer.Option("--json", help="In JSON cho máy đọc.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="In hết việc nên xem lại, không rút gọn.")
    ] = False,
) -> None:
    """Kiểm tra tệp nội dung, rồi kể việc nên xem lại (không tính là lỗi)."""
    with _explained():
        catalogue = read_content(folder)
    day = today()
    found = findings(catalogue, day, months=months, days=days)
    if machine:
        counted = {"records": len(catalogue.records), "communes": len(catalogue.communes)}
        asked = {"day": day.isoformat(), "months": months, "days": days}
        typer.echo(json.dumps(counted | asked | as_json(found), ensure_ascii=False, indent=1))
        return
    console.print(
        f"Đạt: {len(catalogue.records)} hồ sơ, {len(catalogue.communes)} xã, không có lỗi."
    )
    console.print("\nNên xem lại (không phải lỗi):")
    for line in report(found, None if everything else _SHOWN):
        console.print(line)


@knowledge.command()
def coverage(
    folder: Annotated[Path, typer.Argument(help="Thư mục nội dung.")] = CONTENT,
    official: Annotated[
        Path | None,
        typer.Option(help="Bản chép Cổng (JSONL) để lập lại danh sách thủ tục trước."),
    ] = None,
) -> None:
    """Ghi COVERAGE.md: đã có hồ sơ cho thủ tục nào của Nhà nước, thiếu gì, loại gì và vì sao."""
    with _explained():
        if official is not None:
            console.print(f"Danh sách: {renew_official(official, folder)} thủ tục cấp xã.")
        listed = read_official(folder)
        catalogue = read_content(folder)
        topics = coverage_of(catalogue, listed)
        path = write_coverage(catalogue, listed, folder)
    covered = sum(len(one.covered) for one in topics)
    in_force = sum(one.in_force for one in topics)
    console.print(f"Đã có {covered} trên {in_force} thủ tục còn hiệu lực. Đã ghi {path}.")


@knowledge.command()
def import_portal(
    files: Annotated[
        list[Path],
        typer.Argument(help="Tệp của Cổng: JSON, mỗi dòng một JSON, hoặc nén .gz.", metavar="FILE"),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Thư mục ghi thêm mỗi nháp thành tệp YAML và ghi chú.")
    ] = None,
    topic: Annotated[Topic | None, typer.Option(help="Chỉ lấy một lĩnh vực.")] = None,
    commune_level: Annotated[
        bool, typer.Option("--commune-level", help="Chỉ lấy thủ tục toàn quốc do cấp xã làm.")
    ] = False,
    seen_on: Annotated[
        datetime | None,
        typer.Option(
            help="Ngày chính mình tải tệp từ Cổng; bỏ trống thì coi là bản người khác chép.",
            formats=["%Y-%m-%d"],
        ),
    ] = None,
) -> None:
    """Nhập bản ghi của Cổng thành bản nháp và nêu chỗ khác bản đang công bố."""
    settings = _settings()
    started = time.monotonic()
    with _explained((*_KNOWN_ERRORS, PortalFileError)):
        engine = open_database(settings.database_address)
        with database_errors(), Session(engine) as session:
            bodies = [found.body for found in published(session, today())]
        register = read_legal_texts(settings.content_dir or CONTENT)
        report = portal_drafts(
            engine,
            files,
            Known.of(bodies, register, today()),
            wanted=Wanted(topic, commune_level),
            provenance=Provenance(SourceKind.PORTAL, seen_on.date()) if seen_on else None,
            out=out,
            bad=lambda found: errors.print(str(found), style="yellow"),
            compared=lambda found: _print_all(difference_lines(found)),
        )
    _print_all(summary_lines(report, time.monotonic() - started, _peak_mb()))


def _peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1000)


def _print_all(lines: Iterable[str]) -> None:
    for told in lines:
        console.print(told)


@knowledge.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Thư mục để ghi.")],
) -> None:
    """Ghi các bản đang công bố thành tệp nội dung."""
    settings = _settings()
    with _explained():
        engine = open_database(settings.database_address)
        with database_errors(), Session(engine) as session:
            bodies = [found.body for found in published(session, today())]
        console.print(f"Đã ghi {export_content(bodies, folder)} tệp vào {folder}.")
