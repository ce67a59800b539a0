"""`steward next`: prints the agenda of the next refinement meeting."""

from typing import Annotated

import typer

from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TeamOption, TrackerOption
from sync.cli.output import err, out, print_json, print_lines, printable, wrap
from sync.cli.store_view import StoreView, open_view
from sync.report.agenda import DEFAULT_MINUTES, Agenda, format_agenda, load_agendas, make_simulated_agendas
from sync.store import Transaction

app = typer.Typer()


@app.command("next")
def print_agenda(
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, help="The time-box. Items that do not fit are listed by key.")
    ] = DEFAULT_MINUTES,
    team: TeamOption = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    file: FileOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the agenda: the next items with open questions, and the role that each question is for.

    These are the items of the coming sprint. Without one, they are the top of the backlog, as many as the team
    finishes in two weeks. Reads the store or a file; no tracker is contacted.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        agendas = [
            agenda
            for name in view.session.tracker_names(tracker)
            for agenda in _make_agendas(view, transaction, name, minutes)
        ]
        messages = view.session.configuration.messages
    teams = sorted({agenda.team for agenda in agendas})
    if team is not None:
        if team not in teams:
            raise typer.BadParameter(
                f'No item of a team "{printable(team)}" comes next. Teams: {", ".join(teams) or "none"}.'
            )
        agendas = [agenda for agenda in agendas if agenda.team == team]
    if as_json:
        print_json(agendas)
        return
    for index, agenda in enumerate(agendas):
        if index:
            out.print()
        for text in format_agenda(agenda, messages):
            indent = text[: len(text) - len(text.lstrip())]
            print_lines(wrap(text.strip(), indent or "   ", first_indent=indent) or ("",))


def _make_agendas(view: StoreView, transaction: Transaction, tracker: str, minutes: int) -> list[Agenda]:
    configuration = view.session.configuration
    if not view.needs_judging:  # the store has the findings of the last round
        return load_agendas(transaction, tracker, configuration, minutes)
    simulated_round = view.judge(transaction, tracker)
    for note in simulated_round.result.notes:
        err.print(printable(note))
    return make_simulated_agendas(simulated_round, configuration, minutes)
