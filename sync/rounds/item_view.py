"""Collects what commands show about one item, at present or as of an earlier day."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.lifecycle import FindingStatus
from rules.model import Decision, WorkItem
from sync.messages import Messages
from sync.rounds.plan_inputs import latest_summary, plan_item
from sync.rounds.result import RoundSummary
from sync.rounds.simulated_round import SimulatedRound
from sync.settings import Configuration
from sync.store import Transaction, decisions, findings, items, tracker_states, writes
from sync.store.backlogs import ranked_open_ids
from sync.store.findings import StoredFinding
from sync.store.records import Effect
from sync.writeback import Plan, make_plan
from sync.writeback.planning.inputs import PlanInputs


@dataclass(frozen=True)
class ItemView:
    """One item, its findings and what is planned for it.

    Attributes:
        judged_at: When a round on its tracker was last completed, or the time of the simulated round; None if none was.
        summary: The summary of the round (one pass over the tracker) that judged it.
        findings: The present findings, then the cleared ones, which an earlier round found and the last one did not.
        effects: The changes that the service made to it.
        position: Rank among the open items, from 1; None if it has no rank.
        left_scope: Why ("gone" or "moved") and when it left the scope, which is what the settings select; None if it is
            in scope.
    """

    item: WorkItem
    now: datetime
    judged_at: datetime | None
    summary: RoundSummary
    inputs: PlanInputs
    plan: Plan
    findings: Sequence[StoredFinding]
    decisions: Sequence[Decision]
    effects: Sequence[Effect]
    position: int | None
    left_scope: tuple[str, datetime] | None = None


def present_view(
    transaction: Transaction,
    configuration: Configuration,
    item: WorkItem,
    now: datetime,
    messages: Messages | None = None,
) -> ItemView:
    """View an item after the last round, with the decisions since."""
    inputs, plan = plan_item(transaction, configuration, item, now, messages)
    left_scope = items.left_scope(transaction, item.tracker, item.id)
    return ItemView(
        item=item,
        now=now,
        judged_at=tracker_states.load(transaction, item.tracker).last_good,
        summary=latest_summary(transaction, item.tracker),
        inputs=inputs,
        plan=plan,
        findings=findings.for_item(transaction, item.tracker, item.id),
        decisions=decisions.for_item(transaction, item.tracker, item.id),
        effects=writes.effects(transaction, tracker=item.tracker, item=item.id),
        position=None if left_scope else _position(transaction, item),
        left_scope=left_scope,
    )


def simulated_view(
    transaction: Transaction, simulated: SimulatedRound, item: WorkItem, messages: Messages | None = None
) -> ItemView:
    """View an item after a simulated round, such as one on an earlier day."""
    now = simulated.result.started
    inputs = dataclasses.replace(simulated.inputs, items=[item], messages=messages or simulated.inputs.messages)
    effects = writes.effects(transaction, tracker=item.tracker, item=item.id)
    return ItemView(
        item=item,
        now=now,
        judged_at=now,
        summary=simulated.result.summary(),
        inputs=inputs,
        plan=make_plan(inputs, budget=1),
        findings=[_as_stored(status, now) for status in inputs.statuses.get(item.id, ())],
        decisions=simulated.decisions.get(item.id, ()),
        effects=[effect for effect in effects if effect.at <= now],
        position=simulated.judged.backlog.position(item),
    )


def _as_stored(status: FindingStatus, now: datetime) -> StoredFinding:
    """The finding of a simulated round, as if it had been stored for the first time."""
    return StoredFinding(
        finding=status.finding, state=status.state, reason=status.reason, first_seen=now, since=now, cleared=None
    )


def _position(transaction: Transaction, item: WorkItem) -> int | None:
    """The rank of an item among the open items, from 1; None if it is closed or has no rank."""
    open_ids = ranked_open_ids(transaction, item.tracker) if item.is_open else []
    return open_ids.index(item.id) + 1 if item.id in open_ids else None
