"""Takes back what the service wrote, at one tracker: a round of its own, let happen by a person.

It writes also where the configuration says shadow: leaving must always be possible.
"""

import structlog
from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.tracker import Tracker
from sync.context import Context
from sync.outcome import Summary
from sync.store import items, rounds, writes
from sync.writeback import Applied, Plan, apply, plan_undo
from sync.writeback.outbox import Outbox

_log = structlog.get_logger(__name__)


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


def run_undo(tracker: Tracker, context: Context, round_id: str | None, *, dry_run: bool = False) -> Undone:
    """Takes back one round, or everything that stands.

    After it, the service does not write there by itself until a person runs `steward apply`.

    Args:
        tracker: Where; it has to let writes out whatever the mode.
        context: With what.
        round_id: Which round; None for everything.
        dry_run: Only plan.
    """
    with context.database.reading() as reading:
        marks = writes.marks(reading, tracker.name)
        effects = None if round_id is None else writes.effects(reading, round_id=round_id, tracker=tracker.name)
    undone = Undone(tracker=tracker.name, plan=plan_undo(tracker.name, marks, effects))
    if dry_run:
        return undone
    now = context.clock()
    with context.database.writing() as transaction:
        undone.round = rounds.begin(transaction, tracker.name, "undo", now)
        installation = rounds.installation(transaction)
        items.set_reading(transaction, tracker.name, approved=items.TAKEN_BACK)
    outbox = Outbox(tracker, context.database, installation, context.clock, context.may_go_on)
    try:
        tracker.connect()
        cleared_up = outbox.clear_up()
        if cleared_up:
            with context.database.reading() as reading:
                undone.plan = plan_undo(tracker.name, writes.marks(reading, tracker.name), effects)
        undone.applied = apply(
            undone.plan,
            tracker,
            outbox,
            undone.round,
            stop=context.stopping,
            progress=lambda done, of: context.progress("taking back", done, of),
        )
        undone.trouble = undone.applied.stopped
    except ConnectorError as trouble:
        undone.trouble = str(trouble)
        _log.warning("undo ended early", because=undone.trouble)
    with context.database.writing() as transaction:
        rounds.end(
            transaction,
            undone.round,
            context.clock(),
            "trouble" if undone.trouble else "done",
            writes=undone.applied.writes if undone.applied else 0,
            summary=Summary(
                mode="write", trouble=undone.trouble, undoes=round_id or "everything", written=_written(undone)
            ),
        )
    return undone


def _written(undone: Undone) -> dict[str, int]:
    return {name: count for name, count in undone.applied.counts().items() if count} if undone.applied else {}
