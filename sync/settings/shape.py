"""The validated shape of steward.yaml. Every key has a default; the smallest working file is a tracker and a token."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails

from sync.settings import phrases
from sync.settings.phrases import Duration, Factor, Hours, Share, When


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f'"{name}" is no time zone; write one such as Europe/Berlin or UTC') from None
    return name


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and not any(character.isspace() for character in url)
    except ValueError:
        usable = False
    if not usable or not url.startswith(("https://", "http://")):
        raise ValueError(f'"{url}" is no web address; it begins with https:// and names a host')
    if "@" in parts.netloc:
        raise ValueError("an address holds no user name or password; there are keys of their own for them")
    return url.rstrip("/")


def _said(phrase: str) -> Any:
    """A default in the words that an admin would use."""
    return Field(default=phrase, validate_default=True)


WebAddress = Annotated[str, AfterValidator(_web_address)]
Phrase = WithJsonSchema({"type": "string"})
Mode = Literal["shadow", "write"]


class Fields(_Section):
    """Names of a tracker's fields, where they cannot be found by their schema."""

    points: Annotated[str, Field(description="The field for story points.")] = ""
    acceptance_criteria: Annotated[
        tuple[str, ...],
        BeforeValidator(_one_or_more, json_schema_input_type=str | tuple[str, ...]),
        Field(description="Fields kept for acceptance criteria."),
    ] = ()
    business_value: Annotated[str, Field(description="First input of WSJF.")] = ""
    time_criticality: Annotated[str, Field(description="Second input of WSJF.")] = ""
    risk_reduction: Annotated[
        str, Field(description="Third input of WSJF: risk reduction, opportunity enablement.")
    ] = ""
    effort: Annotated[str, Field(description="Job size, where it is kept apart from points.")] = ""


class Jira(_Section):
    """A Jira, with what to look after there."""

    kind: Literal["jira"] = "jira"
    url: Annotated[WebAddress, Field(description="Address of the site, such as https://example.atlassian.net.")]
    email: Annotated[str, Field(description="With a token: Jira Cloud.")] = ""
    token: Annotated[SecretStr, Field(description="${NAME} from the environment, file:/path or command:program.")]
    scope: Annotated[str, Field(description="JQL of the items to look after, such as project = PAY.")]
    fields: Annotated[Fields, Field(description="Names of fields.")] = Field(default_factory=Fields)
    mode: Annotated[Mode | None, Field(description="For this tracker; the strictest mode wins.")] = None
    vanish_limit: Annotated[
        Share, Field(description="If more items than this vanish at once, the mirror is kept and it is reported.")
    ] = _said("20%")
    rate: Annotated[int, Field(gt=0, description="Requests a second.")] = 20
    bots: Annotated[
        frozenset[str], Field(description="Account ids of other automation, whose edits are not a person's.")
    ] = frozenset()
    internal_comments: Annotated[
        bool, Field(description="Write internal comments in service-desk projects, instead of nothing.")
    ] = False
    ca_bundle: Annotated[str | None, Field(description="File of certificate authorities to trust.")] = None
    gateway: Annotated[WebAddress, Field(description="Atlassian's gateway for scoped tokens.")] = (
        "https://api.atlassian.com"
    )


class Schedule(_Section):
    """When the service works."""

    pull: Annotated[When, BeforeValidator(phrases.when), Phrase, Field(description="When trackers are read.")] = _said(
        "every 10 minutes"
    )
    report: Annotated[When, BeforeValidator(phrases.when), Phrase, Field(description="When Slack is told.")] = _said(
        "weekdays at 08:30"
    )
    timezone: Annotated[str, AfterValidator(_zone), Field(description="The team's time zone.")] = "UTC"


class Budget(_Section):
    """How much is said at once."""

    per_round: Annotated[int, Field(ge=0, description="Items written in one round, nearest the top first.")] = 50
    findings_per_item: Annotated[int, Field(ge=1, description="Findings shown in one comment.")] = 3


class Quiet(_Section):
    """When nothing new is said."""

    after_activity: Annotated[Duration, Field(description="So long after a person worked on the item.")] = _said(
        "7 days"
    )
    after_answer: Annotated[Duration, Field(description="So long after people answered or cleared a finding.")] = _said(
        "14 days"
    )
    hours: Annotated[
        Hours, BeforeValidator(phrases.hours), Phrase, Field(description="When the service may write by itself.")
    ] = _said("weekdays 08:00-18:00")


class Write(_Section):
    """What is written back."""

    mode: Annotated[Mode, Field(description="shadow writes nothing and reports what it would have written.")] = "shadow"
    comment: Annotated[bool, Field(description="Whether warnings within the horizon become a comment.")] = True
    label: Annotated[str | None, Field(description="Label of items with findings; null for none.")] = "needs-refinement"
    fields: Annotated[
        dict[Literal["wsjf"], str], Field(description="Tracker fields to write, by what goes into them.")
    ] = {}
    budget: Annotated[Budget, Field(description="How much is written at once.")] = Field(default_factory=Budget)
    surprise: Annotated[
        Factor | None, Field(description="So many times the usual number of writes stops the round; null never does.")
    ] = _said("3x")
    quiet: Annotated[Quiet, Field(description="When nothing new is said.")] = Field(default_factory=Quiet)
    baseline: Annotated[
        bool, Field(description="Findings older than the service are reported, not written, until the item comes near.")
    ] = True


class SlackReport(_Section):
    """One channel and the trackers it hears about."""

    channel: Annotated[str, Field(description="Name, such as #refinement, or id.")]
    trackers: Annotated[tuple[str, ...], Field(description="Names of trackers; empty for all.")] = ()


class Slack(_Section):
    """Where reports go."""

    token: Annotated[SecretStr, Field(description="Bot token, as ${NAME}, file:/path or command:program.")]
    reports: Annotated[tuple[SlackReport, ...], Field(description="Channels.")] = ()
    url: Annotated[WebAddress, Field(description="Address of Slack's Web API.")] = "https://slack.com/api"


class Settings(_Section):
    """The whole of steward.yaml."""

    trackers: Annotated[dict[str, Jira], Field(min_length=1, description="Trackers by a name of your choice.")]
    schedule: Annotated[Schedule, Field(description="When the service works.")] = Field(default_factory=Schedule)
    write: Annotated[Write, Field(description="What is written back.")] = Field(default_factory=Write)
    slack: Annotated[Slack | None, Field(description="Where reports go.")] = None
    store: Annotated[str, Field(description="sqlite:///file or postgresql+psycopg://…", repr=False)] = (
        "sqlite:///steward.db"
    )
    rules: Annotated[str, Field(description="File of the rules, beside this one.")] = "rules.yaml"
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
