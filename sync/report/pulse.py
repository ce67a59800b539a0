"""The pulse: four anonymous statements about refinement, with which each person of a team agrees more or less.

A pulse rides on a message that is posted anyway. Its result is known only when it has closed, and only if enough people
have answered, so that nobody can tell from two readings what one person answered.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from sync.messages import Messages
from sync.settings import Settings
from sync.settings.experiments import Experiment
from sync.settings.slack_section import PulseCadence
from sync.store import Database, Transaction, pulses
from sync.store.pulses import VALUES, ClosedPulse, OpenPulse

STATEMENTS = ("clear", "answered", "small", "worthwhile")
"""The codes of the statements."""
_OPEN_FOR = timedelta(days=7)
"""How long a pulse can be answered."""
_ASKED_WITHIN = timedelta(days=14)
"""A team is asked about the start or the end of an experiment at most this long after it."""
_START, _END = "start", "end"
"""The last word of the period of a pulse about an experiment."""


class PulseRequest(Struct, frozen=True, array_like=True, tag="pulse"):
    """The value of a button with which people open the questions of a pulse."""

    team: str
    period: str


class PulseResult(Struct, frozen=True, kw_only=True):
    """The result of a closed pulse.

    Attributes:
        period: A month such as "2026-11"; or the first day of an experiment, followed by "start" or "end".
        closed: The day on which it closed.
        n: The number of people who answered; None if they were fewer than five.
        means: The mean of the answers to each statement, from 1 to 5, by the code of the statement.
    """

    team: str
    period: str
    closed: date
    n: int | None
    means: dict[str, float]


def find_due_period(settings: Settings, team: str, experiments: Sequence[Experiment], today: date) -> str:
    """The period about which a team is to be asked now, whether or not it has been asked; empty if there is none."""
    pulse = settings.slack.pulse if settings.slack is not None else None
    if pulse is None or settings.slack is None or settings.slack.app_token is None or team not in pulse.teams:
        return ""
    if pulse.when is PulseCadence.MONTHLY:
        return f"{today:%Y-%m}"
    events = [
        (day, f"{experiment.start} {event}")
        for experiment in experiments
        if experiment.team == team
        for day, event in (
            (experiment.start, _START),
            (min(experiment.ended or experiment.planned_end, experiment.planned_end), _END),
        )
    ]
    return max(((day, period) for day, period in events if day <= today < day + _ASKED_WITHIN), default=(today, ""))[1]


def close_finished(database: Database, teams: Sequence[str], today: date) -> None:
    """Close the pulses that have ended."""
    with database.reading() as transaction:
        ended = [
            team
            for team in teams
            if (pulse := pulses.load_open(transaction, team)) is not None and today >= pulse.closes
        ]
    for team in ended:
        with database.writing() as transaction:
            pulses.close_pulse(transaction, team, today)


def open_and_load(database: Database, team: str, due_period: str, day: date, *, may_open: bool) -> OpenPulse | None:
    """The pulse that the message of a day asks for, which is opened first if it is due; None if it asks for none.

    Args:
        due_period: The period about which the team is to be asked; empty if there is none.
        day: The day of the message.
        may_open: Whether a message is posted on that day.
    """
    if not team:
        return None
    if due_period and may_open:
        with database.writing() as transaction:
            pulses.open_pulse(transaction, team, due_period, day, day + _OPEN_FOR)
    with database.reading() as transaction:
        pulse = pulses.load_open(transaction, team)
    return pulse if pulse is not None and pulse.opened == day else None


def sample_pulse(day: date) -> OpenPulse:
    """A pulse for checking how a message looks. It is not stored, so nobody can answer it."""
    return OpenPulse(period=f"{day:%Y-%m}", opened=day, closes=day + _OPEN_FOR, key="")


def load_results(transaction: Transaction, settings: Settings) -> tuple[PulseResult, ...]:
    """The results of the closed pulses of all teams that are asked, the oldest first."""
    pulse = settings.slack.pulse if settings.slack is not None else None
    results = [
        _make_result(team, closed)
        for team in (pulse.teams if pulse is not None else ())
        for closed in pulses.load_closed(transaction, team)
    ]
    return tuple(sorted(results, key=lambda result: result.closed))


def results_about(experiment: Experiment, results: Sequence[PulseResult]) -> list[PulseResult]:
    """The results of a team from the time of an experiment: from its start until two weeks after its end."""
    end = min(experiment.ended or experiment.planned_end, experiment.planned_end) + _ASKED_WITHIN + _OPEN_FOR
    return [result for result in results if result.team == experiment.team and experiment.start <= result.closed <= end]


def describe_result(result: PulseResult, messages: Messages) -> Iterator[str]:
    """Yield a line with the size of the sample, and one for each statement; one sentence if too few answered."""
    if result.n is None:
        yield messages.text("pulse.too-few")
        return
    yield messages.text("pulse.sample", count=result.n)
    for code in STATEMENTS:
        yield messages.text("pulse.mean", statement=messages.name("pulse.statements", code), mean=result.means[code])


def name_period(period: str, messages: Messages) -> str:
    """The name of the period that a pulse is about."""
    day, _, event = period.partition(" ")
    return messages.text(f"pulse.periods.{event}", day=day) if event else day


def _make_result(team: str, closed: ClosedPulse) -> PulseResult:
    """Calculate the means of a closed pulse."""
    if closed.counts is None:
        return PulseResult(team=team, period=closed.period, closed=closed.closed, n=None, means={})
    n = sum(closed.counts[0])
    means = {
        code: round(sum(value * count for value, count in zip(range(1, VALUES + 1), row, strict=True)) / n, 1)
        for code, row in zip(STATEMENTS, closed.counts, strict=True)
    }
    return PulseResult(team=team, period=closed.period, closed=closed.closed, n=n, means=means)
