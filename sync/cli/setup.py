"""`steward doctor` and `check-config`, which find mistakes in a set-up, and `schemas`, which `make docs` runs."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rules.catalogue import collect_texts
from rules.model import WorkItem
from rules.ruleset import document_model
from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, VerboseOption
from sync.cli.output import out, print_error, print_json, print_table
from sync.cli.session import Session, open_session
from sync.inspect.check import CheckStatus, DoctorCheck
from sync.inspect.doctor import DoctorContext, run_checks
from sync.inspect.rehearsal import REHEARSAL_NOTICE, rehearse_writes
from sync.messages.loading import render_rule_texts, wording_schema
from sync.report.sending import make_channel_blocks
from sync.settings import Settings, load, notes_about_secrets
from sync.settings.reference_page import fill_page

_STATUS_WORDS = {CheckStatus.GOOD: "ok", CheckStatus.WARNING: "note", CheckStatus.BAD: "BAD"}
"""How the table names the result of a check. What has to be corrected is in capitals."""

app = typer.Typer()


@app.command()
def doctor(
    config: ConfigOption = None,
    rehearse: Annotated[
        str | None,
        typer.Option(
            "--rehearse", help="Try a label and a comment on this throw-away item, and undo both.", show_default=False
        ),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Check credentials, permissions, fields and the store.

    Every check has an id that never changes, and a hint if there is something to do.
    """
    with open_session(config, without_store="use a temporary one", verbose=verbose) as session:
        context = DoctorContext(
            session.configuration,
            session.database,
            open_tracker=partial(session.tracker, checks_setup=True),
            temporary_store_reason=session.temporary_store_reason,
            make_slack_blocks=lambda: make_channel_blocks(session.configuration, session.database, session.clock()),
        )
        checks = list(run_checks(context))
        if rehearse is not None:
            checks += _rehearse(session, session.item(rehearse, None))
    if as_json:
        print_json(checks)
    else:
        print_table(
            (_STATUS_WORDS[check.status], check.id, f"{check.message} {check.hint}".strip()) for check in checks
        )
    failed = any(check.status is CheckStatus.BAD for check in checks)
    raise typer.Exit(ExitCode.MISCONFIGURED if failed else ExitCode.DONE)


def _rehearse(session: Session, item: WorkItem) -> list[DoctorCheck]:
    """Say what the rehearsal does to an item, on a terminal ask whether to begin, and do it."""
    print_error(REHEARSAL_NOTICE.format(key=item.key))
    if sys.stdin.isatty():
        typer.confirm("Begin?", default=True, abort=True, err=True)
    with session.working_on(item.tracker, timeout=0, allow_writes=True) as (tracker, _context):
        tracker.connect()
        if tracker.target is None:
            raise typer.BadParameter(f"{item.tracker} can only be read.", param_hint="--rehearse")
        return list(rehearse_writes(tracker.target, item.id, session.installation_id()))


@app.command("check-config")
def check_config(
    config: Annotated[Path, typer.Argument(help="The steward.yaml to check.")], as_json: JsonOption = False
) -> None:
    """Check a steward.yaml and its rules without contacting a tracker."""
    configuration = load(config, secrets=False)
    notes = [*configuration.notes, *notes_about_secrets(configuration)]
    slack = configuration.settings.slack
    # `pulse_problem` is about a pulse, an anonymous survey in Slack.
    notes += [note for note in (configuration.rules_note, slack.pulse_problem if slack else "") if note]
    if as_json:
        print_json({"valid": True, "notes": notes})
        return
    for note in notes:
        print_error(note)
    out.print(f"{config} is valid.")


@app.command(hidden=True)
def schemas(
    folder: Annotated[Path, typer.Argument(help="The folder to write the schemas to.")],
    page: Annotated[Path | None, typer.Option("--page", help="The page of the manual whose tables to update.")] = None,
    rule_texts: Annotated[
        Path | None, typer.Option("--rule-texts", help="Where to write the English texts of the rules.")
    ] = None,
) -> None:
    """Write the JSON schemas of the configuration files, and update the page of the manual that lists their keys."""
    if rule_texts is not None:  # first: the schema of the wording is made from these texts
        rule_texts.write_text(render_rule_texts(collect_texts()), encoding="utf-8")
        out.print(str(rule_texts))
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
        page.write_text(fill_page(page.read_text(encoding="utf-8")), encoding="utf-8")
        out.print(str(page))
