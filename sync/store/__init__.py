"""The database: everything that is stored, and the only SQL."""

from sync.store import decisions, findings, items, leases, promotions, rounds, snapshots, writes
from sync.store.database import Database, StoreError, Transaction, exists, store_name
from sync.store.migrate import NoStoreError, migrate, open_store

__all__ = [
    "Database",
    "NoStoreError",
    "StoreError",
    "Transaction",
    "decisions",
    "exists",
    "findings",
    "items",
    "leases",
    "migrate",
    "open_store",
    "promotions",
    "rounds",
    "snapshots",
    "store_name",
    "writes",
]
