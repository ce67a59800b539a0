"""Brings a database to the shape this version needs."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from sync.store.database import Database

HEAD = "0001"
"""The newest revision; a test holds it against the files."""


def migrate(database: Database) -> None:
    """Upgrades the database where it is older. Looks first, for Alembic takes a moment to load."""
    with database.reading() as connection:
        if revision(connection) == HEAD:
            return
    upgrade(database, HEAD)


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(database: Database, to: str) -> None:
    """Moves a database up to a revision."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Moves a database down to a revision, "base" being empty."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        command.downgrade(_config(connection), to)


def _config(connection: Connection):  # type: ignore[no-untyped-def] # noqa: ANN202 - Alembic is loaded late
    from alembic.config import Config  # noqa: PLC0415 - see `migrate`

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
