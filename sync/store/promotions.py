"""The rules that have been promoted, which means that a person allowed them to write.

A promotion is for one version of a rule with certain settings, of which its fingerprint is a hash. A rule whose
fingerprint was not promoted only reports its findings. Promotions are added and never changed.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from sync.store.statements import get_table, insert_new
from sync.store.tables import PromotionRow

_promotions = get_table(PromotionRow)


def add(connection: Connection, promoted: Iterable[tuple[str, str]], now: datetime, how: str) -> int:
    """Promote rules; return how many were not promoted before.

    Args:
        promoted: The rules, as (id, fingerprint).
        how: The command that promoted them, or "first writing" for those in force when the service wrote for the first
            time.
    """
    rows = [{"rule": rule, "fingerprint": fingerprint, "at": now, "how": how} for rule, fingerprint in promoted]
    return insert_new(connection, PromotionRow, rows)


def promoted_rules(connection: Connection) -> frozenset[tuple[str, str]]:
    """All promoted rules, as (id, fingerprint)."""
    rows = connection.execute(select(_promotions.c.rule, _promotions.c.fingerprint))
    return frozenset((row.rule, row.fingerprint) for row in rows)
