"""The database: everything that is stored, and the only SQL."""

from sync.store import decisions, findings, items, leases, promotions, rounds, writes
from sync.store.database import Database, StoreError, Transaction, exists
from sync.store.migrate import migrate

__all__ = [
    "Database",
    "StoreError",
    "Transaction",
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
