"""Plans, round results and undo results as text for a terminal."""

from collections.abc import Iterator, Mapping

from connectors.tracker import FieldValue
from rules.model import WorkItem
from sync.cli.output import printable
from sync.messages import shipped_messages
from sync.rounds.result import RoundResult, summarize_answers
from sync.rounds.undo import UndoResult
from sync.store.records import CommentCall, EditCall
from sync.writeback import ApplyResult, ItemPlan, Plan

_MARGIN = "    │ "
_LISTED = 10


def plan_lines(plan: Plan, items: Mapping[str, WorkItem], *, limit: int | None = None) -> Iterator[str]:
    """A plan item by item, with the exact text; at most `limit` items."""
    for planned in plan.items[:limit]:
        yield from _item_lines(planned, items.get(planned.item), plan.names)
    left_out = len(plan.items) - limit if limit is not None else 0
    if left_out > 0:
        yield f"… and {left_out} more items."
    if plan.waiting:
        yield f"Over budget, waiting for a later round: {', '.join(plan.waiting)}"


def _item_lines(planned: ItemPlan, item: WorkItem | None, field_names: Mapping[str, str]) -> Iterator[str]:
    yield f"{planned.key}  {printable(item.title) if item else ''}".rstrip()
    if planned.edit is not None:
        yield from _edit_lines(planned.edit, field_names)
    if planned.comment is not None:
        yield from _comment_lines(planned.comment)
    yield ""


def _edit_lines(edit: EditCall, field_names: Mapping[str, str]) -> Iterator[str]:
    for label in edit.add_labels:
        yield f"  label    + {label}"
    for label in edit.remove_labels:
        yield f"  label    - {label}"
    for name, value in edit.fields.items():
        yield f"  field    {field_names.get(name, name)}: {_value(edit.before.get(name))} → {_value(value)}"


def _comment_lines(call: CommentCall) -> Iterator[str]:
    yield f"  comment  {call.action}"
    if call.content is not None:
        for line in call.content.document.plain.splitlines():
            yield _MARGIN + printable(line)


def _value(value: FieldValue) -> str:
    return "(empty)" if value is None else printable(f"{value:g}" if isinstance(value, float) else value)


def result_lines(result: RoundResult) -> Iterator[str]:
    """What a round found and did, in a few lines."""
    pulled = result.pulled
    if pulled.items or not result.trouble:
        yield f"{result.tracker}: {pulled.items} items, {result.open_items} open, {pulled.read} read in this round."
    yield from _finding_lines(result)
    yield from _write_lines(result)
    answers = [answer.line for answer in summarize_answers(result.answers)]
    if answers:
        more = f"; and {len(answers) - _LISTED} more" if len(answers) > _LISTED else ""
        yield f"Answers taken: {printable('; '.join(answers[:_LISTED]))}{more}."
    yield from (f"Question: {question}" for question in result.bulk_questions.values())
    yield from (f"Skipped: {printable(problem.line)}." for problem in result.skipped[:_LISTED])
    if len(result.skipped) > _LISTED:
        yield f"… and {len(result.skipped) - _LISTED} more skipped."
    for due in result.due[:_LISTED]:
        yield f"To decide again: {printable(f'{due.key}. {due.line(shipped_messages())}')}"
    if len(result.due) > _LISTED:
        yield f"… and {len(result.due) - _LISTED} more to decide again."
    if pulled.guard:
        yield f"Warning: {pulled.guard}"
    yield from (f"Note: {printable(note)}" for note in result.notes)


def _finding_lines(result: RoundResult) -> Iterator[str]:
    if result.found:
        counts = ", ".join(f"{count} {rule}" for rule, count in sorted(result.found.items()))
        yield f"Findings: {counts}."
    for rule, question in result.questions.items():
        yield f"One question for the whole backlog ({rule}): {question}"
    for rule, limits in result.limits.items():
        for limit in limits:
            yield f"Not judged ({rule}): {limit}"


def _write_lines(result: RoundResult) -> Iterator[str]:
    if result.plan is not None:
        yield (
            f"Planned: {item_count(len(result.plan.items))} to write, {len(result.plan.waiting)} waiting, "
            f"{len(result.plan.skipped_writes)} findings held back."
        )
    if result.applied is not None:
        yield f"Written: {write_counts(result.applied)}."
        yield from (f"Not written: {refused.key}: {refused.because}" for refused in result.applied.refused)
        yield from result.applied.reconciled
    if result.blocked_reason:
        yield f"Nothing was written. {result.blocked_reason}"


def undo_lines(undone: UndoResult) -> Iterator[str]:
    """What an undo did, or would do."""
    if undone.applied is None:
        yield from plan_lines(undone.plan, {})
        yield f"{undone.tracker}: {item_count(len(undone.plan.items))} would be undone."
    else:
        yield f"{undone.tracker}: {item_count(len(undone.plan.items))} undone ({write_counts(undone.applied)})."
        yield from (f"Left as it is: {refused.key}: {refused.because}" for refused in undone.applied.refused)
    yield from (f"Left as it is: {held.key}: {held.what}. {held.because}" for held in undone.plan.skipped_writes)


def item_count(count: int) -> str:
    """A number of items in words."""
    return "1 item" if count == 1 else f"{count} items"


def write_counts(applied: ApplyResult) -> str:
    """How many comments, labels and fields were written."""
    counts = [f"{count} {name}" for name, count in applied.counts().items() if count]
    return ", ".join(counts) or "nothing, everything is up to date"
