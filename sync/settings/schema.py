"""The validated shape of steward.yaml. Every key has a default; the smallest working file is a tracker and a token."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_core import InitErrorDetails

from sync.settings import human_values
from sync.settings.base import Mode, Phrase, Section, WebAddress, said, zone
from sync.settings.human_values import Duration, Factor, Hours, When
from sync.settings.roles import Roles
from sync.settings.trackers import Tracker


class Schedule(Section):
    """When the service works."""

    pull: Annotated[When, BeforeValidator(human_values.when), Phrase, Field(description="When trackers are read.")] = (
        said("every 10 minutes")
    )
    report: Annotated[When, BeforeValidator(human_values.when), Phrase, Field(description="When Slack is told.")] = (
        said("weekdays at 08:30")
    )
    timezone: Annotated[str, AfterValidator(zone), Field(description="The team's time zone.")] = "UTC"


class Budget(Section):
    """How much is said at once."""

    per_round: Annotated[int, Field(ge=0, description="Items written in one round, nearest the top first.")] = 50
    findings_per_item: Annotated[int, Field(ge=1, description="Findings shown in one comment.")] = 3


class Quiet(Section):
    """When nothing new is said."""

    after_activity: Annotated[Duration, Field(description="So long after a person worked on the item.")] = said(
        "7 days"
    )
    after_answer: Annotated[Duration, Field(description="So long after people answered or cleared a finding.")] = said(
        "14 days"
    )
    hours: Annotated[
        Hours, BeforeValidator(human_values.hours), Phrase, Field(description="When the service may write by itself.")
    ] = said("weekdays 08:00-18:00")


class Write(Section):
    """What is written back."""

    mode: Annotated[Mode, Field(description="shadow writes nothing and reports what it would have written.")] = "shadow"
    comment: Annotated[bool, Field(description="Whether warnings within the horizon become a comment.")] = True
    label: Annotated[str | None, Field(description="Label of items with findings; null for none.")] = "needs-refinement"
    fields: Annotated[
        dict[Literal["wsjf"], str], Field(description="Tracker fields to write, by what goes into them.")
    ] = Field(default_factory=dict)
    budget: Annotated[Budget, Field(description="How much is written at once.")] = Field(default_factory=Budget)
    surprise: Annotated[
        Factor | None, Field(description="So many times the usual number of writes stops the round; null never does.")
    ] = said("3x")
    quiet: Annotated[Quiet, Field(description="When nothing new is said.")] = Field(default_factory=Quiet)
    baseline: Annotated[
        bool, Field(description="Findings older than the service are reported, not written, until the item comes near.")
    ] = True


class SlackReport(Section):
    """One channel and the trackers it hears about."""

    channel: Annotated[str, Field(description="Name, such as #refinement, or id.")]
    trackers: Annotated[tuple[str, ...], Field(description="Names of trackers; empty for all.")] = ()


class Slack(Section):
    """Where reports go."""

    token: Annotated[SecretStr, Field(description="Bot token, as ${NAME}, file:/path or command:program.")]
    reports: Annotated[tuple[SlackReport, ...], Field(description="Channels.")] = ()
    url: Annotated[WebAddress, Field(description="Address of Slack's Web API.")] = "https://slack.com/api"


class Wording(Section):
    """The words that people read."""

    language: Annotated[
        Literal["en", "de"], Field(description="Language of comments and reports; items may be in any.")
    ] = "en"
    file: Annotated[
        str | None, Field(description="File of your own texts, beside this one; it replaces single texts.")
    ] = None


class Settings(Section):
    """The whole of steward.yaml."""

    trackers: Annotated[dict[str, Tracker], Field(min_length=1, description="Trackers by a name of your choice.")]
    schedule: Annotated[Schedule, Field(description="When the service works.")] = Field(default_factory=Schedule)
    write: Annotated[Write, Field(description="What is written back.")] = Field(default_factory=Write)
    roles: Annotated[Roles, Field(description="Who may decide what, in replies and by labels.")] = Field(
        default_factory=Roles
    )
    slack: Annotated[Slack | None, Field(description="Where reports go.")] = None
    store: Annotated[str, Field(description="sqlite:///file or postgresql+psycopg://…", repr=False)] = (
        "sqlite:///steward.db"
    )
    rules: Annotated[str, Field(description="File of the rules, beside this one.")] = "rules.yaml"
    wording: Annotated[Wording, Field(description="The words that people read.")] = Field(default_factory=Wording)
    rule_pages: Annotated[
        WebAddress | None, Field(description="Address of your rule pages; comments then link a rule's name.")
    ] = None

    def mode_of(self, tracker: str) -> Mode:
        """Whether a tracker is written to; the strictest mode wins."""
        own = self.trackers[tracker].mode
        return "write" if self.write.mode == "write" and own in (None, "write") else "shadow"

    def model_post_init(self, _context: Any, /) -> None:
        """Names of trackers in reports are names of trackers, and each channel has one report."""
        wrong: list[InitErrorDetails] = []
        channels: set[str] = set()
        for number, report in enumerate(self.slack.reports if self.slack else ()):
            place = ("slack", "reports", number)
            if report.channel.removeprefix("#") in channels:
                said = "a channel gets one message a day, and two reports name this one"
                wrong.append(_mistake((*place, "channel"), said, report.channel))
            channels.add(report.channel.removeprefix("#"))
            for position, name in enumerate(report.trackers):
                if name not in self.trackers:
                    said = f'"{name}" is no tracker; there are {", ".join(self.trackers)}'
                    wrong.append(_mistake((*place, "trackers", position), said, name))
        if wrong:
            raise ValidationError.from_exception_data("Settings", wrong)


def _mistake(place: tuple[str | int, ...], said: str, given: str) -> InitErrorDetails:
    return InitErrorDetails(type="value_error", loc=place, input=given, ctx={"error": ValueError(said)})
