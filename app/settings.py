"""What can be set, by environment variables or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
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
        (), description="Ids of the communes switched on, separated by commas. Empty: all known."
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
    concurrent_answers: int = Field(
        8, ge=1, description="Answers in the making at one time; more are told it is busy."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas.",
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
