"""`steward demo`: see the whole loop on sandboxes, in a few seconds."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from steward_sandbox.backlog import BacklogError
from steward_sandbox.commands.loop import AsOfOption, Demo, running_demo
from sync.cli.logs import log_to_stderr
from sync.cli.output import out, print_error, print_json, progress_bar
from sync.cli.round_output import plan_lines, result_lines, undo_lines, write_counts
from sync.cli.session import stop_on_signals
from sync.rounds.context import WriteAuthority
from sync.rounds.result import RoundResult

_ITEMS_SHOWN = 3
_FAILED = 3

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    backlog: Annotated[
        Path | None,
        typer.Option("--backlog", "-b", help="Use this backlog file instead of the samples.", show_default=False),
    ] = None,
    as_of: AsOfOption = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep serving the pages until Ctrl-C.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo everything at the end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON document.")] = False,
) -> None:
    """Pull a sample backlog, plan, write, report to Slack, run again, and show where to look."""
    log_to_stderr()
    say: Callable[..., None] = (lambda *_: None) if as_json else out.print
    try:
        with progress_bar() as progress, running_demo(backlog, as_of.date() if as_of else None) as running:
            running.progress = progress
            say(f"The configuration of this demo:\n\n{running.configuration_text}")
            first = _first_round(running, say)
            messages = running.send_report()
            say(f"Sent to Slack: {messages} message in #refinement.\n")
            second = running.run_rounds(WriteAuthority.BY_SERVICE)
            written = [f"{result.tracker}: {write_counts(result.applied)}" for result in second if result.applied]
            say(f"A second round wrote {'; '.join(written) or 'nothing'}.\n")
            figures = running.figures(first, second, messages)
            if as_json:
                print_json(figures)
            say(f"Done in {figures['seconds']:g} seconds.")
            if serve:
                for tracker in running.trackers:
                    say(f"Look at {tracker.name}: {tracker.page}")
                say(f"Look at the report: {running.page_url}/report")
                say(f"Look at Slack, where the buttons work: {running.slack_url}/ (stop with Ctrl-C)")
                with running.answering():
                    _wait_for_signal()
            else:
                say("To look around in a browser, run `steward demo --serve`; to see everything undone, add `--undo`.")
            if undo:
                _undo(running, say)
    except BacklogError as error:
        print_error(str(error))
        raise typer.Exit(2) from None


def _first_round(running: Demo, say: Callable[..., None]) -> list[RoundResult]:
    say("The plan that `steward plan` shows:\n")
    for planned in running.run_rounds(WriteAuthority.NOBODY):
        titles = {item.key: item.title for item in planned.items.values()}
        for line in plan_lines(planned.plan, titles, limit=_ITEMS_SHOWN) if planned.plan else ():
            say(line)
        say()
    results = running.run_rounds(WriteAuthority.BY_PERSON)
    for result in results:
        for line in (*result_lines(result), ""):
            say(line)
    _fail_on(result.trouble for result in results)
    return results


def _undo(running: Demo, say: Callable[..., None]) -> None:
    results = running.undo()
    for result in results:
        for line in undo_lines(result, {}):
            say(line)
    _fail_on(result.trouble for result in results)
    _fail_on(f"{name} does not look as it did before." for name in running.changed)
    say("Every label, field and comment is as it was before the demo.")


def _fail_on(troubles: Iterable[str]) -> None:
    known = [trouble for trouble in troubles if trouble]
    if known:
        print_error("; ".join(known))
        raise typer.Exit(_FAILED)


def _wait_for_signal() -> None:
    stop = threading.Event()
    with stop_on_signals(stop):
        while not stop.is_set():
            stop.wait(0.2)
