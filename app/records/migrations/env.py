"""Runs the migrations on the connection that ``database.migrate`` hands over."""

from alembic import context

from app.records import tables  # noqa: F401  (registers the tables)
from knowledge_base.revisions import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
