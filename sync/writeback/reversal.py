"""Plans the undo of a round, of an item, or of everything, except for values that others have changed.

An annotation is a comment, label or field value that is on an item because the service wrote it. An effect is one
change that the service made: one comment, label or field, with its value before and after. An undo is applied like any
other plan, and its own effects are recorded as well.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sync.store.records import Annotation, CommentCall, CommentContent, EditCall, Effect, as_field_value
from sync.writeback.planning.plan import OUR_COMMENT, ItemPlan, Plan, SkippedWrite
from sync.writeback.recording import by_kind_and_name

_KindAndName = tuple[str, str]
"""Kind and name of an annotation or effect. On its item, they identify the annotation."""
_Entry = TypeVar("_Entry", Annotation, Effect)
"""An annotation or an effect; both name the item that they are about."""


def plan_undo(tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect] | None = None) -> Plan:
    """Plan an undo.

    Args:
        effects: The effects to reverse; None to remove all annotations.
    """
    annotations_by_item = _group_by_item(annotations)
    effects_by_item = None if effects is None else _group_by_item(effects)
    plans: list[ItemPlan] = []
    skipped: list[SkippedWrite] = []
    for item in dict.fromkeys([*annotations_by_item, *(effects_by_item or ())]):
        present = annotations_by_item.get(item, [])
        changed = by_kind_and_name(annotation for annotation in present if annotation.changed_by_others)
        unchanged = [annotation for annotation in present if not annotation.changed_by_others]
        skipped += [
            SkippedWrite(annotation.key, _describe(*kind_and_name), "Somebody has changed it since, so it stays.")
            for kind_and_name, annotation in changed.items()
        ]
        if effects_by_item is None:
            plans += _plan_removal(tracker, unchanged)
        else:
            plan, not_reversed = _reverse(tracker, unchanged, effects_by_item.get(item, []))
            plans += [plan] if plan is not None else []
            skipped += [
                skipped_write for kind_and_name, skipped_write in not_reversed.items() if kind_and_name not in changed
            ]
    return Plan(tracker=tracker, items=tuple(plans), skipped_writes=tuple(skipped))


def _group_by_item(entries: Iterable[_Entry]) -> dict[str, list[_Entry]]:
    """Group annotations or effects by item id, in the same order."""
    grouped: dict[str, list[_Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.item, []).append(entry)
    return grouped


def _plan_removal(tracker: str, annotations: Sequence[Annotation]) -> Iterable[ItemPlan]:
    """Plan the removal of all annotations of an item.

    That is one plan, unless a write took effect although its response was lost, so that the item has a second comment:
    each further comment needs a separate plan.
    """
    if not annotations:
        return
    fields = [annotation for annotation in annotations if annotation.kind == "field"]
    restored_values = {annotation.name: as_field_value(annotation.before) for annotation in fields}
    expected_values = {annotation.name: as_field_value(annotation.expected_value) for annotation in fields}
    edit = EditCall(
        remove_labels=tuple(annotation.name for annotation in annotations if annotation.kind == "label"),
        fields=restored_values,
        before=expected_values,
    )
    calls: list[CommentCall | None] = [
        CommentCall(
            action="delete",
            comment_id=annotation.name,
            before=annotation.value if isinstance(annotation.value, CommentContent) else None,
        )
        for annotation in annotations
        if annotation.kind == "comment"
    ] or [None]
    for index, call in enumerate(calls):
        yield _item_plan(tracker, annotations[0], edit if index == 0 else EditCall(), call)


def _reverse(
    tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect]
) -> tuple[ItemPlan | None, dict[_KindAndName, SkippedWrite]]:
    """Plan the reversal of effects on one item, except where the present value differs from the last effect.

    Returns:
        The plan, and what is not reversed and why.
    """
    not_reversed: dict[_KindAndName, SkippedWrite] = {}
    present = by_kind_and_name(annotations)
    added_labels: list[str] = []
    removed_labels: list[str] = []
    restored_values: dict[str, str | float | None] = {}
    expected_values: dict[str, str | float | None] = {}
    comment: CommentCall | None = None
    first_effects: dict[_KindAndName, Effect] = {}
    last_effects: dict[_KindAndName, Effect] = {}
    for effect in effects:
        first_effects.setdefault((effect.kind, effect.name), effect)
        last_effects[effect.kind, effect.name] = effect
    for kind_and_name, effect in last_effects.items():
        annotation = present.get(kind_and_name)
        if (annotation.value if annotation is not None else None) != effect.after:
            reason = _reason_not_to_reverse(annotation, effect)
            not_reversed[kind_and_name] = SkippedWrite(effect.key, _describe(*kind_and_name), reason)
            continue
        former = first_effects[kind_and_name].before
        if effect.kind == "label":
            (removed_labels if former is None else added_labels).append(effect.name)
        elif effect.kind == "field":
            expected = annotation.expected_value if annotation is not None else effect.after
            restored_values[effect.name], expected_values[effect.name] = (
                as_field_value(former),
                as_field_value(expected),
            )
        else:
            comment = _restore_comment(effect, former)
    edit = EditCall(
        add_labels=tuple(added_labels),
        remove_labels=tuple(removed_labels),
        fields=restored_values,
        before=expected_values,
    )
    changes_nothing = edit.is_empty and comment is None
    return (None if changes_nothing else _item_plan(tracker, effects[0], edit, comment)), not_reversed


def _reason_not_to_reverse(annotation: Annotation | None, effect: Effect) -> str:
    """Why an effect whose value is no longer on the item is not reversed, as a sentence.

    Args:
        annotation: The annotation that the service has put on the item since; None if there is none.
    """
    if annotation is not None:
        return "A later round changed it." if effect.after is not None else "A later round wrote it again."
    return "It was already undone, or a person removed it."


def _restore_comment(effect: Effect, former: object) -> CommentCall:
    """The call that gives the service's comment its former content: adds, deletes or replaces it."""
    current = effect.after if isinstance(effect.after, CommentContent) else None
    earlier = former if isinstance(former, CommentContent) else None
    if current is None:
        return CommentCall(action="add", content=earlier)
    if earlier is None:
        return CommentCall(action="delete", comment_id=effect.name, before=current)
    return CommentCall(action="replace", comment_id=effect.name, content=earlier, before=current)


def _item_plan(tracker: str, entry: Annotation | Effect, edit: EditCall, comment: CommentCall | None) -> ItemPlan:
    """The plan for the item that an annotation or effect is about."""
    return ItemPlan(
        tracker=tracker, item=entry.item, key=entry.key, edit=None if edit.is_empty else edit, comment=comment
    )


def _describe(kind: str, name: str) -> str:
    """An annotation as `SkippedWrite.what` names it."""
    return f"{kind} {name}" if kind != "comment" else OUR_COMMENT
