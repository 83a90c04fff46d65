"""Puts everything together once."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from fastapi import FastAPI
from sqlalchemy import Engine

from app.answering.chat_model import ChatComposer
from app.answering.pipeline import Pipeline, Thresholds
from app.answering.rerank import CrossEncoderReranker
from app.answering.retrieve import HybridRetriever
from app.published import PublishedCards, PublishedKnowledge
from app.records.conversations import ConversationLog
from app.records.database import open_database
from app.records.places import Places
from app.records.question_log import FeedbackLog, QuestionLog
from app.settings import Settings
from app.web.service import WebLimits, WebService
from app.web.site import add_web
from ingest.live import LiveKnowledge
from ingest.sync import VIETNAM
from knowledge_base.embedding import load_embedding
from knowledge_base.index import VectorIndex, owning

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """The database and the vector store of an installation."""

    engine: Engine
    vectors: VectorIndex


def local_now() -> datetime:
    """The local time of every commune."""
    return datetime.now(VIETNAM)


@contextlib.contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """The database and the vector store; an embedded store is owned until the end.

    Raises:
        DatabaseUnavailableError: when the database cannot be opened.
        IndexOwnedError: when another process owns the embedded index.
        EmbeddingUnavailableError: when the embedding model cannot be loaded.
        VectorsUnavailableError: when the vector store cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        engine = open_database(settings.database_address)
        stack.callback(engine.dispose)
        if not settings.chroma_url:
            stack.enter_context(owning(settings.index_folder))
        embedding = load_embedding(
            settings.embedding_model,
            settings.embedding_query_prefix,
            settings.embedding_passage_prefix,
        )
        if settings.chroma_url:
            vectors = VectorIndex.server(settings.chroma_url, embedding)
        else:
            vectors = VectorIndex.embedded(settings.index_folder, embedding)
        stack.callback(vectors.close)
        yield Stores(engine, vectors)


@contextlib.contextmanager
def open_service(settings: Settings, stores: Stores) -> Iterator[FastAPI]:
    """The application, answering from the newest snapshot until the end.

    Raises:
        NothingIngestedError: before the first ingest.
        EmbeddingMismatchError: when another embedding model made the index.
        ModelUnavailableError: when the chat model named cannot be used.
        RerankerUnavailableError: when the re-ranking model named cannot be loaded.
        UnknownCommuneError: when the settings switch on an unknown commune.
    """
    live = LiveKnowledge(
        stores.engine,
        stores.vectors,
        poll_seconds=settings.poll_seconds,
        communes=settings.communes,
    )
    live.start()
    try:
        yield build_app(settings, stores.engine, live)
    finally:
        live.stop()


def build_app(settings: Settings, engine: Engine, live: LiveKnowledge) -> FastAPI:
    """The application on knowledge that is already loaded."""
    chat = None
    if settings.chat_model:
        chat = ChatComposer(settings.chat_model, settings.chat_timeout_seconds)
    reranker = CrossEncoderReranker(settings.reranker_model) if settings.reranker_model else None
    pipeline = Pipeline(
        HybridRetriever(knowledge=live, reranker=reranker),
        ConversationLog(engine, settings.conversation_minutes),
        Thresholds(settings.answer_threshold, settings.clarify_threshold),
        local_now,
        chat=chat,
    )
    service = WebService(
        knowledge=PublishedKnowledge(live, settings.communes),
        places=Places(engine),
        answering=pipeline,
        question_log=QuestionLog(engine),
        feedback_log=FeedbackLog(engine),
        cards=PublishedCards(live, local_now),
        limits=WebLimits(
            question_chars=settings.question_max_characters,
            body_bytes=settings.body_max_bytes,
            requests_per_minute=settings.rate_per_minute,
            concurrent_answers=settings.concurrent_answers,
            comment_chars=settings.comment_max_characters,
            trusted_proxies=settings.trusted_proxies,
        ),
        now=local_now,
    )
    app = FastAPI(
        title="Hỏi Xã",
        version=version("hoixa"),
        description="Hỏi đáp thủ tục hành chính của xã, có dẫn nguồn.",
        docs_url=None,  # its page loads scripts from elsewhere; the description is at /openapi.json
        redoc_url=None,
    )
    add_web(app, service)
    return app
