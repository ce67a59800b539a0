"""Gathers the inputs from which a plan of writes is made (`PlanInputs`), for a whole tracker or for one item.

The budget is the number of items that may be written in one round. An item over the budget waits for a later round.
An annotation is a comment, label or field value that the service put on an item. An opt-in field is only written if
the configuration names it. Notices say in the service's comments why commands of people were rejected.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from connectors.connection import Capabilities
from rules.lifecycle import FindingState, FindingStatus, current_status
from rules.model import Backlog, Decision, WorkItem, select_in_force
from sync.decisions import rejected_commands
from sync.messages import Messages
from sync.rounds.opt_in_fields import load_all_backlogs, make_opt_in_fields
from sync.rounds.ready_labels import load_ready_labels
from sync.rounds.result import RoundSummary
from sync.settings import Configuration
from sync.store import Transaction, decisions, findings, rounds, stored_values, writes
from sync.store.records import Annotation
from sync.writeback import Plan, edits_by_programs, make_plan, refusals
from sync.writeback.edit_wars import ProgramEdit, find_edit_wars
from sync.writeback.labels import load_label_setting
from sync.writeback.planning.inputs import PlanInputs
from sync.writeback.ready_labels import ReadyLabels

_CAPABILITIES_NAME = "capabilities"
"""The name under which the store keeps what a tracker allowed in the last round."""
_ABSENT_INPUTS_NAME = "absent inputs of scores"
"""The name under which the store keeps what `known_absent_score_inputs` returns."""
_OVER_BUDGET_NAME = "items over the budget"
"""The name under which the store keeps the keys of items that wait for a later round."""


def gather_plan_inputs(
    transaction: Transaction,
    configuration: Configuration,
    tracker: str,
    *,
    items: Sequence[WorkItem],
    statuses: Mapping[str, Sequence[FindingStatus]],
    decisions_by_item: Mapping[str, Sequence[Decision]],
    annotations: Sequence[Annotation],
    capabilities: Capabilities,
    missing: Collection[str],
    bulk_changed_items: Collection[str],
    now: datetime,
    load_backlogs: Callable[[], Sequence[Backlog]],
    ready_labels: ReadyLabels,
    absent_score_inputs: Collection[str],
    messages: Messages | None = None,
) -> PlanInputs:
    """Gather the inputs of planning for some items of a tracker.

    Args:
        statuses: The present status of the findings about the items, by item id.
        missing: Ids of items that the tracker did not list and that are kept in the store.
        bulk_changed_items: Ids of items on which somebody made the same change to many of the service's annotations at
            once.
        load_backlogs: Loads the backlogs whose items are ordered together. Called only if a field depends on the order.
        ready_labels: The labels of readiness profiles (what an item needs for a purpose, such as a sprint), and which
            items are ready.
        absent_score_inputs: Names of the inputs of the WSJF score (weighted shortest job first) for which the tracker
            has no field, such as "job size".
    """
    settings = configuration.settings
    annotations_by_item: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        annotations_by_item.setdefault(annotation.item, []).append(annotation)
    decided_items = (item for item in items if item.id in decisions_by_item)
    return PlanInputs(
        tracker=tracker,
        items=items,
        statuses=statuses,
        decisions={item.id: select_in_force(decisions_by_item[item.id], now, item.demand) for item in decided_items},
        edit_wars=_find_edit_wars(decisions_by_item, edits_by_programs.load(transaction, tracker)),
        annotations=annotations_by_item,
        capabilities=capabilities,
        write=settings.write,
        label_setting=load_label_setting(transaction, settings.write),
        ready_labels=ready_labels,
        wsjf=configuration.ruleset().priority.wsjf,
        opt_in_fields=make_opt_in_fields(configuration, capabilities.writable_fields, load_backlogs, now),
        now=now,
        refused_items=writes.refused_since(transaction, tracker, now - refusals.RETRY_AFTER),
        project_refusals=refusals.load(transaction, tracker, now),
        missing_items=missing,
        bulk_changed_items=bulk_changed_items,
        rule_pages_url=settings.rule_pages,
        notices=rejected_commands.comment_lines(
            rejected_commands.load(transaction, tracker), decisions_by_item, now, messages or configuration.messages
        ),
        absent_score_inputs=absent_score_inputs,
        messages=messages or configuration.messages,
    )


def _find_edit_wars(
    decisions_by_item: Mapping[str, Sequence[Decision]], edits_by_item: Mapping[str, Sequence[ProgramEdit]]
) -> dict[str, frozenset[str]]:
    """Return the kinds of annotation with an edit war, by item id.

    In an edit war, the service and somebody else keep undoing each other's changes.

    Args:
        edits_by_item: The changes that programs made to the service's annotations, by item id.
    """
    return {
        item_id: find_edit_wars(decisions_by_item.get(item_id, ()), program_edits=edits_by_item.get(item_id, ()))
        for item_id in decisions_by_item.keys() | edits_by_item.keys()
    }


def plan_item(
    transaction: Transaction,
    configuration: Configuration,
    item: WorkItem,
    now: datetime,
    messages: Messages | None = None,
) -> tuple[PlanInputs, Plan]:
    """Plan one item from what the last round stored and later decisions. An item over the budget still waits."""
    item_decisions = decisions.for_item(transaction, item.tracker, item.id)
    decisions_in_force = select_in_force(item_decisions, now, item.demand)
    summary = latest_summary(transaction, item.tracker)
    inputs = gather_plan_inputs(
        transaction,
        configuration,
        item.tracker,
        items=[item],
        statuses={
            item.id: [
                current_status(stored.finding, stored.state, stored.reason, decisions_in_force, now)
                for stored in findings.for_item(transaction, item.tracker, item.id)
                if stored.state is not FindingState.CLEARED
            ]
        },
        decisions_by_item={item.id: item_decisions},
        annotations=writes.annotations(transaction, item.tracker, item.id),
        capabilities=known_capabilities(transaction, configuration, item.tracker),
        missing=summary.missing,
        bulk_changed_items=summary.bulk_changed_items,
        now=now,
        load_backlogs=lambda: load_all_backlogs(transaction, configuration),
        ready_labels=load_ready_labels(transaction, configuration, item.tracker),
        absent_score_inputs=known_absent_score_inputs(transaction, item.tracker),
        messages=messages,
    )
    over_budget = stored_values.load_for_tracker(transaction, item.tracker, _OVER_BUDGET_NAME, list[str])
    is_waiting = item.key in (over_budget or ())
    return inputs, make_plan(inputs, budget=0 if is_waiting else 1)


def save_for_item_plans(
    transaction: Transaction, tracker: str, capabilities: Capabilities, absent_score_inputs: Sequence[str], plan: Plan
) -> None:
    """Store the data about the tracker and the rest of the backlog that `plan_item` needs."""
    stored_values.save_for_tracker(transaction, tracker, _ABSENT_INPUTS_NAME, absent_score_inputs)
    stored_values.save_for_tracker(transaction, tracker, _CAPABILITIES_NAME, capabilities)
    stored_values.save_for_tracker(transaction, tracker, _OVER_BUDGET_NAME, plan.waiting)


def latest_summary(transaction: Transaction, tracker: str) -> RoundSummary:
    """The summary of the latest round that judged the backlog; an empty summary if there is none."""
    latest = rounds.latest_judged(transaction, tracker)
    return msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()


def known_capabilities(transaction: Transaction, configuration: Configuration, tracker: str) -> Capabilities:
    """The capabilities of a tracker in the last round; before the first one, those of its plugin."""
    stored = stored_values.load_for_tracker(transaction, tracker, _CAPABILITIES_NAME, Capabilities)
    can_write = configuration.settings.trackers[tracker].plugin.can_write
    return stored or Capabilities(can_comment=can_write, can_label=can_write)


def known_absent_score_inputs(transaction: Transaction, tracker: str) -> Sequence[str]:
    """Names of the inputs of the WSJF score for which a tracker had no field in the last round."""
    return stored_values.load_for_tracker(transaction, tracker, _ABSENT_INPUTS_NAME, tuple[str, ...]) or ()
