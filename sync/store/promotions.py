"""Which rules were let speak, in which version and with which settings: entries are added and never changed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from sync.store.core import insert_new, table_of
from sync.store.tables import PromotionRow

_promotions = table_of(PromotionRow)


def add(connection: Connection, some: Iterable[tuple[str, str]], now: datetime, how: str) -> int:
    """Lets rules speak, each by its id and fingerprint; says how many could not before."""
    rows = [{"rule": rule, "fingerprint": fingerprint, "at": now, "how": how} for rule, fingerprint in some]
    return insert_new(connection, PromotionRow, rows)


def all_of(connection: Connection) -> frozenset[tuple[str, str]]:
    """Every rule that may speak, with the fingerprint under which it may."""
    rows = connection.execute(select(_promotions.c.rule, _promotions.c.fingerprint))
    return frozenset((row.rule, row.fingerprint) for row in rows)
