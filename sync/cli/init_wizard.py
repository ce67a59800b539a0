"""`steward init`: asks a few questions, tests the answers at the tracker, and writes the first configuration."""

import inspect
import os
import re
from contextlib import closing
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from msgspec import Struct
from pydantic import ValidationError

from connectors.errors import ConnectorError
from connectors.plugin import AnyPlugin, TrackerContext, parse_web_address, strip_angle_brackets
from connectors.registry import DEFAULT_KIND, PLUGINS
from sync.cli.exit_codes import ExitCode
from sync.cli.init_files import FirstConfiguration, find_store, format_write_fields, write_files
from sync.cli.interview import Interview, InvalidOptionError, OtherKindError, ask
from sync.cli.logs import log_to_stderr
from sync.cli.output import as_sentence, out, print_error, print_lines, printable
from sync.cli.report import write_page
from sync.cli.round_output import example_lines, shown_keys
from sync.cli.rounds import print_results, run_rounds
from sync.cli.session import open_session
from sync.rounds.context import WriteAuthority
from sync.settings import ConfigurationError, find_configuration
from sync.settings.base import check_time_zone, system_time_zone

_NAME_SEPARATORS = re.compile(r"[^a-z0-9]+")
"""Matches characters that a hyphen replaces in the name of a tracker."""
_WRITE_FIELDS = {
    "wsjf": "WSJF",
    "suggested_priority": "Suggested priority",
    "suggested_place": "Suggested place",
    "priority_reason": "Priority reason",
}
"""The fields to write if the tracker has them: their usual names, by their key under `write.fields`."""
_SLACK_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with Slack's token."""
_KINDS = tuple(kind for kind, plugin in PLUGINS.items() if plugin.questions)
"""The kinds of trackers that this command can set up."""
_QUESTIONS = {question.key: question for kind in reversed(_KINDS) for question in PLUGINS[kind].questions}
"""The questions of all kinds of trackers, by key. If several kinds have the same question, the first one counts."""
app = typer.Typer()


class ProbeResult(Struct, frozen=True, kw_only=True):
    """The result of the first connection.

    Attributes:
        name: A name for the tracker in steward.yaml.
        count: Number of items in the scope, which are those that the answers select.
        lines: Sentences about the connection, for the person.
        write_fields: The names, in the tracker, of the fields to write, by their key under `write.fields`.
        zone: The site's time zone; empty if it is unknown.
    """

    name: str
    count: int
    lines: list[str]
    write_fields: dict[str, str]
    zone: str


def _with_question_options(command: Any) -> Any:
    """Decorate a command so that it has an option for each question, instead of its last parameter `question_options`.

    Typer reads the options from the signature, which cannot list them, because each kind of tracker has its own.
    """
    signature = inspect.signature(command)
    *parameters, force, _question_options = signature.parameters.values()
    for key, question in _QUESTIONS.items():
        option = typer.Option(f"--{key.replace('_', '-')}", help=question.help, show_default=False)
        annotation = Annotated[str | None, option]
        parameters.append(inspect.Parameter(key, force.kind, default=None, annotation=annotation))
    command.__signature__ = signature.replace(parameters=[*parameters, force])
    return command


@app.command()
@_with_question_options
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write the files to.")] = Path("config"),
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help=f"Kind of tracker: {' or '.join(_KINDS)}. Default: recognised by the address, else {DEFAULT_KIND}.",
            show_default=False,
        ),
    ] = "",
    variable: Annotated[
        str, typer.Option("--token-variable", help="Environment variable that holds the token.", show_default=False)
    ] = "",
    zone: Annotated[
        str,
        typer.Option("--time-zone", help="The team's time zone. Default: the machine's or site's.", show_default=False),
    ] = "",
    channel: Annotated[
        str, typer.Option("--slack-channel", help="Slack channel for reports, such as #refinement.", show_default=False)
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    **question_options: str | None,
) -> None:
    """Ask a few questions, test the answers, and write steward.yaml and rules.yaml.

    Asks again if an answer does not work, unless all answers were given as options.
    """
    log_to_stderr()
    if kind and kind not in _KINDS:
        raise typer.BadParameter(f'"{kind}" is not one of {", ".join(_KINDS)}.', param_hint="--kind")
    store, zone = _check_folder_and_zone(folder, zone, force=force)
    answers = {key: answer for key, answer in question_options.items() if answer is not None}
    plugin, interview, result = _conduct_interview(kind, variable, answers)
    variable = variable or plugin.token_variable
    print_lines(result.lines)
    first_configuration = _complete_configuration(
        plugin, interview, result, variable, zone=zone, channel=channel, store=store
    )
    for path in write_files(folder, first_configuration):
        out.print(f"Wrote {path}.")
    out.print(f"The store will be {store}.")
    variables_to_set = [variable] if interview.has_new_token else []
    if first_configuration.channel and not os.environ.get(_SLACK_TOKEN):
        variables_to_set.append(_SLACK_TOKEN)
    prompt = f"Read the {result.count} items now and show a first report? Nothing is written to the tracker."
    if interview.has_asked and _confirm(prompt, default=True):
        if variable:
            os.environ[variable] = interview.token
        _write_first_report(folder)
    _print_next_steps(folder, variables_to_set, reports_to_slack=bool(first_configuration.channel))


def _complete_configuration(
    plugin: AnyPlugin, interview: Interview, result: ProbeResult, variable: str, *, zone: str, channel: str, store: str
) -> FirstConfiguration:
    """Ask for the time zone and the Slack channel, and put all answers together.

    Args:
        variable: The environment variable that holds the token; empty if there is none.
        zone: The value of `--time-zone`; empty if it was not given.
        channel: The value of `--slack-channel`; empty if it was not given.
    """
    machine_zone = system_time_zone()
    # On most servers, the zone is UTC, wherever the team is.
    default_zone = result.zone or machine_zone if machine_zone == "UTC" else machine_zone
    if interview.has_asked:
        zone = zone or ask("Time zone of the team", check_time_zone, default_zone)
        channel = channel or ask("Slack channel for reports, such as #refinement (empty: none)", str, "")
    write_fields = _choose_write_fields(result.write_fields, may_ask=interview.has_asked)
    section = {"kind": plugin.kind, **interview.normalized_answers()}
    if variable:
        section["token"] = f"${{{variable}}}"
    return FirstConfiguration(
        name=result.name,
        section=section,
        write_fields=write_fields,
        zone=zone or default_zone,
        channel=channel,
        store=store,
    )


def _check_folder_and_zone(folder: Path, zone: str, *, force: bool) -> tuple[str, str]:
    """Return the store's address and the valid time zone. Exit if the files exist already or the zone is invalid."""
    existing_files = [str(folder / name) for name in ("steward.yaml", "rules.yaml") if (folder / name).exists()]
    if existing_files and not force:
        verb, pronoun = ("exists", "it") if len(existing_files) == 1 else ("exist", "them")
        _exit(
            f"{' and '.join(existing_files)} already {verb}. Name another folder, such as `steward init my-team`, "
            f"or use --force to overwrite {pronoun}."
        )
    try:
        return find_store(folder), zone and check_time_zone(zone)
    except ValueError as error:
        _exit(as_sentence(error))


def _exit(message: str) -> NoReturn:
    print_error(message)
    raise typer.Exit(ExitCode.MISCONFIGURED)


def _choose_write_fields(write_fields: dict[str, str], *, may_ask: bool) -> dict[str, str]:
    """Ask whether to fill in the fields that the tracker has; return those to write.

    If nobody may be asked, print how to have them filled in.
    """
    if not write_fields:
        return {}
    noun = "field" if len(write_fields) == 1 else "fields"
    names = " and ".join(f'"{printable(name)}"' for name in write_fields.values())
    statement = f"This tracker has the {noun} {names}."
    if not may_ask:
        out.print(
            f"{statement} To have the {noun} filled in, add to `write` in steward.yaml: "
            f"{format_write_fields(write_fields)}"
        )
        return {}
    prompt = f"{statement} Should Backlog Steward fill in the {noun}, once writing is allowed?"
    return write_fields if _confirm(prompt, default=False) else {}


def _confirm(prompt: str, *, default: bool) -> bool:
    """Ask a yes-or-no question. Without more input, as in a script that answers the questions, the answer is no."""
    try:
        return typer.confirm(prompt, default=default)
    except typer.Abort:
        return False


def _write_first_report(folder: Path) -> None:
    """Run a first round, which is one pass over the tracker, print a planned comment, and write the report page."""
    with open_session(folder / "steward.yaml", without_store="create") as session:
        results = run_rounds(session, None, WriteAuthority.NOBODY)
        print_results(results)
        for result in results:
            titles = session.titles(result.tracker, shown_keys(result.plan)) if result.plan is not None else {}
            print_lines(example_lines(result, titles, config_option=_config_option(folder)))
        write_page(session, folder / "report.html")


def _config_option(folder: Path) -> str:
    """The option, after a space, that makes commands use the new configuration; empty if they find it without one."""
    path = folder / "steward.yaml"
    try:
        is_found = find_configuration(None) == path
    except ConfigurationError:
        is_found = False
    return "" if is_found else f" --config {path}"


def _print_next_steps(folder: Path, variables_to_set: list[str], *, reports_to_slack: bool) -> None:
    """Print the commands to run next, and which environment variables to set first."""
    exports = "".join(f"`export {variable}=…`, " for variable in variables_to_set)
    option = _config_option(folder)
    out.print(f"\nNext: {exports}`steward doctor{option}`, then `steward plan{option}`.")
    out.print("Nothing is written to the tracker until steward.yaml says `mode: write`.")
    if reports_to_slack:
        out.print("`steward report` posts to Slack even before that; the first line then says that nothing is written.")


def _conduct_interview(kind: str, variable: str, answers: dict[str, str]) -> tuple[AnyPlugin, Interview, ProbeResult]:
    """Find the kind of tracker, and ask until the answers work.

    Args:
        kind: The value of `--kind`; empty if it was not given.
        variable: The value of `--token-variable`; empty if it was not given.
        answers: The answers that were given as options, by key. An address that a person types is added.
    """
    has_asked = not kind and "url" not in answers
    ask_kind = None
    if kind:
        plugin = PLUGINS[kind]
    elif "url" in answers:
        answers["url"] = _with_scheme(answers["url"])
        plugin = _recognize_plugin(answers["url"]) or PLUGINS[_default_kind()]
    else:
        prompt = f"Address of your tracker ({' or '.join(_KINDS)}), or a link to any page of it"
        answers["url"] = ask(prompt, lambda text: parse_web_address(_with_scheme(text)))
        recognized = _recognize_plugin(answers["url"])
        ask_kind = None if recognized else _ask_kind
        plugin = recognized or _probe_or_ask_kind(answers["url"])
    while True:
        _check_options(plugin, answers)
        try:
            interview = Interview(
                plugin, answers, variable or plugin.token_variable, has_asked=has_asked, ask_kind=ask_kind
            )
        except ValueError as error:
            _exit(as_sentence(error))
        try:
            return plugin, interview, interview.conduct(partial(_probe, plugin, interview))
        except InvalidOptionError:
            raise typer.Exit(ExitCode.MISCONFIGURED) from None
        except OtherKindError as error:
            plugin, answers["url"] = error.plugin, interview.answers["url"]


def _check_options(plugin: AnyPlugin, answers: dict[str, str]) -> None:
    """Exit if an option is for another kind of tracker."""
    keys = {question.key for question in plugin.questions}
    unknown_options = [f"--{key.replace('_', '-')}" for key in answers if key not in keys]
    if unknown_options:
        _exit(f"This tracker is of the kind {plugin.kind}, which has no {' and no '.join(unknown_options)}.")


def _recognize_plugin(address: str) -> AnyPlugin | None:
    """The plugin of the kind to which an address belongs; None if it could be of any kind."""
    return next((PLUGINS[kind] for kind in _KINDS if PLUGINS[kind].recognises(address)), None)


def _probe_or_ask_kind(address: str) -> AnyPlugin:
    """Find out from a site, without credentials, of which kind it is. If the site does not tell, ask."""
    default_kind = _default_kind()
    for kind in _KINDS:
        plugin = PLUGINS[kind]
        if plugin.adapt_questions is None:
            continue
        # A dash stands for a project that is not chosen yet.
        values = {question.key: "-" for question in plugin.questions if question.chooses_project}
        values.update(plugin.parse_answer("url", address), token="")
        for url in filter(None, (values["url"], plugin.shorten_address(values["url"]))):
            try:
                # This calls the site, and raises an error if the site is not of this kind.
                plugin.adapt_questions(plugin.settings(**values | {"url": url}), TrackerContext(name=kind))
            except ConnectorError as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    return _ask_kind(default_kind)
            except ValidationError:
                return _ask_kind(default_kind)
            else:
                return plugin
        default_kind = next(other for other in _KINDS if other != kind)
    return _ask_kind(default_kind)


def _ask_kind(default: str) -> AnyPlugin:
    return PLUGINS[ask(f"Is it {' or '.join(_KINDS)}?", _parse_kind, default)]


def _default_kind() -> str:
    """The only kind whose token is in the environment, otherwise the default kind."""
    kinds = [kind for kind in _KINDS if os.environ.get(PLUGINS[kind].token_variable)]
    return kinds[0] if len(kinds) == 1 else DEFAULT_KIND


def _with_scheme(address: str) -> str:
    """A web address as it was typed or pasted, with https:// if it has no scheme."""
    address = strip_angle_brackets(address)
    return address if "://" in address else f"https://{address}"


def _parse_kind(text: str) -> str:
    """Parse the name of a kind of tracker, or its beginning.

    Raises:
        ValueError: The text is not the beginning of exactly one kind.
    """
    typed = text.casefold().replace(" ", "-")
    kinds = [kind for kind in _KINDS if typed and kind.startswith(typed)]
    if len(kinds) != 1:
        raise ValueError(f'"{text}" is not one of {", ".join(_KINDS)}')
    return kinds[0]


def _probe(plugin: AnyPlugin, interview: Interview, settings: Any) -> ProbeResult:
    """Connect to the tracker and read its scope, without writing. If the scope has no items, ask whether it is correct.

    Raises:
        ConnectorError: The answers do not work.
    """
    context = TrackerContext(name=plugin.kind, write_fields=_WRITE_FIELDS, checks_setup=True)
    with closing(plugin.open(settings, context)) as tracker:
        connection = tracker.connect()
        count = len(tracker.list_ids().ids)
    if not count and interview.has_asked:
        interview.confirm("The scope contains no items. Keep it?")
    name = _NAME_SEPARATORS.sub("-", connection.projects[0].lower()).strip("-") if connection.projects else ""
    lines = [f"Signed in as {connection.account.name}; {count} items are in the scope."]
    if connection.scope:
        lines.append(f"The scope is: {printable(connection.scope)}")
    if connection.team:
        lines.append(f"The team is {printable(connection.team)}.")
    found_fields = {purpose: names for purpose, names in connection.fields.items() if names}
    if found_fields:
        lines.append("These fields are read; others can be named under `fields` in steward.yaml:")
        lines += [f"  {purpose}: {', '.join(names)}" for purpose, names in found_fields.items()]
    # Notes about fields of `_WRITE_FIELDS` that the tracker lacks are left out: the person has not asked for them.
    lines += [f"Note: {note}" for note in connection.notes if "write.fields" not in note]
    writable = connection.capabilities.writable_fields
    return ProbeResult(
        name=name or tracker.name,
        count=count,
        lines=lines,
        write_fields={purpose: name for purpose, name in _WRITE_FIELDS.items() if purpose in writable},
        zone=connection.time_zone,
    )
