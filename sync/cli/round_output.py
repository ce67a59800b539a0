"""Formats plans, and the results of rounds and undos, as text for a terminal.

A round is one pass over a tracker. Its budget is the number of items that it may write to. A finding, which is what a
rule flagged in an item, is raised if a comment or a label may be written for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from connectors.writes import FieldValue
from rules.model import Severity
from sync.cli.output import count_of, printable, quoted_lines
from sync.messages import shipped_messages
from sync.rounds.result import RoundResult, summarize_answers
from sync.rounds.undo import UndoResult
from sync.store.records import CommentCall, EditCall
from sync.writeback import ApplyResult, ItemPlan, Plan, SkippedWrite

_MAX_LISTED = 10
"""How many entries of a list are printed, so that the result fits on a screen."""
_MAX_NOT_UNDONE = 50
"""How many writes that could not be undone are printed: more than of other lists, because a person has to look at
them."""
_MAX_ITEMS_PER_REASON = 3
"""How many items are named for each reason for which something is not written."""


def plan_lines(plan: Plan, titles: Mapping[str, str], *, limit: int | None = None) -> Iterator[str]:
    """Yield the planned writes item by item, with their exact text.

    Args:
        titles: Titles of items, by key.
        limit: How many items to show at most.
    """
    yield from _plan_item_lines(plan, titles, limit, reason_to_delete="no open questions are left")
    if plan.waiting:
        yield f"Waiting for a later round, because the budget is used up: {count_of(len(plan.waiting), 'item')}."
        yield from _first_lines((f"  {_with_title(key, titles)}" for key in plan.waiting), indent="  ")
    if plan.skipped_writes:
        yield "Not planned:"
        yield from _first_lines(_skipped_lines(plan, titles), indent="  ")


def shown_keys(plan: Plan) -> Iterator[str]:
    """The keys of all items whose titles `plan_lines` shows if it has no limit."""
    yield from (planned.key for planned in plan.items)
    yield from plan.waiting[:_MAX_LISTED]
    for keys in _keys_by_reason(plan).values():
        yield from keys[:_MAX_ITEMS_PER_REASON]


def _plan_item_lines(
    plan: Plan, titles: Mapping[str, str], limit: int | None = None, *, reason_to_delete: str = ""
) -> Iterator[str]:
    """Yield the planned items, as `plan_lines` does. `reason_to_delete` says why comments are deleted."""
    for planned in plan.items[:limit]:
        yield from _item_lines(planned, titles, plan.names, reason_to_delete)
    left_out = len(plan.items) - limit if limit is not None else 0
    if left_out > 0:
        yield f"… and {left_out} more items."


def _item_lines(
    planned: ItemPlan, titles: Mapping[str, str], field_names: Mapping[str, str], reason_to_delete: str
) -> Iterator[str]:
    """Yield the planned writes to one item. `field_names` are names of fields by field id."""
    yield _with_title(planned.key, titles)
    if planned.edit is not None:
        yield from _edit_lines(planned.edit, field_names)
    if planned.comment is not None:
        yield from _comment_lines(planned.comment, reason_to_delete)
    yield ""


def _skipped_lines(plan: Plan, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield a paragraph for each reason for which something is not planned."""
    for (what, reason), keys in _keys_by_reason(plan).items():
        lines = (f"    {_with_title(key, titles)}" for key in keys)
        items = _first_lines(lines, limit=_MAX_ITEMS_PER_REASON, indent="    ", rest="more")
        yield "\n".join([f"  {printable(what)}, {count_of(len(keys), 'item')}: {printable(reason)}", *items])


def _keys_by_reason(plan: Plan) -> dict[tuple[str, str], list[str]]:
    """Keys of items, by what is not written on them and why."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for skipped in plan.skipped_writes:
        by_reason.setdefault((skipped.what, skipped.reason), []).append(skipped.key)
    return by_reason


def _with_title(key: str, titles: Mapping[str, str]) -> str:
    """A key, followed by the title of its item if it is known."""
    return f"{key}  {printable(titles.get(key, ''))}".rstrip()


def _first_lines(
    lines: Iterable[str], *, limit: int = _MAX_LISTED, indent: str = "", rest: str = "more; `--json` lists them all."
) -> Iterator[str]:
    """Yield the first lines, and how many more there are. `rest` follows that number."""
    remaining = iter(lines)
    yield from islice(remaining, limit)
    left_out = sum(1 for _ in remaining)
    if left_out:
        yield f"{indent}… and {left_out} {rest}"


def _edit_lines(edit: EditCall, field_names: Mapping[str, str]) -> Iterator[str]:
    """Yield the changes of labels and fields."""
    label_rules = edit.label_rules or {}
    for label in edit.add_labels:
        rules = ", ".join(label_rules.get(label, ()))
        yield f"  label    + {label}{f'  ({rules})' if rules else ''}"
    for label in edit.remove_labels:
        yield f"  label    - {label}"
    for name, value in edit.fields.items():
        before = _format_value(edit.before.get(name))
        yield f"  field    {field_names.get(name, name)}: {before} → {_format_value(value)}"


def _comment_lines(call: CommentCall, reason_to_delete: str) -> Iterator[str]:
    """Yield what is done with the service's comment, and its text."""
    reason = f"  ({reason_to_delete})" if call.action == "delete" and reason_to_delete else ""
    yield f"  comment  {call.action}{reason}"
    if call.content is not None:
        yield from quoted_lines(call.content.document.plain_text)


def _format_value(value: FieldValue) -> str:
    return "(empty)" if value is None else printable(f"{value:g}" if isinstance(value, float) else value)


def example_lines(result: RoundResult, titles: Mapping[str, str], *, config_option: str) -> Iterator[str]:
    """Yield the first comment that a round planned, in full, and the commands that show the others.

    Args:
        titles: Titles of items, by key.
        config_option: The option, after a space, with which these commands find the configuration.
    """
    plan = result.plan
    commented_items = [planned for planned in plan.items if planned.comment and planned.comment.content] if plan else []
    if not commented_items:
        return
    yield ""
    yield "One of the comments, as it would be written:"
    yield from _item_lines(commented_items[0], titles, {}, "")
    count = f"all {len(commented_items)} comments" if len(commented_items) > 1 else "the whole plan"
    preview_command = f"steward preview {commented_items[0].key}{config_option}"
    yield f"`{preview_command}` shows it again, `steward plan{config_option}` shows {count}."


def result_lines(result: RoundResult) -> Iterator[str]:
    """Yield the result of a round in a few lines."""
    pulled = result.pulled
    if pulled.items or not result.trouble:
        yield f"{result.tracker}: {pulled.items} items, {result.open_items} open, {pulled.read} read in this round."
    yield from _finding_lines(result)
    yield from _write_lines(result)
    answers = [answer.line(shipped_messages()) for answer in summarize_answers(result.answers)]
    if answers:
        more = f"; and {len(answers) - _MAX_LISTED} more" if len(answers) > _MAX_LISTED else ""
        yield f"Answers accepted: {printable('; '.join(answers[:_MAX_LISTED]))}{more}."
    # Each is about a change that somebody made to the service's comments, labels or fields on many items at once.
    yield from (f"Question: {question}" for question in result.bulk_questions.values())
    skipped = (f"Skipped: {printable(problem.line)}." for problem in result.skipped)
    yield from _first_lines(skipped, rest="more skipped.")
    due = (printable(f"To decide again: {entry.key}. {entry.line(shipped_messages())}") for entry in result.due)
    yield from _first_lines(due, rest="more to decide again.")
    if pulled.mass_deletion_warning:
        yield f"Warning: {pulled.mass_deletion_warning}"
    yield from map(printable, result.scores)  # sentences about the scores of the backlog
    yield from (f"Note: {printable(note)}" for note in result.notes)


def _finding_lines(result: RoundResult) -> Iterator[str]:
    """Yield the numbers of findings, the questions to the team, and what could not be judged."""
    if result.finding_counts:
        counts = ", ".join(f"{count} {rule}" for rule, count in sorted(result.finding_counts.items()))
        yield f"Findings: {counts}."
    for rule, question in result.questions.items():
        yield f"One question for the whole backlog ({rule}): {question}"
    for rule, reasons in result.unjudged_reasons.items():
        for reason in reasons:
            yield f"Not judged ({rule}): {reason}"
    if result.unjudged_reasons and result.open_items and result.pulled.items == result.open_items:
        yield (
            "No finished item was read, so sizes, durations and forecasts cannot be learned. The scope of the tracker "
            "probably leaves finished items out; `steward doctor` says what to change."
        )


def _write_lines(result: RoundResult) -> Iterator[str]:
    """Yield what was planned and written, why not everything was, and the outcomes of interrupted earlier writes."""
    if result.plan is not None:
        # `what` is the id of a rule if the skipped write is about one of its findings.
        not_raised = sum(skipped.what in result.finding_counts for skipped in result.plan.skipped_writes)
        yield (
            f"Planned: {count_of(len(result.plan.items), 'item')} to write, {len(result.plan.waiting)} waiting, "
            f"{not_raised} findings not raised."
        )
        yield from _label_only_lines(result)
        if result.mode == "shadow" and not result.blocked_reason:
            yield "The mode is shadow: nothing is written to the tracker until steward.yaml says `mode: write`."
    if result.applied is not None:
        yield f"Written: {write_counts(result.applied)}."
        if result.writes:
            yield f"To undo this: steward undo --round {result.round}"
        yield from _first_lines(_skipped_line(skipped, "Not written") for skipped in result.applied.not_written)
        yield from result.applied.reconciled
    if result.blocked_reason:
        yield f"Nothing was written. {result.blocked_reason}"


def _label_only_lines(result: RoundResult) -> Iterator[str]:
    """Yield how many findings get at most a label but no comment, why, and on which items."""
    keys_by_reason: dict[str, list[str]] = {}
    for status in result.statuses:
        if status.allows_label and not status.allows_comment:
            reason = (
                "their severity is info" if status.finding.severity is Severity.INFO else "they are not coming up soon"
            )
            keys_by_reason.setdefault(reason, []).append(status.finding.key)
    if keys_by_reason:
        reasons = ", ".join(
            f"{len(keys)} because {reason} ({_list_keys(keys)})" for reason, keys in sorted(keys_by_reason.items())
        )
        yield f"Findings that get no comment, at most a label: {reasons}."


def _list_keys(keys: Sequence[str]) -> str:
    """The first keys, and how many more there are."""
    unique_keys = list(dict.fromkeys(keys))
    more = len(unique_keys) - _MAX_ITEMS_PER_REASON
    shown = ", ".join(map(printable, unique_keys[:_MAX_ITEMS_PER_REASON]))
    return f"{shown} and {more} more" if more > 0 else shown


def undo_lines(result: UndoResult, titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines about the result of an undo, or about its plan."""
    planned = count_of(len(result.plan.items), "item")
    not_undone = result.applied.not_written if result.applied is not None else []
    if result.applied is None:
        yield from _plan_item_lines(result.plan, titles)
        yield f"{result.tracker}: {planned} would be undone."
    elif not result.plan.items and not not_undone:
        yield f"{result.tracker}: nothing to undo."
    elif result.items_changed == len(result.plan.items) and not not_undone:
        yield f"{result.tracker}: {planned} undone ({write_counts(result.applied)})."
    else:
        yield f"{result.tracker}: {result.items_changed} of {planned} undone ({write_counts(result.applied)})."
    lines = [_skipped_line(skipped, "Left as it is") for skipped in not_undone]
    lines += [_skipped_line(skipped, "Left as it is", include_what=True) for skipped in result.plan.skipped_writes]
    yield from _first_lines(lines, limit=_MAX_NOT_UNDONE)


def _skipped_line(skipped: SkippedWrite, prefix: str, *, include_what: bool = False) -> str:
    """A write that did not happen, in one line; `include_what` also says which one."""
    what = f"{skipped.what}. " if include_what else ""
    return printable(f"{prefix}: {skipped.key}: {what}{skipped.reason}")


def write_counts(applied: ApplyResult) -> str:
    """How many comments, labels and fields were written."""
    counts = [f"{count} {_singular(name) if count == 1 else name}" for name, count in applied.counts().items() if count]
    if counts:
        return ", ".join(counts)
    return "nothing" if applied.not_written or applied.stopped else "nothing, everything is up to date"


def _singular(name: str) -> str:
    """The name of one change: "comment created" for "comments created"."""
    noun, verb = name.split()
    return f"{noun.removesuffix('s')} {verb}"
