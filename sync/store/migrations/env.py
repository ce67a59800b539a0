"""Alembic's entry point: runs migrations on the given connection."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from sync.store.tables import metadata
from sync.store.types import UtcDateTime


def _render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """The code of our column types in generated migrations."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


def run() -> None:
    """Run inside the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render_type,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
