"""What can be set, by environment variables or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with a default that works on a laptop."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    host: str = Field("0.0.0.0", description="Address the service listens on.")  # noqa: S104
    port: int = Field(8000, ge=1, le=65535, description="Port the service listens on.")
    public_url: str = Field(
        "",
        description="Address residents reach the service at; it is printed in the codes. "
        "Empty: this machine's address on its network.",
    )
    communes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Ids or codes of the communes switched on, or `province:<slug>`, separated by "
        "commas; any of the country, see `hoixa commune`. Empty: those with a content file.",
    )
    data_dir: Path = Field(Path("data"), description="Where the database and the index live.")
    content_dir: Path | None = Field(
        None, description="Content files to load instead of those of the release."
    )
    database_url: str = Field(
        "", description="PostgreSQL address. Empty: SQLite in the data directory."
    )
    chroma_url: str = Field(
        "", description="Address of a Chroma server. Empty: Chroma inside the service."
    )
    embedding_model: str = Field(
        "",
        description="A sentence-transformers model, by folder or hub name; needs the `models` "
        "extra. Empty: the packaged embedding.",
    )
    embedding_query_prefix: str = Field("", description="Put before questions by that model.")
    embedding_passage_prefix: str = Field("", description="Put before passages by that model.")
    reranker_model: str = Field(
        "",
        description="A sentence-transformers cross-encoder that reads the ten likeliest records "
        "again, by folder or hub name; needs the `models` extra. Empty: none.",
    )
    chat_model: str = Field(
        "",
        description="`provider:model` as LangChain's init_chat_model knows it; words the "
        "explanation. Empty: answers are composed from the records.",
    )
    chat_timeout_seconds: float = Field(
        20, gt=0, description="After this the composed answer is shown instead."
    )
    answer_threshold: float = Field(
        0.60, ge=0, le=1, description="From this probability on, the best record answers."
    )
    clarify_threshold: float = Field(
        0.25,
        ge=0,
        le=1,
        description="From this probability on, residents are asked which record they mean; "
        "below it there is no answer.",
    )
    conversation_minutes: int = Field(
        30, ge=1, description="A follow-up inherits from a conversation no older than this."
    )
    question_max_characters: int = Field(2000, ge=20, description="Longest question.")
    comment_max_characters: int = Field(1000, ge=20, description="Longest feedback comment.")
    body_max_bytes: int = Field(65_536, ge=1024, description="Largest request body.")
    rate_per_minute: int = Field(
        30, ge=1, description="Questions and feedback a client may send in a minute."
    )
    ticket_days: int = Field(
        90,
        ge=1,
        description="A question left for an officer is deleted after so many days without "
        "anything new; the page says so.",
    )
    ticket_max_characters: int = Field(
        1000, ge=20, description="Longest question, follow-up or reply of a ticket."
    )
    ticket_follow_ups: int = Field(
        3, ge=0, description="How often a resident may write again on one ticket."
    )
    tickets_per_hour: int = Field(
        10, ge=1, description="Tickets and follow-ups a client may send in an hour."
    )
    wrong_codes_per_hour: int = Field(
        20, ge=1, description="Wrong ticket codes a client may try in an hour."
    )
    wrong_codes_per_hour_of_all: int = Field(
        200, ge=1, description="Wrong ticket codes all clients together may try in an hour."
    )
    whisper_model: str = Field(
        "",
        description="Hears spoken questions here: the path of a Whisper checkpoint (`.pt`), or a "
        "name such as `small`, fetched at the first start; needs the `voice` extra. Empty: none.",
    )
    whisper_threads: int = Field(1, ge=1, le=64, description="Processor threads of that model.")
    speech_url: str = Field(
        "",
        description="Address, up to `/v1`, of a server with OpenAI's transcription call, in place "
        "of `WHISPER_MODEL`. With neither there is no microphone.",
    )
    speech_model: str = Field("whisper-1", description="The model that server is asked for.")
    speech_key: SecretStr = Field(SecretStr(""), description="The key that server asks for.")
    speech_timeout_seconds: float = Field(
        60, gt=0, description="Longest time that a spoken question may wait, and be worked on."
    )
    recording_max_seconds: int = Field(
        60, ge=5, le=300, description="Longest recording of a question."
    )
    recording_max_mb: int = Field(10, ge=1, le=100, description="Largest recording of a question.")
    transcripts_waiting: int = Field(
        4,
        ge=0,
        le=20,
        description="Spoken questions that may wait for one to be heard; more are told it is busy.",
    )
    transcripts_per_minute: int = Field(
        10, ge=1, description="Recordings a client may send in a minute."
    )
    concurrent_answers: int = Field(
        8, ge=1, description="Answers in the making at one time; more are told it is busy."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas.",
    )
    offline_cards: int = Field(
        50,
        ge=0,
        le=100,
        description="Most asked records that a phone keeps for when there is no network.",
    )
    offline_answers: int = Field(
        10, ge=0, le=50, description="Last answers that a phone keeps for when there is no network."
    )
    offline_days: int = Field(
        30,
        ge=1,
        description="What a phone kept longer ago than this is no longer shown as a fact.",
    )
    kiosk_idle_seconds: int = Field(
        60,
        ge=5,
        description="A device at the counter (`?mode=kiosk`) is wiped when untouched for so long.",
    )
    voice: str = Field(
        "",
        description="Who reads answers aloud: `espeak-ng`, the path of a Piper voice (`.onnx`), "
        "the address of a server with OpenAI's `/audio/speech` (`https://…/v1`), or `none`. Empty: "
        "espeak-ng where the `speak` extra is installed. A phone's own voice comes first.",
    )
    voice_name: str = Field(
        "",
        description="Its voice: of espeak-ng `vi`, `vi-vn-x-central` or `vi-vn-x-south`; of a "
        "server one that it knows.",
    )
    voice_model: str = Field("tts-1", description="The model that a server is asked for.")
    voice_key: SecretStr = Field(SecretStr(""), description="The key of that server.")
    voice_max_characters: int = Field(
        4000, ge=100, description="Longest text read aloud; of a longer one, its beginning."
    )
    voice_seconds: float = Field(
        20, gt=0, description="Longest time that making one recording may take."
    )
    voice_at_once: int = Field(
        2, ge=1, description="Recordings made at one time; more are told it is busy."
    )
    voice_cache_mb: int = Field(
        16, ge=0, description="Memory for the newest recordings; none is written to disk."
    )
    poll_seconds: float = Field(
        1.0, gt=0, description="How often the service looks for ingest work."
    )
    ingest_wait_seconds: float = Field(
        600, gt=0, description="How long `hoixa ingest` waits for a running service to do its work."
    )
    minimum_free_mb: int = Field(
        200, ge=0, description="Ingest does not start with less free disk than this."
    )
    document_max_mb: int = Field(
        50, ge=1, description="Largest document that `hoixa ingest documents` reads."
    )
    document_max_unzipped_mb: int = Field(
        300, ge=1, description="Most that a DOCX or XLSX may hold once unzipped."
    )
    document_max_pages: int = Field(500, ge=1, description="Most pages of a document.")
    document_max_scanned_pages: int = Field(
        60, ge=1, description="Most pages of a document that are pictures and need recognition."
    )
    document_seconds: float = Field(
        600, gt=0, description="Longest time that reading one document may take."
    )
    document_memory_mb: int = Field(
        1500, ge=256, description="Most memory that reading one document may take."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("communes", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'hoixa.db'}"

    @property
    def index_folder(self) -> Path:
        """The folder of the embedded index and of its owner's lock."""
        return self.data_dir / "index"
