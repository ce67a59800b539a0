"""The pulse, an anonymous survey: how much do the people of a team agree with four statements about its refinement?

The button that shows its statements is part of a message that is posted anyway. So that nobody can tell what one person
answered, its result is known only if at least five people have answered, and only when it has closed: two results, from
before and after an answer, would show that answer.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from sync.messages import Messages
from sync.settings import Settings
from sync.settings.experiments import Experiment
from sync.settings.slack_section import PulseCadence
from sync.store import Database, Transaction, pulses
from sync.store.pulses import MAX_VALUE, ClosedPulse, OpenPulse

STATEMENTS = ("clear", "answered", "small", "worthwhile")
"""The codes of the statements, whose texts are in the messages."""
_OPEN_DURATION = timedelta(days=7)
"""How long a pulse can be answered."""
_MAX_DELAY = timedelta(days=14)
"""A team is asked about the start or the end of an experiment at most this long after it."""


class PulseRequest(Struct, frozen=True, array_like=True, tag="pulse"):
    """The value of the button that shows a person the statements of a pulse.

    Attributes:
        period: What the pulse is about; see `PulseResult.period`.
    """

    team: str
    period: str


class PulseResult(Struct, frozen=True, kw_only=True):
    """The result of a closed pulse.

    Attributes:
        period: What it is about: a month such as "2026-11", or the start or end of an experiment, as the experiment's
            first day followed by "start" or "end".
        n: The number of people who answered; None if they were fewer than five.
        means: The mean of the answers to each statement, from 1 to 5, by the code of the statement.
    """

    team: str
    period: str
    closed: date
    n: int | None
    means: dict[str, float]


def find_due_period(settings: Settings, team: str, experiments: Sequence[Experiment], today: date) -> str:
    """The period about which a team has to be asked now, even if it has been asked already; empty if there is none."""
    slack = settings.slack
    if slack is None or slack.app_token is None or slack.pulse is None or team not in slack.pulse.teams:
        return ""
    if slack.pulse.when is PulseCadence.MONTHLY:
        return f"{today:%Y-%m}"
    due_periods = [
        (day, f"{experiment.start} {event}")
        for experiment in experiments
        if experiment.team == team
        for day, event in ((experiment.start, "start"), (experiment.end, "end"))
        if day <= today < day + _MAX_DELAY
    ]
    return max(due_periods)[1] if due_periods else ""


def close_ended_pulses(database: Database, today: date) -> None:
    """Close the pulses that have ended, including those of teams that are no longer asked.

    This deletes the hashes of the people who answered, which are stored so that nobody answers twice.
    """
    with database.reading() as transaction:
        open_pulses = {team: pulses.load_open(transaction, team) for team in pulses.teams_with_open_pulse(transaction)}
    for team, pulse in open_pulses.items():
        if pulse is not None and today >= pulse.closes:
            with database.writing() as transaction:
                pulses.close_pulse(transaction, team, today)


def open_and_load(
    database: Database, team: str, due_period: str, day: date, last_message: date | None, *, may_open: bool
) -> OpenPulse | None:
    """Load the pulse whose button is part of the message of a day; None if the message has no such button.

    Args:
        due_period: The period about which the team has to be asked; empty if there is none.
        last_message: The day of the latest message that was posted in the channel; None if there is none. If a pulse
            was opened after that day, its message could not be posted, and it begins again with this one.
        may_open: Whether to open a pulse about this period first, because a new message is posted.
    """
    if not team:
        return None
    if due_period and may_open:
        with database.writing() as transaction:
            pulses.open_pulse(transaction, team, due_period, day, day + _OPEN_DURATION, last_message)
    with database.reading() as transaction:
        pulse = pulses.load_open(transaction, team)
    return pulse if pulse is not None and pulse.opened == day else None


def sample_pulse(day: date) -> OpenPulse:
    """A pulse for checking how a message looks. It is not stored, so nobody can answer it, and it needs no key."""
    return OpenPulse(period=f"{day:%Y-%m}", opened=day, closes=day + _OPEN_DURATION, key="")


def load_results(transaction: Transaction, settings: Settings) -> tuple[PulseResult, ...]:
    """The results of the closed pulses of all teams in the settings, the oldest first."""
    pulse = settings.slack.pulse if settings.slack is not None else None
    results = [
        _make_result(team, closed)
        for team in (pulse.teams if pulse is not None else ())
        for closed in pulses.load_closed(transaction, team)
    ]
    return tuple(sorted(results, key=lambda result: result.closed))


def results_about(experiment: Experiment, results: Sequence[PulseResult]) -> list[PulseResult]:
    """The results of a team's pulses that closed between the start of an experiment and three weeks after its end.

    The end is the planned one, if the team has not ended the experiment earlier.

    The pulse about the end is opened within two weeks, and can be answered for one.
    """
    last_day = experiment.end + _MAX_DELAY + _OPEN_DURATION
    return [
        result for result in results if result.team == experiment.team and experiment.start <= result.closed <= last_day
    ]


def describe_result(result: PulseResult, messages: Messages) -> Iterator[str]:
    """Yield a line with the size of the sample, and one for each statement; one sentence if too few answered."""
    if result.n is None:
        yield messages.text("pulse.too-few")
        return
    yield messages.text("pulse.sample", count=result.n)
    for code in STATEMENTS:
        yield messages.text("pulse.mean", statement=messages.name("pulse.statements", code), mean=result.means[code])


def name_period(period: str, messages: Messages) -> str:
    """The displayed name of the period that a pulse is about; see `PulseResult.period`."""
    day, _, event = period.partition(" ")
    return messages.text(f"pulse.periods.{event}", day=day) if event else day


def _make_result(team: str, closed: ClosedPulse) -> PulseResult:
    """Calculate the means of a closed pulse."""
    if closed.counts is None:
        return PulseResult(team=team, period=closed.period, closed=closed.closed, n=None, means={})
    n = sum(closed.counts[0])
    means = {
        code: round(sum(value * count for value, count in zip(range(1, MAX_VALUE + 1), row, strict=True)) / n, 1)
        for code, row in zip(STATEMENTS, closed.counts, strict=True)
    }
    return PulseResult(team=team, period=closed.period, closed=closed.closed, n=n, means=means)
