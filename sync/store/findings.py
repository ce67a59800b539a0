"""The findings of the rules, with their state and the time when they entered it.

A finding is present if the last round found it. Its state is `CLEARED` if an earlier round found it and the last one
did not: it was cleared by a change of the item or its backlog, or withdrawn by a change of the settings.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, case, func, select, update

from rules.flow.causes import FlaggedPeriod
from rules.lifecycle import FindingHistory, FindingState, FindingStatus
from rules.model import Finding, Severity
from sync.store.statements import chunks, get_table, stream, stream_values, upsert
from sync.store.tables import FindingRow

_findings = get_table(FindingRow)
_decode = msgspec.json.Decoder(Finding).decode


def histories(
    connection: Connection, tracker: str, item_ids: Collection[str] | None = None
) -> dict[str, FindingHistory]:
    """Load what earlier rounds recorded about a tracker's findings, by finding id.

    Args:
        item_ids: Load only the findings about these items; None for all items.
    """
    columns = ("id", "first_seen", "baseline", "stands", "cleared", "state", "since")
    rows = _select_columns(connection, columns, tracker, item_ids)
    return {
        row.id: FindingHistory(
            first_seen=row.first_seen,
            baseline=row.baseline,
            found_last_round=row.stands,
            cleared=row.cleared,
            state=row.state,
            since=row.since,
        )
        for row in rows
    }


def _select_columns(
    connection: Connection, columns: Sequence[str], tracker: str, item_ids: Collection[str] | None
) -> Iterator[Any]:
    """Yield columns of the findings about some items of a tracker; about all of its items for None."""
    query = select(*(_findings.c[name] for name in columns)).where(_findings.c.tracker == tracker)
    if item_ids is None:
        yield from stream(connection, query)
    else:
        for chunk in chunks(sorted(item_ids)):
            yield from connection.execute(query.where(_findings.c.item.in_(chunk)))


def record(
    connection: Connection,
    tracker: str,
    statuses: Iterable[FindingStatus],
    known_histories: Mapping[str, FindingHistory],
    now: datetime,
    *,
    item_ids: Collection[str] | None = None,
    baseline: bool,
) -> None:
    """Store the present states of findings. Only rows that change are written, so `last_seen` may be out of date.

    Args:
        statuses: All findings about some items, each with its state and the reason for the state.
        known_histories: The histories of the findings about these items when the round began, by finding id.
        item_ids: Ids of these items; None for all items of the tracker.
        baseline: Whether this is the tracker's first round, so that new findings predate the service.
    """
    stored_rows = _select_columns(connection, _CHANGING_COLUMNS, tracker, item_ids) if known_histories else ()
    stored = {row.id: hash(tuple(row)) for row in stored_rows}
    rows = (_to_row(status, known_histories.get(status.finding.id), now, baseline=baseline) for status in statuses)
    changed = (
        row for row in rows if stored.get(str(row["id"])) != hash(tuple(row[name] for name in _CHANGING_COLUMNS))
    )
    upsert(connection, FindingRow, changed)


def record_missing(connection: Connection, cleared: Iterable[str], withdrawn: Iterable[str], now: datetime) -> None:
    """Mark findings that were not found again.

    Args:
        cleared: Ids of those that are missing because something changed about the item or its backlog.
        withdrawn: Ids of those that are missing because the settings changed.
    """
    no_longer_found = {"stands": False, "since": now, "state": FindingState.CLEARED.value}
    for missing, values in ((cleared, no_longer_found | {"cleared": now}), (withdrawn, no_longer_found)):
        for ids in chunks(list(missing)):
            connection.execute(update(_findings).where(_findings.c.id.in_(ids)).values(**values))


_CHANGING_COLUMNS = ("id", "item", "key", "rule", "severity", "state", "because", "payload", "stands", "since")
"""The columns that decide whether a row is written again."""


def _to_row(
    status: FindingStatus, history: FindingHistory | None, now: datetime, *, baseline: bool
) -> dict[str, object]:
    """The row of a finding. `history` is None if the finding is new."""
    finding = status.finding
    is_same_state = history is not None and history.state == status.state
    return {
        "id": finding.id,
        "tracker": finding.tracker,
        "item": finding.item,
        "key": finding.key,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "state": status.state.value,
        "because": status.reason,
        "evidence_hash": finding.evidence_hash,
        "payload": msgspec.json.encode(finding),
        "first_seen": history.first_seen if history else now,
        "last_seen": now,
        "cleared": history.cleared if history else None,
        "stands": True,
        "baseline": history.baseline if history else baseline,
        "since": history.since or history.first_seen if history is not None and is_same_state else now,
    }


class StoredFinding(Struct, frozen=True, kw_only=True):
    """A stored finding, present or cleared.

    Attributes:
        first_seen: The time of the first round that found it.
        since: When it entered its state. Rows of the first versions do not contain it, so the best known time is used.
        cleared: When it was last cleared by a change of the item or its backlog; None if it never was.
    """

    finding: Finding
    state: FindingState
    reason: str
    first_seen: datetime
    since: datetime
    cleared: datetime | None


def for_item(connection: Connection, tracker: str, item_id: str) -> list[StoredFinding]:
    """Load all findings about an item: the present ones first, then the cleared ones."""
    rows = connection.execute(
        select(_findings)
        .where(_findings.c.tracker == tracker, _findings.c.item == item_id)
        .order_by(_findings.c.stands.desc(), _findings.c.first_seen, _findings.c.id)
    ).mappings()
    return [
        StoredFinding(
            finding=_decode(row["payload"]),
            state=FindingState(row["state"]),
            reason=row["because"],
            first_seen=row["first_seen"],
            since=row["since"] or row["cleared"] or row["first_seen"],
            cleared=row["cleared"],
        )
        for row in rows
    ]


def first_flagged_at(connection: Connection, rule: str) -> dict[tuple[str, str], datetime]:
    """The time when a rule first flagged each item, by tracker and item id."""
    rows = connection.execute(
        select(_findings.c.tracker, _findings.c.item, func.min(_findings.c.first_seen).label("first"))
        .where(_findings.c.rule == rule)
        .group_by(_findings.c.tracker, _findings.c.item)
    )
    return {(row.tracker, row.item): row.first for row in rows}


def flagged_periods(connection: Connection, tracker: str, item_ids: Collection[str]) -> dict[str, list[FlaggedPeriod]]:
    """When warnings flagged items, by item id."""
    periods: dict[str, list[FlaggedPeriod]] = {}
    for row in _select_columns(connection, ("item", "rule", "severity", "first_seen", "cleared"), tracker, item_ids):
        if row.severity == Severity.WARNING.value:
            periods.setdefault(row.item, []).append(FlaggedPeriod(row.rule, row.first_seen, row.cleared))
    return periods


def first_seen(connection: Connection, tracker: str, item_ids: Collection[str]) -> dict[tuple[str, str], datetime]:
    """The time of the first round in which each present finding on items was found, by the item's key and the rule."""
    rows = _select_columns(connection, ("key", "rule", "first_seen", "stands"), tracker, item_ids)
    return {(row.key, row.rule): row.first_seen for row in rows if row.stands}


class PresentFinding(NamedTuple):
    """The columns of a present finding by which findings are counted."""

    first_seen: datetime
    id: str
    item: str
    rule: str
    state: str


def present_columns(connection: Connection, tracker: str) -> Iterator[PresentFinding]:
    """Yield the columns of all present findings of a tracker, in any order, because sorting them takes memory."""
    query = select(*(_findings.c[name] for name in PresentFinding._fields)).where(
        _findings.c.tracker == tracker, _findings.c.stands.is_(True)
    )
    return itertools.starmap(PresentFinding, stream(connection, query))


def present(connection: Connection, tracker: str, item_id: str | None = None) -> Iterator[tuple[Finding, str, str]]:
    """Yield the present findings of a tracker or of one item, as (finding, state, reason for the state)."""
    if item_id is not None:
        yield from present_by_item(connection, tracker, [item_id]).get(item_id, ())
        return
    for payload, state, because in stream(connection, _select_present(tracker)):
        yield _decode(payload), state, because


def present_by_item(
    connection: Connection, tracker: str, item_ids: Sequence[str]
) -> dict[str, list[tuple[Finding, str, str]]]:
    """Load the present findings of items, as in `present`, by item id. Items without findings are left out."""
    present_findings: dict[str, list[tuple[Finding, str, str]]] = {}
    for chunk in chunks(item_ids):
        for payload, state, because in connection.execute(_select_present(tracker).where(_findings.c.item.in_(chunk))):
            finding = _decode(payload)
            present_findings.setdefault(finding.item, []).append((finding, state, because))
    return present_findings


def _select_present(tracker: str) -> Select[Any]:
    """The query for the payloads, states and reasons of a tracker's present findings."""
    return (
        select(_findings.c.payload, _findings.c.state, _findings.c.because)
        .where(_findings.c.tracker == tracker, _findings.c.stands.is_(True))
        .order_by(_findings.c.first_seen, _findings.c.id)
    )


def by_ids(connection: Connection, ids: Sequence[str]) -> Iterator[Finding]:
    """Yield the findings with these ids, present or cleared."""
    for chunk in chunks(ids):
        for payload in connection.execute(select(_findings.c.payload).where(_findings.c.id.in_(chunk))).scalars():
            yield _decode(payload)


def count_by_state(connection: Connection, tracker: str) -> dict[str, int]:
    """The number of a tracker's present findings, by their state."""
    rows = connection.execute(
        select(_findings.c.state, func.count())
        .where(_findings.c.tracker == tracker, _findings.c.stands.is_(True))
        .group_by(_findings.c.state)
    )
    return {state: int(count) for state, count in rows}


def items_with_warnings(
    connection: Connection, tracker: str, states: Iterable[FindingState] = FindingState
) -> Sequence[str]:
    """Ids of the items with a warning that nobody has answered, in the order in which they were first flagged.

    Args:
        states: Leave out the items of which no such warning is in one of these states.
    """
    answered = (FindingState.WAIVED.value, FindingState.SNOOZED.value)
    query = select(_findings.c.item).where(
        _findings.c.tracker == tracker,
        _findings.c.stands.is_(True),
        _findings.c.severity == Severity.WARNING.value,
        _findings.c.state.not_in(answered),
    )
    in_states = func.sum(case((_findings.c.state.in_([state.value for state in states]), 1), else_=0)) > 0
    by_item = query.group_by(_findings.c.item).having(in_states)
    return tuple(stream_values(connection, by_item.order_by(func.min(_findings.c.first_seen), _findings.c.item)))


def count_in_state(connection: Connection, tracker: str, rule: str, state: FindingState) -> int:
    """The number of a rule's findings that had this state in the last round."""
    counted = select(func.count()).where(
        _findings.c.tracker == tracker, _findings.c.rule == rule, _findings.c.state == state.value
    )
    return int(connection.execute(counted).scalar_one())
