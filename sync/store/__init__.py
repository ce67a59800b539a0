"""Everything that is kept, and the only SQL."""

from sqlalchemy import Connection

from sync.store import decisions, findings, items, leases, promotions, rounds, writes
from sync.store.database import Database, StoreError, exists
from sync.store.migrate import migrate

__all__ = [
    "Connection",
    "Database",
    "StoreError",
    "decisions",
    "exists",
    "findings",
    "items",
    "leases",
    "migrate",
    "promotions",
    "rounds",
    "writes",
]
