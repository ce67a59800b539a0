"""The experiments file: changes that teams try for some weeks, one at a time, kept under version control."""

from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from connectors.plugin import Section
from sync.settings.yaml_edit import edit_yaml


class Measure(StrEnum):
    """The measure of an experiment."""

    CYCLE_TIME = "cycle-time"
    """The 85th percentile of the cycle time of finished items, in days."""
    THROUGHPUT = "throughput"
    """Items finished in a week."""
    DONE_IN_SPRINT = "done-in-sprint"
    """Of the items of finished sprints, those that were done in their sprint, in percent."""
    READY = "ready"
    """Of the items that come next (those of the coming sprint, else the top of the backlog), those without a
    question (a warning of a rule) that nobody has answered, in percent."""
    QUESTIONS = "questions"
    """Of the open items, those with a question that nobody has answered, in percent."""


class ExperimentVerdict(StrEnum):
    """The decision of a team at the end of an experiment."""

    KEEP = "keep"
    ADJUST = "adjust"
    DROP = "drop"


class Experiment(Section):
    """One change that a team tries."""

    title: Annotated[str, Field(min_length=1, description="The change.")]
    team: Annotated[str, Field(description="The team: its name under `teams`, else the name of the tracker.")]
    measure: Annotated[Measure, Field(description="What it is measured by.")]
    start: Annotated[date, Field(description="The first day.")]
    weeks: Annotated[int, Field(ge=1, le=26, description="How many weeks it runs.")] = 4
    ended: Annotated[date | None, Field(description="The day on which the team decided.")] = None
    verdict: Annotated[ExperimentVerdict | None, Field(description="What the team decided.")] = None
    because: Annotated[str, Field(description="Why.")] = ""

    @property
    def planned_end(self) -> date:
        """The day after the last day on which it is planned to run."""
        return self.start + timedelta(weeks=self.weeks)

    @property
    def end(self) -> date:
        """The first day that is no longer measured: that of the team's decision, but at the latest the planned end."""
        return min(self.ended or self.planned_end, self.planned_end)


class ExperimentsFile(Section):
    """The content of the file."""

    experiments: Annotated[tuple[Experiment, ...], Field(description="The experiments, the oldest first.")] = ()

    @model_validator(mode="after")
    def _check_one_at_a_time(self) -> "ExperimentsFile":
        """Check that a team does not run two experiments at once."""
        running = [experiment.team for experiment in self.experiments if experiment.ended is None]
        teams_with_two = sorted({team for team in running if running.count(team) > 1})
        if teams_with_two:
            raise ValueError(
                f"Two experiments of {teams_with_two[0]} have not ended. End one of them, "
                "because the effects of two at once cannot be told apart"
            )
        return self


def add_experiment(path: Path, experiment: Experiment) -> None:
    """Add an experiment to a file, which is created if there is none."""
    with edit_yaml(path) as document:
        # A date, unlike its text, is written without quotes.
        values = experiment.model_dump(mode="json", exclude_defaults=True) | {"start": experiment.start}
        document.setdefault("experiments", []).append(values)


def end_experiment(path: Path, team: str, ended: date, verdict: ExperimentVerdict, because: str) -> None:
    """Record a team's decision about its running experiment in a file."""
    with edit_yaml(path) as document:
        for values in document["experiments"]:
            if values["team"] == team and values.get("ended") is None:
                values |= {"ended": ended, "verdict": verdict.value, "because": because}
