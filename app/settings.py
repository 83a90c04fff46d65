"""What can be set, by environment variables or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_SECRET_CHARACTERS = 32


class Settings(BaseSettings):
    """Every setting, with a default that works on a laptop."""

    model_config = SettingsConfigDict(
        env_file=".env",
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,  # it may be a key or a password
    )

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
        0.65, ge=0, le=1, description="From this probability on, the best record answers."
    )
    clarify_threshold: float = Field(
        0.65,
        ge=0,
        le=1,
        description="From this probability on that one of the four likeliest records answers, "
        "residents are asked which they mean; below it there is no answer.",
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
    question_days: int = Field(
        365,
        ge=1,
        description="Questions, masked, with their answers and feedback are deleted after so many "
        "days.",
    )
    audit_days: int = Field(
        1825, ge=1, description="Entries of officers' audit log are deleted after so many days."
    )
    ended_days: int = Field(
        365,
        ge=1,
        description="Pinned answers, notices and days off are deleted so many days after they were "
        "over; the audit log goes on saying what they were.",
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
    ticket_reply_days: int = Field(
        2, ge=1, description="A ticket that waits longer, in working days, is told to be overdue."
    )
    ticket_presence_minutes: int = Field(
        5, ge=1, description="An officer who opened a ticket counts as at it for so long."
    )
    gap_days: int = Field(
        30, ge=1, description="Questions without an answer are grouped for so many days."
    )
    gap_questions: int = Field(
        10_000, ge=10, description="Of those, so many of the newest are grouped."
    )
    reported_answers: int = Field(
        2000, ge=10, description="So many of the newest reports of answers are listed."
    )
    review_answers: int = Field(
        20, ge=1, description="Answers drawn each day for officers to judge."
    )
    review_days: int = Field(7, ge=1, description="They are drawn from so many days before.")
    pin_days: int = Field(
        90, ge=1, description="An answer is pinned for so many days unless an officer says else."
    )
    pin_days_max: int = Field(365, ge=1, description="Longest that an answer may be pinned.")
    question_rows: int = Field(
        50, ge=5, le=500, description="Rows on a page of officers' lists of questions."
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
    document_pictures: int = Field(
        20, ge=0, le=200, description="Pages of a document shown to officers as pictures."
    )
    upload_files: int = Field(
        20, ge=1, le=200, description="Most files that an officer may upload at a time."
    )
    upload_max_mb: int = Field(
        200, ge=1, description="Largest upload of an officer, all its files together."
    )
    uploads_at_once: int = Field(
        4, ge=1, description="Uploads received at one time; more are told it is busy."
    )
    document_seconds: float = Field(
        600, gt=0, description="Longest time that reading one document may take."
    )
    document_memory_mb: int = Field(
        1500, ge=256, description="Most memory that reading one document may take."
    )
    jobs_at_once: int = Field(
        2, ge=1, le=32, description="Long works of officers done at one time; more wait in order."
    )
    jobs_waiting: int = Field(
        50, ge=0, description="Works that may wait for those; more are told to come again."
    )
    job_days: int = Field(90, ge=1, description="Ended works are listed for so many days.")
    files_max_mb: int = Field(
        2000, ge=1, description="Most that all files of officers may take in the database."
    )
    document_days: int = Field(
        365, ge=1, description="Uploaded documents are deleted after so many days."
    )
    made_file_days: int = Field(
        30, ge=1, description="Files made for officers are deleted after so many days."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs officers' cookies; the same on every replica, 32 characters or more. "
        "Empty: one is made and kept in the database.",
    )
    password_min_characters: int = Field(
        10, ge=8, le=100, description="Shortest password of an officer."
    )
    staff_idle_minutes: int = Field(
        60, ge=1, description="An officer who does nothing for so long is signed out."
    )
    staff_session_hours: int = Field(
        12, ge=1, description="An officer signs in again after so long in any case."
    )
    staff_words_hours: float = Field(
        12,
        ge=0,
        le=72,
        description="A browser's tab keeps what an officer typed and has not sent for so long, or "
        "until they sign out; 0: not at all.",
    )
    sign_in_tries: int = Field(
        5, ge=1, description="Wrong passwords at one account before the next one has to wait."
    )
    sign_in_tries_per_client: int = Field(
        20, ge=1, description="Wrong passwords from one client before the next one has to wait."
    )
    sign_in_wait_max_seconds: int = Field(
        900, ge=1, description="Longest such wait; it doubles with each wrong password until then."
    )
    known_browser_days: int = Field(
        90,
        ge=0,
        description="In a browser in which an officer signed in, somebody else's wrong passwords "
        "make nobody wait, for so many days; 0: in none.",
    )
    draft_max_kb: int = Field(
        500, ge=10, description="Largest draft of a record; the longest of the release has 60."
    )
    draft_presence_minutes: float = Field(
        2, gt=0, description="An officer not heard of for so long no longer has a draft open."
    )
    draft_autosave_seconds: float = Field(
        2, ge=0.5, le=60, description="A draft is saved so long after the last key."
    )
    draft_save_days: int = Field(
        30,
        ge=1,
        description="So many days after a draft is closed its autosaves go; the first, the last of "
        "each officer and those that were refused stay.",
    )
    knowledge_soon_days: int = Field(
        30, ge=1, description="What ends within so many days is listed as ending soon."
    )
    knowledge_stale_days: int = Field(
        180, ge=1, description="What was compared with its sources longer ago is listed as stale."
    )
    knowledge_page_rows: int = Field(
        50, ge=5, le=500, description="Rows on a page of the list of knowledge."
    )
    review_required: bool = Field(
        False,
        description="Whoever wrote or wished a change leaves publishing it to another officer.",
    )
    publish_wait_seconds: float = Field(
        30, gt=0, description="How long publishing waits until the next answer has the new text."
    )
    oidc_issuer: str = Field(
        "",
        description="Address of an OpenID Connect provider through which officers may sign in "
        "beside passwords. Empty: none.",
    )
    oidc_client_id: str = Field("", description="What that provider calls this service.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="What it gave this service; empty for a public client."
    )
    oidc_claim: str = Field(
        "sub",
        min_length=1,
        description="The claim of its ID tokens that accounts are linked to: `sub`, "
        "`preferred_username`, or `email` (which it must have verified).",
    )
    trial_neighbours: int = Field(
        60,
        ge=0,
        description="Before publishing, so many questions of other records near the change "
        "are tried beside the record's own; a hundred take about 7 seconds of one processor.",
    )
    trial_communes: int = Field(
        1,
        ge=1,
        description="In so many communes a record that holds in more than one is tried before it "
        "is published.",
    )
    insights_days: int = Field(
        731, ge=1, description="Most days that officers' figures count at once."
    )
    insights_rows: int = Field(
        10, ge=1, description="Rows of the most asked on the page of figures; exports have more."
    )
    least_shown_of_a_place: int = Field(
        5,
        ge=1,
        description="Counts of questions at one posted code below this are not shown, so that they "
        "point to nobody.",
    )
    export_rows: int = Field(
        100_000, ge=1, description="Most rows of a table of figures or questions that is exported."
    )
    places_at_once: int = Field(
        200, ge=1, description="Most codes that an officer makes in one go from a list of places."
    )
    posters_at_once: int = Field(
        2000, ge=1, description="Most codes in one ZIP of posters; more are printed in parts."
    )
    closure_max_days: int = Field(
        60, ge=1, description="Longest range of days off that is believed to be meant."
    )
    notice_max_characters: int = Field(
        500,
        ge=20,
        description="Longest emergency notice, and longest reason why the assistant is off.",
    )
    notice_max_days: int = Field(
        30, ge=1, description="An emergency notice is shown for at most so many days."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SECRET_CHARACTERS:
            raise ValueError(f"SECRET_KEY phải dài ít nhất {_SECRET_CHARACTERS} ký tự.")
        return value

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if self.oidc_issuer:
            address = urlsplit(self.oidc_issuer)
            near = address.hostname in ("localhost", "127.0.0.1", "::1")
            if address.scheme != "https" and not (address.scheme == "http" and near):
                raise ValueError("OIDC_ISSUER phải là một địa chỉ https.")
            if not self.oidc_client_id:
                raise ValueError("Có OIDC_ISSUER thì phải đặt OIDC_CLIENT_ID.")
        return self

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
