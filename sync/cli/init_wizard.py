"""`steward init`: asks a few questions, tries the answers on the tracker, and writes the first configuration."""

import inspect
import io
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct, field
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from connectors.errors import ConnectorError
from connectors.plugin import Question, TrackerContext
from connectors.registry import DEFAULT_KIND, PLUGINS
from connectors.tracker import Tracker
from sync.cli.exit_codes import ExitCode
from sync.cli.logs import log_to_stderr
from sync.cli.output import complain, out
from sync.messages import shipped_folder
from sync.settings.store_path import locate_store

_STEWARD = """\
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
{fields}# slack:
#   token: ${{SLACK_BOT_TOKEN}}
#   reports:
#     - channel: "#refinement"
{store}"""

_RULES = """\
# yaml-language-server: $schema=rules.schema.json
# What is flagged, and how strictly. `steward rules list` shows the settings in effect.
extends: [scrum]
# rules:
#   oversized-story: {above: 8}
#   missing-acceptance-criteria: {types: [story, bug]}
#   unranked-item: off
"""
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_SCHEMAS = ("steward.schema.json", "rules.schema.json", "wording.schema.json")
_DEFAULT_STORE = "sqlite:///steward.db"
_WRITE_FIELDS = {"wsjf": "WSJF"}
_OFFERED = {kind: plugin for kind, plugin in PLUGINS.items() if plugin.questions}
app = typer.Typer()

_QUESTIONS: dict[str, Question] = {}
for _plugin in _OFFERED.values():
    _QUESTIONS = {question.key: question for question in _plugin.questions} | _QUESTIONS


class ProbeResult(Struct):
    """What a first connection showed.

    Attributes:
        name: A name for the tracker.
        lines: Findings for the admin.
        write_fields: The fields that can be written, by what goes into them.
    """

    name: str
    lines: list[str] = field(default_factory=list)
    write_fields: dict[str, str] = field(default_factory=dict)


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write the files to.")] = Path("config"),
    kind: Annotated[str, typer.Option("--kind", help=f"Kind of tracker: {' or '.join(_OFFERED)}.")] = DEFAULT_KIND,
    variable: Annotated[
        str, typer.Option("--token-variable", help="Environment variable that holds the token.", show_default=False)
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    **given: str | None,
) -> None:
    """Ask a few questions, try the answers, and write steward.yaml and rules.yaml."""
    log_to_stderr()
    if kind not in _OFFERED:
        raise typer.BadParameter(f'"{kind}" is not one of {", ".join(_OFFERED)}.', param_hint="--kind")
    existing = [str(folder / name) for name in ("steward.yaml", "rules.yaml") if (folder / name).exists()]
    if existing and not force:
        complain(f"{' and '.join(existing)} already exist. Use --force to overwrite them.")
        raise typer.Exit(ExitCode.MISCONFIGURED)
    try:
        store = _store(folder)
    except ValueError as two_stores:
        complain(f"{two_stores}.")
        raise typer.Exit(ExitCode.MISCONFIGURED) from None
    plugin = _OFFERED[kind]
    answers = {question.key: _answer(question, given.get(question.key)) for question in plugin.questions}
    answers = {key: answer for key, answer in answers.items() if answer}
    variable = variable or plugin.token_variable
    try:
        settings = plugin.settings(**answers, **({"token": _token(variable)} if variable else {}))
        result = probe(plugin.open(settings, TrackerContext(name=kind, write_fields=_WRITE_FIELDS)))
    except ValidationError as invalid:
        for error in invalid.errors():
            complain(f"{'.'.join(str(step) for step in error['loc'])}: {error['msg'].removeprefix('Value error, ')}.")
        raise typer.Exit(ExitCode.MISCONFIGURED) from None
    except ConnectorError as error:
        complain(str(error))
        raise typer.Exit(ExitCode.MISCONFIGURED) from None
    for line in result.lines:
        out.print(line)
    section = {"kind": kind, **{key: getattr(settings, key) for key in answers}}
    if variable:
        section["token"] = f"${{{variable}}}"
    for path in write_files(folder, section, result, store):
        out.print(f"Wrote {path}.")
    out.print(f"The store will be {store}.")
    export = f"export {variable}=…, then run" if variable else "run"
    out.print(f"\nNext: {export} `steward doctor` and `steward plan`.")
    out.print("Nothing is written to the tracker until steward.yaml says `mode: write`.")


def _with_question_options(command: Any) -> None:
    """Turn the questions of all plugins into options of the command."""
    signature = inspect.signature(command)
    *parameters, force, _given = signature.parameters.values()
    for key, question in _QUESTIONS.items():
        option = typer.Option(f"--{key.replace('_', '-')}", help=question.help, show_default=False)
        parameter = inspect.Parameter(
            key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
        )
        parameters.append(parameter)
    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*parameters, force)]
    command.__signature__ = signature.replace(parameters=keyword_only)


_with_question_options(init)
app.command()(init)


def _answer(question: Question, given: str | None) -> str:
    if given is not None or not question.prompt:
        return given or ""
    if question.required:
        return str(typer.prompt(question.prompt))
    return str(typer.prompt(question.prompt, default=""))


def _token(variable: str) -> str:
    return os.environ.get(variable) or str(typer.prompt("The account's token (not stored)", hide_input=True))


def probe(tracker: Tracker) -> ProbeResult:
    """Sign in and look at the scope, without writing.

    Raises:
        ConnectorError: The answers do not work; the message says which.
    """
    try:
        connection = tracker.connect()
        count = len(tracker.list_ids().ids)
    finally:
        tracker.close()
    name = _NOT_IN_A_NAME.sub("-", connection.projects[0].lower()).strip("-") if connection.projects else ""
    result = ProbeResult(
        name=name or tracker.name,
        lines=[f"Signed in as {connection.account.name}; {count} items are within the scope."],
    )
    result.lines += [f"{purpose}: {', '.join(names)}" for purpose, names in connection.fields.items() if names]
    result.lines += [note for note in connection.notes if "write.fields" not in note]
    if connection.capabilities.writable_fields:
        result.write_fields = dict(_WRITE_FIELDS)
    return result


def _store(folder: Path) -> str:
    """The address of the store: the one of a steward.yaml that is overwritten, because it knows what was written.

    Raises:
        ValueError: There are two stores.
    """
    try:
        existing = YAML(typ="safe", pure=True).load(folder / "steward.yaml")
    except (OSError, ValueError, YAMLError):
        existing = None
    url = existing.get("store") if isinstance(existing, Mapping) else None
    return locate_store(url if isinstance(url, str) else _DEFAULT_STORE, folder).url


def write_files(folder: Path, section: Mapping[str, str], result: ProbeResult, store: str) -> list[Path]:
    """Write the two files and the JSON schemas for editors.

    Args:
        folder: Where to write.
        section: The tracker's section of steward.yaml, with a reference to the token instead of the token.
        result: What the first connection showed.
        store: The address of the store.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steward = _STEWARD.format(
        name=result.name,
        section=_yaml(section, indent="    "),
        zone="UTC",
        store=_yaml({"store": store}),
        fields="".join(f"  fields: {{{logical}: {name}}}\n" for logical, name in result.write_fields.items()),
    )
    written = []
    for name, text in (("steward.yaml", steward), ("rules.yaml", _RULES)):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    for name in _SCHEMAS:
        shutil.copyfile(shipped_folder() / name, folder / name)
        written.append(folder / name)
    return written


def _yaml(section: Mapping[str, str], *, indent: str = "") -> str:
    yaml = YAML()
    yaml.width = 4096
    text = io.StringIO()
    yaml.dump(dict(section), text)
    return "".join(f"{indent}{line}\n" for line in text.getvalue().splitlines())
