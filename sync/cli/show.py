"""How plans and outcomes read on a terminal."""

from collections.abc import Iterator, Mapping

from connectors.tracker import FieldValue
from rules.model import WorkItem
from sync.cli.common import printable
from sync.messages import shipped_messages
from sync.rounds.result import RoundResult
from sync.rounds.undo import Undone
from sync.store.records import CommentCall, EditCall
from sync.writeback import Applied, ItemPlan, Plan

_MARGIN = "    │ "


def plan_lines(plan: Plan, items: dict[str, WorkItem], *, most: int | None = None) -> Iterator[str]:
    """A plan, item by item, with the exact text."""
    for item in plan.items[:most]:
        yield from item_lines(item, items.get(item.item), plan.names)
    left = len(plan.items) - most if most is not None else 0
    if left > 0:
        yield f"… and {left} more items in the same way."
    if plan.waiting:
        yield f"Over the budget, waiting for a later round: {', '.join(plan.waiting)}"


def item_lines(planned: ItemPlan, item: WorkItem | None, names: Mapping[str, str]) -> Iterator[str]:
    """What would be written on one item."""
    yield f"{planned.key}  {printable(item.title) if item else ''}".rstrip()
    if planned.edit is not None:
        yield from _edit_lines(planned.edit, names)
    if planned.comment is not None:
        yield from _comment_lines(planned.comment)
    yield ""


def _edit_lines(edit: EditCall, names: Mapping[str, str]) -> Iterator[str]:
    for label in edit.add_labels:
        yield f"  label    + {label}"
    for label in edit.remove_labels:
        yield f"  label    - {label}"
    for name, value in edit.fields.items():
        yield f"  field    {names.get(name, name)}: {_shown(edit.before.get(name))} → {_shown(value)}"


def _comment_lines(call: CommentCall) -> Iterator[str]:
    yield f"  comment  {call.action}"
    if call.content is not None:
        for line in call.content.document.plain.splitlines():
            yield _MARGIN + printable(line)


def _shown(value: FieldValue) -> str:
    return "(empty)" if value is None else printable(f"{value:g}" if isinstance(value, float) else value)


def outcome_lines(outcome: RoundResult) -> Iterator[str]:
    """What a round found and did, in a few lines."""
    pulled = outcome.pulled
    if pulled.items or not outcome.trouble:
        yield f"{outcome.tracker}: {pulled.items} items, {outcome.open_items} open, {pulled.read} read anew."
    yield from _judged_lines(outcome)
    yield from _written_lines(outcome)
    yield from (f"Skipped: {printable(problem.line)}." for problem in outcome.skipped[:10])
    if len(outcome.skipped) > 10:
        yield f"… and {len(outcome.skipped) - 10} more skipped."
    yield from (
        f"To decide again: {printable(f'{one.key}. {one.line(shipped_messages())}')}" for one in outcome.due[:10]
    )
    if len(outcome.due) > 10:
        yield f"… and {len(outcome.due) - 10} more to decide again."
    if pulled.brake:
        yield f"Careful: {pulled.brake}"
    yield from (f"Note: {printable(note)}" for note in outcome.notes)


def _judged_lines(outcome: RoundResult) -> Iterator[str]:
    if outcome.found:
        found = ", ".join(f"{count} {rule}" for rule, count in sorted(outcome.found.items()))
        yield f"Findings: {found}."
    for rule, question in outcome.questions.items():
        yield f"One question instead of many ({rule}): {question}"
    for rule, limits in outcome.limits.items():
        for limit in limits:
            yield f"Not judged ({rule}): {limit}"


def _written_lines(outcome: RoundResult) -> Iterator[str]:
    if outcome.plan is not None:
        yield (
            f"Planned: {len(outcome.plan.items)} items to write, {len(outcome.plan.waiting)} waiting, "
            f"{len(outcome.plan.held)} findings held back."
        )
    if outcome.applied is not None:
        yield f"Written: {counted(outcome.applied)}."
        yield from (f"Not written: {one.key}: {one.because}" for one in outcome.applied.refused)
        yield from outcome.applied.reconciled
    if outcome.held_whole:
        yield f"Nothing was written. {outcome.held_whole}"


def undone_lines(undone: Undone) -> Iterator[str]:
    """What taking back did."""
    if undone.applied is None:
        yield from plan_lines(undone.plan, {})
        yield f"{undone.tracker}: {len(undone.plan.items)} items would be taken back."
    else:
        yield f"{undone.tracker}: {len(undone.plan.items)} items taken back ({counted(undone.applied)})."
        yield from (f"Left: {one.key}: {one.because}" for one in undone.applied.refused)
    yield from (f"Left: {held.key}: {held.what}. {held.because}" for held in undone.plan.held)


def counted(applied: Applied) -> str:
    """What was written, in words."""
    parts = [f"{count} {name}" for name, count in applied.counts().items() if count]
    return ", ".join(parts) or "nothing, all is as it should be"
