"""`steward waive`: an answer from the command line."""

from datetime import datetime
from typing import Annotated

import typer

from rules.model import WorkItem
from rules.rule import all_rules
from sync.cli.common import ConfigOption, JsonOption, Opened, TrackerOption, opened, out, print_json
from sync.decisions import CommandError, decide, parse
from sync.store import decisions, items


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(waive)


def waive(
    key: Annotated[str, typer.Argument(help="The item, such as PAY-12.")],
    rule: Annotated[str, typer.Argument(help="The rule whose finding may stay as it is.")],
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Ask again then; 90 days if left out.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept and shown.")] = "",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a finding may stay as it is, until a date and for a reason."""
    with opened(config) as this:
        item = one_item(this, key, tracker)
        said = f"waive {rule}" + (f" until {until:%Y-%m-%d}" if until else "")
        try:
            command = parse(said, all_rules().keys(), this.clock())
        except CommandError as error:
            raise typer.BadParameter(str(error)) from None
        now = this.clock()
        command = type(command)(command.verdict, command.rule, command.review, " ".join(reason.split()))
        decision = decide(item, command, at=now, source="command line", said=f"{said} {reason} {now.isoformat()}")
        with this.database.writing() as transaction:
            decisions.add(transaction, [decision])
        if as_json:
            print_json(decision)
        else:
            out.print(f"{item.key}: {rule} is set aside until {command.review:%Y-%m-%d}.")


def one_item(this: Opened, key: str, tracker: str | None) -> WorkItem:
    """The item that people call by this key.

    Raises:
        typer.BadParameter: There is none, or there are several.
    """
    wanted = this.trackers(tracker)
    with this.database.reading() as reading:
        found = [item for item in items.items_by_key(reading, key) if item.tracker in wanted]
    if not found:
        raise typer.BadParameter(f'No item "{key}" is in the mirror; run `steward pull` first, or check the key.')
    if len(found) > 1:
        names = ", ".join(item.tracker for item in found)
        raise typer.BadParameter(f'"{key}" is in several trackers ({names}); name one with --tracker.')
    return found[0]
