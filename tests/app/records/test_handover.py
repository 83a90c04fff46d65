"""A commune's export holds everything of it, nothing of others, and no secret."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.accounts import Accounts, NewAccount, PasswordRules, Role
from app.records.audit import COMMAND_LINE, AuditEntry, AuditLog
from app.records.files import FilePurpose, Files
from app.records.handover import NOT_HANDED_OVER, hand_over, tables_of
from app.records.places import Places
from app.records.tables import AnswerRow, FeedbackRow
from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind
from knowledge_base.revisions import Base, publish

HERE, THERE = "hoa-tien", "ba-na"
PASSWORD = "con trâu đi cày 42"


def export(engine: Engine, commune: str = HERE) -> dict[str, bytes]:
    out = io.BytesIO()
    told: list[int] = []
    hand_over(
        engine,
        Files(engine),
        [commune],
        [f"commune:{commune}"],
        out,
        lambda done, total, words="": told.append(done),
    )
    assert told == sorted(told) and told[-1] > 5
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: dict[str, bytes], table: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in files[f"bang/{table}.jsonl"].splitlines()]


def test_every_table_is_handed_over_or_says_why_not() -> None:
    chosen = {table.name for table in tables_of([HERE], [f"commune:{HERE}"])}

    assert chosen | set(NOT_HANDED_OVER) == set(Base.metadata.tables)
    assert not chosen & set(NOT_HANDED_OVER)


def test_what_is_of_the_commune_is_there_and_what_is_of_others_is_not(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for commune in (HERE, THERE):
            session.add(
                AnswerRow(
                    id=commune,
                    conversation_id="c",
                    commune=commune,
                    asked=f"câu hỏi ở {commune}",
                    spoken=False,
                    status="answered",
                    elapsed_ms=1,
                    body={},
                    made_at=datetime(2026, 11, 1, tzinfo=UTC),
                )
            )
            session.flush()
            session.add(FeedbackRow(answer_id=commune, helpful=True))
            data = {"id": "lich-rac", "topic": "local_government", "scope": f"commune:{commune}"}
            publish(
                session,
                Body(RecordKind.GUIDE, "lich-rac", f"commune:{commune}", data, "lich-rac"),
                "lan",
            )
    for commune in (HERE, THERE):
        place = Places(engine).at(commune, "Quầy 1")
        Places(engine).scan(place.code, date(2026, 11, 1))
        AuditLog(engine).write(AuditEntry("lan", "x.y", f"commune:{commune}", "z"))
        Files(engine).add(
            f"../{commune}.docx",
            "application/zip",
            commune.encode(),
            f"commune:{commune}",
            "lan",
            purpose=FilePurpose.DOCUMENT,
        )

    files = export(engine)

    assert [row["asked"] for row in rows(files, "answer")] == ["câu hỏi ở hoa-tien"]
    assert len(rows(files, "feedback")) == len(rows(files, "scan")) == 1
    assert [row["scope"] for row in rows(files, "audit_log")] == ["commune:hoa-tien"]
    assert "tri-thuc/guides/local_government/lich-rac.hoa-tien.yaml" in files
    documents = {name: data for name, data in files.items() if name.startswith("van-ban/")}
    assert list(documents.values()) == [b"hoa-tien"]
    assert all(".." not in name.split("/") for name in files)
    assert b"ba-na" not in b"".join(files.values())


def test_no_password_is_in_it(engine: Engine) -> None:
    accounts = Accounts(engine, AuditLog(engine), PasswordRules())
    new = NewAccount("lan", "Lan", Role.EDITOR, (f"commune:{HERE}",), None)
    account = accounts.add(new, COMMAND_LINE, f"commune:{HERE}", PASSWORD)

    everything = b"".join(export(engine).values())

    assert account.username == "lan"
    assert b"argon2" not in everything and PASSWORD.encode() not in everything
