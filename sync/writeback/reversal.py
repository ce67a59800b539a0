"""Plans the undo of a round, of an item, or of everything, but only where the current value is still ours.

An undo is a plan like any other: it goes through the same outbox and is recorded in the same ledger.
"""

from collections.abc import Iterable, Sequence

from sync.store.records import Annotation, CommentCall, CommentContent, EditCall, Effect
from sync.writeback.plan import ItemPlan, Plan, SkippedWrite

_Place = tuple[str, str]
"""Kind and name of an annotation."""


def plan_undo(tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect] | None = None) -> Plan:
    """Plan an undo.

    Args:
        tracker: The tracker's name.
        annotations: All current annotations.
        effects: The effects to reverse; None to remove all annotations.
    """
    by_item: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        by_item.setdefault(annotation.item, []).append(annotation)
    effects_by_item = None if effects is None else _by_item(effects)
    plans: list[ItemPlan] = []
    held: list[SkippedWrite] = []
    for item in dict.fromkeys([*by_item, *(effects_by_item or ())]):
        current = by_item.get(item, [])
        taken = {
            (annotation.kind, annotation.name): annotation for annotation in current if annotation.changed_by_others
        }
        ours = [annotation for annotation in current if not annotation.changed_by_others]
        held += [
            SkippedWrite(annotation.key, _described(*place), "Somebody has changed it since, so it stays.")
            for place, annotation in taken.items()
        ]
        if effects_by_item is None:
            plans += _remove_all(tracker, ours)
        else:
            plan, left = _reverse(tracker, ours, effects_by_item.get(item, []))
            plans += [plan] if plan is not None else []
            held += [reason for place, reason in left.items() if place not in taken]
    return Plan(tracker=tracker, items=tuple(plans), skipped_writes=tuple(held))


def _by_item(effects: Iterable[Effect]) -> dict[str, list[Effect]]:
    grouped: dict[str, list[Effect]] = {}
    for effect in effects:
        grouped.setdefault(effect.item, []).append(effect)
    return grouped


def _remove_all(tracker: str, annotations: Sequence[Annotation]) -> Iterable[ItemPlan]:
    """Plan the removal of all annotations of an item.

    Usually that is one plan. A second comment, which may have taken effect after its reply was lost, needs a plan of
    its own.
    """
    if not annotations:
        return
    fields = [annotation for annotation in annotations if annotation.kind == "field"]
    edit = EditCall(
        remove_labels=tuple(annotation.name for annotation in annotations if annotation.kind == "label"),
        fields={annotation.name: _field_value(annotation.before) for annotation in fields},
        before={annotation.name: _field_value(annotation.expected_value) for annotation in fields},
    )
    calls: list[CommentCall | None] = [
        CommentCall(
            action="delete",
            comment=annotation.name,
            before=annotation.value if isinstance(annotation.value, CommentContent) else None,
        )
        for annotation in annotations
        if annotation.kind == "comment"
    ] or [None]
    for number, call in enumerate(calls):
        plan = _item_plan(tracker, annotations[0], EditCall() if number else edit, call)
        if plan is not None:
            yield plan


def _reverse(
    tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect]
) -> tuple[ItemPlan | None, dict[_Place, SkippedWrite]]:
    """Reverse the effects on one item where the current value is the one that the last effect left.

    Returns:
        The plan, and what is not reversed and why.
    """
    left: dict[_Place, SkippedWrite] = {}
    current: dict[_Place, Annotation] = {(annotation.kind, annotation.name): annotation for annotation in annotations}
    add: list[str] = []
    remove: list[str] = []
    fields: dict[str, str | float | None] = {}
    before: dict[str, str | float | None] = {}
    comment: CommentCall | None = None
    first: dict[_Place, Effect] = {}
    last: dict[_Place, Effect] = {}
    for effect in effects:
        first.setdefault((effect.kind, effect.name), effect)
        last[effect.kind, effect.name] = effect
    for place, effect in last.items():
        annotation = current.get(place)
        if (annotation.value if annotation is not None else None) != effect.after:
            left[place] = SkippedWrite(effect.key, _described(*place), _why_not(annotation, effect))
            continue
        restored = first[place].before
        if effect.kind == "label":
            (remove if restored is None else add).append(effect.name)
        elif effect.kind == "field":
            expected = annotation.expected_value if annotation is not None else effect.after
            fields[effect.name], before[effect.name] = _field_value(restored), _field_value(expected)
        else:
            comment = _restore_comment(effect, restored)
    edit = EditCall(add_labels=tuple(add), remove_labels=tuple(remove), fields=fields, before=before)
    return (_item_plan(tracker, effects[0], edit, comment) if effects else None), left


def _why_not(annotation: Annotation | None, effect: Effect) -> str:
    if annotation is not None:
        return "A later round changed it." if effect.after is not None else "A later round wrote it again."
    return "It was already undone, or a person removed it."


def _restore_comment(effect: Effect, restored: object) -> CommentCall:
    current = effect.after if isinstance(effect.after, CommentContent) else None
    earlier = restored if isinstance(restored, CommentContent) else None
    if current is None:
        return CommentCall(action="add", content=earlier)
    if earlier is None:
        return CommentCall(action="delete", comment=effect.name, before=current)
    return CommentCall(action="replace", comment=effect.name, content=earlier, before=current)


def _item_plan(
    tracker: str, about: Annotation | Effect, edit: EditCall, comment: CommentCall | None
) -> ItemPlan | None:
    if edit.is_empty and comment is None:
        return None
    return ItemPlan(
        tracker=tracker,
        item=about.item,
        key=about.key,
        edit=None if edit.is_empty else edit,
        comment=comment,
    )


def _field_value(value: object) -> str | float | None:
    return value if isinstance(value, str | float) else None


def _described(kind: str, name: str) -> str:
    return f"{kind} {name}" if kind != "comment" else "our comment"
