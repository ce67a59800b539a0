"""`steward demo`: see the whole loop on sandboxes, in a few seconds."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.common import ShowProgress, complain, log_to_stderr, out, print_json, stopping_on_signals
from sync.cli.show import counted, outcome_lines, plan_lines, undone_lines
from sync.rounds.context import WriteAuthority

if TYPE_CHECKING:
    from steward_sandbox.commands.loop import Demo
    from sync.rounds.result import RoundResult

_SHOWN = 3
_TROUBLE = 3


app = typer.Typer(add_completion=False)


@app.command()
def demo(
    backlog: Annotated[
        Path | None, typer.Option("--backlog", "-b", help="Another backlog file.", show_default=False)
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="The backlog as it stood then.", show_default=False),
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the pages up until Ctrl-C.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="End by taking everything back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON document.")] = False,
) -> None:
    """Pull a sample backlog, plan, write, report to Slack, run again, and show where to look."""
    from steward_sandbox.backlog import BacklogError  # noqa: PLC0415 - servers are loaded when one is asked for
    from steward_sandbox.commands.loop import result, started  # noqa: PLC0415 - same

    log_to_stderr()
    say: Callable[..., None] = (lambda *_: None) if as_json else out.print
    try:
        with ShowProgress() as progress, started(backlog, as_of.date() if as_of else None) as show:
            show.progress = progress
            say("The configuration of this demo:\n")
            say(show.configuration_text)
            first = _first(show, say)
            messages = show.report()
            say(f"Slack was told: {messages} message in #refinement.\n")
            second = show.rounds(WriteAuthority.BY_ITSELF)
            written = [f"{one.tracker}: {counted(one.applied)}" for one in second if one.applied]
            say(f"A second round wrote {'; '.join(written) or 'nothing'}.\n")
            figures = result(show, first, second, messages)
            if as_json:
                print_json(figures)
            else:
                say(f"Done in {figures.seconds:g} seconds.")
                _where_to_look(show, serve)
            if serve:
                _until_stopped()
            if undo:
                _take_back(show, say)
    except BacklogError as error:
        complain(str(error))
        raise typer.Exit(2) from None


def _first(show: "Demo", say: Callable[..., None]) -> "list[RoundResult]":
    say("The plan, as `steward plan` shows it:\n")
    for planned in show.rounds(WriteAuthority.NOTHING):
        for line in plan_lines(planned.plan, planned.items, most=_SHOWN) if planned.plan else ():
            say(line)
        say()
    outcomes = show.rounds(WriteAuthority.BY_PERSON)
    for outcome in outcomes:
        for line in outcome_lines(outcome):
            say(line)
        say()
    troubles = [outcome.trouble for outcome in outcomes if outcome.trouble]
    if troubles:
        complain("; ".join(troubles))
        raise typer.Exit(_TROUBLE)
    return outcomes


def _where_to_look(show: "Demo", serve: bool) -> None:
    if serve:
        for side in show.sides:
            out.print(f"Look at {side.name}: {side.page}")
        out.print(f"and at Slack: {show.slack_url}/ (Ctrl-C ends)")
    else:
        out.print(
            "To look around: `steward demo --serve` keeps the pages up; `--undo` takes everything back at the end."
        )


def _take_back(show: "Demo", say: Callable[..., None]) -> None:
    undone = show.undo()
    for one in undone:
        for line in undone_lines(one):
            say(line)
    troubles = [one.trouble for one in undone if one.trouble]
    troubles += [f"{name} does not look as it did before." for name in show.changed]
    if troubles:
        complain("; ".join(troubles))
        raise typer.Exit(_TROUBLE)
    say("Every label, field and comment is as it was before the demo.")


def _until_stopped() -> None:
    stop = threading.Event()
    with stopping_on_signals(stop):
        while not stop.is_set():
            stop.wait(0.2)
