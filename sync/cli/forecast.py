"""`steward forecast`: prints how many items each team finishes, and by when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from rules.flow.slips import Outlook, end_of_plan
from rules.model import Backlog
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TeamOption, TrackerOption, require_choice
from sync.cli.output import count_of, out, print_json, print_lines, print_table, printable, wrap
from sync.cli.store_view import StoreView, open_view
from sync.inspect.forecast import ItemFinish, TeamForecast, calibrate_forecasts, describe_calibration, forecast_teams

_MAX_TITLE_LENGTH = 30
"""Characters. Longer titles would make the table too wide for a terminal."""

app = typer.Typer()

ByOption = Annotated[
    datetime | None,
    typer.Option(
        "--by",
        formats=["%Y-%m-%d"],
        help="The date to forecast for. Default: the end of the last planned sprint, else in four weeks.",
        show_default=False,
    ),
]


@app.command()
def forecast(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys of items. Default: the next ten of each team.", show_default=False)
    ] = None,
    by: ByOption = None,
    calibration: Annotated[
        bool,
        typer.Option("--calibration", help="Show how often such forecasts would have been right in the team's past."),
    ] = False,
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="How far ahead --calibration looks.")] = 4,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many items to list.")] = 10,
    team: TeamOption = None,
    file: FileOption = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forecast how many items a team finishes, and by when, from its own pace so far.

    Each item counts as one, whatever its size. With too little history, the reason is printed instead of a forecast.
    Reads the store or a file; no tracker is contacted.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        backlogs, messages = view.backlogs_of(transaction, tracker), view.session.configuration.messages
        if calibration:
            working_days = view.session.configuration.settings.schedule.working_days
            forecasts = calibrate_forecasts(backlogs, view.time, weeks, working_days)
        else:
            outlook = make_outlook(view, backlogs, by)
            _check_keys(outlook, keys or [])
            shown = len(keys) if keys else limit
            forecasts = forecast_teams(
                outlook, messages, until=by.date() if by else None, keys=keys or [], limit=None if as_json else shown
            )
        require_choice(team, [entry.team for entry in forecasts], "There is no team")
        shown_forecasts = [entry for entry in forecasts if team in (None, entry.team)]
        if as_json:
            print_json(shown_forecasts)
            return
        for entry in shown_forecasts:
            items = "" if calibration else f": {count_of(entry.open_items, 'open item')}"
            out.print(printable(f"{entry.team}{items}"))
            if entry.calibration is not None:
                print_lines(wrap(describe_calibration(entry.calibration, messages), "  "))
                out.print()
            else:
                _print_team(entry)


def make_outlook(view: StoreView, backlogs: Sequence[Backlog], by: datetime | None) -> Outlook:
    """Forecast when the items of all teams are finished, if each team works in its planned order."""
    until = by.date() if by else end_of_plan(backlogs, view.time)
    return Outlook(backlogs, view.time, until, view.session.configuration.settings.schedule.working_days)


def _check_keys(outlook: Outlook, keys: list[str]) -> None:
    """Refuse keys that no item of the forecast has."""
    wanted_keys = {key.casefold() for key in keys}
    known_keys = {key for item in outlook.items if (key := item.key.casefold()) in wanted_keys}
    unknown_keys = [key for key in keys if key.casefold() not in known_keys]
    if unknown_keys:
        raise typer.BadParameter(f"No open item has the key {printable(', '.join(unknown_keys))}.")


def _print_team(entry: TeamForecast) -> None:
    print_lines(wrap(entry.basis, "  "))
    out.print()
    if not entry.is_possible:
        return
    rows = [
        (f"by {count.by}", f"{count.p50} or more", f"{count.p85} or more", f"{count.p95} or more")
        for count in entry.counts
    ]
    print_table(rows, header=("How many?", "50 %", "85 %", "95 %"), indent=2)
    if entry.items:
        out.print()
        finishes = [_finish_row(finish) for finish in entry.items]
        print_table(finishes, header=("By when?", "", "50 %", "85 %", "95 %"), indent=2)
    out.print()


def _finish_row(finish: ItemFinish) -> tuple[str, ...]:
    title = (
        finish.title
        if len(finish.title) <= _MAX_TITLE_LENGTH
        else f"{finish.title[: _MAX_TITLE_LENGTH - 2].rstrip()} …"
    )
    return (finish.key, title, *(str(day) if day else "later" for day in (finish.p50, finish.p85, finish.p95)))
