"""`steward waive`, `snooze`, `wrong`, `resume` and `decide` record decisions; `decisions` lists and imports them."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.model import ITEM_DECISIONS, Decision, DecisionKind, Demand, with_recorded_feedback
from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, KeyArgument, TrackerOption, start_of_day
from sync.cli.output import out, print_error, print_json
from sync.cli.session import Session, open_session
from sync.decisions.command_parser import CommandError
from sync.decisions.commands_to_decisions import make_decision
from sync.decisions.log import ImportedRow, LogEntry, LogFormat, log_entries, make_command, read_rows, render
from sync.settings.roles import ADMIN
from sync.store import decisions, items

OptionalRule = Annotated[
    str, typer.Argument(help="Id of the rule. Without it, the command applies to all findings of the item.")
]
RequiredRule = Annotated[str, typer.Argument(help="Id of the rule.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why. The reason is stored and shown.")]

DecisionOutcome = StrEnum("DecisionOutcome", {kind.name: kind.value for kind in ITEM_DECISIONS})  # type: ignore[misc]
"""The decisions that are about a whole item, such as "accept", and not about a finding."""


app = typer.Typer()
log_app = typer.Typer(invoke_without_command=True)
app.add_typer(log_app, name="decisions")


@app.command()
def waive(
    key: KeyArgument,
    rule: RequiredRule,
    until: Annotated[
        str,
        typer.Option("--until", help="A date (2027-01-15) or a duration (60d). Default: 90 days.", show_default=False),
    ] = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a finding as it is, until a date and for a reason."""
    _record_decision(DecisionKind.WAIVE, key, tracker, config, as_json=as_json, rule=rule, review=until, reason=reason)


@app.command()
def snooze(
    key: KeyArgument,
    rule: OptionalRule = "",
    until: Annotated[
        str,
        typer.Option("--until", help="A date (2027-01-15) or a duration (14d). Default: 14 days.", show_default=False),
    ] = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask again later."""
    _record_decision(DecisionKind.SNOOZE, key, tracker, config, as_json=as_json, rule=rule, review=until, reason=reason)


@app.command()
def wrong(
    key: KeyArgument,
    rule: RequiredRule,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report that a rule is wrong about an item. Silences the rule on that item for a year.

    The report counts in the feedback that `steward rules show RULE` prints.
    """
    _record_decision(DecisionKind.WRONG, key, tracker, config, as_json=as_json, rule=rule, reason=reason)


@app.command()
def resume(
    key: KeyArgument,
    rule: OptionalRule = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw earlier answers about an item, so that its findings are raised again."""
    _record_decision(DecisionKind.RESUME, key, tracker, config, as_json=as_json, rule=rule, reason=reason)


@app.command()
def decide(
    key: KeyArgument,
    outcome: Annotated[DecisionOutcome, typer.Argument(help="The decision about the item.")],
    reason: ReasonOption = "",
    instead: Annotated[str, typer.Option("--instead", help="What is offered instead.")] = "",
    review: Annotated[
        str,
        typer.Option("--review", help="When to review it: 2027-01-15 or 60d. Default: 90 days.", show_default=False),
    ] = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a decision about an item. The item itself is not changed.

    While `not-now`, `no` or `not-in-this-form` is in force, no questions are asked about the item.
    """
    kind = DecisionKind(outcome.value)
    _record_decision(kind, key, tracker, config, as_json=as_json, review=review, reason=reason, instead=instead)


def _record_decision(
    kind: DecisionKind, key: str, tracker: str | None, config: Path | None, *, as_json: bool, **details: str
) -> None:
    """Record a decision, and print its effect. `details` are arguments of `make_command`."""
    with open_session(config) as session:
        decision = record_decision(session, kind, key, tracker, **details)
    if as_json:
        print_json(decision)
    else:
        out.print(f"{decision.key}: {_describe_effect(decision)}")


def record_decision(session: Session, kind: DecisionKind, key: str, tracker: str | None, **details: str) -> Decision:
    """Record a decision of the person at the command line. `details` are arguments of `make_command`.

    Raises:
        typer.BadParameter: No item has this key, or items in several trackers do; or the decision is not valid.
    """
    item, now = session.item(key, tracker), session.clock()
    try:
        # A command like those that people write in replies to the service's comments.
        command = make_command(kind, **details, rules=session.configuration.ruleset().rule_types.keys(), now=now)
    except CommandError as error:
        raise typer.BadParameter(str(error)) from None
    command_identity = f"{kind} {sorted(details.items())} {now.isoformat()}"
    decision = make_decision(item, command, at=now, source="command line", identity=command_identity, by=ADMIN)
    with session.database.writing() as transaction:
        decisions.add(transaction, [decision])
    return decision


def _describe_effect(decision: Decision) -> str:
    """The effect of a decision on the findings of its item, as the end of a sentence."""
    subject = decision.rule or "every finding"
    date = f"{decision.review:%Y-%m-%d}" if decision.review else ""
    match decision.kind:
        case DecisionKind.WAIVE:
            return f"{subject} is waived until {date}."
        case DecisionKind.SNOOZE:
            return f"{subject} is snoozed until {date}."
        case DecisionKind.WRONG:
            return f"{subject} was reported as wrong and is silent on this item until {date}."
        case DecisionKind.RESUME:
            return f"earlier answers about {subject} are withdrawn."
        case _:
            review = f", to be reviewed on {date}" if date else ""
            return f"decided {decision.kind.replace('-', ' ')}{review}."


@log_app.callback()
def print_log(
    context: typer.Context,
    output_format: Annotated[LogFormat, typer.Option("--format", help="How to print the log.")] = LogFormat.MARKDOWN,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Only decisions since this day.", show_default=False),
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List, export or import the decision log.

    Each entry names the item, the decision, its reason, the role that decided, and the review date.
    """
    if context.invoked_subcommand is not None:
        return
    with open_session(config) as session:
        time_zone = session.configuration.settings.time_zone
        entries = _load_entries(session, tracker, start_of_day(since, time_zone))
    sys.stdout.write(render(entries, LogFormat.JSON if as_json else output_format, time_zone))


def _load_entries(session: Session, tracker: str | None, since: datetime | None) -> list[LogEntry]:
    """The entries of the decision log since a time, oldest first."""
    # More demand for an item (links, votes and customers' feedback) can end a decision before its review date.
    entries: list[LogEntry] = []
    feedback = session.configuration.feedback
    with session.database.reading() as transaction:
        for name in session.tracker_names(tracker):
            for item_id, item_decisions in decisions.by_item(transaction, name).items():
                item = items.item_by_id(transaction, name, item_id)
                demand = Demand() if item is None else with_recorded_feedback(item, feedback).demand
                entries += log_entries(item_decisions, session.clock(), demand)
    selected = (entry for entry in entries if since is None or entry.at >= since)
    return sorted(selected, key=lambda entry: (entry.at, entry.tracker, entry.key))


@log_app.command(name="import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines, JSON or CSV; - reads standard input.", exists=True, dir_okay=False, allow_dash=True
        ),
    ],
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add decisions from a file with the keys `key verdict rule reason instead review tracker`.

    `verdict` is what was decided, such as `waive` or `not-now`. Importing the same file twice adds nothing the second
    time.
    """
    with open_session(config) as session:
        now = session.clock()
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
            rows = list(read_rows(text, session.configuration.ruleset().rule_types.keys(), now))
        except (CommandError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{file}: {error}") from None
        accepted_decisions: list[Decision] = []
        refused_rows: list[dict[str, Any]] = []
        for row in rows:
            try:
                accepted_decisions.append(_make_decision(session, row, tracker, now))
            except typer.BadParameter as error:
                refused_rows.append({"line": row.position, "key": row.key, "reason": error.message})
        with session.database.writing() as transaction:
            added = decisions.add(transaction, accepted_decisions)
    known_count = len(accepted_decisions) - added
    if as_json:
        print_json({"added": added, "known": known_count, "refused": refused_rows})
    else:
        out.print(f"{added} decisions added{f', {known_count} were already in the log' if known_count else ''}.")
    for line in refused_rows:
        location = f"{file}, line {line['line']}" + (f" ({line['key']})" if line["key"] else "")
        print_error(f"{location}: {line['reason']}")
    raise typer.Exit(ExitCode.REFUSED if refused_rows else ExitCode.DONE)


def _make_decision(session: Session, row: ImportedRow, tracker: str | None, now: datetime) -> Decision:
    """Make the decision in a row of a file.

    Raises:
        typer.BadParameter: The row is invalid, no item has its key, or items in several trackers do.
    """
    if row.command is None:
        raise typer.BadParameter(row.error)
    item = session.item(row.key, row.tracker or tracker)
    return make_decision(item, row.command, at=now, source="file", identity=row.identity, by=ADMIN)
