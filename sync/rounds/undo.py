"""Undoes what the service wrote to one tracker, in a separate round that a person starts.

An undo writes even in shadow mode, so that people can always stop using the service. An annotation is a comment, label
or field value that is on an item because the service wrote it.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.tracker import Tracker
from rules.model import UNDO, Decision, DecisionKind, decision_id
from sync.decisions.command_parser import default_review
from sync.rounds.context import RoundContext
from sync.rounds.late_writes import adopt_late_comments
from sync.rounds.result import RoundSummary
from sync.settings.roles import ADMIN
from sync.store import Transaction, decisions, rounds, tracker_states, writes
from sync.store.records import Annotation, Effect
from sync.writeback import ApplyResult, Plan, apply, plan_undo
from sync.writeback.outbox import Outbox

_log = structlog.get_logger(__name__)

_ITEM_PREFIX = "item "
"""Prefix of `RoundSummary.undoes` for the undo of one item."""


class UndoResult(Struct, kw_only=True):
    """The result of an undo at one tracker.

    Attributes:
        round: The id of the undo's own round, which can be undone as well.
        plan: The writes that undo earlier ones. Its `skipped_writes` say what stays because people have changed it.
        items_changed: Number of items on which something was undone.
        trouble: The reason why it ended early; empty if it did not.
    """

    tracker: str
    round: str = ""
    plan: Plan
    applied: ApplyResult | None = None
    items_changed: int = 0
    trouble: str = ""


def run_undo(
    tracker: Tracker, context: RoundContext, round_id: str | None, *, item: str | None = None, dry_run: bool = False
) -> UndoResult:
    """Undo one round, the annotations of one item, or all annotations.

    Afterwards the service does not write to the tracker by itself until a person runs `steward apply`. The undo of one
    item does not stop other writes; instead, decisions keep the service from writing to this item again. The undo of an
    undo restores the annotations.

    Args:
        tracker: The tracker, opened so that it sends writes even in shadow mode, in which the service only reads.
        round_id: The round to undo; None for all rounds.
        item: The id of the item to undo; None for all items.
    """
    with context.database.reading() as transaction:
        undone_round = rounds.by_id(transaction, round_id) if round_id is not None else None
        plan = _plan(transaction, tracker.name, round_id, item)
    result = UndoResult(tracker=tracker.name, plan=plan)
    if dry_run:
        return result
    outbox, now = context.open_outbox(tracker), context.clock()
    with context.database.writing() as transaction:
        result.round = rounds.begin(transaction, tracker.name, "undo", now)
        if item is None:
            tracker_states.change(transaction, tracker.name, approved=tracker_states.APPROVAL_REVOKED)
        else:
            annotations = writes.annotations(transaction, tracker.name, item)
            decisions.add(transaction, _dismissals(annotations, result.round, now))
        if undone_round is not None and str(undone_round.summary.get("undoes", "")).startswith(_ITEM_PREFIX):
            effects = writes.effects(transaction, round_id=undone_round.id, tracker=tracker.name)
            decisions.add(transaction, _resumptions(effects, result.round, now))
    try:
        tracker.connect()
        reconciled = outbox.reconcile()
        if _adopt_late_comments(outbox, item) or reconciled:
            with context.database.reading() as transaction:
                result.plan = _plan(transaction, tracker.name, round_id, item)
        result.applied = apply(
            result.plan,
            outbox,
            result.round,
            should_stop=context.should_stop,
            progress=lambda done, total: context.progress("undoing", done, total),
        )
        result.trouble = result.applied.stopped
    except ConnectorError as error:
        result.trouble = str(error)
        _log.warning("undo ended early", reason=result.trouble)
    _record_end(context, result, round_id or (f"{_ITEM_PREFIX}{item}" if item is not None else "everything"))
    return result


def _plan(transaction: Transaction, tracker: str, round_id: str | None, item_id: str | None) -> Plan:
    """Plan the undo; the arguments are as in `run_undo`."""
    effects = None if round_id is None else writes.effects(transaction, round_id=round_id, tracker=tracker)
    return plan_undo(tracker, writes.annotations(transaction, tracker, item_id), effects)


def _adopt_late_comments(outbox: Outbox, selected_id: str | None) -> bool:
    """Record the service's comments that appeared after their writes seemed to have failed; return whether any did.

    Args:
        selected_id: Check only this item; None for all items with failed writes.
    """
    with outbox.database.reading() as transaction:
        candidates = writes.items_with_failed_calls(transaction, outbox.tracker.name)
    adopted: list[str] = []
    for item_id, key in candidates:
        if selected_id in (None, item_id):
            adopted += adopt_late_comments(outbox, item_id, key) or ()
    return bool(adopted)


def _record_end(context: RoundContext, result: UndoResult, undoes: str) -> None:
    """Record the outcome of the undo. `undoes` is the value of `RoundSummary.undoes`."""
    with context.database.writing() as transaction:
        effects = writes.effects(transaction, round_id=result.round, tracker=result.tracker)
        result.items_changed = len({effect.item for effect in effects})
        counts = result.applied.counts() if result.applied else {}
        written = {name: count for name, count in counts.items() if count}
        rounds.end(
            transaction,
            result.round,
            context.clock(),
            "trouble" if result.trouble else "done",
            writes=result.applied.writes if result.applied else 0,
            summary=RoundSummary(mode="write", trouble=result.trouble, undoes=undoes, written=written),
        )


def _dismissals(annotations: Sequence[Annotation], round_id: str, now: datetime) -> list[Decision]:
    """Decisions that keep the service from writing these annotations again, until dismissals are due for review.

    Annotations that others have changed need no decision: they stay, and the service no longer writes to them.
    """
    by_rule = {
        rule: annotation for annotation in annotations if not annotation.changed_by_others for rule in annotation.rules
    }
    review = default_review(DecisionKind.DISMISSED, now)
    return [
        _make_decision(annotation, rule, DecisionKind.DISMISSED, round_id, now, review=review)
        for rule, annotation in by_rule.items()
    ]


def _resumptions(effects: Sequence[Effect], round_id: str, now: datetime) -> list[Decision]:
    """Decisions that allow writing to these items again, after the undo of an undo."""
    return [
        _make_decision(effect, "", DecisionKind.RESUME, round_id, now)
        for effect in {effect.item: effect for effect in effects}.values()
    ]


def _make_decision(
    entry: Annotation | Effect,
    rule: str,
    kind: DecisionKind,
    round_id: str,
    now: datetime,
    *,
    review: datetime | None = None,
) -> Decision:
    """Make a decision about the item of an annotation or effect, on behalf of the person who runs the undo."""
    return Decision(
        id=decision_id(entry.tracker, entry.item, rule, round_id),
        tracker=entry.tracker,
        item=entry.item,
        key=entry.key,
        kind=kind,
        at=now,
        review=review,
        rule=rule,
        source=UNDO,
        by=ADMIN,
    )
