"""Has the tracker check the edits of a plan by its own rules, without making them."""

from collections.abc import Iterator

from connectors.errors import Conflict, Gone, Misconfigured, Refused
from connectors.tracker import Edit, Tracker
from sync.writeback.plan import HeldBack, Plan


def refusals(plan: Plan, tracker: Tracker) -> Iterator[HeldBack]:
    """Edits that the tracker would refuse, and why; comments cannot be checked anywhere.

    Args:
        plan: What would be written.
        tracker: Connected, at a place that verifies, and allowed to write: the check travels as an edit that is marked
            as one that is not to be saved.

    Raises:
        ConnectorError: The tracker cannot be asked.
    """
    for item in plan.items:
        if item.edit is None:
            continue
        edit = Edit(add_labels=item.edit.add_labels, remove_labels=item.edit.remove_labels, fields=item.edit.fields)
        try:
            tracker.verify(tracker.look(item.item), edit)
        except (Refused, Gone, Conflict, Misconfigured) as refused:
            yield HeldBack(item.key, "would be refused", refused.message)
