"""``hoixa ticket``: officers answer by command line until they have pages of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from app.records.database import open_database
from app.records.ticket_code import shown
from app.records.tickets import (
    Author,
    Ticket,
    TicketClosedError,
    Tickets,
    UnknownTicketError,
)
from app.settings import Settings
from ingest.sync import VIETNAM
from knowledge_base.revisions import DatabaseUnavailableError

app = typer.Typer(no_args_is_help=True, help="Câu hỏi người dân gửi cán bộ.")

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

Code = Annotated[str, typer.Argument(help="Mã 6 ký tự của câu hỏi.")]


@contextlib.contextmanager
def _tickets() -> Iterator[tuple[Tickets, Settings]]:
    """The tickets of the database that is set; what an operator can mend is told in a line."""
    settings = Settings()
    try:
        engine = open_database(settings.database_address)
        try:
            yield (
                Tickets(engine, settings.ticket_days, settings.ticket_follow_ups),
                settings,
            )
        finally:
            engine.dispose()
    except (DatabaseUnavailableError, TicketClosedError, UnknownTicketError) as error:
        errors.print(str(error), style="red")
        raise typer.Exit(1) from error


@app.command("list")
def show_waiting(
    commune: Annotated[
        str | None, typer.Option(help="Chỉ một xã, như hoa-tien; bỏ trống: mọi xã.")
    ] = None,
) -> None:
    """In các câu hỏi đang chờ trả lời, chờ lâu nhất trước."""
    with _tickets() as (tickets, _):
        waiting = tickets.waiting(commune)
    for ticket in waiting:
        for line in _lines(ticket):
            console.print(line)
    console.print(f"{len(waiting)} câu hỏi đang chờ.")


@app.command()
def reply(
    code: Code,
    text: Annotated[str, typer.Argument(help="Lời trả lời; người dân đọc đúng như viết.")],
    office: Annotated[
        str | None, typer.Option(help="Tên cơ quan trả lời, không ghi tên người.")
    ] = None,
) -> None:
    """Trả lời một câu hỏi; hiện ngay ở trang của người hỏi."""
    with _tickets() as (tickets, settings):
        words = text.strip()
        if not 1 <= len(words) <= settings.ticket_max_characters:
            errors.print(
                f"Lời trả lời phải có từ 1 đến {settings.ticket_max_characters} ký tự.",
                style="red",
            )
            raise typer.Exit(1)
        ticket = tickets.reply(code, words, office)
    console.print(f"Đã trả lời {shown(ticket.code)}.")


@app.command()
def forward(code: Code, office: Annotated[str, typer.Argument(help="Tên cơ quan nhận.")]) -> None:
    """Ghi rằng câu hỏi đã chuyển cho cơ quan khác; người hỏi thấy tên cơ quan đó."""
    with _tickets() as (tickets, _):
        ticket = tickets.forward(code, office)
    console.print(f"Đã chuyển {shown(ticket.code)} cho {ticket.forwarded_to}.")


@app.command()
def close(code: Code) -> None:
    """Đóng một câu hỏi; người hỏi vẫn đọc được tới khi xóa."""
    with _tickets() as (tickets, _):
        ticket = tickets.close(code)
    console.print(f"Đã đóng {shown(ticket.code)}.")


@app.command()
def delete(code: Code) -> None:
    """Xóa hẳn một câu hỏi với mọi lời trả lời, như người hỏi yêu cầu."""
    with _tickets() as (tickets, _):
        tickets.delete(code)
    console.print("Đã xóa.")


@app.command()
def purge() -> None:
    """Xóa hẳn các câu hỏi đã quá TICKET_DAYS ngày không có gì mới."""
    with _tickets() as (tickets, settings):
        deleted = tickets.purge()
    console.print(f"Đã xóa {deleted} câu hỏi quá {settings.ticket_days} ngày.")


def _lines(ticket: Ticket) -> Iterator[str]:
    yield f"{shown(ticket.code)}  {ticket.commune}  {_when(ticket.created_at)}"
    yield f"  Hỏi: {ticket.question}"
    for message in ticket.messages:
        who = "Hỏi thêm" if message.author is Author.RESIDENT else "Trả lời"
        yield f"  {who} ({_when(message.at)}): {message.text}"
    if ticket.forwarded_to:
        yield f"  Đã chuyển cho: {ticket.forwarded_to}"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
