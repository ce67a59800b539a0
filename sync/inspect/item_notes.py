"""Notes for `explain` and `preview` that say why nothing, or not everything, is written on an item.

A round is one pass over a tracker; its budget is the number of items that it may write to.
"""

from collections.abc import Iterator

from rules.model import WorkItem
from sync.settings import Configuration, Settings
from sync.writeback import Plan
from sync.writeback.planning.inputs import PlanInputs
from sync.writeback.planning.plan import ALL_WRITES, OUR_COMMENT
from sync.writeback.ready_labels import GRACE_PERIOD


def item_notes(configuration: Configuration, inputs: PlanInputs, plan: Plan, item: WorkItem) -> Iterator[str]:
    """Yield the notes that apply to the item as a whole, with the reasons from `plan`, a plan of this item alone."""
    settings = configuration.settings
    if not settings.trackers[item.tracker].plugin.can_write:
        yield "Nothing is written: this tracker can only be read."
    elif settings.mode_of(item.tracker) == "shadow":
        yield "Nothing is written: the mode is shadow."
    for skipped in plan.skipped_writes:
        if skipped.what == ALL_WRITES:
            yield f"Nothing is written: {skipped.reason}"
        elif skipped.what == OUR_COMMENT:
            yield f"No comment is written: {skipped.reason}"
    yield from _ready_notes(settings, inputs, item)
    if plan.waiting:
        yield "Its changes wait for a later round: the budget of one round (write.budget.per_round) was used up."
    if item.id in inputs.refused_items:
        yield "The tracker refused a write to it within the last day, so a round writes to all other items first."


def _ready_notes(settings: Settings, inputs: PlanInputs, item: WorkItem) -> Iterator[str]:
    """Yield notes about the labels of readiness profiles. A profile lists what an item needs for a purpose.

    An item that is no longer ready keeps the label for the grace period.
    """
    for label, ready_label in inputs.ready_labels.items():
        if since := ready_label.not_ready_since.get(item.id):
            until = since + GRACE_PERIOD
            reason = f"Not ready for {ready_label.profile} since {settings.format_time(since)}"
            yield f"{reason}: the label {label} is removed after {settings.format_time(until)}."
        elif item.id in ready_label.ready_ids:
            yield f"Ready for {ready_label.profile}; the label {label} shows it."
