"""`steward experiment`: one change that a team tries for some weeks, measured before and after it began."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.options import ConfigOption, JsonOption
from sync.cli.output import out, print_json, printable
from sync.cli.session import Session, open_session
from sync.messages import shipped_messages
from sync.report.experiments import TRACKER_MEASURES, ExperimentResult, Measurement, load_experiment_results
from sync.report.pulse import describe_result, load_results, name_period, results_about
from sync.settings.experiments import Experiment, ExperimentVerdict, Measure, add_experiment, end_experiment

_MEASURES = {
    Measure.CYCLE_TIME: ("Cycle time within which 85 % of items are finished", "{:.0f} days", "items"),
    Measure.THROUGHPUT: ("Items finished in a week", "{:.1f}", "items"),
    Measure.DONE_IN_SPRINT: ("Items done in their sprint", "{:.0f} %", "items"),
    Measure.READY: (
        "Items of the coming sprint (or else of the top of the backlog) without an open question, mean of all days",
        "{:.0f} %",
        "days",
    ),
    Measure.QUESTIONS: ("Open items with a question that nobody has answered, mean of all days", "{:.0f} %", "days"),
}
"""For each measure its name, the format of its figure, and what its sample consists of."""

TeamOption = Annotated[
    str | None, typer.Option("--team", help="The team. Only needed if there are several.", show_default=False)
]

app = typer.Typer()
group = typer.Typer(help="Try one change, and see what it did.", no_args_is_help=True)
app.add_typer(group, name="experiment")


@group.command()
def start(
    title: Annotated[str, typer.Argument(help='The change, such as "Criteria on every story".')],
    measure: Annotated[Measure, typer.Option("--measure", help="How its effect is measured.", show_default=False)],
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=26, help="How many weeks it runs.")] = 4,
    team: TeamOption = None,
    config: ConfigOption = None,
) -> None:
    """Start an experiment today, and record it in experiments.yaml. A team runs one at a time."""
    with open_session(config) as session:
        name = _choose_team(session, team)
        running = _find_running(session, name)
        if running is not None:
            raise typer.BadParameter(
                f'The experiment "{printable(running.title)}" of {name} has not ended. '
                "End it first: `steward experiment end keep|adjust|drop --because …`."
            )
        if measure in TRACKER_MEASURES and name not in session.configuration.settings.trackers:
            others = ", ".join(other.value for other in Measure if other not in TRACKER_MEASURES)
            raise typer.BadParameter(
                f"{measure.value} is known for a whole tracker, but not for one of its teams. Choose from: {others}.",
                param_hint="--measure",
            )
        experiment = Experiment(title=title, team=name, measure=measure, start=session.clock().date(), weeks=weeks)
        file = session.configuration.experiments_file
        add_experiment(file, experiment)
        out.print(f"Started. It is in {printable(str(file))} and ends on {experiment.planned_end}.")
        _print_result(_measure(session, experiment))


@group.command("list")
def list_experiments(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all experiments with their figures before and after they began."""
    with open_session(config) as session:
        results = [_measure(session, experiment) for experiment in session.configuration.experiments]
    if as_json:
        print_json(results)
        return
    for result in results:
        _print_result(result)
    if not results:
        out.print("No experiments. Start one with `steward experiment start`.")


@group.command()
def end(
    verdict: Annotated[ExperimentVerdict, typer.Argument(help="What the team decided.")],
    because: Annotated[str, typer.Option("--because", help="Why.", show_default=False)],
    team: TeamOption = None,
    config: ConfigOption = None,
) -> None:
    """End the running experiment, with the team's decision."""
    with open_session(config) as session:
        name = _choose_team(session, team)
        if _find_running(session, name) is None:
            raise typer.BadParameter(f"{name} has no running experiment.")
        file = session.configuration.experiments_file
        end_experiment(file, name, session.clock().date(), verdict, because)
        out.print(f"Ended. The decision is in {printable(str(file))}.")


@group.command()
def export(
    file: Annotated[Path, typer.Argument(help="The Markdown file to write.")],
    team: TeamOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the latest experiment of a team as one page of Markdown."""
    with open_session(config) as session:
        name = _choose_team(session, team)
        experiments = [experiment for experiment in session.configuration.experiments if experiment.team == name]
        if not experiments:
            raise typer.BadParameter(f"{name} has no experiment.")
        result = _measure(session, experiments[-1])
        title, *lines = _result_lines(result)
        messages = shipped_messages()
        # A pulse is an anonymous survey of the team.
        with session.database.reading() as transaction:
            pulses = results_about(experiments[-1], load_results(transaction, session.configuration.settings))
        lines += [
            f"Pulse, {name_period(pulse.period, messages)}: {' '.join(describe_result(pulse, messages))}"
            for pulse in pulses
        ]
        file.write_text(f"# {title}\n\n" + "".join(f"- {line.strip()}\n" for line in lines), encoding="utf-8")
        out.print(f"The page is in {printable(str(file))}.")


def _choose_team(session: Session, team: str | None) -> str:
    """The value of `--team`, or the only team."""
    settings = session.configuration.settings
    names = list(settings.teams) or list(settings.trackers)
    if team is None and len(names) == 1:
        return names[0]
    if team not in names:
        problem = f'There is no team "{printable(team)}".' if team else "There are several teams."
        raise typer.BadParameter(f"{problem} Choose from: {', '.join(names)}.", param_hint="--team")
    return team


def _find_running(session: Session, team: str) -> Experiment | None:
    """A team's experiment that has not ended; None if there is none."""
    experiments = session.configuration.experiments
    return next(
        (experiment for experiment in experiments if experiment.team == team and experiment.ended is None), None
    )


def _measure(session: Session, experiment: Experiment) -> ExperimentResult:
    settings = session.configuration.settings
    with session.database.reading() as transaction:
        return load_experiment_results(transaction, [experiment], settings, session.clock())[0]


def _print_result(result: ExperimentResult) -> None:
    for line in _result_lines(result):
        out.print(printable(line))
    out.print()


def _result_lines(result: ExperimentResult) -> Iterator[str]:
    name, figure_format, sample_unit = _MEASURES[Measure(result.measure)]
    last_day_before, last_day = result.start - timedelta(days=1), result.until - timedelta(days=1)
    yield f"{result.title} ({result.team})"
    yield f"  Measure: {name}."
    before = _format_measurement(result.before, figure_format, sample_unit)
    yield f"  Before, {result.before_start} to {last_day_before}: {before}."
    if last_day < result.start:
        yield "  Since: not measured yet."
    else:
        since = _format_measurement(result.since, figure_format, sample_unit)
        yield f"  Since, {result.start} to {last_day}: {since}."
    if result.verdict:
        yield f"  Decided: {result.verdict}. {result.because}".rstrip()
    else:
        yield f"  Runs until {result.planned_end}. Then decide: `steward experiment end keep|adjust|drop --because …`."


def _format_measurement(measurement: Measurement, figure_format: str, sample_unit: str) -> str:
    """Format a figure and the size of its sample, as `_MEASURES` says."""
    if measurement.value is None:
        return f"not enough data (n={measurement.n} {sample_unit})"
    return f"{figure_format.format(measurement.value)} (n={measurement.n} {sample_unit})"
