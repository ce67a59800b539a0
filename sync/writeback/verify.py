"""Lets the tracker validate the edits of a plan, which are changes of labels and fields, without saving them."""

from collections.abc import Iterator

from connectors.errors import Conflict, Gone, Misconfigured, Refused
from connectors.tracker import Target
from connectors.writes import Edit
from sync.writeback.planning.plan import Plan, SkippedWrite


def find_refused_edits(plan: Plan, target: Target) -> Iterator[SkippedWrite]:
    """Find the edits that the tracker would refuse, and why. No tracker can validate comments.

    Args:
        target: The part of a connected tracker that writes. The tracker has to be able to validate edits. Writes have
            to be allowed, because the check is sent as an edit that the tracker does not save.

    Raises:
        ConnectorError: The tracker cannot be reached.
    """
    for item_plan in plan.items:
        if item_plan.edit is None:
            continue
        edit = Edit(
            add_labels=item_plan.edit.add_labels,
            remove_labels=item_plan.edit.remove_labels,
            fields=item_plan.edit.fields,
        )
        try:
            target.verify(target.get_snapshot(item_plan.item), edit)
        except (Refused, Gone, Conflict, Misconfigured) as error:
            yield SkippedWrite(item_plan.key, "would be refused", error.message)
