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
from app.records.audit import AuditLog
from app.records.conversations import ConversationLog
from app.records.database import open_database
from app.records.pins import PinBoard
from app.records.places import Places
from app.records.question_log import FeedbackLog, QuestionLog
from app.records.retention import purging
from app.records.standing import Standings
from app.records.tickets import Tickets
from app.settings import Settings
from app.speech.listening import Listening
from app.speech.read_aloud import ReadAloud, ReadingLimits
from app.speech.reader import RecordingReader
from app.speech.transcribe import (
    ServerTranscriber,
    SpeechEngineUnavailableError,
    Transcriber,
    WhisperTranscriber,
)
from app.speech.voices import voices_of
from app.staff.drafting import is_draft_form
from app.staff.problems import staff_problem
from app.staff.sending import is_sending
from app.staff.service import StaffService
from app.staff.site import add_staff
from app.staffing import build_staff, local_of
from app.web.preview import preview_of
from app.web.service import OfflineLimits, RecordingLimits, WebLimits, WebService
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
        SpeechEngineUnavailableError: when what hears spoken questions cannot be used.
        UnknownCommuneError: when the settings switch on an unknown commune.
        VoiceUnavailableError: when the voice that is set cannot be used.
    """
    live = LiveKnowledge(
        stores.engine,
        stores.vectors,
        poll_seconds=settings.poll_seconds,
        communes=settings.communes,
    )
    live.start()
    try:
        app = build_app(settings, stores.engine, live)
        staff: StaffService = app.state.staff
        with (
            purging(lambda: _tidied(staff)),
            staff.jobs.working(),
            ready_to_listen(app.state.service.listening),
        ):
            yield app
    finally:
        live.stop()


def _tidied(staff: StaffService) -> int:
    """Delete whatever is past its days, then count the days that are over; how many went."""
    purges = (
        staff.keeping.purge_all,
        staff.files.purge,
        staff.documents.kept.purge,
        staff.jobs.purge,
    )
    deleted = sum(purge() for purge in purges)
    staff.insights.fill()
    return deleted


@contextlib.contextmanager
def ready_to_listen(listening: Listening | None) -> Iterator[None]:
    """Have the opening of recordings ready until the end; nothing where none is set."""
    if listening is None:
        yield
        return
    listening.start()
    try:
        yield
    finally:
        listening.stop()


def listening_of(settings: Settings) -> Listening | None:
    """What hears spoken questions; None where neither a model nor a server is set.

    Raises:
        SpeechEngineUnavailableError: when it cannot be used, or both are set.
    """
    transcriber: Transcriber
    if settings.whisper_model and settings.speech_url:
        raise SpeechEngineUnavailableError(
            "Chỉ đặt một trong hai: WHISPER_MODEL (nghe ngay trên máy này) hoặc SPEECH_URL (một "
            "máy chủ nhận dạng tiếng nói)."
        )
    if settings.whisper_model:
        transcriber = WhisperTranscriber(
            settings.whisper_model, settings.whisper_threads, settings.speech_timeout_seconds
        )
    elif settings.speech_url:
        transcriber = ServerTranscriber(
            settings.speech_url,
            settings.speech_model,
            settings.speech_key.get_secret_value(),
            settings.speech_timeout_seconds,
        )
    else:
        return None
    return Listening(
        RecordingReader(settings.recording_max_seconds),
        transcriber,
        settings.transcripts_waiting,
        settings.speech_timeout_seconds,
    )


def _tickets(settings: Settings, engine: Engine) -> Tickets:
    return Tickets(engine, settings.ticket_days, settings.ticket_follow_ups)


def read_aloud_of(settings: Settings) -> ReadAloud:
    """What reads answers aloud; without any voice where none is set or installed.

    Raises:
        VoiceUnavailableError: when the voice that is set cannot be used.
    """
    voices = voices_of(
        settings.voice,
        settings.voice_name,
        settings.voice_model,
        settings.voice_key.get_secret_value(),
    )
    limits = ReadingLimits(
        characters=settings.voice_max_characters,
        seconds=settings.voice_seconds,
        at_once=settings.voice_at_once,
        cache_bytes=settings.voice_cache_mb * 1024 * 1024,
    )
    return ReadAloud(voices, limits)


def build_app(settings: Settings, engine: Engine, live: LiveKnowledge) -> FastAPI:
    """The application on knowledge that is already loaded."""
    chat = None
    if settings.chat_model:
        chat = ChatComposer(settings.chat_model, settings.chat_timeout_seconds)
    reranker = CrossEncoderReranker(settings.reranker_model) if settings.reranker_model else None
    local = local_of(settings, engine, AuditLog(engine))
    pipeline = Pipeline(
        HybridRetriever(knowledge=live, reranker=reranker),
        ConversationLog(engine, settings.conversation_minutes),
        Thresholds(settings.answer_threshold, settings.clarify_threshold),
        local_now,
        chat=chat,
        pins=PinBoard(engine, AuditLog(engine)),
        calendars=local.closures.calendar,
    )
    service = WebService(
        knowledge=PublishedKnowledge(live, settings.communes),
        places=Places(engine),
        answering=pipeline,
        question_log=QuestionLog(engine),
        feedback_log=FeedbackLog(engine),
        tickets=_tickets(settings, engine),
        cards=PublishedCards(live, local_now, local.closures.calendar),
        limits=WebLimits(
            question_chars=settings.question_max_characters,
            body_bytes=settings.body_max_bytes,
            requests_per_minute=settings.rate_per_minute,
            concurrent_answers=settings.concurrent_answers,
            comment_chars=settings.comment_max_characters,
            ticket_chars=settings.ticket_max_characters,
            ticket_follow_ups=settings.ticket_follow_ups,
            ticket_days=settings.ticket_days,
            tickets_per_hour=settings.tickets_per_hour,
            wrong_codes_per_hour=settings.wrong_codes_per_hour,
            wrong_codes_per_hour_of_all=settings.wrong_codes_per_hour_of_all,
            trusted_proxies=settings.trusted_proxies,
        ),
        listening=listening_of(settings),
        recording=RecordingLimits(
            seconds=settings.recording_max_seconds,
            bytes=settings.recording_max_mb * 1_000_000,
            per_minute=settings.transcripts_per_minute,
        ),
        offline=OfflineLimits(
            cards=settings.offline_cards,
            answers=settings.offline_answers,
            days=settings.offline_days,
        ),
        kiosk_idle_seconds=settings.kiosk_idle_seconds,
        standings=Standings(local.notices, local.switches),
        read_aloud=read_aloud_of(settings),
        now=local_now,
        public_url=settings.public_url.strip().rstrip("/"),
    )
    app = FastAPI(
        title="Hỏi Xã",
        version=version("hoixa"),
        description="Hỏi đáp thủ tục hành chính của xã, có dẫn nguồn.",
        docs_url=None,  # its page loads scripts from elsewhere; the description is at /openapi.json
        redoc_url=None,
    )
    add_staff(app, build_staff(settings, engine, live, local_now, preview_of(service), reranker))
    add_web(
        app,
        service,
        {"/staff": staff_problem},
        streams=lambda scope: is_sending(scope) or is_draft_form(scope),
    )
    return app
