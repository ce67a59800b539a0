"""Describes the annotations about a finding that are on its item, and the changes to them that the next round plans.

An annotation is a comment, label or field value that the service put on an item; field values are not about findings. A
rule in shadow mode only reports its findings.
"""

from collections.abc import Sequence

from rules.lifecycle import FindingState
from sync.rounds.item_view import ItemView
from sync.store.findings import StoredFinding
from sync.store.records import Annotation
from sync.writeback import ItemPlan
from sync.writeback.planning.plan import ALL_WRITES, OUR_COMMENT

_REASONS = {
    FindingState.QUIET: "people are working on the item.",
    FindingState.COOLING_DOWN: "it is paused after recent activity.",
    FindingState.WAIVED: "it is waived.",
    FindingState.SNOOZED: "it is snoozed.",
    FindingState.SATURATED: "the team is asked one question for all such items instead.",
    FindingState.SHADOW: "its rule only reports.",
    FindingState.BASELINE: "it was found in the first round, and the item will not be started soon.",
}
"""Why nothing is added about a finding, by its state. In the states that are left out, something may be written.

Exception: if the tracker did not keep a comment that contained the finding, the comment may be added again.
"""


def describe_writes(stored: StoredFinding, view: ItemView, shadow_reason: str) -> str:
    """Describe the annotations about a finding, and the changes that the next round plans.

    Args:
        shadow_reason: Why the rule is in shadow mode; empty if it is not.
    """
    rule = stored.finding.rule
    present_annotations = [
        annotation
        for annotation in view.inputs.annotations.get(view.item.id, ())
        if rule in annotation.rules and annotation.kind in ("comment", "label") and not annotation.changed_by_others
    ]
    # `view.plan` only contains changes to this item.
    item_plan = view.plan.items[0] if view.plan.items else None
    added_kinds = (
        [] if shadow_reason else _added_kinds(rule, item_plan, {annotation.kind for annotation in present_annotations})
    )
    removed_annotations = [annotation for annotation in present_annotations if _is_removed(annotation, rule, item_plan)]
    remaining_annotations = [annotation for annotation in present_annotations if annotation not in removed_annotations]
    sentences = []
    reason = shadow_reason or _REASONS.get(stored.state)
    if reason and not added_kinds and stored.state is not FindingState.CLEARED:
        sentences.append(f"Nothing will be added: {reason}")
    if remaining_annotations:
        sentences.append(f"It is on the item ({_kinds_and_dates(remaining_annotations)}).")
    if removed_annotations:
        sentences.append(f"To be removed: {_kinds_and_dates(removed_annotations)}.")
    if added_kinds:
        sentences.append(f"The next round that may write adds: {', '.join(added_kinds)}.")
    if not sentences:
        sentences += [
            f"Nothing will be added. {skipped.reason}"
            for skipped in view.plan.skipped_writes
            if skipped.what in (ALL_WRITES, OUR_COMMENT)
        ]
    return " ".join(sentences) or "Nothing is written about it."


def _added_kinds(rule: str, item_plan: ItemPlan | None, present_kinds: set[str]) -> list[str]:
    """The kinds of annotation that a plan adds about a rule."""
    if item_plan is None:
        return []
    added_kinds = []
    content = item_plan.comment.content if item_plan.comment is not None else None
    if content is not None and rule in content.rules and "comment" not in present_kinds:
        added_kinds.append("comment")
    if item_plan.edit is not None and item_plan.edit.add_labels and rule in item_plan.edit.rules:
        added_kinds.append("label")
    return added_kinds


def _is_removed(annotation: Annotation, rule: str, item_plan: ItemPlan | None) -> bool:
    """Whether a plan removes an annotation, or the part of a comment that is about a rule."""
    if item_plan is None:
        return False
    if annotation.kind == "label":
        return item_plan.edit is not None and annotation.name in item_plan.edit.remove_labels
    if item_plan.comment is None or item_plan.comment.comment_id != annotation.name:
        return False
    return item_plan.comment.content is None or rule not in item_plan.comment.content.rules


def _kinds_and_dates(annotations: Sequence[Annotation]) -> str:
    """The kinds of annotations with their dates, as part of a sentence: "comment since 2027-01-15"."""
    return " and ".join(f"{annotation.kind} since {annotation.written:%Y-%m-%d}" for annotation in annotations)
