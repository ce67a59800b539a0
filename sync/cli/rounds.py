"""`steward pull`, `plan`, `apply`, `once`, `undo` and `report`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.errors import ConnectorError
from sync.cli.common import (
    ConfigOption,
    JsonOption,
    Opened,
    ShowProgress,
    TrackerOption,
    VerboseOption,
    complain,
    err,
    opened,
    out,
    print_json,
    printable,
)
from sync.cli.decide import one_item
from sync.cli.show import outcome_lines, plan_lines, undone_lines
from sync.report.sending import send_reports
from sync.rounds.context import WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.undo import run_undo
from sync.run.lease import SERVICE, Busy, at_work, working_on
from sync.store import rounds
from sync.writeback import Plan
from sync.writeback.plan_file import PlanFileError, from_file, to_file
from sync.writeback.verify import refusals

_PATIENCE = 30.0
"""Seconds that a person's command waits for the service to finish a round."""

BudgetOption = Annotated[
    int | None, typer.Option("--budget", min=0, help="Write at most so many items.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    for command in (pull, plan, apply, once, undo, report):
        app.command()(command)


def pull(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read what changed into the mirror, judge it, and say what was found. Writes nothing."""
    with opened(config, verbose=verbose) as this:
        _finish(_rounds(this, tracker, WriteAuthority.NOTHING), as_json=as_json)


def plan(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    budget: BudgetOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Also write the plan to this file, for `apply`.", show_default=False),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Have trackers that can do so check every edit without saving it.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show exactly what would be written, field by field and word by word. Writes nothing to a tracker."""
    with opened(config, verbose=verbose) as this:
        outcomes = _rounds(this, tracker, WriteAuthority.NOTHING, budget=budget)
        if output is not None:
            _keep(this, outcomes, output)
        if verify:
            _verify(this, outcomes)
        if not as_json:
            for outcome in outcomes:
                for line in plan_lines(outcome.plan, outcome.items) if outcome.plan else ():
                    out.print(line)
        _finish(outcomes, as_json=as_json)


def apply(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A plan of `steward plan -o FILE`; left out: what would be planned now.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    budget: BudgetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write what `steward plan` shows, or a plan in a file; what has changed meanwhile is left alone and named."""
    with opened(config, verbose=verbose) as this:
        given = None if file is None else _given(this, file, tracker)
        if given is not None and budget is not None:
            raise typer.BadParameter("A plan in a file is written as it stands; leave --budget out.")
        outcomes = _rounds(this, tracker, WriteAuthority.BY_PERSON, budget=budget, patience=_PATIENCE, given=given)
        _finish(outcomes, as_json=as_json)


def _keep(this: Opened, outcomes: Sequence[RoundResult], file: Path) -> None:
    """Writes the plans to a file, unless a tracker could not be read."""
    plans = tuple(outcome.plan for outcome in outcomes if outcome.plan is not None)
    if len(plans) < len(outcomes):
        complain(f"{file} was not written: not every tracker could be read.")
        return
    with this.database.writing() as transaction:
        installation = rounds.installation(transaction)
    try:
        file.write_bytes(to_file(plans, installation, this.clock()))
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}.") from None
    err.print(f"The plan is in {file}; `steward apply {file}` writes it.")


def _given(this: Opened, file: Path, tracker: str | None) -> dict[str, Plan]:
    """The plans of a file, by tracker."""
    with this.database.writing() as transaction:
        installation = rounds.installation(transaction)
    try:
        held = from_file(file.read_bytes(), installation)
    except (PlanFileError, OSError) as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    plans = {plan.tracker: plan for plan in held.plans if tracker in (None, plan.tracker)}
    if unknown := sorted(plans.keys() - set(this.trackers(tracker))):
        raise typer.BadParameter(f'{file}: the tracker "{unknown[0]}" is not configured any more.')
    if not plans:
        raise typer.BadParameter(f"{file} holds no plan for {tracker or 'any tracker'}.")
    return plans


def once(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run one whole round and report it, as the service would; for cron. Refuses while another process works."""
    with opened(config, verbose=verbose) as this:
        busy = at_work(this.database, SERVICE)
        if busy:
            raise Busy(busy)
        outcomes = _rounds(this, tracker, WriteAuthority.BY_ITSELF)
        known = this.configuration
        sent = send_reports(known.settings, this.database, this.clock(), this.stop, known.messages)
        _finish(outcomes, as_json=as_json, troubles=sent.troubles)


def undo(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    round_id: Annotated[
        str | None,
        typer.Option("--round", help="Take back this round; an undo is a round, too.", show_default=False),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--item", help="Take back what is ours on this item.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Take back everything the service ever wrote.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken back.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take back what was written, wherever it is still ours. Works in shadow mode too."""
    if [everything, round_id is not None, key is not None].count(True) != 1:
        raise typer.BadParameter("Say either --round ROUND, --item KEY or --all.")
    with opened(config, verbose=verbose) as this:
        results = []
        names, item = _meant(this, tracker, round_id, key)
        for name in names:
            with working_on(this.database, name, patience=_PATIENCE) as work, ShowProgress(name) as progress:
                context = this.context(progress, check_lease=work.check)
                connector = this.tracker(name, writing=True, before_write=work.check)
                results.append(run_undo(connector, context, round_id, item=item, dry_run=dry_run))
                connector.close()
        if as_json:
            print_json(results)
        else:
            for undone in results:
                for line in undone_lines(undone):
                    out.print(line)
        for undone in results:
            if undone.trouble:
                complain(undone.trouble)
        raise typer.Exit(3 if any(undone.trouble for undone in results) else 0)


def _meant(this: Opened, tracker: str | None, round_id: str | None, key: str | None) -> tuple[list[str], str | None]:
    """The trackers that an undo is about, and the item's id if it is about one."""
    names = this.trackers(tracker)
    if key is not None:
        item = one_item(this, key, tracker, gone_too=True)
        return [item.tracker], item.id
    if round_id is not None:
        with this.database.reading() as reading:
            found = rounds.one(reading, round_id)
        if found is None or found.tracker not in names:
            raise typer.BadParameter(
                f'There is no round "{printable(round_id)}"; `steward apply --json` names its own.'
            )
        return [found.tracker], None
    return names, None


def report(config: ConfigOption = None, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Bring today's message in each Slack channel up to date."""
    with opened(config, verbose=verbose) as this:
        if this.configuration.settings.slack is None:
            complain("No Slack is configured; add `slack:` with a token and a channel to steward.yaml.")
            raise typer.Exit(2)
        known = this.configuration
        sent = send_reports(known.settings, this.database, this.clock(), this.stop, known.messages)
        if as_json:
            print_json(sent)
        else:
            for channel, what in sent.channels.items():
                out.print(f"{channel}: {what}")
        for trouble in sent.troubles:
            complain(trouble)
        raise typer.Exit(3 if sent.troubles else 0)


def _rounds(
    this: Opened,
    only: str | None,
    writing: WriteAuthority,
    *,
    budget: int | None = None,
    patience: float = 0.0,
    given: Mapping[str, Plan] | None = None,
) -> list[RoundResult]:
    outcomes = []
    for name in this.trackers(only) if given is None else given:
        with working_on(this.database, name, patience=patience) as work, ShowProgress(name) as progress:
            context = this.context(progress, check_lease=work.check)
            connector = this.tracker(name, before_write=work.check)
            plan = given[name] if given is not None else None
            outcomes.append(run_round(connector, context, writing, budget=budget, given=plan))
            connector.close()
    return outcomes


def _verify(this: Opened, outcomes: list[RoundResult]) -> None:
    for outcome in outcomes:
        if outcome.plan is None:
            continue
        connector = this.tracker(outcome.tracker, writing=True)
        try:
            if connector.connect().capabilities.verifies:
                refused = [f"{one.key} {one.what}: {one.because}" for one in refusals(outcome.plan, connector)]
                edits = sum(item.edit is not None for item in outcome.plan.items)
                outcome.notes.append(f"The tracker has checked {edits} edits and would refuse {len(refused)}.")
                outcome.notes += refused
            else:
                outcome.notes.append("This tracker has no way to check an edit without making it.")
        except ConnectorError as trouble:
            outcome.notes.append(f"The plan could not be checked. {trouble}")
        finally:
            connector.close()


def _finish(outcomes: list[RoundResult], *, as_json: bool, troubles: Sequence[str] = ()) -> None:
    if as_json:
        shown: Any = [_plain(outcome) for outcome in outcomes]
        print_json(shown)
    else:
        for outcome in outcomes:
            for line in outcome_lines(outcome):
                out.print(line)
    for outcome in outcomes:
        if outcome.trouble:
            complain(f"{outcome.tracker}: the round ended early. {outcome.trouble}")
    for trouble in troubles:
        complain(trouble)
    raise typer.Exit(_exit_code(outcomes) or (3 if troubles else 0))


def _exit_code(outcomes: list[RoundResult]) -> int:
    troubles = [outcome for outcome in outcomes if outcome.trouble]
    if troubles:
        return 2 if all(outcome.misconfigured for outcome in troubles) else 3
    refused = any(outcome.applied is not None and outcome.applied.refused for outcome in outcomes)
    return 1 if refused or any(outcome.awaits_approval for outcome in outcomes) else 0


def _plain(outcome: RoundResult) -> dict[str, Any]:
    return {
        "tracker": outcome.tracker,
        "round": outcome.round,
        "summary": outcome.summary(),
        "findings": list(outcome.standings),
        "plan": outcome.plan,
        "applied": outcome.applied,
        "trouble": outcome.trouble,
    }
