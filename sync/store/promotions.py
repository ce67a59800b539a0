"""The rules that may write, each with its version and settings. Entries are added and never changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from sync.store.statements import get_table, insert_new
from sync.store.tables import PromotionRow

_promotions = get_table(PromotionRow)


def add(connection: Connection, promoted: Iterable[tuple[str, str]], now: datetime, how: str) -> int:
    """Allow rules, as (id, fingerprint), to write; return how many were not allowed before."""
    rows = [{"rule": rule, "fingerprint": fingerprint, "at": now, "how": how} for rule, fingerprint in promoted]
    return insert_new(connection, PromotionRow, rows)


def promoted_rules(connection: Connection) -> frozenset[tuple[str, str]]:
    """All promoted rules, as (id, fingerprint)."""
    rows = connection.execute(select(_promotions.c.rule, _promotions.c.fingerprint))
    return frozenset((row.rule, row.fingerprint) for row in rows)
