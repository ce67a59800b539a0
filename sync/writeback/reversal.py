"""Takes back what was written: a round, or everything, and only where the value is still ours.

An undo is a plan like any other, applied through the same outbox and written into the same ledger.
"""

from collections.abc import Iterable, Sequence

from sync.store.records import Annotation, CommentCall, CommentContent, EditCall, Effect
from sync.writeback.plan import HeldBack, ItemPlan, Plan


def plan_undo(tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect] | None = None) -> Plan:
    """What would take things back.

    Args:
        tracker: Name of the tracker.
        annotations: Everything of ours that stands there.
        effects: The effects to reverse; None for everything that stands.
    """
    by_item: dict[str, list[Annotation]] = {}
    for annotation in annotations:
        by_item.setdefault(annotation.item, []).append(annotation)
    wanted = None if effects is None else _by_item(effects)
    plans: list[ItemPlan] = []
    held: list[HeldBack] = []
    for item in dict.fromkeys([*by_item, *(wanted or ())]):
        standing = by_item.get(item, [])
        ours = [annotation for annotation in standing if not annotation.taken]
        held += [
            HeldBack(annotation.key, _what(annotation), "A person changed it since; it is theirs.")
            for annotation in standing
            if annotation.taken
        ]
        if wanted is None:
            plan = _everything(tracker, ours)
        else:
            plan, left = _some(tracker, ours, wanted.get(item, []))
            theirs = {(annotation.kind, annotation.name) for annotation in standing if annotation.taken}
            held += [one for place, one in left.items() if place not in theirs]
        if plan is not None:
            plans.append(plan)
        if wanted is None:
            plans += _second_comments(tracker, ours)
    return Plan(tracker=tracker, items=tuple(plans), held=tuple(held))


def _by_item(effects: Iterable[Effect]) -> dict[str, list[Effect]]:
    found: dict[str, list[Effect]] = {}
    for effect in effects:
        found.setdefault(effect.item, []).append(effect)
    return found


def _everything(tracker: str, annotations: Sequence[Annotation]) -> ItemPlan | None:
    if not annotations:
        return None
    labels = tuple(annotation.name for annotation in annotations if annotation.kind == "label")
    fields = [annotation for annotation in annotations if annotation.kind == "field"]
    comment = next((annotation for annotation in annotations if annotation.kind == "comment"), None)
    edit = EditCall(
        remove_labels=labels,
        fields={annotation.name: _plain(annotation.before) for annotation in fields},
        before={annotation.name: _plain(annotation.value) for annotation in fields},
    )
    call = None
    if comment is not None and isinstance(comment.value, CommentContent):
        call = CommentCall(action="delete", comment=comment.name, before=comment.value)
    return _item_plan(tracker, annotations[0], edit, call)


def _second_comments(tracker: str, annotations: Sequence[Annotation]) -> Iterable[ItemPlan]:
    """There is one comment an item, but for what a process that stood still had half sent."""
    for annotation in [annotation for annotation in annotations if annotation.kind == "comment"][1:]:
        if isinstance(annotation.value, CommentContent):
            call = CommentCall(action="delete", comment=annotation.name, before=annotation.value)
            yield ItemPlan(tracker=tracker, item=annotation.item, key=annotation.key, comment=call)


def _some(
    tracker: str, annotations: Sequence[Annotation], effects: Sequence[Effect]
) -> tuple[ItemPlan | None, dict[tuple[str, str], HeldBack]]:
    """Reverses effects of one item where what stands is what the last of them left; says what is left, and why."""
    left: dict[tuple[str, str], HeldBack] = {}
    standing: dict[tuple[str, str], Annotation] = {
        (annotation.kind, annotation.name): annotation for annotation in annotations
    }
    add: list[str] = []
    remove: list[str] = []
    fields: dict[str, str | float | None] = {}
    before: dict[str, str | float | None] = {}
    comment: CommentCall | None = None
    first: dict[tuple[str, str], Effect] = {}
    last: dict[tuple[str, str], Effect] = {}
    for effect in effects:
        first.setdefault((effect.kind, effect.name), effect)
        last[effect.kind, effect.name] = effect
    for place, effect in last.items():
        annotation = standing.get(place)
        if (annotation.value if annotation is not None else None) != effect.after:
            left[place] = HeldBack(effect.key, _place(*place), _why_not(annotation, effect))
            continue
        restored = first[place].before
        if effect.kind == "label":
            (remove if restored is None else add).append(effect.name)
        elif effect.kind == "field":
            fields[effect.name], before[effect.name] = _plain(restored), _plain(effect.after)
        else:
            comment = _comment_back(effect, restored)
    edit = EditCall(add_labels=tuple(add), remove_labels=tuple(remove), fields=fields, before=before)
    some = effects[0] if effects else None
    return (_item_plan(tracker, some, edit, comment) if some is not None else None), left


def _why_not(annotation: Annotation | None, effect: Effect) -> str:
    if annotation is not None:
        return "A later round changed it." if effect.after is not None else "A later round put it there again."
    return "It was taken back already, or a person removed it."


def _comment_back(effect: Effect, restored: object) -> CommentCall:
    now = effect.after if isinstance(effect.after, CommentContent) else None
    then = restored if isinstance(restored, CommentContent) else None
    if now is None:
        return CommentCall(action="add", content=then)
    if then is None:
        return CommentCall(action="delete", comment=effect.name, before=now)
    return CommentCall(action="replace", comment=effect.name, content=then, before=now)


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


def _plain(value: object) -> str | float | None:
    return value if isinstance(value, str | float) else None


def _what(annotation: Annotation) -> str:
    return _place(annotation.kind, annotation.name)


def _place(kind: str, name: str) -> str:
    return f"{kind} {name}" if kind != "comment" else "our comment"
