"""Gathers everything that planning looks at, for a whole tracker or for one item, so that all who plan see the same."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from connectors.tracker import Capabilities
from rules.lifecycle import FindingState, FindingStatus, current_status
from rules.model import Decision, WorkItem, in_force
from sync.decisions import rejected_commands
from sync.messages import Messages
from sync.rounds.result import RoundSummary
from sync.settings import Configuration
from sync.store import Transaction, decisions, findings, rounds, writes
from sync.store.records import Annotation
from sync.writeback import Plan, edits_by_programs, make_plan, refusals
from sync.writeback.edit_wars import edit_wars
from sync.writeback.labels import label_setting
from sync.writeback.plan import PlanInputs

_CAPABILITIES, _OVER_BUDGET = "capabilities", "items over the budget"


def gather_plan_inputs(
    reading: Transaction,
    configuration: Configuration,
    tracker: str,
    *,
    items: Sequence[WorkItem],
    statuses: Sequence[FindingStatus],
    decided: Mapping[str, Sequence[Decision]],
    annotations: Sequence[Annotation],
    capabilities: Capabilities,
    missing: Collection[str],
    unanswered: Collection[str],
    now: datetime,
    messages: Messages | None = None,
) -> PlanInputs:
    """What planning looks at for some items of a tracker.

    Args:
        reading: The store.
        configuration: The settings, rules and messages in force.
        tracker: The tracker's name.
        items: The items, in rank order.
        statuses: The present status of their findings.
        decided: All decisions about them, by item id.
        annotations: What stands of ours on them.
        capabilities: What the tracker allows.
        missing: Ids of items that the tracker did not show when it was last read.
        unanswered: Ids of items about which the team is asked whether what was done to many at once is an answer.
        now: The time at which decisions hold.
        messages: The texts to use; None for the configured ones.
    """
    settings = configuration.settings
    label, alone = label_setting(reading, settings.write)
    by_item: dict[str, list[FindingStatus]] = {}
    for status in statuses:
        by_item.setdefault(status.finding.item, []).append(status)
    annotations_by_item: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        annotations_by_item.setdefault(annotation.item, []).append(annotation)
    by_programs = edits_by_programs.load(reading, tracker)
    return PlanInputs(
        tracker=tracker,
        items=items,
        statuses=by_item,
        decisions={item.id: in_force(decided[item.id], now, item.evidence) for item in items if item.id in decided},
        edit_wars={
            item: edit_wars(decided.get(item, ()), by_programs=by_programs.get(item, ()))
            for item in decided.keys() | by_programs.keys()
        },
        annotations=annotations_by_item,
        capabilities=capabilities,
        write=settings.write,
        label=label,
        label_allowed_without_comment=alone,
        wsjf=configuration.ruleset().priority.wsjf,
        now=now,
        refused=writes.refused_since(reading, tracker, now - refusals.HOLDS),
        project_refusals=refusals.load(reading, tracker, now),
        missing=missing,
        unanswered=unanswered,
        rule_pages=settings.rule_pages,
        notices=rejected_commands.comment_lines(
            rejected_commands.load(reading, tracker), decided, now, messages or configuration.messages
        ),
        messages=messages or configuration.messages,
    )


def plan_item(
    reading: Transaction,
    configuration: Configuration,
    item: WorkItem,
    now: datetime,
    messages: Messages | None = None,
) -> tuple[PlanInputs, Plan]:
    """Plan one item as the last round left it, with the decisions made since. What was over the budget still waits."""
    decided = decisions.for_item(reading, item.tracker, item.id)
    held = in_force(decided, now, item.evidence)
    summary = latest_summary(reading, item.tracker)
    inputs = gather_plan_inputs(
        reading,
        configuration,
        item.tracker,
        items=[item],
        statuses=[
            current_status(stored.finding, stored.state, stored.because, held, now)
            for stored in findings.for_item(reading, item.tracker, item.id)
            if stored.state is not FindingState.CLEARED
        ],
        decided={item.id: decided},
        annotations=writes.annotations(reading, item.tracker, item.id),
        capabilities=_known_capabilities(reading, configuration, item.tracker),
        missing=summary.missing,
        unanswered=summary.unanswered,
        now=now,
        messages=messages,
    )
    over_budget = rounds.tracker_fact(reading, item.tracker, _OVER_BUDGET)
    waits = over_budget is not None and item.key in msgspec.json.decode(over_budget, type=list[str])
    return inputs, make_plan(inputs, budget=0 if waits else 1)


def save_for_item_plans(transaction: Transaction, tracker: str, capabilities: Capabilities, plan: Plan) -> None:
    """Remember what `plan_item` cannot know without the tracker and the rest of the backlog."""
    rounds.save_tracker_fact(transaction, tracker, _CAPABILITIES, msgspec.json.encode(capabilities))
    rounds.save_tracker_fact(transaction, tracker, _OVER_BUDGET, msgspec.json.encode(plan.waiting))


def latest_summary(reading: Transaction, tracker: str) -> RoundSummary:
    """The summary of the newest round that judged the backlog; an empty one if there was none."""
    latest = rounds.latest_judged(reading, tracker)
    return msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()


def _known_capabilities(reading: Transaction, configuration: Configuration, tracker: str) -> Capabilities:
    stored = rounds.tracker_fact(reading, tracker, _CAPABILITIES)
    if stored is not None:
        return msgspec.json.decode(stored, type=Capabilities)
    can_write = configuration.settings.trackers[tracker].plugin.can_write
    return Capabilities(comments=can_write, labels=can_write)
