"""The digest of a day: the open decisions, and what was written, not raised and skipped.

A decision is a question that people have to answer. A finding is raised if people are asked about it. A move is a
suggestion to rank an item higher. The items that come next are those of the coming sprint, else the top of the backlog.

It is built from the store alone, so that another process than the one that ran the round can send it. Items that the
tracker restricts to some people are left out.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain, zip_longest

import msgspec
from msgspec import Struct, field

from rules.lifecycle import FindingState
from rules.model import Feedback, Finding, Severity
from rules.priority import WsjfOptions
from rules.teams import Teams
from sync.decisions.declined import find_declined_items
from sync.inspect.priorities import SuggestedMove, suggest_moves
from sync.messages import Messages, shipped_messages
from sync.report.agenda import Agenda, AgendaQuestion, ask_about, load_agendas, unanswered
from sync.report.runway import Runway
from sync.rounds.result import AnswerSummary, RoundSummary
from sync.store import Database, Transaction, decisions, findings, items, rank_order, rounds, tracker_states
from sync.store.backlogs import load_backlog
from sync.store.tracker_states import TrackerState

MAX_DECISIONS = 5
"""How many decisions a digest shows: what a team can decide in a day."""
MAX_DECISIONS_OF_MANY_TEAMS = 20
"""How many decisions a digest of more than `MAX_DECISIONS` trackers shows: one for each tracker, up to this number."""
MAX_MOVES = 3
"""How many suggested moves a digest shows."""
_RAISED = (FindingState.NEW, FindingState.STANDING)
"""States in which people are asked about a finding."""
_MAX_ROUNDS_A_DAY = 500
"""How many rounds of the day are added up: more than one every three minutes."""


class OpenDecision(Struct, frozen=True):
    """A question that people have to answer.

    Attributes:
        key, title, link: The key, title and web address of the item; key and link are empty if it is not about one
            item.
        role: The displayed name of the role that the question is for; empty for the whole team.
        sprint: The coming sprint that the item is planned for; empty without one.
        tracker: The tracker of the item.
        ids: Ids of the questions in it, which stay the same while a question is open.
        rules: Ids of the rules that ask.
        evidence: What the rules found; `why` in JSON.
        action: What to do about it, as a sentence.
        further_questions: The questions after the first one; `question` contains them as well.
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

    @property
    def main_question(self) -> str:
        """The question without the further ones."""
        return self.question.removesuffix(" ".join(self.further_questions)).strip() or self.question

    @property
    def identities(self) -> tuple[str, ...]:
        """Its ids; its content where it has none."""
        return self.ids or (f"{self.tracker} {self.key} {self.question}",)

    @property
    def heading(self) -> str:
        """The question, after the role that it is for."""
        return f"{self.role}: {self.question}" if self.role else self.question


class TrackerDigest(Struct, frozen=True, kw_only=True):
    """One tracker's part of a digest.

    Attributes:
        mode: "shadow" (nothing is written) or "write", in the last round.
        decisions: All open decisions, the most important first.
        written: The number of changes since midnight, by kind.
        unraised_by_state: Number of findings that are not raised, by state.
        blocked_reason: Why the last round wrote nothing, other than that `approval` is missing.
        planned: Number of items in the last plan.
        waiting: Number of items that the budget of a round (`write.budget`) did not cover.
        unscored: Why items with some inputs of a WSJF (weighted shortest job first) score have no score, by key.
        skipped: What could not be read, judged or written.
        limits: What a rule could not judge, and why.
        answers: The answers that were accepted today.
        scores: Sentences about the scores of the whole backlog.
        agendas: The agenda of each team.
        notes: Notes for an admin.
        approval: What an admin has to approve before anything is written; empty if there is nothing.
        trouble: Why the data is stale; empty if it is not.
        trouble_since: When it became so.
        last_good: When a round was last complete.
    """

    tracker: str
    mode: str
    decisions: tuple[OpenDecision, ...] = ()
    open_items: int = 0
    written: dict[str, int] = {}
    unraised_by_state: dict[str, int] = field(name="held", default_factory=dict)
    blocked_reason: str = field(name="held_whole", default="")
    planned: int = 0
    waiting: int = 0
    unscored: dict[str, str] = {}
    skipped: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    agendas: tuple[Agenda, ...] = ()
    notes: tuple[str, ...] = ()
    approval: str = ""
    trouble: str = ""
    trouble_since: datetime | None = None
    last_good: datetime | None = None


class Digest(Struct, frozen=True):
    """The content of one channel's report.

    Attributes:
        day: The day, in the team's time zone.
        trackers: The part of each tracker.
        moves: The suggested moves that matter most.
        runways: For how many sprints the ready items of each team last.
    """

    day: date
    trackers: tuple[TrackerDigest, ...]
    moves: tuple[SuggestedMove, ...] = ()
    runways: tuple[Runway, ...] = ()

    @property
    def decisions(self) -> list[OpenDecision]:
        """The decisions to show, from each tracker in turn: five, or one for each of more than five trackers."""
        interleaved = chain.from_iterable(zip_longest(*(tracker.decisions for tracker in self.trackers)))
        asking = sum(1 for tracker in self.trackers if tracker.decisions)
        count = min(max(MAX_DECISIONS, asking), MAX_DECISIONS_OF_MANY_TEAMS)
        return [decision for decision in interleaved if decision is not None][:count]

    @property
    def all_decisions(self) -> list[OpenDecision]:
        """All open decisions, shown or not."""
        return [decision for part in self.trackers for decision in part.decisions]

    @property
    def decision_ids(self) -> list[str]:
        """The ids of all open decisions."""
        return [open_id for decision in self.all_decisions for open_id in decision.identities]

    def only(self, ids: Collection[str]) -> "Digest":
        """This digest with only those decisions that contain a question with one of these ids, each in full."""
        return msgspec.structs.replace(
            self,
            trackers=tuple(
                msgspec.structs.replace(
                    part,
                    decisions=tuple(
                        decision for decision in part.decisions if not set(ids).isdisjoint(decision.identities)
                    ),
                )
                for part in self.trackers
            ),
        )

    @property
    def decisions_by_question(self) -> dict[str, list[OpenDecision]]:
        """The decisions to show, grouped by question and role, in the order of the first item of each."""
        grouped: dict[str, list[OpenDecision]] = {}
        for decision in self.decisions:
            grouped.setdefault(decision.heading, []).append(decision)
        return grouped

    @property
    def has_admin_matters(self) -> bool:
        """Whether there is anything that only an admin can do something about."""
        return any(part.approval or part.notes or part.skipped or part.trouble for part in self.trackers)

    @property
    def hidden_count(self) -> int:
        """The number of decisions that are not shown."""
        return len(self.all_decisions) - len(self.decisions)


def make_digest(
    database: Database,
    trackers: Sequence[str],
    midnight: datetime,
    messages: Messages | None = None,
    roles: Mapping[str, str] | None = None,
) -> Digest:
    """Build the digest of some trackers.

    Args:
        database: The store.
        trackers: The names of the trackers.
        midnight: The start of the day in the team's time zone; changes since then are listed.
        messages: The texts to use; English by default.
        roles: The roles in the `asks` section of steward.yaml, by rule.
    """
    texts = messages or shipped_messages()
    with database.reading() as transaction:
        parts = tuple(_tracker_digest(transaction, name, midnight, texts, roles or {}) for name in trackers)
    return Digest(midnight.date(), parts)


def add_moves(
    digest: Digest,
    database: Database,
    now: datetime,
    messages: Messages | None = None,
    *,
    teams: Teams | None = None,
    options: WsjfOptions | None = None,
    feedback: Mapping[str, Feedback] | None = None,
) -> Digest:
    """Add the suggested moves that matter most, over all trackers of a digest.

    Args:
        digest: The digest.
        database: The store.
        now: The current time.
        messages: The texts to use; English by default.
        teams: The configured teams.
        options: Which items have a WSJF score.
        feedback: What customers asked for, by the key of the item.
    """
    declined: set[tuple[str, str]] = set()
    backlogs = []
    with database.reading() as transaction:
        for part in digest.trackers:
            backlog = load_backlog(transaction, part.tracker, now, teams=teams)
            declined |= find_declined_items(backlog.items, decisions.by_item(transaction, part.tracker), now)
            backlogs.append(backlog.with_feedback(feedback or {}))
    texts = messages or shipped_messages()
    moves = suggest_moves(backlogs, now, texts, options or WsjfOptions(), declined)
    return msgspec.structs.replace(digest, moves=moves[:MAX_MOVES])


def _tracker_digest(
    transaction: Transaction, tracker: str, midnight: datetime, messages: Messages, roles: Mapping[str, str]
) -> TrackerDigest:
    """Build the part of one tracker."""
    state = tracker_states.load(transaction, tracker)
    latest = rounds.latest_judged(transaction, tracker)
    summary = msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()
    written: Counter[str] = Counter()
    answers: list[AnswerSummary] = []
    for past_round in rounds.latest(transaction, tracker, _MAX_ROUNDS_A_DAY):
        if past_round.started >= midnight and past_round.ended:
            past = msgspec.convert(past_round.summary, RoundSummary)
            written.update(past.written)
            answers[:0] = past.answers
    named = {*summary.unscored, *(problem.item for problem in summary.skipped), *(answer.key for answer in answers)}
    hidden = items.restricted_names(transaction, tracker, named)
    return TrackerDigest(
        tracker=tracker,
        mode=summary.mode,
        decisions=tuple(_open_decisions(transaction, tracker, summary, messages, roles)),
        open_items=summary.open_items,
        written=dict(written),
        unraised_by_state=summary.unraised_by_state,
        blocked_reason="" if summary.awaits_approval else summary.blocked_reason,
        planned=summary.planned,
        waiting=summary.waiting,
        unscored={key: reason for key, reason in summary.unscored.items() if key not in hidden},
        skipped=tuple(problem.line for problem in summary.skipped if problem.item not in hidden),
        limits=tuple(f"{rule}: {limit}" for rule, limits in summary.limits.items() for limit in limits),
        answers=tuple(answer.line(messages) for answer in answers if answer.key not in hidden),
        scores=tuple(summary.scores),
        agendas=tuple(load_agendas(transaction, tracker, messages, roles, with_restricted=False)),
        notes=tuple(summary.notes),
        approval=_approval(summary, state, messages),
        trouble=state.trouble or "",
        trouble_since=state.trouble_since,
        last_good=state.last_good,
    )


def _approval(summary: RoundSummary, state: TrackerState, messages: Messages) -> str:
    """Say that a plan waits for approval, and why; empty if none does.

    It is not said while the data is stale, or while people have to answer for a change of many items at once.
    """
    if not (summary.awaits_approval and summary.planned) or state.trouble or summary.bulk_questions:
        return ""
    return f"{messages.text('report.ready', count=summary.planned)}. {summary.blocked_reason}"


def _open_decisions(
    transaction: Transaction, tracker: str, summary: RoundSummary, messages: Messages, roles: Mapping[str, str]
) -> list[OpenDecision]:
    """All open decisions about a tracker.

    First those that are for the whole team, then earlier decisions that are due for review, then those about items that
    come next, and then those about other items.
    """
    open_decisions = [
        OpenDecision(
            "",
            title,
            "",
            question,
            tracker=tracker,
            ids=(f"{tracker} {about}",),
            action=messages.text("report.action-for-team"),
        )
        for about, title, question in _team_questions(summary, messages)
    ]
    open_decisions += _due_decisions(transaction, tracker, summary, messages)
    next_up = list(_next_up_decisions(transaction, tracker, messages, roles))
    open_decisions += next_up
    listed = {decision.key for decision in next_up}
    warnings: dict[str, list[Finding]] = {}
    decided = decisions.by_item(transaction, tracker)
    now = tracker_states.load(transaction, tracker).last_good or datetime.max.replace(tzinfo=UTC)
    for finding, finding_state, _ in findings.present(transaction, tracker):
        if finding_state in _RAISED and finding.severity is Severity.WARNING:
            warnings.setdefault(finding.item, []).append(finding)
    ranks = {item_id: rank for rank, item_id in enumerate(rank_order.load(transaction, tracker).ids)}
    for item_id in sorted(warnings, key=lambda item_id: ranks.get(item_id, len(ranks))):
        item = items.item_by_id(transaction, tracker, item_id)
        if item is not None and not item.restricted and item.key not in listed:
            questions = list(
                ask_about(unanswered(warnings[item_id], item, decided.get(item_id, ()), now), messages, roles)
            )
            if not questions:
                continue
            open_decisions.append(_item_decision(tracker, item.key, item.title, item.url, questions, messages))
    return open_decisions


def _team_questions(summary: RoundSummary, messages: Messages) -> Iterator[tuple[str, str, str]]:
    """What is asked once instead of item by item: its id, its title and the question."""
    title = messages.text("report.at-once.title")
    yield from ((change, title, question) for change, question in summary.bulk_questions.items())
    yield from ((rule, rule, question) for rule, question in summary.questions.items())


def _next_up_decisions(
    transaction: Transaction, tracker: str, messages: Messages, roles: Mapping[str, str]
) -> Iterator[OpenDecision]:
    """The raised questions about the items that come next, in rank order."""
    for agenda in load_agendas(transaction, tracker, messages, roles, minutes=sys.maxsize, with_restricted=False):
        for entry in agenda.entries:
            raised = [question for question in entry.questions if question.state in _RAISED]
            if raised:
                decision = _item_decision(tracker, entry.key, entry.title, entry.link, raised, messages)
                yield msgspec.structs.replace(decision, sprint=agenda.sprint)


def _due_decisions(
    transaction: Transaction, tracker: str, summary: RoundSummary, messages: Messages
) -> list[OpenDecision]:
    """Decisions about items that are due for review."""
    decisions = []
    for due in summary.due:
        item = next((item for item in items.items_by_key(transaction, due.key) if item.tracker == tracker), None)
        if item is not None and not item.restricted:
            decisions.append(
                OpenDecision(
                    item.key,
                    item.title,
                    item.url,
                    due.line(messages),
                    tracker=tracker,
                    ids=(f"{tracker} {item.key} {due.kind} due {due.review or due.due_reason}",),
                    action=messages.text("report.action-for-due"),
                )
            )
    return decisions


def _item_decision(  # noqa: PLR0917 - an item and its questions
    tracker: str, key: str, title: str, link: str, questions: Sequence[AgendaQuestion], messages: Messages
) -> OpenDecision:
    """The decision that consists of all questions about an item."""
    rules = tuple(dict.fromkeys(question.rule for question in questions))
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
    )
