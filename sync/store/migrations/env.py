"""Alembic's entry: runs migrations on a connection that it is handed."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from sync.store.tables import metadata
from sync.store.types import UtcDateTime


def _rendered(kind: str, given: Any, _context: Any) -> str | Literal[False]:
    """How our column types stand in a generated migration."""
    if kind == "type" and isinstance(given, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(given, AutoString):
        return "sa.String()"
    return False


def run() -> None:
    """Runs inside the transaction of whoever asked for the migration."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_rendered,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
