"""``hoixa keep``: what is kept and for how long, by command line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine

from app.html import moment_words
from app.records.audit import COMMAND_LINE, AuditEntry, AuditLog
from app.records.database import open_database
from app.records.handover import hand_over
from app.records.keeping import Keeping
from app.settings import Settings
from app.staff.keeping import KIND_NAMES
from app.staff_commands import is_known
from app.staffing import files_of, retention_of
from knowledge_base.record import NATIONAL
from knowledge_base.revisions import DatabaseUnavailableError

app = typer.Typer(no_args_is_help=True, help="Dữ liệu đang lưu: xem, xóa phần quá hạn, xuất.")

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

CommuneOption = Annotated[
    str | None, typer.Option("--commune", help="Chỉ một xã, như hoa-tien; bỏ trống: mọi xã.")
]


class _RefusedError(Exception):
    """What the operator has to do otherwise."""


@contextlib.contextmanager
def _opened(commune: str | None) -> Iterator[tuple[Engine, Settings]]:
    """The database that is set; what an operator can mend is told in a line."""
    settings = Settings()
    try:
        engine = open_database(settings.database_address)
        try:
            if commune is not None and not is_known(engine, f"commune:{commune}"):
                raise _RefusedError(f"Không có xã “{commune}”. `hoixa commune TÊN` tìm mã của xã.")
            yield engine, settings
        finally:
            engine.dispose()
    except (DatabaseUnavailableError, _RefusedError) as error:
        errors.print(str(error), style="red")
        raise typer.Exit(1) from error


@app.command("list")
def show(commune: CommuneOption = None) -> None:
    """In mỗi loại dữ liệu đang có bao nhiêu, giữ bao lâu, bao nhiêu đã quá hạn."""
    with _opened(commune) as (engine, settings):
        keeping = Keeping(engine, AuditLog(engine), retention_of(settings))
        for kept in keeping.kept([commune] if commune else None):
            oldest = f", cũ nhất {moment_words(kept.oldest)}" if kept.oldest else ""
            console.print(
                f"{KIND_NAMES[kept.kind]}: {kept.count}{oldest}; giữ {kept.lasts.days} ngày; "
                f"quá hạn {kept.past}"
            )


@app.command()
def purge(commune: CommuneOption = None) -> None:
    """Xóa hẳn những gì đã quá hạn và in số đã xóa."""
    scope = f"commune:{commune}" if commune else NATIONAL
    with _opened(commune) as (engine, settings):
        keeping = Keeping(engine, AuditLog(engine), retention_of(settings))
        purged = keeping.purge([commune] if commune else None, COMMAND_LINE, scope)
    for kind, count in purged.counts.items():
        console.print(f"{KIND_NAMES[kind]}: đã xóa {count}")


@app.command()
def export(
    commune: Annotated[str, typer.Argument(help="Mã xã, như hoa-tien.")],
    out: Annotated[Path, typer.Argument(help="Tệp ZIP sẽ ghi.")],
) -> None:
    """Ghi mọi dữ liệu của một xã vào một tệp ZIP mà chỉ người chạy lệnh đọc được."""
    with _opened(commune) as (engine, settings):
        try:
            with _own_file(out) as file:
                rows = hand_over(
                    engine,
                    files_of(settings, engine),
                    [commune],
                    [f"commune:{commune}"],
                    file,
                    lambda done, total, words="": None,
                )
        except FileExistsError as error:
            raise _RefusedError(f"{out} đã có. Chọn tên khác.") from error
        except OSError as error:
            raise _RefusedError(f"Không ghi được {out}: {error.strerror}.") from error
        AuditLog(engine).write(
            AuditEntry(COMMAND_LINE, "kept.exported", f"commune:{commune}", "kept", {"rows": rows})
        )
    console.print(f"Đã ghi {rows} dòng vào {out}.")


@contextlib.contextmanager
def _own_file(out: Path) -> Iterator[IO[bytes]]:
    """A new file that nobody else reads; gone again where it was not written to its end."""
    with open(out, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        try:
            yield file
        except BaseException:
            out.unlink()
            raise
