"""`steward rules`: what is flagged and why, and which rules may write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.catalogue import write_pages
from rules.lifecycle import FindingState
from rules.registry import all_rules
from rules.rule import RuleOptions
from sync.cli.common import ConfigOption, JsonOption, out, print_json, table
from sync.decisions.rule_feedback import called_wrong
from sync.rounds.rule_modes import Promoted, RuleMode, fingerprint, mode_of, waits
from sync.settings import Configuration, ConfigurationError, find, load, load_rules
from sync.store import Database, exists, findings, migrate, promotions

rules = typer.Typer(help="The rules: list them, read about one, check your own settings.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(rules, name="rules")


@rules.command(name="list")
def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all rules with the settings that hold here, and whether each writes or only reports, and why."""
    configuration = _configuration(config)
    if configuration is None:
        listed = [_listed(name, rule.options(), []) for name, rule in all_rules().items()]
    else:
        ruleset, promoted = configuration.ruleset(), _promoted(configuration)
        settings = configuration.settings
        listed = [
            _listed(
                name,
                ruleset.base(name),
                [(one, mode_of(ruleset.rule(name), settings, ruleset, promoted, one)) for one in settings.trackers],
            )
            for name in all_rules()
        ]
    if as_json:
        print_json(listed)
        return
    head = ("rule", "severity", "mode", "")
    out.print(table([head, *((one["id"], one["settings"]["severity"], *_mode_of(one)) for one in listed)]))


def _listed(name: str, settings: RuleOptions, held: list[tuple[str, RuleMode]]) -> dict[str, Any]:
    rule = all_rules()[name]
    return {
        "id": name,
        "title": rule.title,
        "settings": settings.model_dump(mode="json"),
        "modes": {tracker: {"mode": one.mode, "why": one.why} for tracker, one in held},
    }


def _mode_of(listed: dict[str, Any]) -> tuple[str, str]:
    """The mode in a word, and why; where trackers differ, tracker by tracker."""
    if listed["settings"]["severity"] == "off":
        return "off", ""
    held = listed["modes"]
    modes = {one["mode"] for one in held.values()}
    if not held:
        return "", listed["title"]
    if len(modes) == 1:
        return modes.pop(), next(iter(held.values()))["why"]
    return "mixed", " ".join(f"{tracker}: {one['mode']}, {one['why']}" for tracker, one in held.items())


@rules.command()
def show(rule: Annotated[str, typer.Argument(help="Id of a rule.")], config: ConfigOption = None) -> None:
    """Read the page of one rule, and how often it was called wrong here."""
    _known(rule)
    out.print(write_pages()[f"{rule}.md"])
    configuration = _configuration(config)
    if configuration is None:
        return
    if not exists(configuration.settings.store):
        return
    with _store(configuration) as database, database.reading() as reading:
        out.print(f"## Here\n\n{called_wrong(reading, list(configuration.settings.trackers), rule).line}")


@rules.command()
def promote(
    rule: Annotated[str, typer.Argument(help="Id of a rule.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a rule write that is new or has changed. Until then it only reports what it would have written."""
    _known(rule)
    configuration = load(find(config))
    ruleset = configuration.ruleset()
    with _store(configuration) as database:
        with database.writing() as transaction:
            before = promotions.all_of(transaction)
            waited = waits(ruleset, rule, before)
            if waited:
                now = datetime.now(UTC)
                promotions.add(transaction, [(rule, fingerprint(ruleset, rule))], now, "steward rules promote")
            promoted = promotions.all_of(transaction)
        with database.reading() as reading:
            names = list(configuration.settings.trackers)
            count = sum(findings.in_state(reading, name, rule, FindingState.SHADOW) for name in names)
    held = {name: mode_of(ruleset.rule(rule), configuration.settings, ruleset, promoted, name) for name in names}
    if as_json:
        modes = {name: {"mode": one.mode, "why": one.why} for name, one in held.items()}
        print_json({"rule": rule, "promoted": waited, "in_shadow": count, "modes": modes})
        return
    if waited:
        out.print(f"{rule} may write: {count} findings were held back; `steward plan` shows what comes of them.")
    elif not before:
        out.print(f"{rule} does not wait: nothing was written yet, and the first `steward apply` is for every rule.")
    else:
        out.print(f"{rule} may write already.")
    for name, one in held.items():
        if one.mode == "shadow":
            out.print(f"Still in shadow at {name}: {one.why}")


def _known(rule: str) -> None:
    known = all_rules()
    if rule not in known:
        raise typer.BadParameter(f'"{rule}" is no rule; there are {", ".join(known)}.')


def _configuration(config: Path | None) -> Configuration | None:
    """The configuration, or none where there is none; one that was named has to be right."""
    try:
        return load(find(config))
    except ConfigurationError:
        if config is not None:
            raise
        return None


@contextmanager
def _store(configuration: Configuration) -> Iterator[Database]:
    database = Database(configuration.settings.store)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def _promoted(configuration: Configuration) -> Promoted:
    if not exists(configuration.settings.store):
        return ()
    with _store(configuration) as database, database.reading() as reading:
        return promotions.all_of(reading)


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
