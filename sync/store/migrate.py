"""Opens a store, and upgrades it to the schema that this version needs."""

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from sync.store.database import READ_ONLY_MESSAGE, Database, StoreError, exists, store_name

HEAD = "0008"
"""The newest revision of the schema. A test compares it with the migration files."""

_MIGRATION_LOCK_ID = 7_283_367
"""An arbitrary number that no other program uses for a lock in the same PostgreSQL database."""


class NoStoreError(StoreError):
    """There is no store, and this command does not create one."""


def open_store(url: str, *, create: bool) -> Database:
    """Open the store and upgrade it if it is older.

    Args:
        create: Whether to create it if there is none. Only commands that read trackers do so: other commands must not
            leave an empty store behind when they run in the wrong folder or with a mistyped path.

    Raises:
        NoStoreError: There is no store, and `create` is false.
        StoreError: It cannot be opened, or a newer version has used it.
    """
    if not create and not exists(url):
        raise _make_no_store_error(store_name(url))
    database = Database(url)
    try:
        migrate(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


def migrate(database: Database, *, create: bool = True) -> None:
    """Upgrade the database if it is older. Alembic is only loaded if necessary, because that takes time.

    Raises:
        NoStoreError: The database is empty, and `create` is false.
        StoreError: A newer version has used it.
    """
    with database.reading() as connection:
        if connection.dialect.name == "postgresql":
            _check_server(database, connection)
        current_revision = revision(connection)
    if current_revision is None and not create:
        raise _make_no_store_error(database.name)
    if current_revision is not None and current_revision > HEAD:
        raise StoreError(
            f"The store {database.name} was used by a newer version of Backlog Steward (it is at "
            f"{current_revision}, this version knows {HEAD}). Install that version, or use another store."
        )
    if current_revision != HEAD:
        upgrade(database, HEAD)


def _check_server(database: Database, connection: Connection) -> None:
    """Check that a PostgreSQL database can hold every text and can be written.

    Raises:
        StoreError: It cannot.
    """
    encoding = str(connection.execute(text("SHOW server_encoding")).scalar())
    if encoding != "UTF8":
        raise StoreError(
            f"The database {database.name} has the encoding {encoding}, which cannot hold every text. Create one "
            "with: CREATE DATABASE steward ENCODING 'UTF8' TEMPLATE template0."
        )
    read_only = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'")
    if connection.execute(read_only).scalar():
        raise StoreError(f"The store {database.name} cannot be used. {READ_ONLY_MESSAGE}")


def _make_no_store_error(name: str) -> NoStoreError:
    return NoStoreError(
        f"There is no store at {name} yet. `steward pull` creates it. If yours is elsewhere, correct `store:` in "
        "steward.yaml."
    )


def revision(connection: Connection) -> str | None:
    """The revision of a database; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return current


def upgrade(database: Database, to: str) -> None:
    """Upgrade a database to a revision."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        _lock_for_migration(connection)
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Downgrade a database to a revision; "base" removes all tables."""
    from alembic import command  # noqa: PLC0415 - see `migrate`

    with database.writing() as connection:
        _lock_for_migration(connection)
        command.downgrade(_config(connection), to)


def _lock_for_migration(connection: Connection) -> None:
    """Prevent concurrent migrations. SQLite allows only one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK_ID)))


def _config(connection: Connection):  # type: ignore[no-untyped-def] # noqa: ANN202 - Alembic is loaded late
    """Alembic's configuration for migrations on a connection."""
    from alembic.config import Config  # noqa: PLC0415 - see `migrate`

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
