"""Alembic's entry point: runs migrations on the given connection."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from sync.store.tables import metadata
from sync.store.types import UtcDateTime


def _rendered(kind: str, given: Any, _context: Any) -> str | Literal[False]:
    """The code for our column types in a generated migration."""
    if kind == "type" and isinstance(given, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(given, AutoString):
        return "sa.String()"
    return False


def run() -> None:
    """Run inside the caller's transaction."""
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
