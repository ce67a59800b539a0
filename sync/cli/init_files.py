"""Writes the files of `steward init`: steward.yaml, rules.yaml, and JSON schemas for editors."""

import io
import json
import textwrap
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sync.messages import shipped_folder
from sync.settings.store_path import locate_store

_STEWARD_TEMPLATE = """\
# yaml-language-server: $schema=steward.schema.json
# Backlog Steward: trackers and schedule. All other keys have defaults; see docs/configuration.md.
trackers:
  {name}:
{section}schedule:
  pull: every 10 minutes
  report: weekdays at 08:30
  timezone: {zone}
write:
  mode: shadow            # nothing is written until this says `write`; check `steward plan` first
{fields}{slack}rules: rules.yaml
{store}"""

_RULES_CONTENT = """\
# yaml-language-server: $schema=rules.schema.json
# What is flagged, and how strictly. `steward rules list` shows the settings in effect.
extends: [scrum]
# rules:
#   oversized-story: {above: 8}
#   missing-acceptance-criteria: {types: [story, bug]}
#   unranked-item: off
"""
_SLACK_TEMPLATE = """\
slack:                    # the report is sent in shadow mode, too; its first line says so
  token: ${SLACK_BOT_TOKEN}
  reports:
    - channel: "#refinement"
"""
_SCHEMA_FILES = ("steward.schema.json", "rules.schema.json", "wording.schema.json")
_DEFAULT_STORE = "sqlite:///steward.db"
_MAX_LINE_LENGTH = 4096
"""Lines up to this length are not wrapped."""


class FirstConfiguration(Struct, kw_only=True):
    """The content of the first steward.yaml.

    Attributes:
        name: The name of the tracker.
        section: The tracker's section, with a reference to the token.
        write_fields: The names, in the tracker, of the fields to write, by their key under `write.fields`.
        channel: The Slack channel for reports; empty for none.
    """

    name: str
    section: dict[str, str]
    write_fields: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    channel: str = ""
    store: str


def find_store(folder: Path) -> str:
    """The address of the store. It stays the same if steward.yaml is overwritten, because the store records what was
    written to the trackers.

    Raises:
        ValueError: There is a store in `folder` and another one in the working folder, where earlier versions put it.
    """
    try:
        existing = YAML(typ="safe", pure=True).load(folder / "steward.yaml")
    except (OSError, ValueError, YAMLError):
        existing = None
    url = existing.get("store") if isinstance(existing, Mapping) else None
    return locate_store(url if isinstance(url, str) else _DEFAULT_STORE, folder)[0]


def format_write_fields(write_fields: Mapping[str, str]) -> str:
    """Format the key `fields` of steward.yaml, with the fields to write, on one line."""
    return f"fields: {{{', '.join(f'{key}: {name}' for key, name in write_fields.items())}}}"


def write_files(folder: Path, configuration: FirstConfiguration) -> list[Path]:
    """Write steward.yaml, rules.yaml and the JSON schemas for editors; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    slack_section = (
        # A JSON text is a YAML text.
        _SLACK_TEMPLATE.replace('"#refinement"', json.dumps(configuration.channel, ensure_ascii=False))
        if configuration.channel
        else textwrap.indent(_SLACK_TEMPLATE, "# ")
    )
    steward_text = _STEWARD_TEMPLATE.format(
        name=configuration.name,
        section=_to_yaml(configuration.section, indent="    "),
        zone=configuration.zone,
        store=_to_yaml({"store": configuration.store}),
        fields=f"  {format_write_fields(configuration.write_fields)}\n" if configuration.write_fields else "",
        slack=slack_section,
    )
    texts = {"steward.yaml": steward_text, "rules.yaml": _RULES_CONTENT}
    texts |= {name: (shipped_folder() / name).read_text(encoding="utf-8") for name in _SCHEMA_FILES}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _to_yaml(section: Mapping[str, str], *, indent: str = "") -> str:
    """Keys and values as indented lines of YAML."""
    yaml = YAML()
    yaml.width = _MAX_LINE_LENGTH
    text = io.StringIO()
    yaml.dump(dict(section), text)
    return textwrap.indent(text.getvalue(), indent)
