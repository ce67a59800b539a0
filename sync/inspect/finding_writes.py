"""Describes the annotations about a finding that are on its item, and the changes to them that the next round plans.

An annotation is a comment, label or field value that the service put on an item. A rule in shadow mode only reports its
findings. The horizon is the part of the backlog that the team will start soon; an item beyond it gets no comment.
"""

from collections.abc import Sequence

from rules.lifecycle import FindingState
from sync.rounds.item_view import ItemView
from sync.store.findings import StoredFinding
from sync.store.records import Annotation
from sync.writeback import ItemPlan
from sync.writeback.planning import ALL_WRITES, OUR_COMMENT

_WRITTEN_STATES = (FindingState.NEW, FindingState.STANDING, FindingState.BEYOND_HORIZON)
"""States in which the service writes annotations about a finding: it is new or was found before, or its item is beyond
the horizon."""
_WHOLE_ITEM_SKIPS = (ALL_WRITES, OUR_COMMENT)
"""Values of `SkippedWrite.what` that concern all findings of an item."""


def describe_writes(stored: StoredFinding, view: ItemView, shadow_reason: str) -> str:
    """Describe the annotations about a finding, and the changes that the next round plans.

    Args:
        view: The item of the finding.
        shadow_reason: Why the rule is in shadow mode; empty if it is not.
    """
    rule = stored.finding.rule
    present = [
        annotation
        for annotation in view.inputs.annotations.get(view.item.id, ())
        if rule in annotation.rules and annotation.kind in ("comment", "label") and not annotation.changed_by_others
    ]
    planned = view.plan.items[0] if view.plan.items else None
    added = [] if shadow_reason else _added_kinds(rule, planned, {annotation.kind for annotation in present})
    removed = [annotation for annotation in present if _is_removed(annotation, rule, planned)]
    remaining = [annotation for annotation in present if annotation not in removed]
    sentences = []
    if (
        not added
        and stored.state is not FindingState.CLEARED
        and (shadow_reason or stored.state not in _WRITTEN_STATES)
    ):
        sentences.append(f"Nothing will be added: {shadow_reason or f'it is {stored.state}.'}")
    if remaining:
        sentences.append(f"It is on the item ({_kinds_and_dates(remaining)}).")
    if removed:
        sentences.append(f"To be removed: {_kinds_and_dates(removed)}.")
    if added:
        sentences.append(f"The next round that may write adds: {', '.join(added)}.")
    if not sentences:
        sentences += [
            f"Nothing will be added. {skipped.reason}"
            for skipped in view.plan.skipped_writes
            if skipped.what in _WHOLE_ITEM_SKIPS
        ]
    return " ".join(sentences) or "Nothing is written about it."


def _added_kinds(rule: str, planned: ItemPlan | None, present_kinds: set[str]) -> list[str]:
    """The kinds of annotation that a plan adds about a rule."""
    if planned is None:
        return []
    added = []
    content = planned.comment.content if planned.comment is not None else None
    if content is not None and rule in content.rules and "comment" not in present_kinds:
        added.append("comment")
    if planned.edit is not None and planned.edit.add_labels and rule in planned.edit.rules:
        added.append("label")
    return added


def _is_removed(annotation: Annotation, rule: str, planned: ItemPlan | None) -> bool:
    """Whether a plan removes an annotation, or the part of a comment that is about a rule."""
    if planned is None:
        return False
    if annotation.kind == "label":
        return planned.edit is not None and annotation.name in planned.edit.remove_labels
    if planned.comment is None or planned.comment.comment != annotation.name:
        return False
    return planned.comment.content is None or rule not in planned.comment.content.rules


def _kinds_and_dates(annotations: Sequence[Annotation]) -> str:
    """The kinds of annotations with their dates, as part of a sentence: "comment since 2027-01-15"."""
    return " and ".join(f"{annotation.kind} since {annotation.written:%Y-%m-%d}" for annotation in annotations)
