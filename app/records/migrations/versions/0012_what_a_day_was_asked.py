"""What a day was asked, in a sheet: so that a year is counted without its answers."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LOCK = 7_041_947
"""Held by who changes answers (with others) and by who makes sheets (alone); SQLite has one writer
at a time anyway. The same as in ``app.records.day_sheets``."""

# A later migration that makes the table "answer" anew on SQLite has to make these anew too.
_SQLITE_TRIGGERS = tuple(
    f"""
    CREATE TRIGGER answer_opens_its_day_{name} AFTER {name} ON answer
    BEGIN INSERT OR IGNORE INTO open_day (day, commune) VALUES {values}; END
    """  # noqa: S608
    for name, values in (
        ("insert", "(NEW.day, NEW.commune)"),
        ("update", "(OLD.day, OLD.commune), (NEW.day, NEW.commune)"),
        ("delete", "(OLD.day, OLD.commune)"),
    )
)
_POSTGRESQL_TRIGGERS = (
    f"""
    CREATE FUNCTION answer_opens_its_day() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared({_LOCK});
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO open_day (day, commune) VALUES (OLD.day, OLD.commune) ON CONFLICT DO NOTHING;
      END IF;
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO open_day (day, commune) VALUES (NEW.day, NEW.commune) ON CONFLICT DO NOTHING;
      END IF;
      RETURN NULL;
    END $$
    """,  # noqa: S608
    """
    CREATE TRIGGER answer_opens_its_day AFTER INSERT OR UPDATE OR DELETE ON answer
    FOR EACH ROW EXECUTE FUNCTION answer_opens_its_day()
    """,
)


def upgrade() -> None:
    """Make the tables and what keeps them true; every day that has answers is open at first."""
    op.create_table(
        "open_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("day", "commune"),
    )
    op.create_table(
        "day_sheet",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("questions", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "sheet_word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("word"),
    )
    _index_unanswered("commune", "unanswered", "day", "place", "topic")
    op.execute("INSERT INTO open_day (day, commune) SELECT DISTINCT day, commune FROM answer")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _index_unanswered(*columns: str) -> None:
    some = sa.text("unanswered IS NOT NULL")
    op.drop_index("answer_unanswered", "answer")
    op.create_index(
        "answer_unanswered",
        "answer",
        list(columns),
        sqlite_where=some,
        postgresql_where=some,
    )


def downgrade() -> None:
    """Drop them; the answers hold all that they said."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER answer_opens_its_day_{name}")
    else:
        op.execute("DROP TRIGGER answer_opens_its_day ON answer")
        op.execute("DROP FUNCTION answer_opens_its_day()")
    _index_unanswered("commune", "unanswered", "day", "place")
    op.drop_table("sheet_word")
    op.drop_table("day_sheet")
    op.drop_table("open_day")
