"""`steward rules`: what is flagged, and why."""

from pathlib import Path
from typing import Annotated

import typer

from rules.catalogue import write_pages
from rules.rule import all_rules
from sync.cli.common import ConfigOption, JsonOption, out, print_json, table
from sync.settings import ConfigurationError, find, load, load_rules

rules = typer.Typer(help="The rules: list them, read about one, check your own settings.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(rules, name="rules")


@rules.command(name="list")
def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all rules with the settings that hold here."""
    try:
        ruleset = load(find(config)).ruleset()
        settings = {name: ruleset.base(name) for name in all_rules()}
    except ConfigurationError:
        if config is not None:
            raise
        settings = {name: rule.options() for name, rule in all_rules().items()}
    if as_json:
        print_json(
            [
                {"id": name, "title": rule.title, "settings": settings[name].model_dump(mode="json")}
                for name, rule in all_rules().items()
            ]
        )
        return
    out.print(table([(name, settings[name].severity, rule.title) for name, rule in all_rules().items()]))


@rules.command()
def show(rule: Annotated[str, typer.Argument(help="Id of a rule.")]) -> None:
    """Read the page of one rule."""
    known = all_rules()
    if rule not in known:
        raise typer.BadParameter(f'"{rule}" is no rule; there are {", ".join(known)}.')
    out.print(write_pages()[f"{rule}.md"])


@rules.command()
def check(file: Annotated[Path, typer.Argument(help="A rules.yaml.")]) -> None:
    """Check a rules file without touching anything."""
    load_rules(file)
    out.print(f"{file} is fine.")


@rules.command()
def docs(folder: Annotated[Path, typer.Argument(help="Where to write the pages.")]) -> None:
    """Write the pages of all rules, for your own wiki or web server."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write_pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        out.print(str(folder / name))
