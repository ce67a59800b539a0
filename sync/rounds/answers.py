"""Processes the changes that people and programs made to the service's annotations, and reports on decisions.

An annotation is a comment, label or field value that the service put on an item. A person's change of it counts as an
answer, which means that it becomes a decision; a program's change does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from connectors.tracker import Problem
from rules.model import Backlog, Decision, drop_superseded
from sync.decisions.bulk_answers import classify_changes
from sync.decisions.rejected_commands import current_notices
from sync.decisions.removed_by_people import make_dismissals
from sync.decisions.waivers_file import update_from_waivers_file
from sync.mirror.annotation_changes import find_annotation_changes, record_annotation_changes
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.judging import StoredState
from sync.rounds.plan_inputs import latest_summary
from sync.rounds.result import DueDecision, RoundResult
from sync.store import decisions
from sync.writeback import edits_by_programs
from sync.writeback.edit_wars import KIND_BY_CHANGE, edit_war_note, find_edit_wars
from sync.writeback.outbox import Outbox


def process_annotation_changes(
    outbox: Outbox, context: RoundContext, authority: WriteAuthority, now: datetime, result: RoundResult
) -> None:
    """Store the changes that others made to annotations, and those of the waivers file; add people's decisions to the
    result.

    If somebody made the same change on many items at once, the result also has a question to the team about what it
    means. If a person then runs `steward apply`, the change counts as the answer.
    """
    tracker = outbox.tracker
    changes_by_others = outbox.record_own_changes(find_annotation_changes(tracker, context.database))
    by_programs = [change for change in changes_by_others if change.is_by_program]
    messages = context.configuration.messages
    with context.database.writing() as transaction:
        update_from_waivers_file(transaction, tracker.name, context.configuration.waivers, now)
        questioned_items = latest_summary(transaction, tracker.name).bulk_changed_items
        confirmed_items = questioned_items if authority is WriteAuthority.BY_PERSON else frozenset()
        by_people = classify_changes(
            [change for change in changes_by_others if not change.is_by_program], confirmed=confirmed_items
        )
        dismissals = make_dismissals(transaction, by_people.answers, now)
        decisions.add(transaction, dismissals)
        record_annotation_changes(transaction, by_people.answers)
        result.notes += edits_by_programs.record(transaction, tracker.name, by_programs, now)
        edits = edits_by_programs.load(transaction, tracker.name)
    result.notes += edits_by_programs.recent_notes(edits, now, messages)
    # An answer that has already expired, such as a reply that is found years later, has no effect.
    result.answers = [
        answer for answer in (*result.pulled.new_decisions, *dismissals) if answer.review is None or answer.review > now
    ]
    result.bulk_questions, result.bulk_changed_items = by_people.question_texts(messages), by_people.items
    result.just_confirmed = confirmed_items & {answer.item for answer in dismissals}


def notices_to_report(
    result: RoundResult, stored: StoredState, now: datetime, *, can_comment: bool
) -> Iterator[Problem]:
    """Yield the notices about rejected commands (in people's replies and labels) that no comment of the service has.

    A comment has only notices with a message id.
    """
    commented: set[str] = set()
    if can_comment and result.mode == "write":
        commented = {annotation.item for annotation in stored.annotations if annotation.has_questions}
    for item, notices in result.pulled.notices.by_item.items():
        for notice in current_notices(notices, stored.decisions.get(item, ()), now):
            if not notice.message_id or item not in commented:
                yield notice.problem


def due_decisions(
    backlog: Backlog, decisions_by_item: Mapping[str, Sequence[Decision]], now: datetime
) -> Iterator[DueDecision]:
    """Yield the decisions about open items that are due for review."""
    decided = (outline for outline in backlog.outlines if outline.id in decisions_by_item)
    for item in (backlog.items[outline.index] for outline in decided):
        for decision in drop_superseded(decisions_by_item[item.id]):
            reason = decision.review_reason(now, item.demand) if decision.kind.is_about_the_item else ""
            if reason:
                has_passed = decision.review is not None and decision.review <= now
                yield DueDecision(
                    item.key,
                    decision.kind,
                    decision.reason,
                    reason,
                    f"{decision.review:%Y-%m-%d}" if has_passed else "",
                    None if has_passed else decision.new_evidence(item.demand),
                )


def notes_on_edit_wars(
    answers: Sequence[Decision], decisions_by_item: Mapping[str, Sequence[Decision]]
) -> Iterator[str]:
    """Yield notes for the admin about annotations that are no longer written because of these answers.

    In an edit war, the service and somebody else keep undoing each other's changes. The service stops when it has been
    undone twice.
    """
    for item_id, key in {answer.item: answer.key for answer in answers}.items():
        # The source of a decision that follows from a changed annotation is the kind of change.
        changed_kinds = {KIND_BY_CHANGE.get(answer.source) for answer in answers if answer.item == item_id}
        for kind in sorted(find_edit_wars(decisions_by_item.get(item_id, ())) & changed_kinds):
            yield edit_war_note(key, kind)
