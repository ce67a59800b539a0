"""The first screen of the report page: what to do first, and the open questions."""

import textwrap
from collections.abc import Iterator, Sequence

from msgspec import Struct

from sync.decisions.question_kinds import QuestionKind
from sync.messages import Messages
from sync.report.agenda import describe_scope
from sync.report.digest import Digest
from sync.report.open_decisions import OpenDecision, count_questions
from sync.report.page_outlooks import TeamOutlook

_MAX_FURTHER_DECISIONS = 60
"""The maximum number of further decisions, which a reader can expand.

A decision is an item with its questions, or one question to the whole team.
"""
_MAX_EVIDENCE_LENGTH = 220
"""The maximum number of characters of a text that says what a rule found."""

Parts = list[tuple[str, str]]
"""The parts of a text as (content, name of the placeholder); the name is empty for literal text."""


class NextStep(Struct, frozen=True):
    """One of the first things that a team should do.

    Attributes:
        parts: The sentence; its part "first" is the key of the item to begin with.
        question: The question about this item, preceded by the role that it is for, if it is for one.
    """

    parts: Parts
    link: str
    question: str


class QuestionGroup(Struct, frozen=True):
    """Open decisions with the same question.

    Attributes:
        heading: The question, preceded by the role that it is for.
        evidence: What the rules found, if it is the same for all items; otherwise empty.
        decisions: Each decision, with what the rules found on its item if this differs; otherwise "".
        tracker: The tracker of the items if there are several trackers and this is its first group; otherwise empty.
    """

    heading: str
    evidence: str
    decisions: tuple[tuple[OpenDecision, str], ...]
    tracker: str = ""


class OpenQuestions(Struct, frozen=True):
    """The open questions.

    Attributes:
        count: The number of questions; each is about one item, or for the whole team. An item can have several.
        summary: A sentence with this number, by tracker if there are several.
        groups: The questions that are always visible.
        more: The decisions with the questions that a reader can expand.
        more_count: The number of all questions that are not always visible.
        hidden_count: The number of questions that the page does not contain.
        how: How to answer; parts with a placeholder are commands.
    """

    count: int
    summary: str
    groups: tuple[QuestionGroup, ...]
    more: tuple[OpenDecision, ...]
    more_count: int
    hidden_count: int
    how: Parts


def make_next_steps(digest: Digest, messages: Messages) -> Iterator[NextStep]:
    """Yield the first step of each team: to answer the open questions about the items that come next.

    If a team's sprint begins by the next working day, the team has an alert instead.
    """
    alerted = {(sprint.tracker, sprint.team) for sprint in digest.before_planning}
    has_one_team = len(digest.agendas_with_entries) == 1
    for agenda in digest.agendas_with_entries:
        if (agenda.tracker, agenda.team) in alerted:
            continue
        first = agenda.entries[0]
        scope = describe_scope(agenda, messages)
        parts = messages.parts(
            "page.next-step.begin",
            count=agenda.open_count,
            total=agenda.next_up_count,
            place=f"{scope[:1].upper()}{scope[1:]}" if has_one_team else f"{agenda.team}, {scope}",
            first=first.key,
            title=first.title,
        )
        question = first.questions[0]
        yield NextStep(parts, first.link, f"{question.role}: {question.question}")


def make_steps_about_late_items(outlooks: Sequence[TeamOutlook], messages: Messages) -> Iterator[NextStep]:
    """Yield the second step of each team: to look at the planned items that will probably be late."""
    with_plan = [outlook for outlook in outlooks if outlook.planned]
    for outlook in with_plan:
        if not outlook.at_risk or outlook.planned_until is None:
            continue
        first = outlook.at_risk[0]
        place = messages.text("page.next-step.until", day=outlook.planned_until.isoformat())
        parts = messages.parts(
            "page.next-step.late",
            count=len(outlook.at_risk),
            total=outlook.planned,
            place=place if len(with_plan) == 1 else f"{outlook.team}, {place}",
            first=first.key,
            title=first.title,
        )
        yield NextStep(parts, first.url, messages.text("page.late.what"))


def collect_questions(digest: Digest, messages: Messages) -> OpenQuestions:
    """Collect the open questions of a digest."""
    all_decisions = digest.all_decisions
    shown = digest.decisions
    shown_ids = {id(decision) for decision in shown}
    further_decisions = [decision for decision in all_decisions if id(decision) not in shown_ids]
    by_tracker = [f"{part.tracker} {count_questions(part.decisions)}" for part in digest.trackers if part.decisions]
    count = count_questions(all_decisions)
    key = "page.decide.summary" if len(digest.trackers) == 1 else "page.decide.summary-by-tracker"
    return OpenQuestions(
        count=count,
        summary=messages.text(key, count=count, shown=count_questions(shown), trackers=", ".join(by_tracker)),
        groups=tuple(_make_groups(digest)),
        more=tuple(further_decisions[:_MAX_FURTHER_DECISIONS]),
        more_count=count_questions(further_decisions),
        hidden_count=count_questions(further_decisions[_MAX_FURTHER_DECISIONS:]),
        how=list(_describe_answers({decision.kind for decision in shown}, messages)),
    )


def _make_groups(digest: Digest) -> Iterator[QuestionGroup]:
    """Yield the visible questions of each tracker, those of a tracker together."""
    grouped: dict[str, dict[str, list[OpenDecision]]] = {}
    for decision in digest.decisions:
        grouped.setdefault(decision.tracker, {}).setdefault(decision.heading, []).append(decision)
    for tracker, by_heading in grouped.items():
        name = tracker if len(digest.trackers) > 1 else ""
        for heading, decisions in by_heading.items():
            evidence = [
                textwrap.shorten(decision.evidence, _MAX_EVIDENCE_LENGTH, placeholder=" …") for decision in decisions
            ]
            shared = evidence[0] if len(set(evidence)) == 1 else ""
            evidence_of_each = [""] * len(evidence) if shared else evidence
            yield QuestionGroup(heading, shared, tuple(zip(decisions, evidence_of_each, strict=True)), name)
            name = ""


def _describe_answers(kinds: set[QuestionKind], messages: Messages) -> Iterator[tuple[str, str]]:
    """Yield the parts of the text that says how to answer questions of these kinds."""
    because = messages.text("comment.because")
    if not kinds.isdisjoint({QuestionKind.TEXT, QuestionKind.SPLIT, QuestionKind.ORDER}):
        yield from messages.parts("page.decide.how-to-answer", waive=f"/steward waive {because}")
    if QuestionKind.DECISION in kinds:  # asks whether an item is wanted
        if len(kinds) > 1:
            yield (" ", "")
        yield from messages.parts(
            "page.decide.how-to-decide",
            accept="/steward decide accept",
            later=f"/steward decide not-now {because}",
            no=f"/steward decide no {because}",
        )
