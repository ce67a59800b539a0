"""The experiments on the report page: what teams try out, and one figure for each, before it began and since."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.report.experiments import ExperimentResult, Measurement
from sync.settings.experiments import Measure

_DECIMALS = {Measure.THROUGHPUT: 1}
"""The number of digits after the decimal point of a measure's figures; 0 for other measures."""


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
    value = round(measurement.value, _DECIMALS.get(Measure(measure), 0))
    return messages.text(f"page.experiments.figures.{measure}", count=None, value=value, sample=measurement.n)
