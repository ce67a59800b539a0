"""Words the figures for a retrospective, as sections of lines for the report page and the view "retrospective"."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from rules.priority.goals import SprintGoalOutcome
from sync.inspect.forecast import Calibration, describe_calibration
from sync.messages import Messages
from sync.report.experiments import ExperimentResult
from sync.report.page_content import PageContent
from sync.report.page_experiments import make_experiment_rows
from sync.report.pulse import PulseResult, describe_result, name_period
from sync.report.retrospective import TrackerRetrospective

_Trackers = Sequence[TrackerRetrospective]

_MAX_CAUSES = 3
_MIN_COMPARED_ITEMS = 10
"""The minimum number of finished items that rules had flagged, and of others, for their shares to be compared."""


def retrospective_sections(content: PageContent, messages: Messages) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each section that has lines: the last part of the text id of its heading, and the lines."""
    trackers = content.retrospective.trackers
    sections = {
        "planned": _planned_lines(trackers, messages),
        "causes": _cause_lines(trackers, messages),
        "goals": _goal_lines(trackers, messages),
        "hits": _forecast_lines(content.retrospective.calibrations, messages),
        "rework": _rework_lines(trackers, messages),
        "measures": objective_measure_lines(content, messages),
        "experiments": _experiment_lines(content.experiments, messages),
        "pulse": _pulse_lines(content.pulses, messages),
    }
    for name, section_lines in sections.items():
        if listed := list(section_lines):
            yield name, listed


def objective_measure_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield whether the measure of each objective has moved since work for it was last delivered."""
    for outcome in content.retrospective.measures:
        name = f"{outcome.objective} ({outcome.measure})"
        if outcome.delivered is None:
            yield messages.text("retrospective.not-delivered", objective=name, sample=outcome.n)
            continue
        day = outcome.delivered.isoformat()
        if outcome.after is None or outcome.before is None:
            yield messages.text("retrospective.not-measured", objective=name, day=day, sample=outcome.n)
            continue
        yield messages.text(
            "retrospective.measured",
            objective=name,
            day=day,
            moved=messages.name("retrospective.moved", outcome.moved),
            before=outcome.before,
            after=outcome.after.value,
            on=outcome.after.day.isoformat(),
            sample=outcome.n,
        )


def _planned_lines(trackers: _Trackers, messages: Messages) -> Iterator[str]:
    """Yield how many items were done in their sprint, and carried over."""
    for tracker in trackers:
        if tracker.sprints:
            yield _prefix(tracker, trackers) + messages.text(
                "retrospective.done",
                count=tracker.sprints,
                done=tracker.done.part,
                total=tracker.done.n,
                carried=tracker.carried_over,
            )


def _cause_lines(trackers: _Trackers, messages: Messages) -> Iterator[str]:
    """Yield the commonest causes for items that were not done in their sprint."""
    for tracker in trackers:
        if not tracker.unfinished:
            continue
        yield _prefix(tracker, trackers) + messages.text("retrospective.unfinished", count=tracker.unfinished)
        for cause, count in tracker.causes[:_MAX_CAUSES]:
            name = messages.name("retrospective.cause-names", cause)
            yield messages.text("retrospective.cause", items=count, cause=name)


def _goal_lines(trackers: _Trackers, messages: Messages) -> Iterator[str]:
    """Yield how many sprint goals were met, and each goal with its outcome."""
    for tracker in trackers:
        with_outcome = [goal for goal in tracker.goals if goal.outcome is not None]
        if with_outcome:
            met = sum(1 for goal in with_outcome if goal.outcome is SprintGoalOutcome.MET)
            yield _prefix(tracker, trackers) + messages.text("retrospective.met", count=len(with_outcome), met=met)
        for goal in tracker.goals:
            outcome = messages.name("retrospective.outcomes", goal.outcome or "unknown")
            key = "retrospective.goal" if goal.goal else "retrospective.goal-unnamed"
            yield messages.text(key, sprint=goal.sprint, outcome=outcome, goal=goal.goal)
    if any(goal.outcome is None for tracker in trackers for goal in tracker.goals):
        yield messages.text("retrospective.record")


def _forecast_lines(calibrations: Mapping[str, Calibration], messages: Messages) -> Iterator[str]:
    """Yield how often the forecasts for each team were right."""
    for team, calibration in calibrations.items():
        yield f"{team}: {describe_calibration(calibration, messages)}"


def _rework_lines(trackers: _Trackers, messages: Messages) -> Iterator[str]:
    """Yield how many finished items had been reopened, of those that rules had flagged and of the others."""
    for tracker in trackers:
        flagged, unflagged = tracker.reworked_flagged, tracker.reworked_unflagged
        if not flagged.n + unflagged.n:
            continue
        facts = {"flagged": flagged.n, "others": unflagged.n}
        key = "retrospective.rework-unknown"
        if min(flagged.n, unflagged.n) >= _MIN_COMPARED_ITEMS:
            key = "retrospective.rework-shares"
            facts |= {"reworked": flagged.part, "other_reworked": unflagged.part}
            facts |= {"percent": flagged.percent, "other_percent": unflagged.percent}
        yield _prefix(tracker, trackers) + messages.text(key, count=None, **facts)


def _experiment_lines(experiments: Sequence[ExperimentResult], messages: Messages) -> Iterator[str]:
    """Yield the experiments with their figures before and since their start."""
    for row in make_experiment_rows(experiments, messages):
        yield messages.text("retrospective.experiment", count=None, **msgspec.structs.asdict(row))


def _pulse_lines(pulses: Sequence[PulseResult], messages: Messages) -> Iterator[str]:
    """Yield the latest result of each team's pulse."""
    latest = {result.team: result for result in pulses}
    for result in latest.values():
        yield f"{result.team}, {name_period(result.period, messages)}:"
        yield from describe_result(result, messages)


def _prefix(tracker: TrackerRetrospective, trackers: _Trackers) -> str:
    """The name of the tracker before a line, if there are several."""
    return f"{tracker.tracker}: " if len(trackers) > 1 else ""
