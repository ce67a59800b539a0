"""The section `slack` of steward.yaml: the workspace, the channels and their reports."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from connectors.plugin import Section, WebAddress
from sync.settings.human_values import ParsedWeeklyTime


def _check_member_id(text: str) -> str:
    """Reject a text that is not the id of a person in Slack, such as a name or the id of a group."""
    if not re.fullmatch(r"[UW][A-Z0-9]{4,}", text):
        raise ValueError(f'"{text}" is not the id of one person in Slack, such as U0123ABCD. It is in the profile')
    return text


MemberId = Annotated[str, AfterValidator(_check_member_id)]


class SlackReport(Section):
    """One channel and the trackers that its report covers."""

    channel: Annotated[str, Field(description="Name or id of the channel, such as #refinement.")]
    trackers: Annotated[tuple[str, ...], Field(description="Names of trackers. Default: all.")] = ()
    refinement: Annotated[
        ParsedWeeklyTime,
        Field(description="Day and time of this channel's refinement. Default: that of `schedule`."),
    ] = None
    mentions: Annotated[
        dict[str, MemberId],
        Field(
            description="One person to mention for a role, in the replies with questions for that role: {Product "
            "owner: U0123ABCD}. A role is one that the section `asks` names for a rule, or else Product owner, "
            "Developers or Reporter, in the language of the messages. Default: nobody is mentioned."
        ),
    ] = Field(default_factory=dict)


class PulseCadence(StrEnum):
    """When a pulse (an anonymous survey of a team) is opened."""

    MONTHLY = "monthly"
    """In the first new message of each month in the channel. An edited message is not a new one."""
    EXPERIMENTS = "experiments"
    """In the first new message after an experiment of the team has started, and after it has ended."""


class PulseSettings(Section):
    """The pulse: four anonymous questions to a team about its refinement."""

    when: Annotated[
        PulseCadence,
        Field(description="monthly: each month. experiments: when an experiment of the team starts and when it ends."),
    ] = PulseCadence.MONTHLY
    teams: Annotated[
        dict[str, str],
        Field(
            min_length=1,
            description='The teams that are asked, each with the channel of its report: {payments: "#payments"}. A '
            "team is named as in the main section `teams`, or like its tracker.",
        ),
    ]

    def team_of(self, channel: str) -> str:
        """The team that is asked in a channel; empty if there is none."""
        name = channel.removeprefix("#")
        return next((team for team, own_channel in self.teams.items() if own_channel.removeprefix("#") == name), "")


class SlackSettings(Section):
    """The Slack workspace and its reports."""

    token: Annotated[SecretStr, Field(description="Bot token, as ${NAME}, file:/path or command:program.")]
    app_token: Annotated[
        SecretStr | None,
        Field(
            description="App-level token (xapp-…) for Socket Mode, written like `token`. With it, people can answer by "
            "buttons and `/steward KEY`."
        ),
    ] = None
    people: Annotated[
        dict[MemberId, str],
        Field(
            description="Who may answer in Slack, by member id, each with the group in `roles` whose permissions they "
            "have: {U0123ABCD: product-owners}."
        ),
    ] = Field(default_factory=dict)
    reports: Annotated[tuple[SlackReport, ...], Field(description="One report for each channel.")] = ()
    admin_channel: Annotated[
        str | None, Field(description="Channel for messages to the admin. Default: they are at the end of each report.")
    ] = None
    page_url: Annotated[
        WebAddress | None,
        Field(
            description="Address at which people open the report page, which `health` serves at /report. Messages "
            "link to it. Default: no link."
        ),
    ] = None
    pulse: Annotated[
        PulseSettings | None,
        Field(
            description="Four anonymous questions to teams about their refinement; needs `app_token`. The result is "
            "shown only if at least five people answer. Default: none are asked."
        ),
    ] = None
    url: Annotated[WebAddress, Field(description="Address of Slack's Web API.")] = "https://slack.com/api"

    @property
    def pulse_problem(self) -> str:
        """Why no pulse is asked although one is configured; empty if there is nothing to say."""
        if self.pulse is None or self.app_token is not None:
            return ""
        return "slack.pulse: Nobody is asked, because a pulse needs Socket Mode. Set `app_token` (docs/slack.md)."
