"""Puts the officers' side together once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from app.answering.mask import without_masks
from app.answering.pipeline import Pipeline, Thresholds
from app.answering.retrieve import HybridRetriever, Knowledge, Reranker
from app.published import PublishedKnowledge
from app.records.accounts import Accounts, PasswordRules
from app.records.audit import AuditLog
from app.records.closures import Closures
from app.records.drafts import Drafts
from app.records.files import FileLimits, Files
from app.records.gaps import Gaps
from app.records.insights import InsightLimits, Insights
from app.records.jobs import Jobs
from app.records.keeping import Keeping, Retention
from app.records.notices import Notices
from app.records.pins import PinBoard
from app.records.place_book import PlaceBook
from app.records.publishing import Publishing
from app.records.question_log import QuestionLog
from app.records.read_documents import ReadDocuments
from app.records.reply_templates import ReplyTemplates
from app.records.reported import ReportedAnswers
from app.records.sample import Sample
from app.records.sessions import SessionLimits, StaffSessions
from app.records.sign_in_tries import SignInTries, TryLimits
from app.records.signing_key import SigningKey
from app.records.switches import Switches
from app.records.tickets import Tickets
from app.records.trials import Forgetful, Trials
from app.records.versions import Versions
from app.settings import Settings
from app.staff.knowledge_list import KnowledgeLimits, KnowledgeList
from app.staff.local import Local
from app.staff.provider import IdentityProvider
from app.staff.question_desk import QuestionDesk, QuestionLimits
from app.staff.reading import Documents
from app.staff.sending import SendingLimits, Sendings
from app.staff.service import Preview, StaffService
from app.staff.sessions import OfficerSessions
from ingest.documents.limits import Limits
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import CONTENT, ContentError, read_legal_texts
from knowledge_base.embedding import Embedder, PackagedEmbedding, load_embedding
from knowledge_base.source import LegalText

log = logging.getLogger(__name__)


def build_staff(
    settings: Settings,
    engine: Engine,
    live: LiveKnowledge,
    now: Callable[[], datetime],
    preview: Preview,
    reranker: Reranker | None = None,
) -> StaffService:
    """The collaborators of the officers' pages, on knowledge that is already loaded."""
    audit = AuditLog(engine)
    accounts = Accounts(engine, audit, password_rules(settings))
    key = signing_key(settings, engine)
    sessions = StaffSessions(engine, key, session_limits(settings))
    files = files_of(settings, engine)
    drafts = Drafts(
        engine,
        audit,
        max_bytes=settings.draft_max_kb * 1000,
        presence_minutes=settings.draft_presence_minutes,
    )
    versions = Versions(engine)
    publishing = Publishing(
        engine,
        live,
        audit,
        legal_texts=legal_texts(settings),
        review_required=settings.review_required,
        wait_seconds=settings.publish_wait_seconds,
    )
    return StaffService(
        engine=engine,
        live=live,
        communes=PublishedKnowledge(live, settings.communes),
        sessions=OfficerSessions(sessions, accounts),
        now=now,
        accounts=accounts,
        kept_sessions=sessions,
        tries=SignInTries(engine, key, try_limits(settings)),
        signing_key=key,
        provider=provider_of(settings),
        audit=audit,
        drafts=drafts,
        publishing=publishing,
        versions=versions,
        knowledge=KnowledgeList(engine, live, drafts, versions, knowledge_limits(settings)),
        preview=preview,
        trials=Trials(
            live,
            lambda knowledge, moment: trial_pipeline(settings, knowledge, moment, reranker),
            now,
            neighbours=settings.trial_neighbours,
            communes=settings.trial_communes,
        ),
        jobs=Jobs(
            engine,
            at_once=settings.jobs_at_once,
            waiting=settings.jobs_waiting,
            days=settings.job_days,
            alone=not settings.chroma_url,
        ),
        files=files,
        documents=Documents(
            engine,
            live,
            files,
            ReadDocuments(engine, settings.document_days),
            drafts,
            audit,
            document_limits(settings),
            now,
        ),
        sendings=Sendings(
            SendingLimits(
                files=settings.upload_files,
                bytes=settings.upload_max_mb * 1_000_000,
                at_once=settings.uploads_at_once,
            )
        ),
        keeping=Keeping(engine, audit, retention_of(settings)),
        questions=question_desk(settings, engine, live, audit),
        insights=Insights(engine),
        insight_limits=InsightLimits(
            least=settings.least_shown_of_a_place,
            top=settings.insights_rows,
            reply_days=settings.ticket_reply_days,
            most_days=settings.insights_days,
            export_rows=settings.export_rows,
        ),
        local=local_of(settings, engine, audit),
        words_kept_hours=settings.staff_words_hours,
        known_browser_days=settings.known_browser_days,
        public_url=settings.public_url.strip().rstrip("/"),
        trusted_proxies=settings.trusted_proxies,
    )


def question_desk(
    settings: Settings, engine: Engine, live: LiveKnowledge, audit: AuditLog
) -> QuestionDesk:
    """The stores behind the pages of residents' questions."""

    @cache
    def embedding() -> Embedder:
        named = live.vectors.embedding
        return named if isinstance(named, PackagedEmbedding) else load_embedding("")

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        bare = [without_masks(text) for text in texts]
        return np.asarray(embedding().embed_documents(bare), dtype=np.float32)

    return QuestionDesk(
        tickets=Tickets(engine, settings.ticket_days, settings.ticket_follow_ups),
        answers=QuestionLog(engine),
        gaps=Gaps(engine, audit, vectors, settings.gap_questions),
        reported=ReportedAnswers(engine, audit),
        sample=Sample(engine, audit),
        pins=PinBoard(engine, audit),
        templates=ReplyTemplates(engine, audit),
        limits=QuestionLimits(
            reply_chars=settings.ticket_max_characters,
            question_chars=settings.question_max_characters,
            reply_days=settings.ticket_reply_days,
            presence_minutes=settings.ticket_presence_minutes,
            gap_days=settings.gap_days,
            reported=settings.reported_answers,
            review_answers=settings.review_answers,
            review_days=settings.review_days,
            pin_days=settings.pin_days,
            pin_days_max=settings.pin_days_max,
            rows=settings.question_rows,
        ),
    )


def trial_pipeline(
    settings: Settings, knowledge: Knowledge, moment: datetime, reranker: Reranker | None
) -> Pipeline:
    """What answers residents, on knowledge that is only tried, at a moment that stands still."""
    return Pipeline(
        HybridRetriever(knowledge=knowledge, reranker=reranker),
        Forgetful(),
        Thresholds(settings.answer_threshold, settings.clarify_threshold),
        lambda: moment,
    )


def knowledge_limits(settings: Settings) -> KnowledgeLimits:
    """What counts as old or soon in the list of knowledge, and how drafts are written."""
    return KnowledgeLimits(
        soon_days=settings.knowledge_soon_days,
        stale_days=settings.knowledge_stale_days,
        page_rows=settings.knowledge_page_rows,
        autosave_seconds=settings.draft_autosave_seconds,
        form_bytes=settings.draft_max_kb * 5000,  # as sent, a letter with marks is nine bytes
    )


def files_of(settings: Settings, engine: Engine) -> Files:
    """The files in the database."""
    limits = FileLimits(
        max_bytes=settings.files_max_mb * 1_000_000,
        document_days=settings.document_days,
        result_days=settings.made_file_days,
    )
    return Files(engine, limits)


def document_limits(settings: Settings) -> Limits:
    """How much of a document is read at most."""
    return Limits(
        max_bytes=settings.document_max_mb * 1_000_000,
        max_unzipped_bytes=settings.document_max_unzipped_mb * 1_000_000,
        max_pages=settings.document_max_pages,
        max_scanned_pages=settings.document_max_scanned_pages,
        seconds=settings.document_seconds,
        memory_bytes=settings.document_memory_mb * 1_000_000,
        max_pictures=settings.document_pictures,
    )


def retention_of(settings: Settings) -> Retention:
    """How long what residents and officers left is kept."""
    return Retention(
        settings.question_days,
        settings.ticket_days,
        settings.audit_days,
        settings.draft_save_days,
        settings.ended_days,
    )


def legal_texts(settings: Settings) -> Mapping[str, LegalText]:
    """The register by which ended legal bases are refused; broken files do not stop the service."""
    try:
        return read_legal_texts(settings.content_dir or CONTENT)
    except ContentError:
        log.exception("the release's register of legal texts is used instead")
        return read_legal_texts()


def signing_key(settings: Settings, engine: Engine) -> SigningKey:
    """The key that signs officers' cookies."""
    return SigningKey(engine, settings.secret_key.get_secret_value())


def provider_of(settings: Settings) -> IdentityProvider | None:
    """The identity provider; None where none is set."""
    if not settings.oidc_issuer:
        return None
    return IdentityProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_claim,
    )


def password_rules(settings: Settings) -> PasswordRules:
    """What officers' passwords must be."""
    return PasswordRules(settings.password_min_characters)


def session_limits(settings: Settings) -> SessionLimits:
    """How long officers stay signed in."""
    return SessionLimits(
        timedelta(minutes=settings.staff_idle_minutes),
        timedelta(hours=settings.staff_session_hours),
    )


def try_limits(settings: Settings) -> TryLimits:
    """From when on, and how long, the next password has to wait."""
    return TryLimits(
        settings.sign_in_tries,
        settings.sign_in_tries_per_client,
        timedelta(seconds=settings.sign_in_wait_max_seconds),
    )


def local_of(settings: Settings, engine: Engine, audit: AuditLog) -> Local:
    """The stores of codes, days off, notices and switches."""
    return Local(
        places=PlaceBook(engine, audit, most_at_once=settings.places_at_once),
        closures=Closures(engine, audit, most_days=settings.closure_max_days),
        notices=Notices(
            engine,
            audit,
            most_characters=settings.notice_max_characters,
            most_days=settings.notice_max_days,
        ),
        switches=Switches(engine, audit, most_characters=settings.notice_max_characters),
        posters_at_once=settings.posters_at_once,
    )
