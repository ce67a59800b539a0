"""The schema of steward.yaml. Only the section `trackers` is required."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import InitErrorDetails

from connectors.plugin import Section, WebAddress
from rules.flow.throughput import WorkingDays
from rules.teams import Teams, TeamSection
from rules.where import matches_any
from sync.settings.base import (
    Mode,
    check_host_and_port,
    check_store_address,
    check_time_zone,
    default,
    get_time_zone,
    make_value_error,
)
from sync.settings.human_values import Duration, Factor, ParsedSchedule, ParsedTimeWindow, ParsedWeeklyTime
from sync.settings.roles import Roles
from sync.settings.slack_section import SlackSettings
from sync.settings.trackers import Tracker


class Schedule(Section):
    """When the service works."""

    pull: Annotated[ParsedSchedule, Field(description="When trackers are read.")] = default("every 10 minutes")
    full_pull: Annotated[
        Duration,
        Field(
            description="How long pulls reuse the list of all items, the fields, the boards and the sprints that an "
            "earlier pull has read. Until then, they read only changes and the top of the backlog."
        ),
    ] = default("1 hour")
    report: Annotated[
        ParsedSchedule,
        Field(
            description="When the service decides what to post to Slack: the agenda before the refinement, or else a "
            "message if there are new questions."
        ),
    ] = default("weekdays at 08:30")
    refinement: Annotated[
        ParsedWeeklyTime, Field(description="Day and time of the team's refinement; null for no agenda in Slack.")
    ] = default("Mondays at 10:00")
    timezone: Annotated[str, AfterValidator(check_time_zone), Field(description="The team's time zone.")] = "UTC"
    days_off: Annotated[
        tuple[date, ...],
        Field(
            description="Days without work besides weekends, such as 2026-12-25. Forecasts leave them out, and "
            "no report is sent."
        ),
    ] = ()
    pi_planning: Annotated[
        date | None,
        Field(description="Day of the next PI planning. The report page then shows which features are ready for it."),
    ] = None

    @property
    def working_days(self) -> WorkingDays:
        """The days on which the team works."""
        return WorkingDays(days_off=frozenset(self.days_off))


class Budget(Section):
    """How much is written at once."""

    per_round: Annotated[
        int,
        Field(
            ge=0,
            description="Items to write to in one round (a pass over a tracker), starting at the top of the backlog.",
        ),
    ] = 50
    findings_per_item: Annotated[int, Field(ge=1, description="Findings shown in one comment.")] = 3
    next_up: Annotated[
        int,
        Field(
            ge=0,
            description="A rule that flags most of the backlog becomes one question to the team. Even so, up to this "
            "many of the items that come next get a comment about it, for each team in a week.",
        ),
    ] = 3


class Quiet(Section):
    """When nothing new is written: soon after people did something, and outside the working hours in `hours`."""

    after_activity: Annotated[Duration, Field(description="How long to wait after a person worked on the item.")] = (
        default("7 days")
    )
    after_answer: Annotated[
        Duration, Field(description="How long to wait after people answered or cleared a finding.")
    ] = default("14 days")
    hours: Annotated[ParsedTimeWindow, Field(description="The working hours. Nothing is written outside of them.")] = (
        default("weekdays 08:00-18:00")
    )


def _check_distinct_fields(fields: dict[str, str]) -> dict[str, str]:
    """Check that no two values are written to the same field."""
    names = [name.strip().casefold() for name in fields.values()]
    if duplicates := [name for name in fields.values() if names.count(name.strip().casefold()) > 1]:
        raise ValueError(f'Expected a different field for each; found "{duplicates[0]}" twice')
    return fields


def _check_distinct_labels(labels: dict[str, str]) -> dict[str, str]:
    """Check that each label is one word, and that no two readiness profiles have the same label."""
    folded = [label.strip().casefold() for label in labels.values()]
    for label in labels.values():
        if not label.strip() or len(label.split()) != 1:
            raise ValueError(f'Expected labels without blanks; found "{label}"')
        if folded.count(label.strip().casefold()) > 1:
            raise ValueError(f'Expected a different label for each; found "{label}" twice')
    return labels


class Write(Section):
    """What is written back."""

    mode: Annotated[Mode, Field(description="shadow only reports what would be written.")] = "shadow"
    comment: Annotated[
        bool,
        Field(
            description="Write a comment for warnings on items that come next: those of the two coming sprints, else "
            "the top of the backlog."
        ),
    ] = True
    label: Annotated[
        str | None,
        Field(
            min_length=1,
            description="by-reason: labels that name what to refine, such as refine-criteria. A label of your own: "
            "written only together with a comment. null: no label.",
        ),
    ] = None
    ready_labels: Annotated[
        dict[str, str],
        AfterValidator(_check_distinct_labels),
        Field(
            description="Labels for items that are ready, by profile, such as {coding-agent: agent-ready}. Removed "
            "when an item has not been ready for 24 hours."
        ),
    ] = Field(default_factory=dict)
    fields: Annotated[
        dict[Literal["wsjf", "suggested_priority", "suggested_place", "priority_reason"], str],
        AfterValidator(_check_distinct_fields),
        Field(
            description="Tracker fields to write, such as {wsjf: WSJF}; also suggested_priority, suggested_place and "
            "priority_reason."
        ),
    ] = Field(default_factory=dict)
    budget: Annotated[Budget, Field(description="How much is written at once.")] = Field(default_factory=Budget)
    surprise: Annotated[
        Factor | None,
        Field(
            description="A round that would make more than this many times the usual number of changes waits until a "
            "person runs `steward apply`; null for never."
        ),
    ] = default("3x")
    quiet: Annotated[Quiet, Field(description="How long to wait before writing, and the hours in which to write.")] = (
        Field(default_factory=Quiet)
    )
    baseline: Annotated[
        bool,
        Field(
            description="Findings of the first round for a tracker are reported at once, but written to an item only "
            "when the team is about to start it."
        ),
    ] = True


class Wording(Section):
    """The language and the texts of comments and reports."""

    language: Annotated[
        Literal["en", "de"], Field(description="Language of comments and reports. Items may be in any language.")
    ] = "en"
    file: Annotated[str | None, Field(description="File with your own texts, relative to this file.")] = None


class Settings(Section):
    """The content of steward.yaml."""

    trackers: Annotated[dict[str, Tracker], Field(min_length=1, description="Trackers, by a name of your choice.")]
    schedule: Annotated[Schedule, Field(description="When the service works.")] = Field(default_factory=Schedule)
    write: Annotated[Write, Field(description="What is written back.")] = Field(default_factory=Write)
    teams: Annotated[
        dict[str, TeamSection],
        Field(
            description="Teams that share trackers, by name. An item belongs to the first team that matches it. "
            "Default: each tracker is one team."
        ),
    ] = Field(default_factory=dict)
    asks: Annotated[
        dict[str, str],
        Field(
            description="Which role is asked about the findings of a rule, in words of your own: {oversized-story: "
            "architects}. Default: the product owner, the developers or the reporter, depending on the rule."
        ),
    ] = Field(default_factory=dict)
    roles: Annotated[Roles, Field(description="Who may decide what by replies, labels and buttons in Slack.")] = Field(
        default_factory=Roles
    )
    slack: Annotated[SlackSettings | None, Field(description="The Slack workspace and its reports.")] = None
    store: Annotated[
        str,
        AfterValidator(check_store_address),
        Field(description="sqlite:///file, relative to this file, or postgresql+psycopg://…", repr=False),
    ] = "sqlite:///steward.db"
    rules: Annotated[str, Field(description="Rules file, relative to this file.")] = "rules.yaml"
    waivers: Annotated[str, Field(description="File of findings that the team accepts, relative to this file.")] = (
        "waivers.yaml"
    )
    experiments: Annotated[
        str, Field(description="File of changes that teams try for some weeks, relative to this file.")
    ] = "experiments.yaml"
    goals: Annotated[str, Field(description="File of vision and objectives, relative to this file.")] = "goals.yaml"
    feedback: Annotated[
        str | None,
        Field(
            description="CSV file of what customers asked for, relative to this file. Its columns are item, source, "
            "customer, date and link."
        ),
    ] = None
    measures: Annotated[
        str | None,
        Field(
            description="CSV file with dated values of the measures of objectives, relative to this file. Its columns "
            "are objective, date and value."
        ),
    ] = None
    wording: Annotated[Wording, Field(description="The language and the texts of comments and reports.")] = Field(
        default_factory=Wording
    )
    health: Annotated[
        str | None,
        AfterValidator(check_host_and_port),
        Field(description="Address on which `steward run` answers GET /health, /ready and /report; null for none."),
    ] = "127.0.0.1:8470"
    page_password: Annotated[
        SecretStr | None,
        Field(
            description="Password of GET /report, as ${VARIABLE}, file:… or command:…; null shows the page on the same "
            "machine only."
        ),
    ] = None
    rule_pages: Annotated[
        WebAddress | None, Field(description="Address of your rule pages. Comments then link to them.")
    ] = None

    def format_time(self, time: datetime) -> str:
        """A time in the team's time zone, to the minute, with the name of the zone."""
        return f"{time.astimezone(self.time_zone):%Y-%m-%d %H:%M} {self.schedule.timezone}"

    @property
    def time_zone(self) -> tzinfo:
        """The team's time zone."""
        return get_time_zone(self.schedule.timezone)

    @property
    def team_map(self) -> Teams:
        """The configured teams, which determine the team of each item."""
        return Teams(self.teams)

    def mode_of(self, tracker: str) -> Mode:
        """The mode of a tracker: its own or the global one, whichever is stricter."""
        own = self.trackers[tracker].mode
        return "write" if self.write.mode == "write" and own in (None, "write") else "shadow"

    def model_post_init(self, _context: Any, /) -> None:
        """Check that all trackers, teams and groups that are named exist, and that no channel has two reports."""
        errors = [
            make_value_error(("teams", name, "tracker", position), _unknown_tracker(pattern, self.trackers), pattern)
            for name, team in self.teams.items()
            for position, pattern in enumerate(team.tracker)
            if not any(matches_any((pattern,), tracker) for tracker in self.trackers)
        ]
        channels: set[str] = set()
        admin_channel = (self.slack.admin_channel or "").removeprefix("#") if self.slack else ""
        for index, report in enumerate(self.slack.reports if self.slack else ()):
            path, channel = ("slack", "reports", index), report.channel.removeprefix("#")
            if channel in channels:
                message = "Two reports name this channel. A channel can have only one"
                errors.append(make_value_error((*path, "channel"), message, report.channel))
            channels.add(channel)
            if channel == admin_channel:
                message = (
                    "This is also `admin_channel`. Remove that key; the report then ends with what is for the admin"
                )
                errors.append(make_value_error((*path, "channel"), message, report.channel))
            errors += [
                make_value_error((*path, "trackers", position), _unknown_tracker(name, self.trackers), name)
                for position, name in enumerate(report.trackers)
                if name not in self.trackers
            ]
        errors += self._pulse_errors(channels)
        groups = self.roles.group_names()
        for user, group in self.slack.people.items() if self.slack else ():
            if group not in groups:
                message = f'"{group}" has no permission in `roles`. Expected one of: {", ".join(groups)}'
                errors.append(make_value_error(("slack", "people", user), message, group))
        if errors:
            raise ValidationError.from_exception_data("Settings", errors)

    def _pulse_errors(self, report_channels: Collection[str]) -> Iterator[InitErrorDetails]:
        """Yield what is wrong with the teams of the pulse, an anonymous survey: each needs a channel with a report."""
        pulse = self.slack.pulse if self.slack else None
        known_teams = (*self.teams, *self.trackers)
        used_channels: set[str] = set()
        for team, channel in pulse.teams.items() if pulse else ():
            path, name = ("slack", "pulse", "teams", team), channel.removeprefix("#")
            if team not in known_teams:
                yield make_value_error(path, f'Unknown team "{team}". Expected one of: {", ".join(known_teams)}', team)
            elif name not in report_channels:
                yield make_value_error(path, f"No report under `reports` goes to {channel}", channel)
            elif name in used_channels:
                yield make_value_error(
                    path, "Another team is asked in this channel. Each needs a channel of its own", channel
                )
            used_channels.add(name)


def _unknown_tracker(name: str, trackers: Iterable[str]) -> str:
    return f'Unknown tracker "{name}". Expected one of: {", ".join(trackers)}'
