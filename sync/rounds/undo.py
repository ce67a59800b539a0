"""Takes back what the service wrote to one tracker, in a round of its own that a person starts.

It also writes in shadow mode: leaving must always be possible.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from connectors.bulk_reads import concerns_request
from connectors.errors import ConnectorError
from connectors.tracker import Tracker
from rules.model import UNDO, Decision, DecisionKind, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS
from sync.rounds.context import RoundContext
from sync.rounds.result import RoundSummary
from sync.settings.roles import ADMIN
from sync.store import Transaction, decisions, items, rounds, writes
from sync.store.records import Annotation, Effect
from sync.writeback import ApplyResult, Plan, apply, plan_undo
from sync.writeback.outbox import Outbox

_log = structlog.get_logger(__name__)

_ITEM = "item "
"""Prefix under which the undo of one item is stored."""


class UndoResult(Struct, kw_only=True):
    """What an undo did.

    Attributes:
        round: The undo's own round, which can be taken back as well.
        plan: What was to be taken back, and what was left because people changed it.
        applied: What was done.
        trouble: Why it ended early, if it did.
    """

    tracker: str
    round: str = ""
    plan: Plan
    applied: ApplyResult | None = None
    trouble: str = ""


def run_undo(
    tracker: Tracker, context: RoundContext, round_id: str | None, *, item: str | None = None, dry_run: bool = False
) -> UndoResult:
    """Take back one round, the annotations of one item, or all annotations.

    Afterwards the service does not write there by itself until a person runs `steward apply`. Taking back one item
    stops nothing else; a decision keeps the item as it is. Taking back an undo puts the annotations there again.

    Args:
        tracker: The tracker; it must send writes in every mode.
        context: What the round works with.
        round_id: The round to take back; None for everything.
        item: The id of the item to take back; None for all.
        dry_run: Only plan.
    """
    with context.database.reading() as reading:
        annotations = writes.annotations(reading, tracker.name, item)
        effects = None if round_id is None else writes.effects(reading, round_id=round_id, tracker=tracker.name)
        before = rounds.by_id(reading, round_id) if round_id is not None else None
        plan = _plan(reading, tracker.name, round_id, item)
    undone = UndoResult(tracker=tracker.name, plan=plan)
    if dry_run:
        return undone
    now = context.clock()
    with context.database.writing() as transaction:
        undone.round = rounds.begin(transaction, tracker.name, "undo", now)
        installation = rounds.installation(transaction)
        if item is None:
            items.set_read_state(transaction, tracker.name, approved=items.APPROVAL_REVOKED)
        else:
            decisions.add(transaction, _dismissals(annotations, undone.round, now))
        if before is not None and str(before.summary.get("undoes", "")).startswith(_ITEM):
            decisions.add(transaction, _resumptions(effects or (), undone.round, now))
    outbox = Outbox(tracker, context.database, installation, context.clock, context.check_lease)
    try:
        tracker.connect()
        reconciled = outbox.reconcile()
        if _adopt_late_comments(outbox, item) or reconciled:
            with context.database.reading() as reading:
                undone.plan = _plan(reading, tracker.name, round_id, item)
        undone.applied = apply(
            undone.plan,
            outbox,
            undone.round,
            stop=context.should_stop,
            progress=lambda done, of: context.progress("taking back", done, of),
        )
        undone.trouble = undone.applied.stopped
    except ConnectorError as trouble:
        undone.trouble = str(trouble)
        _log.warning("undo ended early", because=undone.trouble)
    _end(context, undone, round_id or (f"{_ITEM}{item}" if item is not None else "everything"))
    return undone


def _plan(reading: Transaction, tracker: str, round_id: str | None, item: str | None) -> Plan:
    effects = None if round_id is None else writes.effects(reading, round_id=round_id, tracker=tracker)
    return plan_undo(tracker, writes.annotations(reading, tracker, item), effects)


def _adopt_late_comments(outbox: Outbox, item: str | None) -> bool:
    """Record comments of ours that appeared after their writes were given up; return whether there are any."""
    with outbox.database.reading() as reading:
        suspects = writes.items_with_failed_calls(reading, outbox.tracker.name)
    adopted: list[str] = []
    for ident, key in suspects:
        if item in (None, ident):
            try:
                adopted += outbox.adopt(key, outbox.target.get_snapshot(ident))
            except ConnectorError as error:
                if not concerns_request(error):
                    raise
    return bool(adopted)


def _end(context: RoundContext, undone: UndoResult, undoes: str) -> None:
    """Record how the undo ended, and what it took back."""
    with context.database.writing() as transaction:
        rounds.end(
            transaction,
            undone.round,
            context.clock(),
            "trouble" if undone.trouble else "done",
            writes=undone.applied.writes if undone.applied else 0,
            summary=RoundSummary(mode="write", trouble=undone.trouble, undoes=undoes, written=_written(undone)),
        )


def _dismissals(annotations: Sequence[Annotation], round_id: str, now: datetime) -> list[Decision]:
    """Keep what is taken back from an item from being written there again, for as long as any dismissal holds."""
    by_rule = {
        rule: annotation for annotation in annotations if not annotation.changed_by_others for rule in annotation.rules
    }
    return [
        _decision(
            annotation,
            rule,
            DecisionKind.DISMISSED,
            round_id,
            now,
            review=now + DEFAULT_DURATIONS[DecisionKind.DISMISSED],
        )
        for rule, annotation in by_rule.items()
    ]


def _resumptions(effects: Sequence[Effect], round_id: str, now: datetime) -> list[Decision]:
    """Let what an undo had taken back be written again, now that it is put back."""
    return [
        _decision(effect, "", DecisionKind.RESUME, round_id, now)
        for effect in {effect.item: effect for effect in effects}.values()
    ]


def _decision(
    about: Annotation | Effect,
    rule: str,
    kind: DecisionKind,
    round_id: str,
    now: datetime,
    *,
    review: datetime | None = None,
) -> Decision:
    return Decision(
        id=decision_id(about.tracker, about.item, rule, round_id),
        tracker=about.tracker,
        item=about.item,
        key=about.key,
        kind=kind,
        at=now,
        review=review,
        rule=rule,
        source=UNDO,
        by=ADMIN,
    )


def _written(undone: UndoResult) -> dict[str, int]:
    return {name: count for name, count in undone.applied.counts().items() if count} if undone.applied else {}
