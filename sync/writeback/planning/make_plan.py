"""Makes the plan for one tracker, item by item, within the budget: the number of items that a round may write."""

from collections.abc import Callable, Iterator, Sequence

from rules.model import WorkItem
from rules.registry import all_rules
from rules.rule import ALWAYS_NEEDED
from sync.store.records import Annotation
from sync.writeback.planning.inputs import ItemDraft, PlanInputs
from sync.writeback.planning.item_comment import plan_comment, plan_duplicate_removal
from sync.writeback.planning.item_edit import plan_edit
from sync.writeback.planning.plan import ALL_WRITES, REFUSED_IN_PROJECT, ItemPlan, Plan, SkippedWrite
from sync.writeback.write_limit import split_by_budget

_BULK_CHANGED = (
    "The same change was made to many items at once. Until the question about it in the report is answered, nothing is "
    "written to this one."
)
_UNKNOWN = "Something about this item could not be read. Until it can be, what we wrote on it stays as it is."
_MISSING = "The last read of the tracker left this item out. It is kept, and nothing is written to it."
"""Reasons why nothing may be written to an item.

The first is for items on which somebody made the same change to the service's comments, labels or field values, such as
removing its label from very many items. It may be an answer or an accident, so the team is asked."""


def make_plan(
    inputs: PlanInputs, *, budget: int | None = None, is_included: Callable[[WorkItem], bool] | None = None
) -> Plan:
    """Make the plan for one tracker.

    Args:
        budget: How many items may be written; None for the configured number.
        is_included: Tells whether an item may be planned; None for all items. The budget is for these items.
    """
    planned: list[ItemPlan] = []
    skipped: list[SkippedWrite] = []
    for item in filter(is_included, _in_order(inputs)):
        draft = inputs.start_draft(item)
        item_plan = _plan_item(draft, inputs)
        skipped += draft.skipped_writes
        if item_plan is not None:
            planned.append(item_plan)
    within_budget, waiting = split_by_budget(planned, inputs.write.budget.per_round if budget is None else budget)
    field_names = {
        field_id: inputs.write.fields[name]
        for name, field_id in inputs.capabilities.writable_fields.items()
        if name in inputs.write.fields
    }
    skipped += [
        SkippedWrite(refusal.project, REFUSED_IN_PROJECT, refusal.sentence(field_names))
        for refusal in inputs.project_refusals
    ]
    return Plan(
        tracker=inputs.tracker,
        items=tuple(within_budget),
        waiting=tuple(item_plan.key for item_plan in waiting),
        skipped_writes=tuple(skipped),
        names=field_names,
    )


def _in_order(inputs: PlanInputs) -> Iterator[WorkItem]:
    """Yield the items in rank order, so that the top of the backlog is written first.

    The `refused_items`, on which the tracker has lately refused a write, come last.
    """
    refused: list[WorkItem] = []
    for item in inputs.items:
        if item.id in inputs.refused_items:
            refused.append(item)
        else:
            yield item
    yield from refused


def _plan_item(draft: ItemDraft, inputs: PlanInputs) -> ItemPlan | None:
    """Plan the writes to one item; None if nothing is written to it."""
    item = draft.item
    for status in draft.statuses:
        if not (status.allows_label or status.allows_comment):
            draft.skip(status.finding.rule, status.reason)
    if reason := _reason_not_to_write(draft, inputs):
        draft.skip(ALL_WRITES, reason)
        return None
    comment = plan_duplicate_removal(draft) or plan_comment(draft, inputs)
    edit = plan_edit(draft, inputs, comment)
    if edit is None and comment is None:
        return None
    return ItemPlan(
        tracker=inputs.tracker, item=item.id, key=item.key, version=item.version, edit=edit, comment=comment
    )


def _reason_not_to_write(draft: ItemDraft, inputs: PlanInputs) -> str:
    """Why nothing may be written to an item; empty if writing is allowed."""
    item = draft.item
    if item.public:
        return "Customers can read comments in this project."
    if item.id in inputs.missing_items:
        return _MISSING
    if item.id in inputs.bulk_changed_items:
        return _BULK_CHANGED
    if draft.annotations and not all(item.is_known(name) for name in _attributes_read_by_rules(draft.annotations)):
        return _UNKNOWN
    return ""


def _attributes_read_by_rules(annotations: Sequence[Annotation]) -> frozenset[str]:
    """The item attributes that the rules of annotations read; those that any rule reads if no rule is known."""
    known_rules = all_rules()
    rules = {rule for annotation in annotations for rule in annotation.rules if rule in known_rules}
    return ALWAYS_NEEDED.union(*(known_rules[rule].needed_attributes for rule in rules or known_rules))
