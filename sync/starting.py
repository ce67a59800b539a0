"""First steps: tries an admin's answers on their Jira and writes the two files to begin with."""

import shutil
from pathlib import Path

from msgspec import Struct, field

from connectors.jira import JiraConfig, JiraTracker
from sync.settings import defaults

_STEWARD = """\
# yaml-language-server: $schema=steward.schema.json
# Backlog Steward: what to look after, and when. Every key but these has a default; see docs/configuration.md.
trackers:
  {name}:
    kind: jira
    url: {url}
    email: {email}
    token: ${{{variable}}}
    scope: {scope}
schedule:
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
_SCHEMAS = ("steward.schema.json", "rules.schema.json")


class Answers(Struct, frozen=True):
    """What an admin said."""

    url: str
    email: str
    token_variable: str
    token: str
    scope: str


class Learned(Struct):
    """What trying it out taught."""

    name: str
    said: list[str] = field(default_factory=list)
    writes: dict[str, str] = field(default_factory=dict)


def probe(answers: Answers) -> Learned:
    """Signs in and looks around; reads only.

    Raises:
        ConnectorError: The answers do not work; the message says which.
    """
    config = JiraConfig(
        name="jira",
        url=answers.url.rstrip("/"),
        email=answers.email,
        token=answers.token,
        scope=answers.scope,
        write_fields={"wsjf": "WSJF"},
    )
    tracker = JiraTracker(config)
    try:
        connection = tracker.connect()
        count = len(tracker.census().ids)
    finally:
        tracker.close()
    name = connection.projects[0].lower() if connection.projects else "jira"
    learned = Learned(name=name, said=[f"Signed in as {connection.account.name}; {count} items are within the scope."])
    learned.said += [f"{purpose}: {', '.join(found)}" for purpose, found in connection.fields.items() if found]
    learned.said += [note for note in connection.notes if "write.fields" not in note]
    if connection.capabilities.fields:
        learned.writes = {"wsjf": "WSJF"}
    return learned


def write_files(folder: Path, answers: Answers, learned: Learned) -> list[Path]:
    """Writes the two files, and beside them the schemas by which an editor completes them; the token is in none."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = "".join(f"  fields: {{{logical}: {name}}}\n" for logical, name in learned.writes.items())
    steward = _STEWARD.format(
        name=learned.name,
        url=answers.url.rstrip("/"),
        email=answers.email,
        variable=answers.token_variable,
        scope=_quoted(answers.scope),
        zone="UTC",
        fields=fields,
    )
    written = []
    for name, text in (("steward.yaml", steward), ("rules.yaml", _RULES)):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    for name in _SCHEMAS:
        shutil.copyfile(defaults() / name, folder / name)
        written.append(folder / name)
    return written


def _quoted(scope: str) -> str:
    return "'" + scope.replace("'", "''") + "'"
