"""`steward init`, `doctor`, `check-config` and `schemas`: getting started, and finding out what is wrong."""

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from connectors.errors import ConnectorError
from rules.catalogue import texts
from rules.ruleset import document_model
from sync.cli.exit_codes import ExitCode
from sync.cli.init_wizard import AzureAnswers, JiraAnswers, probe, write_files
from sync.cli.logs import log_to_stderr
from sync.cli.options import ConfigOption, JsonOption, VerboseOption
from sync.cli.output import complain, out, print_json, print_table
from sync.cli.session import open_session
from sync.inspect.doctor import CheckStatus, DoctorContext, examine, rehearse_writes
from sync.messages.loading import rules_file
from sync.messages.loading import schema as wording_schema
from sync.run.lease import hold_tracker
from sync.settings import Settings, load
from sync.settings.reference import configuration_page
from sync.store import rounds

_STATUS_WORDS = {CheckStatus.GOOD: "ok", CheckStatus.WARNING: "note", CheckStatus.BAD: "BAD"}

app = typer.Typer()


class Kind(StrEnum):
    """The kind of tracker."""

    JIRA = "jira"
    AZURE_DEVOPS = "azure-devops"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write the files to.")] = Path("config"),
    kind: Annotated[Kind, typer.Option("--kind", help="The kind of tracker.")] = Kind.JIRA,
    url: Annotated[str, typer.Option("--url", help="Address of the tracker.", show_default=False)] = "",
    email: Annotated[
        str | None,
        typer.Option(
            "--email", help="Jira: e-mail address of the service account; empty for Data Center.", show_default=False
        ),
    ] = None,
    variable: Annotated[
        str, typer.Option("--token-variable", help="Environment variable that holds the token.", show_default=False)
    ] = "",
    scope: Annotated[str, typer.Option("--scope", help="Jira: JQL that selects the items.", show_default=False)] = "",
    project: Annotated[str, typer.Option("--project", help="Azure DevOps: the project.", show_default=False)] = "",
    team: Annotated[str, typer.Option("--team", help="Azure DevOps: the team.", show_default=False)] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Ask a few questions, try the answers on your tracker, and write steward.yaml and rules.yaml."""
    log_to_stderr()
    existing = [str(folder / name) for name in ("steward.yaml", "rules.yaml") if (folder / name).exists()]
    if existing and not force:
        complain(f"{' and '.join(existing)} already exist. Use --force to overwrite them.")
        raise typer.Exit(ExitCode.MISCONFIGURED)
    answers: JiraAnswers | AzureAnswers
    if kind is Kind.JIRA:
        variable = variable or "JIRA_TOKEN"
        answers = JiraAnswers(
            url=url or typer.prompt("Address of your Jira (https://example.atlassian.net)"),
            email=email
            if email is not None
            else typer.prompt("E-mail address of the service account (empty for Data Center)", default=""),
            token_variable=variable,
            token=_token(variable),
            scope=scope or typer.prompt("JQL that selects the items (project = PAY)"),
        )
    else:
        variable = variable or "AZURE_DEVOPS_TOKEN"
        answers = AzureAnswers(
            url=url or typer.prompt("Address of the organisation or collection (https://dev.azure.com/example)"),
            token_variable=variable,
            token=_token(variable),
            project=project or typer.prompt("Name of the project"),
            team=team,
        )
    try:
        learned = probe(answers)
    except ConnectorError as error:
        complain(str(error))
        raise typer.Exit(ExitCode.MISCONFIGURED) from None
    for line in learned.said:
        out.print(line)
    for path in write_files(folder, answers, learned):
        out.print(f"Wrote {path}.")
    out.print(f"\nNext: export {variable}=…, then run `steward doctor` and `steward plan`.")
    out.print("Nothing is written to the tracker until steward.yaml says `mode: write`.")


def _token(variable: str) -> str:
    return os.environ.get(variable) or str(typer.prompt("The account's token (not stored)", hide_input=True))


@app.command()
def doctor(
    config: ConfigOption = None,
    rehearse: Annotated[
        str | None,
        typer.Option(
            "--rehearse", help="Try every kind of write on this throw-away item, and undo it.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check credentials, permissions, fields and side effects.

    Every check has an id that never changes, and a hint if something is to be done.
    """
    with open_session(config, verbose=verbose) as session:
        context = DoctorContext(session.configuration.settings, session.database, session.tracker)
        checks = list(examine(context))
        if rehearse is not None:
            item = session.item(rehearse, None)
            with session.database.writing() as transaction:
                installation = rounds.installation(transaction)
            with hold_tracker(session.database, item.tracker) as lease:
                tracker = session.tracker(item.tracker, writing=True, before_write=lease.check)
                tracker.connect()
                checks += rehearse_writes(tracker, item.id, installation)
                tracker.close()
    if as_json:
        print_json(checks)
    else:
        print_table(
            (_STATUS_WORDS[check.status], check.id, f"{check.message} {check.hint}".strip()) for check in checks
        )
    failed = any(check.status is CheckStatus.BAD for check in checks)
    raise typer.Exit(ExitCode.MISCONFIGURED if failed else ExitCode.DONE)


@app.command("check-config")
def check_config(config: Annotated[Path, typer.Argument(help="The steward.yaml to check.")]) -> None:
    """Check a steward.yaml and its rules without contacting a tracker."""
    load(config, secrets=False)
    out.print(f"{config} is valid.")


@app.command(hidden=True)
def schemas(
    folder: Annotated[Path, typer.Argument(help="The folder to write the schemas to.")],
    page: Annotated[Path | None, typer.Option("--page", help="Where to write the page of the manual.")] = None,
    rule_texts: Annotated[
        Path | None, typer.Option("--rule-texts", help="Where to write the English texts of the rules.")
    ] = None,
) -> None:
    """Write the JSON schemas of the configuration files, and the page of the manual that describes their keys."""
    generated = {
        "steward": Settings.model_json_schema(),
        "rules": document_model().model_json_schema(),
        "wording": wording_schema(),
    }
    for name, schema in generated.items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")
        out.print(str(folder / f"{name}.schema.json"))
    if page is not None:
        page.write_text(configuration_page(), encoding="utf-8")
        out.print(str(page))
    if rule_texts is not None:
        rule_texts.write_text(rules_file(texts()), encoding="utf-8")
        out.print(str(rule_texts))
