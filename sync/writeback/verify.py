"""Has the tracker check the edits of a plan by its own rules, without making them."""

from collections.abc import Iterator

from connectors.errors import Conflict, Gone, Misconfigured, Refused
from connectors.tracker import Edit, Target
from sync.writeback.plan import HeldBack, Plan


def refusals(plan: Plan, target: Target) -> Iterator[HeldBack]:
    """Edits that the tracker would refuse, and why; comments cannot be checked anywhere.

    Args:
        plan: What would be written.
        target: Of a connected tracker that can verify, and allowed to write: the check is sent as an edit that is not
            to be saved.

    Raises:
        ConnectorError: The tracker cannot be asked.
    """
    for item in plan.items:
        if item.edit is None:
            continue
        edit = Edit(add_labels=item.edit.add_labels, remove_labels=item.edit.remove_labels, fields=item.edit.fields)
        try:
            target.verify(target.get_snapshot(item.item), edit)
        except (Refused, Gone, Conflict, Misconfigured) as refused:
            yield HeldBack(item.key, "would be refused", refused.message)
