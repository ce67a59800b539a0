"""The agenda of a team's refinement meeting: the next items with open questions, in rank order, within a time-box.

The next items are those of the coming sprint, or else the top of the backlog. A finding is what a rule flagged in an
item; the open questions about an item are those of its findings with severity warning that nobody has answered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct, field

from rules.lifecycle import FindingState, FindingStatus, status_before_next_round
from rules.model import Sprint, WorkItem, select_in_force, with_recorded_feedback
from rules.next_up import NextUp
from sync.messages import Messages
from sync.report.questions import AgendaQuestion, open_questions
from sync.rounds.plan_inputs import latest_summary
from sync.rounds.simulated_round import SimulatedRound
from sync.settings import Configuration
from sync.store import Transaction, decisions, findings, items, tracker_states

DEFAULT_MINUTES = 60
"""The length of a refinement meeting if none is given."""
_MINUTES_PER_ITEM = 3
_MINUTES_PER_QUESTION = 4
"""Estimates of how long a team takes to read an item, and to answer each question about it."""


class AgendaEntry(Struct, frozen=True):
    """An item with its open questions.

    Attributes:
        minutes: The estimated time that the team needs for the item.
        restricted: Whether the tracker shows the item only to some people.
    """

    key: str
    title: str
    link: str
    minutes: int
    questions: tuple[AgendaQuestion, ...]
    restricted: bool = False


class Agenda(Struct, frozen=True, kw_only=True):
    """The agenda of one team.

    Attributes:
        sprint: The coming sprint; empty if the items are the top of the backlog.
        next_up_count: The number of items that come next, with or without questions; `next_up` in JSON.
        minutes: The estimated time that the team needs for the entries.
        entries: The items that fit into the time-box, in rank order.
        later: Keys of the items that do not fit.
        start, end: The days on which the sprint begins and ends; None if unknown.
    """

    tracker: str
    team: str
    sprint: str
    next_up_count: int = field(name="next_up")
    minutes: int
    entries: tuple[AgendaEntry, ...]
    later: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None

    @property
    def open_count(self) -> int:
        """The number of items with open questions."""
        return len(self.entries) + len(self.later)

    def fit_into(self, minutes: int) -> "Agenda":
        """Return the agenda with the entries that fit into a time-box. `later` names the items of the others.

        Call it once, on an agenda whose `later` is empty.
        """
        entry_count = planned_minutes = 0
        for entry in self.entries:
            if planned_minutes + entry.minutes > minutes:
                break
            entry_count += 1
            planned_minutes += entry.minutes
        entries, later = self.entries[:entry_count], tuple(entry.key for entry in self.entries[entry_count:])
        return msgspec.structs.replace(self, minutes=planned_minutes, entries=entries, later=later)


def load_agendas(
    transaction: Transaction,
    tracker: str,
    configuration: Configuration,
    minutes: int | None = DEFAULT_MINUTES,
    *,
    with_restricted: bool = True,
) -> list[Agenda]:
    """Make the agenda of each team of a tracker from the last round (pass over the tracker) and the decisions since.

    Args:
        minutes: The length of the time-box; None for no limit.
        with_restricted: Whether to include items that the tracker shows only to some people.
    """
    summary = latest_summary(transaction, tracker)
    item_ids = list({item_id for next_up in summary.next_up.values() for item_id in next_up.items})
    read_at = tracker_states.load(transaction, tracker).last_good
    if read_at is None:
        return []
    decisions_by_item = decisions.by_item(transaction, tracker)
    findings_by_item = findings.present_by_item(transaction, tracker, item_ids)
    statuses: dict[str, list[FindingStatus]] = {}
    items_by_id: dict[str, WorkItem] = {}
    for stored in items.in_scope(transaction, tracker, item_ids):
        if not stored.is_open or (stored.restricted and not with_restricted):
            continue
        # Newer feedback of customers ends a decision "not now".
        items_by_id[stored.id] = item = with_recorded_feedback(stored.without_texts(), configuration.feedback)
        answers = select_in_force(decisions_by_item.get(item.id, ()), read_at, item.demand)
        statuses[item.id] = [
            status_before_next_round(finding, FindingState(state), reason, answers, read_at)
            for finding, state, reason in findings_by_item.get(item.id, ())
        ]
    agendas = _make_agendas(tracker, summary.next_up, items_by_id, statuses, configuration)
    return list(agendas) if minutes is None else [agenda.fit_into(minutes) for agenda in agendas]


def make_simulated_agendas(simulated: SimulatedRound, configuration: Configuration, minutes: int) -> list[Agenda]:
    """Make the agenda of each team of a tracker as it would have been on the day of a simulated round."""
    items_by_id = simulated.judged.backlog.items_by_id
    result, statuses = simulated.result, simulated.inputs.statuses
    agendas = _make_agendas(result.tracker, result.next_up, items_by_id, statuses, configuration)
    return [agenda.fit_into(minutes) for agenda in agendas]


def describe_scope(agenda: Agenda, messages: Messages) -> str:
    """Say which items an agenda covers: those of a sprint, with its dates if known, or the top of the backlog."""
    if not agenda.sprint:
        return messages.text("agenda.top")
    if agenda.start is None or agenda.end is None:
        return messages.text("agenda.sprint", sprint=agenda.sprint)
    return messages.text(
        "agenda.sprint-with-dates", sprint=agenda.sprint, start=agenda.start.isoformat(), end=agenda.end.isoformat()
    )


def format_agenda(agenda: Agenda, messages: Messages) -> Iterator[str]:
    """Format an agenda as lines of text."""
    yield messages.text("agenda.title", team=agenda.team, place=describe_scope(agenda, messages))
    yield messages.text("agenda.summary", count=agenda.open_count, all=agenda.next_up_count, minutes=agenda.minutes)
    for number, entry in enumerate(agenda.entries, start=1):
        yield ""
        yield f"{number}. {entry.key}  {entry.title} ({messages.text('agenda.minutes', count=entry.minutes)})"
        for question in entry.questions:
            yield f"   {question.role}: {question.question}"
            yield f"   {question.evidence} ({', '.join(question.rules)})"
    if agenda.later:
        yield ""
        yield messages.text("agenda.later", keys=", ".join(agenda.later))


def _make_agendas(
    tracker: str,
    next_up: Mapping[str, NextUp],
    items_by_id: Mapping[str, WorkItem],
    statuses: Mapping[str, Sequence[FindingStatus]],
    configuration: Configuration,
) -> Iterator[Agenda]:
    """Yield the agenda of each team: items with open questions, in rank order.

    Args:
        next_up: The items that each team starts next, by team.
        statuses: The statuses of their findings, by item id.
    """
    messages, settings = configuration.messages, configuration.settings
    zone = settings.time_zone
    for team, team_next_up in next_up.items():
        team_items = [items_by_id[item_id] for item_id in team_next_up.items if item_id in items_by_id]
        entries: list[AgendaEntry] = []
        for item in team_items:
            if questions := tuple(open_questions(statuses.get(item.id, ()), messages, settings.asks)):
                item_minutes = _MINUTES_PER_ITEM + _MINUTES_PER_QUESTION * len(questions)
                entries.append(AgendaEntry(item.key, item.title, item.url, item_minutes, questions, item.restricted))
        sprint = _find_sprint(team_next_up.sprint, team_items) if team_next_up.sprint else None
        yield Agenda(
            tracker=tracker,
            team=team,
            sprint=team_next_up.sprint,
            next_up_count=len(team_items),
            minutes=sum(entry.minutes for entry in entries),
            entries=tuple(entries),
            start=sprint.start.astimezone(zone).date() if sprint is not None and sprint.start is not None else None,
            end=sprint.end.astimezone(zone).date() if sprint is not None and sprint.end is not None else None,
        )


def _find_sprint(name: str, planned_items: Iterable[WorkItem]) -> Sprint | None:
    """Find the coming sprint with this name among the sprints of the planned items; None if there is none."""
    return next(
        (sprint for item in planned_items for sprint in item.sprints if sprint.name == name and sprint.is_coming), None
    )
