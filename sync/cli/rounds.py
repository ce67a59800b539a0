"""`steward pull`, `plan`, `apply` and `once`, which run rounds.

A round is one pass over a tracker: it reads what changed, judges it, plans what to write, and writes it if it may.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from connectors.errors import ConnectorError
from sync.cli.exit_codes import ExitCode
from sync.cli.options import (
    AsOfOption,
    ConfigOption,
    JsonOption,
    TeamOption,
    TrackerOption,
    VerboseOption,
    require_choice,
)
from sync.cli.output import err, print_error, print_json, print_lines, progress_bar
from sync.cli.parallel import run_in_threads
from sync.cli.report import send_session_reports
from sync.cli.round_output import plan_lines, result_lines, shown_keys
from sync.cli.session import LEASE_TIMEOUT, Session, open_session
from sync.cli.store_view import open_view
from sync.rounds.context import WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.run.lease import SERVICE, LeaseUnavailableError, describe_holder
from sync.run.schedule import MAX_CONCURRENT_ROUNDS
from sync.writeback import Plan
from sync.writeback.plan_file import PlanFileError, decode_plan_file, encode_plan_file
from sync.writeback.verify import find_refused_edits

BudgetOption = Annotated[
    int | None, typer.Option("--budget", min=0, help="Write to at most this many items.", show_default=False)
]

app = typer.Typer()


@app.command()
def pull(
    config: ConfigOption = None, tracker: TrackerOption = None, as_json: JsonOption = False, verbose: VerboseOption = 0
) -> None:
    """Read what changed from the trackers, judge it, and list the findings. Writes nothing."""
    with open_session(config, without_store="create", verbose=verbose) as session:
        _print_and_exit(run_rounds(session, tracker, WriteAuthority.NOBODY), as_json=as_json)


@app.command()
def plan(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    team: TeamOption = None,
    budget: BudgetOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Also save the plan to this file, for `apply`.", show_default=False),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Have the tracker check every edit without saving it, where it can.")
    ] = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show exactly what would be written, field by field and word by word. Writes nothing."""
    if as_of is not None:
        if output is not None or verify:
            raise typer.BadParameter("--as-of cannot be used with --output or --verify: nothing can be written then.")
        with open_view(config, None, as_of) as view, view.session.database.reading() as transaction:
            _check_team(view.session, team)
            names = view.session.tracker_names(tracker)
            results = [view.judge(transaction, name, budget, team).result for name in names]
            _print_plans_and_exit(view.session, results, as_json=as_json)
    with open_session(config, without_store="create", verbose=verbose) as session:
        _check_team(session, team)
        results = run_rounds(session, tracker, WriteAuthority.NOBODY, budget=budget, team=team)
        if output is not None:
            _save_plans(session, results, output)
        if verify:
            for result in results:
                if result.plan is not None:
                    result.notes += _verify_plan(session, result.plan)
        _print_plans_and_exit(session, results, as_json=as_json)


def _check_team(session: Session, team: str | None) -> None:
    """Refuse a name that is neither a configured team nor a tracker.

    Items of a tracker that match no configured team belong to a team with the name of the tracker.
    """
    settings = session.configuration.settings
    require_choice(team, [*settings.teams, *settings.trackers], "There is no team")


def _print_plans_and_exit(session: Session, results: list[RoundResult], *, as_json: bool) -> NoReturn:
    if not as_json:
        for result in results:
            if result.plan is not None:
                print_lines(plan_lines(result.plan, session.titles(result.tracker, shown_keys(result.plan))))
    _print_and_exit(results, as_json=as_json)


@app.command()
def apply(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A plan saved by `steward plan -o FILE`. Without it, a new plan is made and written.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    budget: BudgetOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Write what `steward plan` shows, or the plan in FILE. Items that changed since are refused."""
    with open_session(config, without_store="create", verbose=verbose) as session:
        saved_plans = None if file is None else _read_plans(session, file, tracker)
        if saved_plans is not None and budget is not None:
            raise typer.BadParameter("--budget cannot be used with a plan file: the plan is written as it is.")
        results = run_rounds(
            session,
            tracker,
            WriteAuthority.BY_PERSON,
            budget=budget,
            saved_plans=saved_plans,
        )
        _print_and_exit(results, as_json=as_json)


def _save_plans(session: Session, results: Sequence[RoundResult], file: Path) -> None:
    """Save the plans to a file, unless a tracker could not be read."""
    plans = tuple(result.plan for result in results if result.plan is not None)
    if len(plans) < len(results):
        print_error(f"{file} was not written, because at least one tracker could not be read.")
        return
    try:
        file.write_bytes(encode_plan_file(plans, session.installation_id(), session.clock()))
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}.") from None
    err.print(f"Saved the plan to {file}. `steward apply {file}` writes it.")


def _read_plans(session: Session, file: Path, tracker: str | None) -> dict[str, Plan]:
    """The plans in a file, by tracker."""
    try:
        plan_file = decode_plan_file(file.read_bytes(), session.installation_id())
    except (PlanFileError, OSError) as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    plans = {plan.tracker: plan for plan in plan_file.plans if tracker in (None, plan.tracker)}
    if unknown := sorted(plans.keys() - set(session.tracker_names(tracker))):
        raise typer.BadParameter(f'{file}: the tracker "{unknown[0]}" is no longer configured.')
    if not plans:
        raise typer.BadParameter(f"{file} holds no plan for {tracker or 'any tracker'}.")
    return plans


@app.command()
def once(
    config: ConfigOption = None, tracker: TrackerOption = None, as_json: JsonOption = False, verbose: VerboseOption = 0
) -> None:
    """Run one round for each tracker and send the reports, like the service does. Made for cron.

    Refuses to start while the service runs on the same store.
    """
    with open_session(config, without_store="create", sends_reports=True, verbose=verbose) as session:
        if message := describe_holder(session.database, SERVICE):
            raise LeaseUnavailableError(message)
        results = run_rounds(session, tracker, WriteAuthority.BY_SERVICE)
        sent = send_session_reports(session)
        _print_and_exit(results, as_json=as_json, report_errors=sent.errors)


def run_rounds(
    session: Session,
    tracker_option: str | None,
    authority: WriteAuthority,
    *,
    budget: int | None = None,
    saved_plans: Mapping[str, Plan] | None = None,
    team: str | None = None,
) -> list[RoundResult]:
    """Run a round for each tracker in parallel. If another process works on a tracker, `is_busy` is set in its result.

    Args:
        budget: Maximum number of items to write to at each tracker; None for the configured number.
        saved_plans: Plans to write, by tracker; None to make new plans.
        team: Plan only items of this team; None for all.
    """
    # `apply` waits for another process, and reads again the fields, boards and sprints that an earlier round has read.
    timeout, quick = (LEASE_TIMEOUT, False) if authority is WriteAuthority.BY_PERSON else (0.0, True)
    with progress_bar() as progress:

        def run(name: str) -> RoundResult:
            try:
                with session.working_on(name, progress, timeout=timeout, quick=quick) as (tracker, context):
                    plan = saved_plans[name] if saved_plans else None
                    return run_round(tracker, context, authority, budget=budget, saved_plan=plan, team=team)
            except LeaseUnavailableError as error:
                mode = session.configuration.settings.mode_of(name)
                return RoundResult(
                    tracker=name, round="", started=session.clock(), mode=mode, trouble=str(error), is_busy=True
                )

        names = list(saved_plans or session.tracker_names(tracker_option))
        return run_in_threads(run, names, max_threads=MAX_CONCURRENT_ROUNDS)


def _verify_plan(session: Session, plan: Plan) -> list[str]:
    """Let the tracker validate the planned edits without saving them; return the result as notes."""
    # A check is sent like a write, which shadow mode would block.
    with closing(session.tracker(plan.tracker, allow_writes=True)) as connector:
        try:
            if not connector.connect().capabilities.can_verify or connector.target is None:  # no target: read-only
                return ["This tracker cannot check an edit without saving it."]
            refusals = [
                f"{refusal.key} {refusal.what}: {refusal.reason}"
                for refusal in find_refused_edits(plan, connector.target)
            ]
        except ConnectorError as error:
            return [f"The plan could not be checked. {error}"]
    edit_count = sum(item.edit is not None for item in plan.items)
    if not edit_count:
        return ["There are no edits to check. Comments cannot be checked without writing them."]
    return [f"The tracker checked {edit_count} edits and would refuse {len(refusals)}.", *refusals]


def _print_and_exit(results: list[RoundResult], *, as_json: bool, report_errors: Sequence[str] = ()) -> NoReturn:
    """Print the results and exit with their exit code."""
    if as_json:
        print_json([_to_json(result) for result in results])
    print_results(results, only_errors=as_json)
    for error in report_errors:
        print_error(error)
    raise typer.Exit(_exit_code(results) or (ExitCode.UNREACHABLE if report_errors else ExitCode.DONE))


def print_results(results: Sequence[RoundResult], *, only_errors: bool = False) -> None:
    """Print what each round did, and then the errors that ended rounds."""
    if not only_errors:
        for result in results:
            print_lines(result_lines(result))
    for result in results:
        if result.trouble:
            outcome = "nothing was done" if result.is_busy else "the round stopped early"
            print_error(f"{result.tracker}: {outcome}. {result.trouble.removeprefix(f'{result.tracker}: ')}")


def _exit_code(results: list[RoundResult]) -> ExitCode:
    """The exit code of a command that ran these rounds."""
    failed = [result for result in results if result.trouble and not result.is_busy]
    if failed:
        return ExitCode.MISCONFIGURED if all(result.misconfigured for result in failed) else ExitCode.UNREACHABLE
    has_unwritten = any(result.applied is not None and result.applied.not_written for result in results)
    is_waiting = any(result.awaits_approval or result.is_busy for result in results)
    return ExitCode.REFUSED if has_unwritten or is_waiting else ExitCode.DONE


def _to_json(result: RoundResult) -> dict[str, Any]:
    return {
        "tracker": result.tracker,
        "round": result.round,
        "summary": result.summary(),
        "findings": list(result.statuses),
        "plan": result.plan,
        "applied": result.applied,
        "trouble": result.trouble,
    }
