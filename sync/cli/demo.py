"""`steward demo`: see the whole loop on sandboxes, in a few seconds."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.common import ShowProgress, complain, log_to_stderr, out, print_json, stopping_on_signals
from sync.cli.show import counted, outcome_lines, plan_lines, undone_lines
from sync.context import Writing

if TYPE_CHECKING:
    from sync.demo import Demo
    from sync.outcome import Outcome

_SHOWN = 3
_TROUBLE = 3


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(demo)


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
    from connectors.sandbox.backlog import BacklogError  # noqa: PLC0415 - servers are loaded when one is asked for
    from sync.demo import result, started  # noqa: PLC0415 - same

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
            second = show.round(Writing.BY_ITSELF)
            say(f"A second round wrote {counted(second.applied) if second.applied else 'nothing'}.\n")
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


def _first(show: "Demo", say: Callable[..., None]) -> "Outcome":
    planned = show.round(Writing.NOTHING)
    if planned.plan is not None:
        say("The plan, as `steward plan` shows it:\n")
        for line in plan_lines(planned.plan, planned.items, most=_SHOWN):
            say(line)
        say()
    first = show.round(Writing.BY_PERSON)
    for line in outcome_lines(first):
        say(line)
    say()
    if first.trouble:
        complain(first.trouble)
        raise typer.Exit(_TROUBLE)
    return first


def _where_to_look(show: "Demo", serve: bool) -> None:
    if serve:
        out.print(f"Look at the backlog: {show.jira_url}/?show=changed and at Slack: {show.slack_url}/ (Ctrl-C ends)")
    else:
        out.print(
            "To look around: `steward demo --serve` keeps the pages up; `--undo` takes everything back at the end."
        )


def _take_back(show: "Demo", say: Callable[..., None]) -> None:
    undone = show.undo()
    for line in undone_lines(undone):
        say(line)
    if undone.trouble or not show.as_seeded:
        complain(undone.trouble or "The tracker does not look as it did before.")
        raise typer.Exit(_TROUBLE)
    say("Every label, field and comment is as it was before the demo.")


def _until_stopped() -> None:
    stop = threading.Event()
    with stopping_on_signals(stop):
        while not stop.is_set():
            stop.wait(0.2)
