"""What people decided since the last round, what programs undid, and what is to be told about both."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.tracker import Problem
from rules.model import Backlog, Decision, drop_superseded
from sync.decisions import dismissals
from sync.decisions.bulk_answers import sort_changes
from sync.decisions.rejected_commands import NoticeBook, current
from sync.mirror import find_annotation_changes, record_annotation_changes
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.plan_inputs import latest_summary
from sync.rounds.result import DueDecision, RoundResult
from sync.store import decisions
from sync.writeback import edits_by_programs
from sync.writeback.edit_wars import edit_war_note, edit_wars
from sync.writeback.outbox import Outbox


def read_answers(
    outbox: Outbox, context: RoundContext, authority: WriteAuthority, now: datetime, result: RoundResult
) -> None:
    """Store what others did to our annotations; put what people decided, and what they are asked, into the result.

    What was done to many items at once is a question. `steward apply` takes it for the answer once it was asked.
    """
    tracker = outbox.tracker
    changes = outbox.record_late_changes(find_annotation_changes(tracker, context.database))
    by_programs = [change for change in changes if change.is_by_program]
    messages = context.configuration.messages
    with context.database.writing() as transaction:
        asked = latest_summary(transaction, tracker.name).unanswered
        confirmed = asked if authority is WriteAuthority.BY_PERSON else frozenset()
        by_people = sort_changes([change for change in changes if not change.is_by_program], confirmed=confirmed)
        dismissed = dismissals(transaction, by_people.answers, now)
        decisions.add(transaction, dismissed)
        record_annotation_changes(transaction, by_people.answers)
        result.notes += edits_by_programs.record(transaction, tracker.name, by_programs, now)
        edits = edits_by_programs.load(transaction, tracker.name)
    result.notes += edits_by_programs.notes(edits, now, messages)
    result.answers = [*result.pulled.new_decisions, *dismissed]
    result.bulk_questions, result.unanswered = by_people.texts(messages), by_people.items
    result.just_confirmed = confirmed & {answer.item for answer in dismissed}


def notices_to_report(
    book: NoticeBook, decided: Mapping[str, Sequence[Decision]], commented: Collection[str], now: datetime
) -> Iterator[Problem]:
    """Commands that were not accepted, where no comment of ours says so.

    Args:
        book: The commands.
        decided: All decisions, by item id.
        commented: Ids of the items with a comment of ours.
        now: The round's time.
    """
    for item, notices in book.notices.items():
        for notice in current(notices, decided.get(item, ()), now):
            if not notice.text or item not in commented:
                yield notice.problem


def due_decisions(backlog: Backlog, decided: Mapping[str, Sequence[Decision]], now: datetime) -> Iterator[DueDecision]:
    """Decisions about open items that it is time to review."""
    for item in backlog.items:
        for decision in drop_superseded(decided.get(item.id, ())):
            because = decision.review_reason(now, item.evidence) if decision.kind.is_about_the_item else ""
            if because:
                passed = decision.review is not None and decision.review <= now
                yield DueDecision(
                    item.key,
                    decision.kind,
                    decision.reason,
                    because,
                    f"{decision.review:%Y-%m-%d}" if passed else "",
                    None if passed else decision.new_evidence(item.evidence),
                )


def ended_edit_wars(answers: Sequence[Decision], decided: Mapping[str, Sequence[Decision]]) -> Iterator[str]:
    """Notes for the admin on edit wars that these answers ended."""
    for ident, key in {answer.item: answer.key for answer in answers}.items():
        sources = {answer.source for answer in answers if answer.item == ident}
        for kind in sorted(edit_wars(decided.get(ident, ()), among=sources)):
            yield edit_war_note(key, kind)
