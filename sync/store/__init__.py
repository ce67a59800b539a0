"""The store: the database of the service. This is the only package that contains SQL."""

from sync.store import (
    decisions,
    findings,
    item_histories,
    items,
    leases,
    promotions,
    pulses,
    rank_order,
    rounds,
    slack_messages,
    snapshots,
    stored_values,
    tracker_states,
    verdicts,
    writes,
)
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
    "item_histories",
    "items",
    "leases",
    "migrate",
    "open_store",
    "promotions",
    "pulses",
    "rank_order",
    "rounds",
    "slack_messages",
    "snapshots",
    "store_name",
    "stored_values",
    "tracker_states",
    "verdicts",
    "writes",
]
