"""Findings with their life, from round to round."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from rules.lifecycle import FindingHistory, FindingState, FindingStatus
from rules.model import Finding
from sync.store.core import table_of, upsert
from sync.store.tables import FindingRow

_findings = table_of(FindingRow)
_decode = msgspec.json.Decoder(Finding).decode


def remembered(connection: Connection, tracker: str) -> dict[str, FindingHistory]:
    """What is known of a tracker's findings from earlier rounds, by finding id."""
    rows = connection.execute(
        select(
            _findings.c.id,
            _findings.c.first_seen,
            _findings.c.baseline,
            _findings.c.stands,
            _findings.c.cleared,
            _findings.c.state,
            _findings.c.since,
        ).where(_findings.c.tracker == tracker)
    )
    return {
        row.id: FindingHistory(
            first_seen=row.first_seen,
            baseline=row.baseline,
            stands=row.stands,
            cleared=row.cleared,
            state=row.state,
            since=row.since,
        )
        for row in rows
    }


def record(
    connection: Connection,
    statuses: Iterable[FindingStatus],
    memory: Mapping[str, FindingHistory],
    gone: Iterable[str],
    now: datetime,
    *,
    baseline: bool,
) -> None:
    """Stores where every finding stands now; those that stood before and were not found again are cleared.

    Args:
        connection: A transaction.
        statuses: All that was found at one tracker in this round.
        memory: What was remembered of that tracker when the round began.
        gone: Ids of those that are found no more.
        now: The round's time.
        baseline: Whether this is the first look at the tracker, so that new findings are older than the service.
    """
    rows = [_row(status, memory.get(status.finding.id), now, baseline=baseline) for status in statuses]
    upsert(connection, FindingRow, rows)
    for ident in gone:
        connection.execute(
            update(_findings)
            .where(_findings.c.id == ident)
            .values(stands=False, cleared=now, since=now, state=FindingState.CLEARED.value)
        )


def _row(status: FindingStatus, known: FindingHistory | None, now: datetime, *, baseline: bool) -> dict[str, object]:
    finding = status.finding
    return {
        "id": finding.id,
        "tracker": finding.tracker,
        "item": finding.item,
        "key": finding.key,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "state": status.state.value,
        "because": status.because,
        "evidence_hash": finding.evidence_hash,
        "payload": msgspec.json.encode(finding),
        "first_seen": known.first_seen if known else now,
        "last_seen": now,
        "cleared": known.cleared if known else None,
        "stands": True,
        "baseline": known.baseline if known else baseline,
        "since": known.since or known.first_seen if known and known.state == status.state else now,
    }


class StoredFinding(Struct, frozen=True, kw_only=True):
    """A finding as it was kept in the last round, whether it still stands or not."""

    finding: Finding
    state: FindingState
    because: str
    first_seen: datetime
    last_seen: datetime
    since: datetime
    cleared: datetime | None


def kept(connection: Connection, tracker: str, item: str) -> list[StoredFinding]:
    """Every finding that an item ever had, those that stand first."""
    rows = connection.execute(
        select(_findings)
        .where(_findings.c.tracker == tracker, _findings.c.item == item)
        .order_by(_findings.c.stands.desc(), _findings.c.first_seen, _findings.c.id)
    ).mappings()
    return [
        StoredFinding(
            finding=_decode(row["payload"]),
            state=FindingState(row["state"]),
            because=row["because"],
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            since=row["since"] or row["cleared"] or row["first_seen"],
            cleared=row["cleared"],
        )
        for row in rows
    ]


def flagged_by(connection: Connection, rule: str) -> dict[tuple[str, str], datetime]:
    """When a rule first flagged each item that it ever flagged, by tracker and item id."""
    rows = connection.execute(
        select(_findings.c.tracker, _findings.c.item, func.min(_findings.c.first_seen).label("first"))
        .where(_findings.c.rule == rule)
        .group_by(_findings.c.tracker, _findings.c.item)
    )
    return {(row.tracker, row.item): row.first for row in rows}


def standing_now(connection: Connection, tracker: str, item: str | None = None) -> list[tuple[Finding, str, str]]:
    """Findings that stand, with their state and why, of a tracker or of one item."""
    query = select(_findings).where(_findings.c.tracker == tracker, _findings.c.stands.is_(True))
    if item is not None:
        query = query.where(_findings.c.item == item)
    rows = connection.execute(query.order_by(_findings.c.first_seen, _findings.c.id)).mappings()
    return [(_decode(row["payload"]), row["state"], row["because"]) for row in rows]


def in_state(connection: Connection, tracker: str, rule: str, state: FindingState) -> int:
    """How many findings of a rule stood in a state in the last round."""
    counted = select(func.count()).where(
        _findings.c.tracker == tracker, _findings.c.rule == rule, _findings.c.state == state.value
    )
    return int(connection.execute(counted).scalar_one())
