"""The digest of a day: the open decisions, and what was written and skipped.

An open decision is one or more questions that people have to answer together. A finding is what a rule flagged in an
item; it is raised if a comment or a label may be written for it. A move is a suggestion to rank an item higher. A
round is one pass over a tracker.

The digest is built from the store alone, so that a process other than the one that ran the round can send it. Items
that the tracker shows only to some people are left out.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import chain, zip_longest

import msgspec
from msgspec import Struct, field

from rules.flow.late_changes import LateChangeKind
from sync.inspect.priorities import SuggestedMove
from sync.messages import Messages
from sync.report.agenda import DEFAULT_MINUTES, Agenda, load_agendas
from sync.report.open_decisions import OpenDecision, find_open_decisions
from sync.report.pulse import PulseResult
from sync.report.runway import Runway
from sync.report.sprint_alerts import LateChanges, SprintBeforePlanning
from sync.rounds.result import AnswerSummary, RoundSummary
from sync.settings import Configuration
from sync.store import Database, Transaction, items, rounds, tracker_states
from sync.store.tracker_states import TrackerState

MAX_DECISIONS = 5
"""The maximum number of decisions that a digest shows: about as many as a team can make in a day."""
MAX_DECISIONS_OF_MANY_TRACKERS = 20
"""The same for a digest of more than `MAX_DECISIONS` trackers, which shows one decision for each tracker."""
_MAX_ROUNDS_A_DAY = 500
"""The maximum number of rounds of a day that are added up; enough for one every three minutes."""


class TrackerDigest(Struct, frozen=True, kw_only=True):
    """One tracker's part of a digest.

    Attributes:
        mode: "shadow" (nothing is written) or "write", in the last round.
        decisions: All open decisions, the most important first.
        written: The number of changes made in the tracker since midnight, by kind.
        unraised_by_state: The number of findings that are not raised, by state.
        blocked_reason: Why the last round wrote nothing; empty if it wrote, or only waits for an approval.
        planned: The number of items to which the last round planned changes.
        waiting: The number of items that the budget of a round (`write.budget`) did not cover.
        unscored: Why an item has no WSJF score (weighted shortest job first) although it has some inputs for one, by
            the key of the item.
        skipped: What could not be read, judged or written.
        limits: Sentences about what a rule could not judge, and why.
        answers: The answers of people that the service accepted today, one line each.
        scores: Sentences about the WSJF scores of the backlog.
        agendas: The agendas of the teams' refinement meetings.
        notes: Sentences for the admin, for example about the token.
        approval: What an admin has to approve before anything is written; empty if there is nothing.
        trouble: Why the data is stale; empty if it is not.
        trouble_since: When the data became stale.
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
    """The content of a report: of a message in a channel, or of the report page.

    Attributes:
        day: The day, in the team's time zone.
        accepted_moves: The keys of those of `moves` whose item people have decided that they want (`accept`).
        runways: The runway of each team: the number of sprints for which its ready items last.
        before_planning: Sprints that begin by the next working day, with planned items that have open questions.
        late_changes: What was added or changed in running sprints after their planning.
        pulses: The results of closed pulses, which are anonymous surveys of a team, the oldest first.
    """

    day: date
    trackers: tuple[TrackerDigest, ...]
    moves: tuple[SuggestedMove, ...] = ()
    accepted_moves: tuple[str, ...] = ()
    runways: tuple[Runway, ...] = ()
    before_planning: tuple[SprintBeforePlanning, ...] = ()
    late_changes: tuple[LateChanges, ...] = ()
    pulses: tuple[PulseResult, ...] = ()

    @property
    def decisions(self) -> list[OpenDecision]:
        """The decisions to show, from each tracker in turn: up to five, or one for each of more than five trackers."""
        interleaved = chain.from_iterable(zip_longest(*(tracker.decisions for tracker in self.trackers)))
        trackers_with_decisions = sum(1 for tracker in self.trackers if tracker.decisions)
        count = min(max(MAX_DECISIONS, trackers_with_decisions), MAX_DECISIONS_OF_MANY_TRACKERS)
        return [decision for decision in interleaved if decision is not None][:count]

    @property
    def all_decisions(self) -> list[OpenDecision]:
        """All open decisions, shown or not."""
        return [decision for part in self.trackers for decision in part.decisions]

    @property
    def agendas_with_entries(self) -> list[Agenda]:
        return [agenda for part in self.trackers for agenda in part.agendas if agenda.entries]

    @property
    def open_ids(self) -> list[str]:
        """The ids of all open decisions, and of the alerts for which a message is posted.

        Changes to items are not among them: the next message shows them.
        """
        decisions = [open_id for decision in self.all_decisions for open_id in decision.identities]
        added = [item.id for changes in self.late_changes for item in changes.of_kind(LateChangeKind.ADDED)]
        return [*decisions, *(sprint.id for sprint in self.before_planning), *added]

    def with_only(self, ids: Collection[str]) -> "Digest":
        """Return a copy with only the decisions that have any of these ids, and the alerts with these ids."""
        wanted = set(ids)
        trackers = []
        for part in self.trackers:
            decisions = tuple(decision for decision in part.decisions if not wanted.isdisjoint(decision.identities))
            trackers.append(msgspec.structs.replace(part, decisions=decisions))
        late_changes = tuple(
            msgspec.structs.replace(changes, items=wanted_items)
            for changes in self.late_changes
            if (wanted_items := tuple(item for item in changes.items if item.id in wanted))
        )
        before_planning = tuple(sprint for sprint in self.before_planning if sprint.id in wanted)
        return msgspec.structs.replace(
            self, trackers=tuple(trackers), before_planning=before_planning, late_changes=late_changes
        )

    @property
    def has_admin_tasks(self) -> bool:
        """Whether there is anything that only an admin can act on."""
        return any(part.approval or part.notes or part.skipped or part.trouble for part in self.trackers)


def make_digest(database: Database, configuration: Configuration, trackers: Sequence[str], now: datetime) -> Digest:
    """Build the digest of some trackers for a day.

    Args:
        now: A time of the day, in the team's time zone; changes since midnight are listed.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with database.reading() as transaction:
        parts = tuple(_make_tracker_digest(transaction, configuration, name, midnight) for name in trackers)
    return Digest(now.date(), parts)


def _make_tracker_digest(
    transaction: Transaction, configuration: Configuration, tracker: str, midnight: datetime
) -> TrackerDigest:
    messages = configuration.messages
    state = tracker_states.load(transaction, tracker)
    latest = rounds.latest_judged(transaction, tracker)
    summary = msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()
    written: Counter[str] = Counter()
    answers: list[AnswerSummary] = []
    for past_round in rounds.latest(transaction, tracker, _MAX_ROUNDS_A_DAY):
        if past_round.started >= midnight and past_round.ended:
            past_summary = msgspec.convert(past_round.summary, RoundSummary)
            written.update(past_summary.written)
            answers[:0] = past_summary.answers
    named_items = {
        *summary.unscored,
        *(problem.item for problem in summary.skipped),
        *(answer.key for answer in answers),
    }
    restricted = items.restricted_names(transaction, tracker, named_items)
    agendas = load_agendas(transaction, tracker, configuration, minutes=None, with_restricted=False)
    return TrackerDigest(
        tracker=tracker,
        mode=summary.mode,
        decisions=tuple(find_open_decisions(transaction, tracker, summary, agendas, configuration)),
        open_items=summary.open_items,
        written=dict(written),
        unraised_by_state=summary.unraised_by_state,
        blocked_reason="" if summary.awaits_approval else summary.blocked_reason,
        planned=summary.planned,
        waiting=summary.waiting,
        unscored={key: reason for key, reason in summary.unscored.items() if key not in restricted},
        skipped=tuple(problem.line for problem in summary.skipped if problem.item not in restricted),
        limits=tuple(f"{rule}: {limit}" for rule, limits in summary.unjudged_reasons.items() for limit in limits),
        answers=tuple(answer.line(messages) for answer in answers if answer.key not in restricted),
        scores=tuple(summary.scores),
        agendas=tuple(agenda.fit_into(DEFAULT_MINUTES) for agenda in agendas),
        notes=tuple(summary.notes),
        approval=_describe_approval(summary, state, messages),
        trouble=state.trouble or "",
        trouble_since=state.trouble_since,
        last_good=state.last_good,
    )


def _describe_approval(summary: RoundSummary, state: TrackerState, messages: Messages) -> str:
    """Say that planned changes wait for an admin's approval, and why.

    Empty if none wait, if the data is stale, or if the team first has to say why somebody made the same change to the
    service's comments, labels or fields on many items at once.
    """
    if not (summary.awaits_approval and summary.planned) or state.trouble or summary.bulk_questions:
        return ""
    return f"{messages.text('report.ready', count=summary.planned)}. {summary.blocked_reason}"
