"""What is asked: the published knowledge, indexed anew in a folder of its own.

The measured installation is only read. Its index stays with the service that owns it, and no
conversation or question of an evaluation reaches its records, so ``hoixa evaluate`` may run beside
``hoixa serve``. Everything else is as the settings say: embedding, chat model, thresholds.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app.answering.pipeline import Pipeline
from app.evaluation.rows import Known
from app.main import open_service, open_stores
from app.records.database import open_database
from app.settings import Settings
from app.web.service import Knowledge
from ingest.sync import make_snapshot, today
from knowledge_base.catalogue import CONTENT, Body, read_content
from knowledge_base.index import Progress
from knowledge_base.revisions import database_errors, load_release, published

PUBLISHED, CONTENT_FILES = "published", "content"


@dataclass(frozen=True, slots=True)
class Installation:
    """A service that answers from its own copy of the knowledge."""

    pipeline: Pipeline
    knowledge: Knowledge
    origin: str
    """``published``: of the database; ``content``: of the content files."""
    embedding: str
    """The fingerprint of the embedding."""

    def known(self) -> Known:
        """What questions may name; the first commune is the default."""
        communes = self.knowledge.communes()
        return Known({one.id: self.knowledge.records(one.id) for one in communes})


@contextlib.contextmanager
def open_copy(
    settings: Settings, *, fresh: bool = False, progress: Progress | None = None
) -> Iterator[Installation]:
    """A copy of the installation until the end.

    Args:
        settings: of the installation.
        fresh: take the content files even if something is published.
        progress: told how many chunks are indexed.

    Raises:
        ContentError: when the content files are taken and have a problem.
        DatabaseUnavailableError: when the installation's database cannot be read.
        EmbeddingUnavailableError, ModelUnavailableError, UnknownCommuneError: as for ``serve``.
    """
    bodies = () if fresh else _published(settings)
    origin = PUBLISHED if bodies else CONTENT_FILES
    bodies = bodies or read_content(settings.content_dir or CONTENT).bodies
    with tempfile.TemporaryDirectory(prefix="hoixa-evaluate-") as folder:
        copied = settings.model_copy(
            update={"data_dir": Path(folder), "database_url": "", "chroma_url": ""}
        )
        with open_stores(copied) as stores:
            with database_errors(), Session(stores.engine) as session, session.begin():
                load_release(session, bodies)
            make_snapshot(stores.engine, stores.vectors, today(), progress=progress)
            with open_service(copied, stores) as service:
                pipeline = service.state.service.answering
                assert isinstance(pipeline, Pipeline)
                yield Installation(
                    pipeline,
                    service.state.service.knowledge,
                    origin,
                    stores.vectors.fingerprint,
                )


def _published(settings: Settings) -> tuple[Body, ...]:
    """What is published; nothing where there is no database yet."""
    address = make_url(settings.database_address)
    if address.drivername.startswith("sqlite") and not Path(address.database or "").exists():
        return ()
    engine = open_database(settings.database_address)
    try:
        with database_errors(), Session(engine) as session:
            return tuple(found.body for found in published(session, today()))
    finally:
        engine.dispose()
