"""The experiments and the pulses on the report page, as texts.

An experiment is what a team tries out, with one figure that is measured before it began and since. A pulse is an
anonymous survey of a team.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.report.experiments import ExperimentResult, Measurement
from sync.report.pulse import STATEMENTS, PulseResult, name_period
from sync.settings.experiments import Measure

_MAX_PULSES = 12


class ExperimentRow(Struct, frozen=True, kw_only=True):
    """An experiment as texts for the page.

    Attributes:
        period: When it runs or ran.
        outcome: What the team decided, and why; before that, the day by which it has to decide.
    """

    title: str
    team: str
    measure: str
    period: str
    before: str
    since: str
    outcome: str


class PulseRow(Struct, frozen=True, kw_only=True):
    """The result of a pulse as texts for the page.

    Attributes:
        means: The mean of the answers to each statement; empty if too few people answered.
        n: The number of people who answered, or a sentence that says that they were too few.
    """

    team: str
    period: str
    means: tuple[str, ...]
    n: str


def make_pulse_rows(results: Sequence[PulseResult], messages: Messages) -> Iterator[PulseRow]:
    """Yield the latest results of pulses, the latest first."""
    for result in results[: -_MAX_PULSES - 1 : -1]:
        yield PulseRow(
            team=result.team,
            period=name_period(result.period, messages),
            means=tuple(messages.amount(result.means[code]) for code in STATEMENTS if result.n is not None),
            n=messages.text("pulse.too-few") if result.n is None else str(result.n),
        )


def make_experiment_rows(results: Sequence[ExperimentResult], messages: Messages) -> Iterator[ExperimentRow]:
    """Yield the experiments, the latest first."""
    for result in reversed(results):
        start, end = result.start.isoformat(), result.planned_end.isoformat()
        outcome = messages.text("page.experiments.open", end=end)
        if result.verdict:
            decided = messages.name("page.experiments.verdicts", result.verdict)
            outcome = f"{decided}: {result.because}" if result.because else decided
        yield ExperimentRow(
            title=result.title,
            team=result.team,
            measure=messages.name("page.experiments.measures", result.measure),
            period=messages.text("page.experiments.period", start=start, end=end),
            before=_describe(result.before, result.measure, messages),
            since=_describe(result.since, result.measure, messages),
            outcome=outcome,
        )


def _describe(measurement: Measurement, measure: str, messages: Messages) -> str:
    """Describe a figure with its unit and the size of its sample."""
    if measurement.value is None:
        return messages.text("page.experiments.unknown", count=measurement.n)
    value = round(measurement.value, 1 if measure == Measure.THROUGHPUT else 0)
    return messages.text(f"page.experiments.figures.{measure}", value=value, sample=measurement.n)
