"""`steward priorities`: prints which items should be ranked higher, and why."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from rules.priority.order import suggest_order
from rules.priority.rating import Model
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TeamOption, TrackerOption, require_team
from sync.cli.output import out, print_json, print_lines, shorten, wrap
from sync.cli.store_view import open_view
from sync.decisions.declined import load_declined_items
from sync.inspect.models import ModelReport, report_model
from sync.inspect.priorities import Priorities, SuggestedMove, describe_order, select_moves

app = typer.Typer()


@app.command()
def priorities(
    file: FileOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many moves or items to list.")] = 10,
    model: Annotated[
        Model | None,
        typer.Option("--model", help="Show the ratings of this priority model instead.", show_default=False),
    ] = None,
    team: TeamOption = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest which items should be ranked higher, with the evidence. Nothing is moved or written.

    The suggestions start from the team's own order. Reads the store or a file; no tracker is contacted.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        options, messages = view.session.configuration.ruleset().priority.wsjf, view.session.configuration.messages
        backlogs = view.backlogs_of(transaction, tracker, with_finished=False)
        require_team(team, backlogs)
        if model is not None:
            shown_limit = None if as_json else limit
            report, count = report_model(model, backlogs, options, messages, team=team, limit=shown_limit)
            _print_report(report, count, as_json=as_json)
            return
        # Items that people have decided not to do, or not now.
        declined = load_declined_items(transaction, backlogs, view.time)
        suggested_order = suggest_order(backlogs, view.time, options)
        moves = select_moves(suggested_order, declined, team)
        shown_moves = moves if as_json else moves[:limit]
        described_order = describe_order(suggested_order, shown_moves, backlogs, messages, options)
        if team is not None:
            count = sum(1 for backlog in backlogs for item in backlog.outlines if item.team == team)
            described_order = msgspec.structs.replace(described_order, item_count=count)
    if as_json:
        print_json(described_order)
    else:
        _print_priorities(described_order, len(moves), show_tracker=len(backlogs) > 1)


def _print_report(report: ModelReport, count: int, *, as_json: bool) -> None:
    """Print ratings by a priority model, and disagreements with other models. `count`: the number of all ratings."""
    if as_json:
        print_json(report)
        return
    for note in report.notes:
        print_lines(wrap(note))
    if report.notes:
        out.print()
    for item in report.items:
        out.print(shorten(f"{item.key}  {item.title}"))
        for sentence in (item.sentence, item.disagreement):
            print_lines(wrap(sentence, "      ", "    "))
    if count > len(report.items):
        print_lines(wrap(f"… and {count - len(report.items)} more with --limit {count}"))


def _print_priorities(described_order: Priorities, move_count: int, *, show_tracker: bool) -> None:
    """Print suggested moves.

    Args:
        described_order: The suggested order, with the moves that are printed.
        move_count: The number of all moves.
        show_tracker: Whether to name the tracker of each item too.
    """
    for move in described_order.moves:
        print_lines(_move_lines(move, show_tracker=show_tracker))
    for cycle in described_order.cycles:
        keys = " → ".join((*cycle, cycle[0]))
        print_lines(wrap(f"These block each other, so their order was kept: {keys}. Remove one of the links."))
    if not move_count:
        print_lines(wrap(f"{described_order.item_count} open items, and no evidence against their order."))
        return
    more_count = move_count - len(described_order.moves)
    more = f"; {more_count} more with --limit {move_count}" if more_count else ""
    subject = "1 move is" if move_count == 1 else f"{move_count} moves are"
    print_lines(
        wrap(f"{subject} suggested for {described_order.item_count} open items{more}. All others keep their order.")
    )


def _move_lines(move: SuggestedMove, *, show_tracker: bool) -> Iterator[str]:
    """Yield the item to move, the reasons, and its current and suggested rank."""
    prefix = f"{move.tracker} " if show_tracker else ""
    yield shorten(f"{prefix}{move.key}  {move.title}")
    for reason in move.reasons:
        yield from wrap(reason, "      ", "    ")
    yield f"    number {move.before} of {move.item_count} now, {move.after} then"
    yield ""
