"""Words the figures for a retrospective, as sections of lines for the report page and the view "retrospective"."""

from collections.abc import Iterator, Sequence

from rules.priority.goals import SprintGoalOutcome
from rules.priority.measures import MeasureOutcome
from sync.inspect.forecast import describe_calibration
from sync.messages import Messages
from sync.report.page_content import PageContent
from sync.report.page_experiments import make_experiment_rows
from sync.report.pulse import describe_result, name_period
from sync.report.retrospective import Share, TrackerRetrospective

_MAX_CAUSES = 3
"""The maximum number of causes that are named."""
_MIN_COMPARED_ITEMS = 10
"""The minimum number of finished items that rules had flagged, and of others, for their shares to be compared."""


def retrospective_sections(content: PageContent, messages: Messages) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each section that has lines: the last part of the text id of its heading, and the lines."""
    lines = _Lines(content, messages)
    sections = {
        "planned": lines.planned(),
        "causes": lines.causes(),
        "goals": lines.goals(),
        "hits": lines.forecasts(),
        "rework": lines.rework(),
        "measures": lines.measures(),
        "experiments": lines.experiments(),
        "pulse": lines.pulse(),
    }
    for name, section_lines in sections.items():
        if listed := list(section_lines):
            yield name, listed


def objective_measure_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield whether the measure of each objective moved after the latest delivery."""
    return _Lines(content, messages).measures()


class _Lines:
    """Makes the lines of each section."""

    def __init__(self, content: PageContent, messages: Messages) -> None:
        self._content = content
        self._messages = messages
        self._trackers = content.retrospective.trackers

    def planned(self) -> Iterator[str]:
        """How many items were done in their sprint, and carried over."""
        for tracker in self._trackers:
            if tracker.sprints:
                yield self._with_tracker(
                    tracker,
                    self._messages.text(
                        "retrospective.done",
                        count=tracker.sprints,
                        done=tracker.done.part,
                        total=tracker.done.n,
                        carried=tracker.carried_over,
                    ),
                )

    def causes(self) -> Iterator[str]:
        """The commonest causes for items that were not done in their sprint."""
        for tracker in self._trackers:
            if not tracker.unfinished:
                continue
            yield self._with_tracker(tracker, self._messages.text("retrospective.unfinished", count=tracker.unfinished))
            for cause, count in tracker.causes[:_MAX_CAUSES]:
                name = self._messages.name("retrospective.cause-names", cause)
                yield self._messages.text("retrospective.cause", count=None, items=count, cause=name)

    def goals(self) -> Iterator[str]:
        """How many sprint goals were met, and each goal with its outcome."""
        for tracker in self._trackers:
            with_outcome = [goal for goal in tracker.goals if goal.outcome is not None]
            if with_outcome:
                met = sum(1 for goal in with_outcome if goal.outcome is SprintGoalOutcome.MET)
                yield self._with_tracker(
                    tracker, self._messages.text("retrospective.met", count=len(with_outcome), met=met)
                )
            for goal in tracker.goals:
                outcome = self._messages.name("retrospective.outcomes", goal.outcome or "unknown")
                key = "retrospective.goal" if goal.goal else "retrospective.goal-unnamed"
                facts = {"goal": goal.goal} if goal.goal else {}
                yield self._messages.text(key, count=None, sprint=goal.sprint, outcome=outcome, **facts)
        if any(goal.outcome is None for tracker in self._trackers for goal in tracker.goals):
            yield self._messages.text("retrospective.record")

    def forecasts(self) -> Iterator[str]:
        """How often the forecasts for each team were right."""
        for team, calibration in self._content.retrospective.calibrations.items():
            yield f"{team}: {describe_calibration(calibration, self._messages)}"

    def rework(self) -> Iterator[str]:
        """How many finished items had been reopened, of those that rules had flagged and of the others."""
        for tracker in self._trackers:
            flagged, unflagged = tracker.reworked_flagged, tracker.reworked_unflagged
            if not flagged.n + unflagged.n:
                continue
            are_comparable = min(flagged.n, unflagged.n) >= _MIN_COMPARED_ITEMS
            key = "retrospective.rework-shares" if are_comparable else "retrospective.rework-unknown"
            facts = {"flagged": flagged.n, "others": unflagged.n}
            if are_comparable:
                facts |= {"reworked": flagged.part, "other_reworked": unflagged.part}
                facts |= {"percent": _percent(flagged), "other_percent": _percent(unflagged)}
            yield self._with_tracker(tracker, self._messages.text(key, count=None, **facts))

    def measures(self) -> Iterator[str]:
        """Whether the measure of each objective has moved since work for it was last delivered."""
        yield from (self._describe_measure(outcome) for outcome in self._content.retrospective.measures)

    def experiments(self) -> Iterator[str]:
        """The experiments with their figures before and since."""
        for row in make_experiment_rows(self._content.experiments, self._messages):
            yield self._messages.text(
                "retrospective.experiment",
                count=None,
                title=row.title,
                team=row.team,
                measure=row.measure,
                before=row.before,
                since=row.since,
                outcome=row.outcome,
            )

    def pulse(self) -> Iterator[str]:
        """The latest result of each team's pulse."""
        latest = {result.team: result for result in self._content.pulses}
        for result in latest.values():
            yield f"{result.team}, {name_period(result.period, self._messages)}:"
            yield from describe_result(result, self._messages)

    def _describe_measure(self, outcome: MeasureOutcome) -> str:
        """Say whether a measure has moved, and from which value to which."""
        texts = self._messages
        name = f"{outcome.objective} ({outcome.measure})"
        if outcome.delivered is None:
            return texts.text("retrospective.not-delivered", objective=name, sample=outcome.n)
        if outcome.after is None or outcome.before is None:
            day = outcome.delivered.isoformat()
            return texts.text("retrospective.not-measured", objective=name, day=day, sample=outcome.n)
        return texts.text(
            "retrospective.measured",
            objective=name,
            day=outcome.delivered.isoformat(),
            moved=texts.name("retrospective.moved", outcome.moved),
            before=outcome.before,
            after=outcome.after.value,
            on=outcome.after.day.isoformat(),
            sample=outcome.n,
        )

    def _with_tracker(self, tracker: TrackerRetrospective, line: str) -> str:
        """A line, preceded by the name of the tracker if there are several."""
        return f"{tracker.tracker}: {line}" if len(self._trackers) > 1 else line


def _percent(share: Share) -> int:
    return round(100 * share.part / share.n)
