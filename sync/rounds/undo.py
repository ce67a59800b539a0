"""Takes back what the service wrote, at one tracker: a round of its own, let happen by a person.

It writes also where the configuration says shadow: leaving must always be possible.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.tracker import Tracker
from rules.model import UNDO, Decision, DecisionKind, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS
from sync.rounds.context import RoundContext
from sync.rounds.result import RoundSummary
from sync.settings.roles import ADMIN
from sync.store import decisions, items, rounds, writes
from sync.store.records import Annotation, Effect
from sync.writeback import Applied, Plan, apply, plan_undo
from sync.writeback.outbox import Outbox

_log = structlog.get_logger(__name__)

_ITEM = "item "
"""How an undo is kept that was for one item."""


class Undone(Struct, kw_only=True):
    """What taking back did.

    Attributes:
        round: The undo's own round, which can be taken back as well.
        plan: What was to be taken back, and what was left because it is no longer ours.
        applied: What was done.
        trouble: Why it ended early, if it did.
    """

    tracker: str
    round: str = ""
    plan: Plan
    applied: Applied | None = None
    trouble: str = ""


def run_undo(
    tracker: Tracker, context: RoundContext, round_id: str | None, *, item: str | None = None, dry_run: bool = False
) -> Undone:
    """Takes back one round, what stands on one item, or everything that stands.

    After it, the service does not write there by itself until a person runs `steward apply`. Taking back one item stops
    nothing else: that it is to stay as it is, is remembered as a decision. Taking back an undo puts things there again.

    Args:
        tracker: Where; it has to let writes out whatever the mode.
        context: With what.
        round_id: Which round; None for everything.
        item: Which item, by its id; None for all.
        dry_run: Only plan.
    """
    with context.database.reading() as reading:
        annotations = writes.annotations(reading, tracker.name, item)
        effects = None if round_id is None else writes.effects(reading, round_id=round_id, tracker=tracker.name)
        before = rounds.one(reading, round_id) if round_id is not None else None
    undone = Undone(tracker=tracker.name, plan=plan_undo(tracker.name, annotations, effects))
    if dry_run:
        return undone
    now = context.clock()
    with context.database.writing() as transaction:
        undone.round = rounds.begin(transaction, tracker.name, "undo", now)
        installation = rounds.installation(transaction)
        if item is None:
            items.set_reading(transaction, tracker.name, approved=items.TAKEN_BACK)
        else:
            decisions.add(transaction, _let_be(annotations, undone.round, now))
        if before is not None and str(before.summary.get("undoes", "")).startswith(_ITEM):
            decisions.add(transaction, _let_come_back(effects or (), undone.round, now))
    outbox = Outbox(tracker, context.database, installation, context.clock, context.check_lease)
    try:
        tracker.connect()
        reconciled = outbox.reconcile()
        if reconciled:
            with context.database.reading() as reading:
                undone.plan = plan_undo(tracker.name, writes.annotations(reading, tracker.name, item), effects)
        undone.applied = apply(
            undone.plan,
            outbox,
            undone.round,
            stop=context.stopping,
            progress=lambda done, of: context.progress("taking back", done, of),
        )
        undone.trouble = undone.applied.stopped
    except ConnectorError as trouble:
        undone.trouble = str(trouble)
        _log.warning("undo ended early", because=undone.trouble)
    _end(context, undone, round_id or (f"{_ITEM}{item}" if item is not None else "everything"))
    return undone


def _end(context: RoundContext, undone: Undone, undoes: str) -> None:
    """Writes down how it ended, and what it was for."""
    with context.database.writing() as transaction:
        rounds.end(
            transaction,
            undone.round,
            context.clock(),
            "trouble" if undone.trouble else "done",
            writes=undone.applied.writes if undone.applied else 0,
            summary=RoundSummary(mode="write", trouble=undone.trouble, undoes=undoes, written=_written(undone)),
        )


def _let_be(annotations: Sequence[Annotation], round_id: str, now: datetime) -> list[Decision]:
    """What is taken back from an item on request is not to be said there again, for as long as any other answer."""
    meant = {rule: annotation for annotation in annotations if not annotation.taken for rule in annotation.rules}
    return [
        _decision(
            annotation,
            rule,
            DecisionKind.DISMISSED,
            round_id,
            now,
            review=now + DEFAULT_DURATIONS[DecisionKind.DISMISSED],
        )
        for rule, annotation in meant.items()
    ]


def _let_come_back(effects: Sequence[Effect], round_id: str, now: datetime) -> list[Decision]:
    """What was taken back from an item and is put there again may be said there again."""
    return [
        _decision(one, "", DecisionKind.RESUME, round_id, now)
        for one in {effect.item: effect for effect in effects}.values()
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


def _written(undone: Undone) -> dict[str, int]:
    return {name: count for name, count in undone.applied.counts().items() if count} if undone.applied else {}
