"""`steward waive`, `snooze`, `wrong`, `decide`, `resume`, `decisions`: answers from the command line, and their log."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rules.model import OUTCOMES, Decision, DecisionEvidence, DecisionKind, WorkItem
from rules.registry import all_rules
from sync.cli.common import (
    ConfigOption,
    JsonOption,
    Opened,
    TrackerOption,
    complain,
    opened,
    out,
    print_json,
    printable,
)
from sync.decisions import CommandError
from sync.decisions import decide as decided
from sync.decisions.commands import Command
from sync.decisions.log import Entry, Row, checked, entries, rows, written
from sync.settings.roles import ADMIN
from sync.store import decisions as log
from sync.store import items

_REFUSED = 1

KeyArgument = Annotated[str, typer.Argument(help="The item, such as PAY-12.")]
RuleArgument = Annotated[str, typer.Argument(help="The rule whose finding is meant; left out: all of them.")]
NeededRule = Annotated[str, typer.Argument(help="The rule whose finding is meant.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is kept and shown.")]

DecisionOutcome = StrEnum("DecisionOutcome", {one.name: one.value for one in OUTCOMES})  # type: ignore[misc]


class Form(StrEnum):
    """How the log is printed."""

    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


log_app = typer.Typer(help="The decision log: list it, export it, add to it from a file.", invoke_without_command=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    for command in (waive, snooze, wrong, resume, decide):
        app.command()(command)
    app.add_typer(log_app, name="decisions")


def waive(
    key: KeyArgument,
    rule: NeededRule,
    until: Annotated[
        str, typer.Option("--until", help="Ask again then: 2027-01-15 or 60d; 90 days if left out.", show_default=False)
    ] = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a finding may stay as it is, until a date and for a reason."""
    _answer(DecisionKind.WAIVE, key, tracker, config, as_json=as_json, rule=rule, review=until, reason=reason)


def snooze(
    key: KeyArgument,
    rule: RuleArgument = "",
    until: Annotated[
        str, typer.Option("--until", help="Ask again then: 2027-01-15 or 14d; 14 days if left out.", show_default=False)
    ] = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say: ask again later."""
    _answer(DecisionKind.SNOOZE, key, tracker, config, as_json=as_json, rule=rule, review=until, reason=reason)


def wrong(
    key: KeyArgument,
    rule: NeededRule,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a rule is mistaken about an item. It counts against the rule, and is silent there for a year."""
    _answer(DecisionKind.WRONG, key, tracker, config, as_json=as_json, rule=rule, reason=reason)


def resume(
    key: KeyArgument,
    rule: RuleArgument = "",
    reason: ReasonOption = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take earlier answers back: what was waived, snoozed, dismissed or decided may be asked again."""
    _answer(DecisionKind.RESUME, key, tracker, config, as_json=as_json, rule=rule, reason=reason)


def decide(
    key: KeyArgument,
    outcome: Annotated[DecisionOutcome, typer.Argument(help="What becomes of the item.")],
    reason: ReasonOption = "",
    instead: Annotated[str, typer.Option("--instead", help="What is offered in its place.")] = "",
    review: Annotated[
        str,
        typer.Option(
            "--review", help="Look at it again then: 2027-01-15 or 60d; 90 days if left out.", show_default=False
        ),
    ] = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what was decided about an item. Nothing is closed or moved; while it holds, a "no" silences questions."""
    verdict = DecisionKind(outcome.value)
    _answer(verdict, key, tracker, config, as_json=as_json, review=review, reason=reason, instead=instead)


def _answer(
    verdict: DecisionKind, key: str, tracker: str | None, config: Path | None, *, as_json: bool, **pieces: str
) -> None:
    with opened(config) as this:
        item, now = one_item(this, key, tracker), this.clock()
        try:
            command = checked(verdict, **pieces, rules=all_rules().keys(), now=now)
        except CommandError as error:
            raise typer.BadParameter(str(error)) from None
        said = f"{verdict} {sorted(pieces.items())} {now.isoformat()}"
        decision = decided(item, command, at=now, source="command line", said=said, by=ADMIN)
        with this.database.writing() as transaction:
            log.add(transaction, [decision])
        if as_json:
            print_json(decision)
        else:
            out.print(f"{item.key}: {_in_words(command)}")


def _in_words(command: Command) -> str:
    what = command.rule or "everything the service says about it"
    until = f" until {command.review:%Y-%m-%d}" if command.review else ""
    match command.verdict:
        case DecisionKind.WAIVE:
            return f"{what} is set aside{until}."
        case DecisionKind.SNOOZE:
            return f"{what} is asked again{until.replace('until', 'on')}."
        case DecisionKind.WRONG:
            return f"{what} was called wrong; it is silent here{until}, and it counts against the rule."
        case DecisionKind.RESUME:
            return f"earlier answers to {what} do not hold any more."
        case _:
            again = until.replace("until", "to be looked at again on")
            return f"decided {command.verdict.replace('-', ' ')}{again}."


@log_app.callback()
def decisions(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--format", help="How to print it.")] = Form.MARKDOWN,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="From this day on.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the decision log: what was decided about which item, by which role, why, and until when."""
    if context.invoked_subcommand is not None:
        return
    with opened(config) as this:
        listed = _entries(this, tracker, since.replace(tzinfo=UTC) if since else None)
    sys.stdout.write(written(listed, "json" if as_json else form.value))


def _entries(this: Opened, tracker: str | None, since: datetime | None) -> list[Entry]:
    found: list[Entry] = []
    with this.database.reading() as reading:
        for name in this.trackers(tracker):
            for ident, some in log.all_of(reading, name).items():
                item = items.one_item(reading, name, ident)
                found += entries(some, this.clock(), item.evidence if item is not None else DecisionEvidence())
    chosen = (one for one in found if since is None or one.at >= since)
    return sorted(chosen, key=lambda one: (one.at, one.tracker, one.key))


@log_app.command(name="import")
def read_file(
    file: Annotated[
        Path, typer.Argument(help="JSON lines, JSON or CSV.", exists=True, dir_okay=False, allow_dash=True)
    ],
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add decisions from a file, with the keys `key verdict rule reason instead review tracker`. Twice is once."""
    with opened(config) as this:
        now = this.clock()
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
            read = list(rows(text, all_rules().keys(), now))
        except (CommandError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{file}: {error}") from None
        taken: list[Decision] = []
        refused: list[dict[str, Any]] = []
        for row in read:
            try:
                taken.append(_of_row(this, row, tracker, now))
            except typer.BadParameter as error:
                refused.append({"line": row.number, "key": row.key, "reason": error.message})
        with this.database.writing() as transaction:
            new = log.add(transaction, taken)
    known = len(taken) - new
    if as_json:
        print_json({"added": new, "known": known, "refused": refused})
    else:
        out.print(f"{new} decisions added{f', {known} were known already' if known else ''}.")
    for one in refused:
        place = f"{file}, line {one['line']}" + (f" ({one['key']})" if one["key"] else "")
        complain(f"{place}: {one['reason']}")
    raise typer.Exit(_REFUSED if refused else 0)


def _of_row(this: Opened, row: Row, tracker: str | None, now: datetime) -> Decision:
    if row.command is None:
        raise typer.BadParameter(row.refused)
    item = one_item(this, row.key, row.tracker or tracker)
    return decided(item, row.command, at=now, source="file", said=row.said, by=ADMIN)


def one_item(this: Opened, key: str, tracker: str | None, *, gone_too: bool = False) -> WorkItem:
    """The item that people call by this key; where asked for, also one that has left the scope.

    Raises:
        typer.BadParameter: There is none, or there are several.
    """
    wanted = this.trackers(tracker)
    with this.database.reading() as reading:
        found = [item for item in items.items_by_key(reading, key, gone_too=gone_too) if item.tracker in wanted]
    if not found:
        raise typer.BadParameter(
            f'No item "{printable(key)}" is in the mirror; run `steward pull` first, or check the key.'
        )
    if len(found) > 1:
        names = ", ".join(item.tracker for item in found)
        raise typer.BadParameter(f'"{key}" is in several trackers ({names}); name one with --tracker.')
    return found[0]
