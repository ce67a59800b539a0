"""`steward what-if`: prints which items become later if the plan changes, and answers for whoever requested it.

To lift an item is to move it up in the plan, which is the order in which a team works on its items. An item is safe if
it is finished by the end of its sprint, or else of the period of the forecast, with a probability of at least 85 %.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from rules.flow.slips import Outlook
from rules.model import Decision
from sync.cli.decisions import ReasonOption, record_decision
from sync.cli.forecast import ByOption, make_outlook
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, TrackerOption, require_choice
from sync.cli.output import out, print_json, print_lines, printable, shorten, wrap
from sync.cli.session import open_session
from sync.cli.store_view import open_view
from sync.inspect.what_if import AffectedItem, Request, WhatIf, describe_deadline, make_what_if
from sync.inspect.what_if_answers import Answer, AnswerOption
from sync.messages import Messages

_MAX_LISTED_ITEMS = 10
"""How many items are printed; `--json` lists all."""

app = typer.Typer()


@app.command("what-if")
def what_if(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys of the items to lift.", show_default=False)] = None,
    to: Annotated[int, typer.Option("--to", min=1, help="The new position of the first of them.")] = 1,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", help="An item to drop from the plan. Can be repeated.")
    ] = None,
    add: Annotated[float, typer.Option("--add", min=0, help="Points of new work that is not an item yet.")] = 0.0,
    by: ByOption = None,
    answer: Annotated[
        Answer | None, typer.Option("--answer", help="Record this answer as a decision about the first item.")
    ] = None,
    reason: ReasonOption = "",
    instead: Annotated[
        str, typer.Option("--instead", help="What the team offers instead, with `--answer smaller`.")
    ] = "",
    team: Annotated[
        str | None,
        typer.Option("--team", help="The team whose plan changes. Only needed without keys.", show_default=False),
    ] = None,
    file: FileOption = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which items become later if items are lifted or dropped, or new work is added. Moves and writes nothing.

    Both plans are forecast with the same random draws, so every difference comes from the change. A reply is drafted
    for each answer; only a person sends it.
    """
    if not (keys or drop or add):
        raise typer.BadParameter("Name an item to lift, or use --drop or --add.")
    if answer is not None and file is not None:
        raise typer.BadParameter("An answer is recorded in the store; leave out --file.")
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        backlogs, messages = view.backlogs_of(transaction, tracker), view.session.configuration.messages
        outlook = make_outlook(view, backlogs, by)
        request = _make_request(outlook, keys or [], drop or [], to, add, team)
        comparison = make_what_if(outlook, backlogs, request, messages)
    option = _choose_option(comparison, answer) if answer is not None else None
    decision = _record_answer(comparison, option, reason, instead, config, tracker) if option is not None else None
    if as_json:
        print_json(comparison if decision is None else {"card": comparison, "decision": decision})
        return
    print_lines(_comparison_lines(comparison, messages))
    if option is not None:
        out.print(f"Recorded: {option.answer.value.replace('-', ' ')}. A draft for the requester:\n")
        print_lines(wrap(option.reply, "  "))


def _make_request(
    outlook: Outlook, keys: Sequence[str], drops: Sequence[str], to: int, points: float, team: str | None
) -> Request:
    """Make the request from the arguments of the command. `outlook`: the plans of all teams and their forecasts.

    Raises:
        typer.BadParameter: An item or the team does not exist, or the items belong to several teams.
    """
    wanted_keys = {key.casefold() for key in (*keys, *drops)}
    teams_by_key: dict[str, list[str]] = {}
    exact_keys: dict[str, str] = {}
    for name, order in outlook.orders.items():
        for index in order:
            key = outlook.items[index].key
            if key.casefold() in wanted_keys:
                teams_by_key.setdefault(key.casefold(), []).append(name)
                exact_keys.setdefault(key.casefold(), key)
    chosen_team = team
    for key in (*keys, *drops):
        names = teams_by_key.get(key.casefold(), [])
        if not names:
            raise typer.BadParameter(f'No open item in a plan has the key "{printable(key)}".')
        if chosen_team is None and len(names) > 1:
            raise typer.BadParameter(f'"{printable(key)}" exists in several teams ({", ".join(names)}). Use --team.')
        chosen_team = chosen_team or names[0]
        if chosen_team not in names:
            raise typer.BadParameter(
                f'"{printable(key)}" is not in the plan of {chosen_team}. Name items of one team only.'
            )
    if chosen_team is None:
        if len(outlook.orders) > 1:
            raise typer.BadParameter(f"Choose a team with --team: {', '.join(outlook.orders)}.")
        chosen_team = next(iter(outlook.orders), "")
    require_choice(chosen_team, outlook.orders, "There is no team")
    return Request(
        team=chosen_team,
        keys=tuple(dict.fromkeys(exact_keys[key.casefold()] for key in keys)),
        to=to,
        drops=tuple(dict.fromkeys(exact_keys[key.casefold()] for key in drops)),
        points=points,
    )


def _choose_option(comparison: WhatIf, answer: Answer) -> AnswerOption:
    """Return the option with the value of `--answer`, or refuse it."""
    option = next((option for option in comparison.answers if option.answer is answer), None)
    if option is None or not comparison.request.keys:
        choices = ", ".join(option.answer.value for option in comparison.answers) or "none"
        raise typer.BadParameter(f'"{answer.value}" is not an answer to this request. The answers are: {choices}.')
    return option


def _record_answer(
    comparison: WhatIf, option: AnswerOption, reason: str, instead: str, config: Path | None, tracker: str | None
) -> Decision:
    offered = f"swap with {option.other}" if option.other else instead
    review = f"{option.review:%Y-%m-%d}" if option.review else ""
    details = {"review": review, "reason": reason, "instead": offered}
    with open_session(config) as session:
        return record_decision(session, option.answer.decision, comparison.request.keys[0], tracker, **details)


def _comparison_lines(comparison: WhatIf, messages: Messages) -> Iterator[str]:
    """Yield the comparison as lines of text of at most 80 characters."""
    yield from wrap(comparison.question)
    for title in comparison.titles:
        yield from wrap(title, "  ")
    yield ""
    if not comparison.has_forecast:
        yield from wrap(comparison.basis, "  ")
        return
    for note in comparison.notes:
        yield from wrap(note, "  ")
    yield ""
    yield from _slip_lines(comparison.no_longer_safe, messages)
    if comparison.later:
        max_days_later = max(slip.days_later for slip in comparison.later)
        yield from wrap(messages.text("what-if.later", count=len(comparison.later), days=max_days_later), "  ")
    if comparison.newly_safe:
        keys = messages.join([item.key for item in comparison.newly_safe[:_MAX_LISTED_ITEMS]])
        yield from wrap(messages.text("what-if.entering", count=len(comparison.newly_safe), keys=keys), "  ")
    for dependency in comparison.broken_dependencies:
        yield from wrap(dependency.sentence, "  ")
    for slip in comparison.broken_deadlines:
        yield from wrap(describe_deadline(slip, messages), "  ")
    yield ""
    for number, option in enumerate(comparison.answers, start=1):
        yield from wrap(option.sentence, "     ", f"  {number}. ")
        yield f"     --answer {option.answer.value} --reason …"
    if comparison.answers:
        yield ""
    yield from wrap(comparison.basis, "  ")


def _slip_lines(slips: Sequence[AffectedItem], messages: Messages) -> Iterator[str]:
    """Yield the items that are no longer safe, with their probabilities and dates."""
    if not slips:
        yield f"  {messages.text('what-if.leaving-none')}"
        return
    yield f"  {messages.text('what-if.leaving', count=len(slips))}"
    for slip in slips[:_MAX_LISTED_ITEMS]:
        yield shorten(f"{slip.key} {slip.title}", "    ")
        dates = {}
        if slip.date_before is not None and slip.date_after is not None:
            dates = {"date_before": f"{slip.date_before}", "date_after": f"{slip.date_after}"}
        text = messages.text(
            "what-if.slip" if dates else "what-if.slip-open",
            count=None,
            due=f"{slip.due}",
            before=round(slip.before * 100),
            after=round(slip.after * 100),
            **dates,
        )
        yield from wrap(text, "      ")
    if len(slips) > _MAX_LISTED_ITEMS:
        yield f"    … and {len(slips) - _MAX_LISTED_ITEMS} more with --json"
