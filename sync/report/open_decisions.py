"""Finds the open decisions about a tracker's items: the questions that people have to answer, by importance.

A finding is what a rule flagged in an item. The items that come next are those of the coming sprint, or else the top of
the backlog.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec
from msgspec import Struct, field

from rules.lifecycle import FindingState, current_status
from rules.model import Severity, select_in_force, with_recorded_feedback
from sync.decisions.question_kinds import QuestionKind, kind_of_question
from sync.messages import Messages
from sync.report.agenda import Agenda
from sync.report.questions import AgendaQuestion, open_questions
from sync.rounds.result import RoundSummary
from sync.settings import Configuration
from sync.store import Transaction, decisions, findings, items, rank_order, tracker_states
from sync.store.backlogs import StreamedItems
from sync.store.statements import chunks

_ASKED_STATES = (FindingState.NEW, FindingState.STANDING)
"""The states of findings that people are asked about: new, or standing (the last round found them too)."""


class OpenDecision(Struct, frozen=True):
    """The questions about an item that people have to answer together, or one question to the whole team.

    Attributes:
        key, title, link: The key, title and web address of the item; key and link are empty if it is not about one
            item.
        role: The displayed name of the role that the question is for; empty for the whole team.
        sprint: The coming sprint that the item is planned for; empty if there is none.
        ids: Ids of its questions. An id stays the same while its question is open.
        evidence: What the rules found; `why` in JSON.
        action: What to do about it, as a sentence.
        further_questions: The questions after the first one; `question` contains them as well.
        kind: The kind of question, which determines the answers that fit.
        since: The day since which the question has been open, in UTC; None for a question to the whole team, and for
            an earlier decision that is due for review.
    """

    key: str
    title: str
    link: str
    question: str
    role: str = field(name="asked", default="")
    sprint: str = ""
    tracker: str = ""
    ids: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    evidence: str = field(name="why", default="")
    action: str = ""
    further_questions: tuple[str, ...] = ()
    kind: QuestionKind = QuestionKind.TEXT
    since: date | None = None

    @property
    def main_question(self) -> str:
        """The question without the further ones."""
        return self.question.removesuffix(" ".join(self.further_questions)).strip() or self.question

    @property
    def identities(self) -> tuple[str, ...]:
        """Its ids, or else one made from its content."""
        return self.ids or (f"{self.tracker} {self.key} {self.question}",)

    @property
    def heading(self) -> str:
        """The question, preceded by the role that it is for."""
        return f"{self.role}: {self.question}" if self.role else self.question


def count_questions(open_decisions: Iterable[OpenDecision]) -> int:
    """The number of questions in some decisions. A decision about an item can combine several questions."""
    return sum(1 + len(decision.further_questions) for decision in open_decisions)


def find_open_decisions(
    transaction: Transaction,
    tracker: str,
    summary: RoundSummary,
    agendas: Iterable[Agenda],
    configuration: Configuration,
) -> list[OpenDecision]:
    """Find all open decisions about a tracker.

    Those for the whole team come first, then earlier decisions that are due for review, then those about items that
    come next, and then those about other items.

    Args:
        summary: The summary of the last round.
        agendas: The agendas of all items that come next, without restricted items.
    """
    next_up = list(_next_up_decisions(transaction, tracker, summary, agendas, configuration.messages))
    return [
        *_team_decisions(tracker, summary, configuration.messages),
        *_due_decisions(transaction, tracker, summary, configuration.messages),
        *next_up,
        *_later_decisions(transaction, tracker, configuration, {decision.key for decision in next_up}),
    ]


def _with_age(decision: OpenDecision, first_seen: Mapping[tuple[str, str], datetime]) -> OpenDecision:
    """Add the day since which a question has been open. `first_seen` has the times of findings, by key and rule."""
    times = [first_seen[decision.key, rule] for rule in decision.rules if (decision.key, rule) in first_seen]
    return msgspec.structs.replace(decision, since=min(times).date()) if times else decision


def _team_decisions(tracker: str, summary: RoundSummary, messages: Messages) -> Iterator[OpenDecision]:
    """Yield the questions that are asked once instead of once for each item.

    They are about changes that somebody made to the service's comments, labels or fields on many items at once, and
    about rules that flag most of the backlog.
    """
    title_of_changes = messages.text("report.at-once.title")
    questions = [(kind, title_of_changes, question) for kind, question in summary.bulk_questions.items()]
    questions += [(rule, rule, question) for rule, question in summary.questions.items()]
    for question_id, title, question in questions:
        yield OpenDecision(
            "",
            title,
            "",
            question,
            tracker=tracker,
            ids=(f"{tracker} {question_id}",),
            action=messages.text("report.action-for-team"),
            kind=QuestionKind.TEAM,
        )


def _next_up_decisions(
    transaction: Transaction, tracker: str, summary: RoundSummary, agendas: Iterable[Agenda], messages: Messages
) -> Iterator[OpenDecision]:
    """Yield the decisions about the items that come next, in rank order."""
    item_ids = {item_id for next_up in summary.next_up.values() for item_id in next_up.items}
    first_seen = findings.first_seen(transaction, tracker, item_ids)
    for agenda in agendas:
        for entry in agenda.entries:
            questions = [question for question in entry.questions if question.state in _ASKED_STATES]
            if questions:
                decision = _item_decision(tracker, entry.key, entry.title, entry.link, questions, messages)
                yield msgspec.structs.replace(_with_age(decision, first_seen), sprint=agenda.sprint)


def _later_decisions(
    transaction: Transaction, tracker: str, configuration: Configuration, next_up_keys: Collection[str]
) -> Iterator[OpenDecision]:
    """Yield the decisions about items that come later than those with the given keys, in rank order."""
    messages = configuration.messages
    decisions_by_item = decisions.by_item(transaction, tracker)
    read_at = tracker_states.load(transaction, tracker).last_good or datetime.max.replace(tzinfo=UTC)
    flagged_ids = findings.items_with_warnings(transaction, tracker, _ASKED_STATES)
    for ids in chunks(rank_order.sort(flagged_ids, rank_order.load(transaction, tracker).ids)):
        findings_by_item = findings.present_by_item(transaction, tracker, ids)
        first_seen = findings.first_seen(transaction, tracker, ids)
        for item in StreamedItems(transaction, tracker, ids):
            if item.restricted or item.key in next_up_keys:
                continue
            # A decision may be in force only until more people want the item.
            demand = with_recorded_feedback(item, configuration.feedback).demand
            answers = select_in_force(decisions_by_item.get(item.id, ()), read_at, demand)
            statuses = [
                current_status(finding, FindingState.STANDING, "", answers, read_at)
                for finding, state, _ in findings_by_item.get(item.id, ())
                if state in _ASKED_STATES and finding.severity is Severity.WARNING
            ]
            if questions := list(open_questions(statuses, messages, configuration.settings.asks)):
                decision = _item_decision(tracker, item.key, item.title, item.url, questions, messages)
                yield _with_age(decision, first_seen)


def _due_decisions(
    transaction: Transaction, tracker: str, summary: RoundSummary, messages: Messages
) -> Iterator[OpenDecision]:
    """Yield the open decisions to review an earlier decision about an item."""
    for due in summary.due:
        item = next((item for item in items.items_by_key(transaction, due.key) if item.tracker == tracker), None)
        if item is not None and not item.restricted:
            yield OpenDecision(
                item.key,
                item.title,
                item.url,
                due.line(messages),
                tracker=tracker,
                ids=(f"{tracker} {item.key} {due.kind} due {due.review or due.due_reason}",),
                action=messages.text("report.action-for-due"),
                kind=QuestionKind.DECISION,
            )


def _item_decision(  # noqa: PLR0917 - an item and its questions
    tracker: str, key: str, title: str, link: str, questions: Sequence[AgendaQuestion], messages: Messages
) -> OpenDecision:
    """Make the decision that combines all questions about an item."""
    rules = tuple(dict.fromkeys(rule for question in questions for rule in question.rules))
    return OpenDecision(
        key,
        title,
        link,
        " ".join(question.question for question in questions),
        messages.join(tuple(dict.fromkeys(question.role for question in questions))),
        tracker=tracker,
        ids=tuple(f"{tracker} {key} {rule}" for rule in rules),
        rules=rules,
        evidence=" ".join(dict.fromkeys(question.evidence for question in questions)),
        action=questions[0].resolution,
        further_questions=tuple(question.question for question in questions[1:]),
        kind=kind_of_question(questions[0].rule),
    )
