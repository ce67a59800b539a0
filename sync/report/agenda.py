"""The agenda of a team's refinement: what comes next and has open questions, nearest first, in a time-box."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from rules.lifecycle import FindingState, FindingStatus, current_status
from rules.model import Severity, WorkItem, in_force
from rules.next_up import NextUp
from rules.registry import all_rules
from sync.messages import Messages
from sync.rounds.look_back import PastRound
from sync.rounds.plan_inputs import latest_summary
from sync.store import Transaction, decisions, findings, items

DEFAULT_MINUTES = 60
_MINUTES_PER_ITEM = 3
_MINUTES_PER_QUESTION = 4


class AgendaQuestion(Struct, frozen=True):
    """One open question about an item.

    Attributes:
        state: Where its finding is in its lifecycle.
        asked: The role that is asked, as people read it.
    """

    rule: str
    state: FindingState
    question: str
    evidence: str
    resolution: str
    asked: str


class AgendaEntry(Struct, frozen=True):
    """An item with its open questions, and the minutes they take."""

    key: str
    title: str
    link: str
    minutes: int
    questions: tuple[AgendaQuestion, ...]
    restricted: bool = False


class Agenda(Struct, frozen=True, kw_only=True):
    """What one team talks about next.

    Attributes:
        sprint: The coming sprint; empty where the items are the top of the backlog.
        next_up: How many items come next, with or without questions.
        minutes: How long the entries take.
        entries: What fits into the time-box, nearest first.
        later: Keys of the items that do not fit.
    """

    tracker: str
    team: str
    sprint: str
    next_up: int
    minutes: int
    entries: tuple[AgendaEntry, ...]
    later: tuple[str, ...] = ()


def stored_agendas(
    reading: Transaction,
    tracker: str,
    messages: Messages,
    asks: Mapping[str, str],
    minutes: int = DEFAULT_MINUTES,
) -> list[Agenda]:
    """The agenda of each team of a tracker, as the last round left it, with the decisions made since.

    Args:
        reading: The store.
        tracker: The tracker's name.
        messages: The texts to use.
        asks: The roles that `asks` in steward.yaml names, by rule.
        minutes: The length of the time-box.
    """
    summary = latest_summary(reading, tracker)
    wanted = {item_id for next_up in summary.next_up.values() for item_id in next_up.items}
    read_at = items.read_state(reading, tracker).last_good
    if read_at is None:
        return []
    decided = decisions.by_item(reading, tracker)
    stored: dict[str, list[FindingStatus]] = {}
    by_id: dict[str, WorkItem] = {}
    for item_id in wanted:
        item = items.item_by_id(reading, tracker, item_id)
        if item is None or not item.is_open or items.left_scope(reading, tracker, item_id):
            continue
        by_id[item_id] = item
        answers = in_force(decided.get(item_id, ()), read_at, item.evidence)
        stored[item_id] = [
            current_status(finding, FindingState(state), because, answers, read_at)
            for finding, state, because in findings.present(reading, tracker, item_id)
        ]
    return _agendas(tracker, summary.next_up, by_id, stored, messages, asks, minutes)


def past_agendas(
    then: PastRound, messages: Messages, asks: Mapping[str, str], minutes: int = DEFAULT_MINUTES
) -> list[Agenda]:
    """The agenda of each team of a tracker, as it would have been on an earlier day."""
    by_id = {item.id: item for item in then.judged.backlog.items}
    return _agendas(then.result.tracker, then.result.next_up, by_id, then.inputs.statuses, messages, asks, minutes)


def agenda_lines(agenda: Agenda, messages: Messages) -> Iterator[str]:
    """An agenda as text, a line each."""
    place = messages.text("agenda.sprint", sprint=agenda.sprint) if agenda.sprint else messages.text("agenda.top")
    yield messages.text("agenda.title", team=agenda.team, place=place)
    with_questions = len(agenda.entries) + len(agenda.later)
    yield messages.text("agenda.summary", count=with_questions, all=agenda.next_up, minutes=agenda.minutes)
    for number, entry in enumerate(agenda.entries, start=1):
        yield ""
        yield f"{number}. {entry.key}  {entry.title} ({messages.text('agenda.minutes', count=entry.minutes)})"
        for question in entry.questions:
            yield f"   {question.asked}: {question.question}"
            yield f"   {question.evidence} ({question.rule})"
    if agenda.later:
        yield ""
        yield messages.text("agenda.later", keys=", ".join(agenda.later))


def _agendas(  # noqa: PLR0917 - the parts of an agenda
    tracker: str,
    next_up: Mapping[str, NextUp],
    by_id: Mapping[str, WorkItem],
    statuses: Mapping[str, Sequence[FindingStatus]],
    messages: Messages,
    asks: Mapping[str, str],
    minutes: int,
) -> list[Agenda]:
    return [
        _agenda(
            tracker,
            team,
            coming,
            [by_id[item_id] for item_id in coming.items if item_id in by_id],
            lambda item: tuple(_questions(statuses.get(item.id, ()), messages, asks)),
            minutes,
        )
        for team, coming in next_up.items()
    ]


def _agenda(  # noqa: PLR0917 - the parts of an agenda
    tracker: str,
    team: str,
    next_up: NextUp,
    items_in_order: Sequence[WorkItem],
    questions_of: Callable[[WorkItem], tuple[AgendaQuestion, ...]],
    minutes: int,
) -> Agenda:
    entries: list[AgendaEntry] = []
    later: list[str] = []
    used = 0
    for item in items_in_order:
        questions = questions_of(item)
        needed = _MINUTES_PER_ITEM + _MINUTES_PER_QUESTION * len(questions)
        if not questions:
            continue
        if later or used + needed > minutes:
            later.append(item.key)
            continue
        used += needed
        entries.append(AgendaEntry(item.key, item.title, item.url, needed, questions, item.restricted))
    return Agenda(
        tracker=tracker,
        team=team,
        sprint=next_up.sprint,
        next_up=len(items_in_order),
        minutes=used,
        entries=tuple(entries),
        later=tuple(later),
    )


def _questions(
    statuses: Sequence[FindingStatus], messages: Messages, asks: Mapping[str, str]
) -> Iterator[AgendaQuestion]:
    """The open warnings of an item. What people have answered is not asked again."""
    for status in statuses:
        finding = status.finding
        if status.is_answered or finding.severity is not Severity.WARNING:
            continue
        message = messages.finding(finding)
        yield AgendaQuestion(
            finding.rule,
            status.state,
            message.question,
            message.evidence,
            message.resolution,
            asked_role(finding.rule, messages, asks),
        )


def asked_role(rule: str, messages: Messages, asks: Mapping[str, str]) -> str:
    """The role that is asked by a rule, as people read it: the one that the team names, or the usual one."""
    rules = all_rules()
    return asks.get(rule) or messages.name("agenda.roles", rules[rule].asks if rule in rules else "product-owner")
