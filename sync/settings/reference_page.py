"""Generates docs/configuration.md from the schema of steward.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.settings.schema import Settings

_INTRODUCTION = """\
# Configuration

The configuration is two YAML files, and a few optional ones:

- `steward.yaml`: trackers, schedule, writing and Slack. All of its keys are below. Only the tracker is required.
- `rules.yaml`: what is flagged, how strictly, and for whom. See [the rules](rules/README.md) and the example below.
- `wording.yaml` (optional): your own texts. See [wording](wording.md).
- `waivers.yaml`, `goals.yaml` and `experiments.yaml` (optional): see the end of this page.

Each file has a JSON schema, so that an editor completes keys and marks errors. Error messages name the file, the line
and the key, and suggest what was probably meant. A running service reloads a file when you save it. If the file has an
error, the service reports it and keeps running with the last valid configuration.

Any value can contain `${NAME}` from the environment. A token can also be `file:/path` or `command:program arguments`.
Secrets are never logged, printed or stored.

## steward.yaml
"""

_OTHER_FILES = """
## rules.yaml

```yaml
extends: [scrum]                     # presets: minimal, scrum, kanban, safe, all, or a file; the last one wins
languages: [en, de]                  # languages of the items
rules:
  oversized-story: {severity: warning, above: history}   # or a number of points
  missing-acceptance-criteria: {severity: warning, types: [story]}
  unranked-item: off
priority:
  wsjf: {levels: [feature, epic]}    # kinds or types that are scored
overrides:
  - where: {project: PAY, label: legacy}   # tracker, project, area, type, label, component, team; * matches anything
    rules: {missing-acceptance-criteria: off}
```

With `severity: info`, a finding gets no comment. It is counted in the report, and sets a label if `write.label` is
`by-reason`. A `warning` can become a comment when the item comes next: when it is in one of the two coming sprints or,
where these are not planned yet, at the top of the backlog. With `above: history`, a story is oversized if its points
are at or above the size from which the team's own finished items often took longer than usual; see
[its page](rules/oversized-story.md).

A rule with `mode: shadow` reports its findings and writes nothing. A rule that is new or has changed since writing
began stays in shadow until you run `steward rules promote RULE`. To check a file, run `steward rules check FILE`;
`steward rules lint` lists what has no effect.

## Rules of your own

A rule of your own is an expression in [CEL](https://cel.dev), which needs the extra `cel`
(`pip install "backlog-steward[cel]"`). `steward rules try 'EXPRESSION'` shows which open items it would flag, and names
everything that an item has.

```yaml
custom:
  - id: no-owner-near-the-top
    when: item.position <= 10 && item.assigned == false
    severity: warning
    question: Who will answer the team's questions about this item?
    resolution: Assign the item, or move it below the next two sprints.
    where: {project: PAY}              # optional, as in overrides
    examples:                          # at least one of each; they are tried when the file is loaded
      - {position: 3, assigned: false, flagged: true}
      - {position: 3, assigned: true, flagged: false}
```

An item is not judged, and counted in the report, if something that the expression names could not be read: a
description that is too long, or a column that an export lacks. What has no value is null. A comparison such as
`item.points > 3` has no answer for null: the item is not flagged, and counted in the report.
`item.points != null && item.points > 3` has one: false. A rule that is new or changed starts in shadow: it only
reports.

## waivers.yaml

Findings that the team accepts, in a file under version control. A waiver is in force while it is in the file.

```yaml
waivers:
  - item: PAY-12
    rule: oversized-story
    until: 2027-01-15
    reason: The vendor delivers it in one piece.
```

## goals.yaml

The vision and the objectives, in a file under version control. `steward goals` shows which open items serve each
objective, the smallest item for each of its impacts, and how many items serve none. Without the file it shows epics,
releases and sprint goals as objectives.

```yaml
vision: A berth is booked without a phone call.
objectives:
  - name: Half as many calls about berths
    measure: Calls a week
    baseline: 120
    target: 60
    impacts:
      - actor: Skippers
        impact: See free berths themselves
        items: [PAY-5]                 # with all items below them
      - actor: Harbour masters
        impact: Answer once for all
        label: answers                 # or all items with a label
    expand_if: 20 % of the skippers book online   # before more than the Must items is built
personas:                              # optional: to count the stories for each, and to find unknown roles
  - name: Skipper
    aliases: [captain, sailor]
stages:                                # optional: the stages of the customer's journey
  - name: Arrive
    labels: [berth, arrival]           # or components; by default the name of the stage
sprint_goals:                          # optional: whether the goal of a sprint was met
  Sprint 12: met
  Sprint 13: missed
```

If items of an objective or an epic are labelled Must ([priorities.md](priorities.md)), `steward goals` names the
smallest Must set: the Musts and what they wait for. All others wait for the check in `expand_if`, or in a line of the
epic that begins with "Expand if". Personas and stages are checked only if they are listed here. With personas, the rule
`unknown-persona` can ask whom a story is for; it is off unless switched on.

The report page and `steward report --view retrospective` show the map, the sprint goals, and whether the measure of an
objective has moved since work for it was last delivered. That is the day of the latest release of its items or, if they
have no releases, the day on which the last of them was finished. `measures: measures.csv` in steward.yaml names the
file with the values. Without a value from after the delivery, the answer is "unknown".

```csv
objective,date,value
Half as many calls about berths,2026-09-30,118
Half as many calls about berths,2026-11-27,96
```

## experiments.yaml

Changes that a team tries for some weeks, one at a time. `steward experiment start` and `end` write this file, and
`steward experiment list` compares the figures before and since. The period before is as long as the experiment.
Figures are about teams, never about a person.

```yaml
experiments:
  - title: Criteria on every story
    team: payments                     # its name under `teams`, else the name of the tracker
    measure: cycle-time                # or throughput, done-in-sprint, ready, questions
    start: 2026-11-02
    weeks: 4
    ended: 2026-11-30                  # these three when it has ended
    verdict: keep                      # or adjust, drop
    because: Fewer questions in the sprint
```
"""


def configuration_page() -> str:
    """Return the whole page as Markdown."""
    schema = Settings.model_json_schema()
    return _INTRODUCTION + "\n".join(_section_lines(schema, schema, "")) + "\n" + _OTHER_FILES


def _section_lines(root: Mapping[str, Any], node: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the lines about a section of steward.yaml and the sections within it.

    Args:
        root: The JSON schema of the whole file.
        node: The part of the schema for this section.
        path: The keys that lead to the section, such as "write.budget"; empty for the whole file.
    """
    children: list[tuple[str, Mapping[str, Any]]] = []
    if path:
        kind = node.get("properties", {}).get("kind", {}).get("const", "")
        yield f"\n### {path}{f' ({kind})' if kind else ''}\n\n{node.get('description', '')}\n"
    yield "| key | default | description |"
    yield "| --- | --- | --- |"
    for key, value in node.get("properties", {}).items():
        sections = _referenced_sections(root, value)
        children += [(_section_path(path, key, value), section) for section in sections]
        description = value.get("description") or next((section.get("description", "") for section in sections), "")
        yield f"| `{key}` | {_format_default(key, value, node)} | {description}{_choices_sentence(value)} |"
    for child_path, child in children:
        yield from _section_lines(root, child, child_path)


def _section_path(path: str, key: str, value: Mapping[str, Any]) -> str:
    """The path of the section at a key: with "[]" for a list, and "NAME" where the admin chooses a name."""
    name = f"{path}.{key}" if path else key
    if value.get("type") == "array":
        return f"{name}[]"
    return f"{name}.NAME" if "additionalProperties" in value else name


def _referenced_sections(root: Mapping[str, Any], value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sections that a key can hold: one, or one for each kind of tracker."""
    inner = value.get("additionalProperties") or value.get("items") or value
    candidates = inner.get("oneOf") or inner.get("anyOf") or [inner]
    names = [str(schema["$ref"]).rsplit("/", 1)[-1] for schema in candidates if "$ref" in schema]
    return [root["$defs"][name] for name in names if "properties" in root["$defs"][name]]


def _format_default(key: str, value: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """The default of a key as Markdown."""
    if key in node.get("required", ()):
        return "**required**"
    default = value.get("default")
    if default in (None, "", [], {}):
        return "–"
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{shown}`"


def _choices_sentence(value: Mapping[str, Any]) -> str:
    """A sentence that lists the allowed values of a key; empty if any value is allowed."""
    choices = next((schema["enum"] for schema in (value, *value.get("anyOf", [])) if "enum" in schema), None)
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
