"""`steward rules`: lists rules and their settings, shows their pages, and promotes them.

A rule in shadow mode only reports its findings. A rule that is new or has changed since writing began is in shadow mode
until a person promotes it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.catalogue import render_pages
from rules.context import Input, RuleContext
from rules.expression import VARIABLES, ExpressionError, compile_predicate, get_values
from rules.lifecycle import FindingState
from rules.registry import all_rules
from rules.rule import Rule, RuleOptions
from rules.ruleset import Ruleset
from sync.cli.exit_codes import ExitCode
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TrackerOption, require_choice
from sync.cli.output import out, print_json, print_table, printable
from sync.cli.store_view import open_view
from sync.decisions.rule_feedback import count_feedback
from sync.inspect.rules_lint import LintIssue, lint_rules, lint_stored
from sync.rounds.rule_modes import PromotedRules, RuleMode, fingerprint, mode_of, needs_promotion
from sync.settings import Configuration, find_configuration, load, load_base_rules, load_if_found, load_rules
from sync.settings.yaml_edit import switch_off
from sync.settings.yaml_file import YamlFile
from sync.store import Database, exists, findings, open_store, promotions

_MAX_LISTED_ITEMS = 20
"""How many flagged items `try` prints."""

app = typer.Typer()
rules = typer.Typer(
    help="List the rules, read about one, check a rules file, and allow a changed rule to write.", no_args_is_help=True
)
app.add_typer(rules, name="rules")

RuleArgument = Annotated[str, typer.Argument(help="Id of the rule.")]


@rules.command(name="list")
def list_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all rules with their settings, whether each one writes or only reports, and why."""
    configuration = load_if_found(config)
    if configuration is None:
        entries = [_to_json(rule, rule.options(), {}) for rule in all_rules().values()]
    else:
        ruleset, promoted = configuration.ruleset(), _load_promoted(configuration)
        settings = configuration.settings
        entries = [
            _to_json(
                ruleset.rule_types[name],
                ruleset.base(name),
                {
                    tracker: mode_of(ruleset.rule(name), settings, ruleset, promoted, tracker)
                    for tracker in settings.trackers
                },
            )
            for name in ruleset.rule_types
        ]
    if as_json:
        print_json(entries)
        return
    print_table(
        ((rule["id"], rule["settings"]["severity"], *_mode_and_reason(rule)) for rule in entries),
        header=("rule", "severity", "mode", ""),
    )


def _to_json(rule: type[Rule[Any]], settings: RuleOptions, modes: dict[str, RuleMode]) -> dict[str, Any]:
    """A rule as JSON, with its settings and its mode at each tracker."""
    return {
        "id": rule.id,
        "title": rule.title,
        "settings": settings.model_dump(mode="json"),
        "modes": _modes_to_json(modes),
    }


def _modes_to_json(modes: dict[str, RuleMode]) -> dict[str, Any]:
    return {tracker: {"mode": mode.mode, "why": mode.reason} for tracker, mode in modes.items()}


def _mode_and_reason(rule: dict[str, Any]) -> tuple[str, str]:
    """The mode of a rule in a word, and the reason; for each tracker if the modes differ.

    Without a configuration there is no mode, and the title of the rule stands for the reason.
    """
    if rule["settings"]["severity"] == "off":
        return "off", ""
    by_tracker = rule["modes"]
    modes = {mode["mode"] for mode in by_tracker.values()}
    if not by_tracker:
        return "", rule["title"]
    if len(modes) == 1:
        return modes.pop(), next(iter(by_tracker.values()))["why"]
    return "mixed", " ".join(f"{tracker}: {mode['mode']}, {mode['why']}" for tracker, mode in by_tracker.items())


@rules.command()
def show(rule: RuleArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the manual page of a rule, and how often people reported it as wrong."""
    require_choice(rule, all_rules(), "Unknown rule")
    page, feedback = render_pages()[f"{rule}.md"], ""
    configuration = load_if_found(config)
    if configuration is not None and exists(configuration.settings.store):
        with _open_store(configuration) as database, database.reading() as transaction:
            feedback = count_feedback(transaction, list(configuration.settings.trackers), rule).line
    if as_json:
        print_json({"rule": rule, "page": page, "feedback": feedback})
        return
    out.print(page)
    if feedback:
        out.print(f"## Feedback\n\n{feedback}")


@rules.command()
def promote(rule: RuleArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Allow a new or changed rule to write. Until then it only reports what it would have written."""
    configuration = load(find_configuration(config))
    ruleset = configuration.ruleset()
    require_choice(rule, ruleset.rule_types, "Unknown rule")
    trackers = list(configuration.settings.trackers)
    with _open_store(configuration) as database, database.writing() as transaction:
        promoted_before = promotions.promoted_rules(transaction)
        was_waiting = needs_promotion(ruleset, rule, promoted_before)
        if was_waiting:
            now = datetime.now(UTC)
            promotions.add(transaction, [(rule, fingerprint(ruleset, rule))], now, "steward rules promote")
        promoted = promotions.promoted_rules(transaction)
        shadow_count = sum(findings.count_in_state(transaction, name, rule, FindingState.SHADOW) for name in trackers)
    modes = {name: mode_of(ruleset.rule(rule), configuration.settings, ruleset, promoted, name) for name in trackers}
    if as_json:
        print_json({"rule": rule, "promoted": was_waiting, "in_shadow": shadow_count, "modes": _modes_to_json(modes)})
        return
    if was_waiting:
        out.print(
            f"{rule} may write now. {shadow_count} findings were only reported; `steward plan` shows what is written."
        )
    elif not promoted_before:
        out.print(
            f"{rule} needs no promotion: nothing was written yet, and the first `steward apply` covers all rules."
        )
    else:
        out.print(f"{rule} may already write.")
    for name, mode in modes.items():
        if mode.mode == "shadow":
            out.print(f"Still in shadow mode at {name}: {mode.reason}")


@rules.command()
def off(rule: RuleArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Switch a rule off in the rules file. A running service notices it at its next round."""
    path = find_configuration(config)
    configuration = load(path)
    require_choice(rule, all_rules(), "Unknown rule")
    rules_file = configuration.rules_file or path.parent / configuration.settings.rules
    changed = switch_off(rules_file, rule)
    if as_json:
        print_json({"rule": rule, "file": str(rules_file), "changed": changed})
    else:
        out.print(printable(f"{rule} {'is now' if changed else 'was already'} off in {rules_file}."))


def _open_store(configuration: Configuration) -> closing[Database]:
    """Open the store, which has to exist."""
    return closing(open_store(configuration.settings.store, create=False))


def _load_promoted(configuration: Configuration) -> PromotedRules:
    """The rules that may write; none without a store."""
    if not exists(configuration.settings.store):
        return ()
    with _open_store(configuration) as database, database.reading() as transaction:
        return promotions.promoted_rules(transaction)


@rules.command()
def check(file: Annotated[Path, typer.Argument(help="The rules.yaml to check.")], as_json: JsonOption = False) -> None:
    """Check a rules file."""
    load_rules(file)
    if as_json:
        print_json({"valid": True})
    else:
        out.print(f"{file} is valid.")


@rules.command("try")
def try_expression(
    expression: Annotated[str, typer.Argument(help="An expression in CEL, such as `item.points > 8`.")],
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    file: FileOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which open items an expression would flag, before it becomes a rule. Reads the store or a file."""
    try:
        predicate = compile_predicate(expression)
    except ExpressionError as error:
        names = ", ".join(f"item.{name}" for name in VARIABLES)
        raise typer.BadParameter(f"{error}. Known names: {names}.") from None
    flagged: list[dict[str, str]] = []
    failures: Counter[str] = Counter()
    judged = 0
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        for name in view.session.tracker_names(tracker):
            backlog = view.backlog(transaction, name)
            context = RuleContext(frozenset(Input), backlog, view.time)
            for item in backlog.with_texts(backlog.items):
                judged += 1
                context.judged = item
                try:
                    if predicate(get_values(item, context)):
                        flagged.append({"tracker": name, "key": item.key, "title": item.title})
                except ExpressionError as error:
                    failures[str(error)] += 1
    if as_json:
        print_json({"judged": judged, "flagged": flagged, "no_answer": dict(failures)})
        return
    print_table((item["key"], item["title"]) for item in flagged[:_MAX_LISTED_ITEMS])
    out.print(f"Flags {len(flagged)} of {judged} open items.")
    for reason, count in failures.items():
        out.print(f"No answer for {count} items, which are not flagged: {printable(reason)}")
        if "null_type" in reason:  # the expression language calls the type of an empty value so
            out.print("A value is blank there. Ask for it first, as in `item.points != null && item.points > 2`.")


@rules.command()
def lint(
    file: Annotated[
        Path | None,
        typer.Argument(help="A rules.yaml. Default: the configured one, with the waivers.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List settings, overrides and waivers that have no effect. Exits with 1 if there are any.

    Overrides and waivers are compared with the items in the store, if there is one.
    """
    if file is not None:
        document, _ = load_rules(file)
        issues = list(_lint_file(file, Ruleset(document)))
    else:
        configuration = load(find_configuration(config), secrets=False)
        rules_file = configuration.rules_file
        issues = [] if rules_file is None else list(_lint_file(rules_file, configuration.ruleset()))
        if exists(configuration.settings.store):
            with _open_store(configuration) as database, database.reading() as transaction:
                issues += lint_stored(transaction, configuration, datetime.now(UTC).date())
    if as_json:
        print_json(issues)
    else:
        print_table((issue.id, issue.key_path, issue.message) for issue in issues)
        if not issues:
            out.print("Everything has an effect.")
    raise typer.Exit(ExitCode.REFUSED if issues else ExitCode.DONE)


def _lint_file(file: Path, ruleset: Ruleset) -> Iterator[LintIssue]:
    """Find settings of a rules file that change nothing in the files or presets that it extends."""
    return lint_rules(YamlFile(file).values, ruleset, Ruleset(load_base_rules(file)))


@rules.command()
def docs(folder: Annotated[Path, typer.Argument(help="The folder to write to.")]) -> None:
    """Write the manual pages of all rules, for your own wiki or web server."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render_pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        out.print(str(folder / name))
