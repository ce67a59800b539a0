"""First steps: tries an admin's answers on their tracker and writes the two files to begin with."""

import re
import shutil
from pathlib import Path

from msgspec import Struct, field

from connectors.tracker import Tracker
from sync.messages import shipped_folder

_STEWARD = """\
# yaml-language-server: $schema=steward.schema.json
# Backlog Steward: what to look after, and when. Every key but these has a default; see docs/configuration.md.
trackers:
  {name}:
{section}schedule:
  pull: every 10 minutes
  report: weekdays at 08:30
  timezone: {zone}
write:
  mode: shadow            # nothing is written until this says `write`; look at `steward plan` first
{fields}# slack:
#   token: ${{SLACK_BOT_TOKEN}}
#   reports:
#     - channel: "#refinement"
store: sqlite:///steward.db
"""

_RULES = """\
# yaml-language-server: $schema=rules.schema.json
# What is flagged, and how strictly. `steward rules list` shows the settings that hold.
extends: [scrum]
# rules:
#   oversized-story: {above: 8}
#   missing-acceptance-criteria: {types: [story, bug]}
#   unranked-item: off
"""
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_SCHEMAS = ("steward.schema.json", "rules.schema.json", "wording.schema.json")


class JiraAnswers(Struct, frozen=True):
    """What an admin of a Jira said; without an e-mail address the token is a personal one of Data Center."""

    url: str
    email: str
    token_variable: str
    token: str
    scope: str

    @property
    def section(self) -> dict[str, str]:
        """The tracker's part of steward.yaml."""
        who = {"email": self.email} if self.email else {}
        return {"kind": "jira", "url": self.url.rstrip("/"), **who, "token": f"${{{self.token_variable}}}"} | {
            "scope": _quoted(self.scope)
        }

    def tracker(self) -> Tracker:
        """The tracker with these answers, which only reads."""
        from connectors.jira import JiraConfig, JiraTracker  # noqa: PLC0415 - the official clients take a moment

        return JiraTracker(
            JiraConfig(
                name="jira",
                url=self.url.rstrip("/"),
                email=self.email,
                token=self.token,
                scope=self.scope,
                write_fields=_FIELDS,
            )
        )


class AzureAnswers(Struct, frozen=True):
    """What an admin of an Azure DevOps said."""

    url: str
    token_variable: str
    token: str
    project: str
    team: str = ""

    @property
    def section(self) -> dict[str, str]:
        """The tracker's part of steward.yaml."""
        team = {"team": _quoted(self.team)} if self.team else {}
        whole = {"kind": "azure-devops", "url": self.url.rstrip("/"), "token": f"${{{self.token_variable}}}"}
        return whole | {"project": _quoted(self.project)} | team

    def tracker(self) -> Tracker:
        """The tracker with these answers, which only reads."""
        from connectors.azure_devops import AzureConfig, AzureTracker  # noqa: PLC0415 - same

        return AzureTracker(
            AzureConfig(
                name="azure-devops",
                url=self.url.rstrip("/"),
                token=self.token,
                project=self.project,
                team=self.team,
                write_fields=_FIELDS,
            )
        )


_FIELDS = {"wsjf": "WSJF"}


class Learned(Struct):
    """What trying it out taught."""

    name: str
    said: list[str] = field(default_factory=list)
    writes: dict[str, str] = field(default_factory=dict)


def probe(answers: JiraAnswers | AzureAnswers) -> Learned:
    """Signs in and looks around; reads only.

    Raises:
        ConnectorError: The answers do not work; the message says which.
    """
    tracker = answers.tracker()
    try:
        connection = tracker.connect()
        count = len(tracker.census().ids)
    finally:
        tracker.close()
    name = _NOT_IN_A_NAME.sub("-", connection.projects[0].lower()).strip("-") if connection.projects else ""
    learned = Learned(
        name=name or tracker.name,
        said=[f"Signed in as {connection.account.name}; {count} items are within the scope."],
    )
    learned.said += [f"{purpose}: {', '.join(found)}" for purpose, found in connection.fields.items() if found]
    learned.said += [note for note in connection.notes if "write.fields" not in note]
    if connection.capabilities.fields:
        learned.writes = dict(_FIELDS)
    return learned


def write_files(folder: Path, answers: JiraAnswers | AzureAnswers, learned: Learned) -> list[Path]:
    """Writes the two files, and beside them the schemas by which an editor completes them; the token is in none."""
    folder.mkdir(parents=True, exist_ok=True)
    steward = _STEWARD.format(
        name=learned.name,
        section="".join(f"    {key}: {value}\n" for key, value in answers.section.items()),
        zone="UTC",
        fields="".join(f"  fields: {{{logical}: {name}}}\n" for logical, name in learned.writes.items()),
    )
    written = []
    for name, text in (("steward.yaml", steward), ("rules.yaml", _RULES)):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    for name in _SCHEMAS:
        shutil.copyfile(shipped_folder() / name, folder / name)
        written.append(folder / name)
    return written


def _quoted(scope: str) -> str:
    return "'" + scope.replace("'", "''") + "'"
