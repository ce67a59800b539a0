"""Upgrades a database to the schema that this version needs."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from sync.store.database import Database, StoreError

HEAD = "0002"
"""The newest revision. A test compares it with the files."""

_LOCK = 7_283_367


def migrate(database: Database) -> None:
    """Upgrade the database if it is older. Checks first, because Alembic takes a moment to load.

    Raises:
        StoreError: A newer version has used it.
    """
    with database.reading() as connection:
        found = revision(connection)
    if found is not None and found > HEAD:
        raise StoreError(
            f"The store {database.url.render_as_string()} was used by a newer version of Backlog Steward (it is at "
            f"{found}, this version knows {HEAD}). Install that version, or use another store."
        )
    if found != HEAD:
        upgrade(database, HEAD)


def revision(connection: Connection) -> str | None:
    """The revision of a database; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(database: Database, to: str) -> None:
    """Upgrade a database to a revision."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        _one_at_a_time(connection)
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Downgrade a database to a revision; "base" removes all tables."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        _one_at_a_time(connection)
        command.downgrade(_config(connection), to)


def _one_at_a_time(connection: Connection) -> None:
    """Let only one of several processes migrate. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _config(connection: Connection):  # type: ignore[no-untyped-def] # noqa: ANN202 - Alembic is loaded late
    from alembic.config import Config  # noqa: PLC0415 - see `migrate`

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
