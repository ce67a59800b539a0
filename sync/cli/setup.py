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
from sync.cli.common import ConfigOption, JsonOption, VerboseOption, complain, log_to_stderr, opened, out, print_json
from sync.cli.decide import one_item
from sync.cli.init_wizard import AzureAnswers, JiraAnswers, probe, write_files
from sync.inspect import doctor as examination
from sync.messages.loading import rules_file
from sync.messages.loading import schema as wording_schema
from sync.run.lease import working_on
from sync.settings import Settings, load
from sync.settings.reference import configuration_page
from sync.store import rounds

_MARKS = {
    examination.CheckStatus.GOOD: "ok  ",
    examination.CheckStatus.WARNING: "note",
    examination.CheckStatus.BAD: "BAD ",
}


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(init)
    app.command()(doctor)
    app.command(name="check-config")(check_config)
    app.command(hidden=True)(schemas)


class Kind(StrEnum):
    """Where the backlog is kept."""

    JIRA = "jira"
    AZURE_DEVOPS = "azure-devops"


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")] = Path("config"),
    kind: Annotated[Kind, typer.Option("--kind", help="Where the backlog is kept.")] = Kind.JIRA,
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
    scope: Annotated[
        str, typer.Option("--scope", help="Jira: JQL of the items to look after.", show_default=False)
    ] = "",
    project: Annotated[str, typer.Option("--project", help="Azure DevOps: the project.", show_default=False)] = "",
    team: Annotated[str, typer.Option("--team", help="Azure DevOps: the team.", show_default=False)] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Ask a few questions, try the answers on your tracker, and write steward.yaml and rules.yaml."""
    log_to_stderr()
    there = [name for name in ("steward.yaml", "rules.yaml") if (folder / name).exists()]
    if there and not force:
        complain(f"{' and '.join(str(folder / name) for name in there)} exist already; --force writes over them.")
        raise typer.Exit(2)
    answers: JiraAnswers | AzureAnswers
    if kind is Kind.JIRA:
        variable = variable or "JIRA_TOKEN"
        answers = JiraAnswers(
            url=url or typer.prompt("Address of your Jira (https://example.atlassian.net)"),
            email=email
            if email is not None
            else typer.prompt("E-mail address of the service's account (empty for Data Center)", default=""),
            token_variable=variable,
            token=_token(variable),
            scope=scope or typer.prompt("Which items, as JQL (project = PAY)"),
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
    except ConnectorError as trouble:
        complain(str(trouble))
        raise typer.Exit(2) from None
    for line in learned.said:
        out.print(line)
    for path in write_files(folder, answers, learned):
        out.print(f"Wrote {path}.")
    out.print(f"\nNext: export {variable}=…, then `steward doctor` and `steward plan`. Nothing is written to the")
    out.print("tracker until `mode: write` stands in steward.yaml.")


def _token(variable: str) -> str:
    return os.environ.get(variable) or str(typer.prompt("The account's token (not kept)", hide_input=True))


def doctor(
    config: ConfigOption = None,
    rehearse: Annotated[
        str | None,
        typer.Option("--rehearse", help="Try every kind of write on this throw-away item.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check credentials, permissions, fields and side effects; each check has an id and a hint."""
    with opened(config, verbose=verbose) as this:
        context = examination.DoctorContext(this.configuration.settings, this.database, this.tracker)
        checks = list(examination.examine(context))
        if rehearse is not None:
            item = one_item(this, rehearse, None)
            with this.database.writing() as transaction:
                installation = rounds.installation(transaction)
            with working_on(this.database, item.tracker) as work:
                tracker = this.tracker(item.tracker, writing=True, before_write=work.check)
                tracker.connect()
                checks += examination.rehearse(tracker, item.id, installation)
                tracker.close()
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            out.print(
                f"{_MARKS[check.verdict]}  {check.id}: {check.said}" + (f"\n      {check.hint}" if check.hint else "")
            )
    bad = any(check.verdict is examination.CheckStatus.BAD for check in checks)
    raise typer.Exit(2 if bad else 0)


def check_config(config: Annotated[Path, typer.Argument(help="A steward.yaml.")]) -> None:
    """Check a configuration without signing in anywhere."""
    load(config, secrets=False)
    out.print(f"{config} is fine.")


def schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write the schemas.")],
    page: Annotated[Path | None, typer.Option("--page", help="Where to write the manual page.")] = None,
    rule_texts: Annotated[
        Path | None, typer.Option("--rule-texts", help="Where to write the English texts of the rules.")
    ] = None,
) -> None:
    """Write the JSON schemas with which an editor completes and checks the files, and the page about their keys."""
    known = {
        "steward": Settings.model_json_schema(),
        "rules": document_model().model_json_schema(),
        "wording": wording_schema(),
    }
    for name, shape in known.items():
        said = json.dumps(shape, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.schema.json").write_text(said, encoding="utf-8")
        out.print(str(folder / f"{name}.schema.json"))
    if page is not None:
        page.write_text(configuration_page(), encoding="utf-8")
        out.print(str(page))
    if rule_texts is not None:
        rule_texts.write_text(rules_file(texts()), encoding="utf-8")
        out.print(str(rule_texts))
