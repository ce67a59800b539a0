"""`steward confirm-gone` and `steward adopt`, with which a person confirms what the service cannot find out.

`confirm-gone` confirms that missing items are really gone: if too many items are missing from a tracker at once, the
mass-deletion guard keeps all of them in the store. `adopt` confirms that comments without a record in the store are the
service's own.
"""

from dataclasses import replace
from typing import Annotated

import typer
from msgspec import Struct, field

from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, TrackerOption, VerboseOption
from sync.cli.output import count_of, out, print_error, print_json, printable, progress_bar
from sync.cli.session import Session, open_session
from sync.mirror.missing_items import load_missing_items
from sync.rounds.adopt_comments import AdoptionResult, run_adoption
from sync.rounds.context import WriteAuthority
from sync.rounds.round import run_round
from sync.store import items

TrackerArgument = Annotated[str, typer.Argument(help="The tracker's name in steward.yaml.")]

app = typer.Typer()


class ConfirmationResult(Struct, frozen=True, kw_only=True):
    """The result of a confirmation.

    Attributes:
        left: Keys of the items that have left the scope, which is what the settings of the tracker select.
        back_in_scope: Keys of the items that stay in the scope, because the tracker shows them again.
        trouble: Why the tracker could not be read; empty if it could.
    """

    tracker: str
    left: tuple[str, ...] = ()
    back_in_scope: tuple[str, ...] = field(name="kept", default=())
    trouble: str = ""


@app.command("confirm-gone")
def confirm_gone(
    tracker: TrackerArgument, config: ConfigOption = None, as_json: JsonOption = False, verbose: VerboseOption = 0
) -> None:
    """Confirm that items which a tracker no longer shows, and which the service has kept, are really gone.

    Reads the tracker again. Items that were not missing before are not covered. Writes nothing to the tracker.
    """
    with open_session(config, verbose=verbose) as session:
        (name,) = session.tracker_names(tracker)
        confirmed = _confirm_missing_items(session, name)
    if as_json:
        print_json(confirmed)
    else:
        if not (confirmed.left or confirmed.back_in_scope or confirmed.trouble):
            out.print(f"{name}: no missing items are being kept.")
        if confirmed.left:
            out.print(f"{name}: no longer in scope: {printable(', '.join(confirmed.left))}.")
        if confirmed.back_in_scope:
            out.print(f"{name}: in scope again: {printable(', '.join(confirmed.back_in_scope))}.")
    if confirmed.trouble:
        print_error(f"{name}: {confirmed.trouble}")
        raise typer.Exit(ExitCode.UNREACHABLE)


def _confirm_missing_items(session: Session, name: str) -> ConfirmationResult:
    """Read a tracker again; items that the mass-deletion guard kept and that are still missing leave the scope."""
    with session.database.reading() as transaction:
        guarded_ids = load_missing_items(transaction, name).guarded
        keys = items.keys(transaction, name, guarded_ids)
    if not guarded_ids:
        return ConfirmationResult(tracker=name)
    with progress_bar() as progress, session.working_on(name, progress, allow_writes=False) as (connector, context):
        confirming_context = replace(context, confirmed_gone=frozenset(guarded_ids))
        result = run_round(connector, confirming_context, WriteAuthority.NOBODY)
    with session.database.reading() as transaction:
        left_ids = [item_id for item_id in guarded_ids if items.left_scope(transaction, name, item_id) is not None]
    return ConfirmationResult(
        tracker=name,
        left=tuple(keys.get(item_id, item_id) for item_id in left_ids),
        back_in_scope=()
        if result.trouble
        else tuple(keys.get(item_id, item_id) for item_id in guarded_ids if item_id not in left_ids),
        trouble=result.trouble,
    )


@app.command()
def adopt(
    config: ConfigOption = None, tracker: TrackerOption = None, as_json: JsonOption = False, verbose: VerboseOption = 0
) -> None:
    """Adopt the service's comments that are missing from this store. Writes nothing to the tracker.

    They were written with a store that was lost, or for a tracker that had another name in steward.yaml. Once adopted,
    they are edited and undone as before.
    """
    with open_session(config, without_store="create", verbose=verbose) as session, progress_bar() as progress:
        results = []
        for name in session.tracker_names(tracker):
            with session.working_on(name, progress, allow_writes=False) as (connector, context):
                results.append(run_adoption(connector, context))
    if as_json:
        print_json(results)
    for adoption in results:
        if adoption.trouble:
            print_error(f"{adoption.tracker}: {adoption.trouble}")
        elif not as_json:
            out.print(printable(_describe_adoption(adoption)))
    raise typer.Exit(ExitCode.UNREACHABLE if any(adoption.trouble for adoption in results) else ExitCode.DONE)


def _describe_adoption(adoption: AdoptionResult) -> str:
    """The result of an adoption, in one line. Decisions are copied from the former name of a renamed tracker."""
    if not adoption.round:
        return f"{adoption.tracker}: there are no comments to adopt."
    count = len(adoption.adopted_keys)
    where = f", on {', '.join(dict.fromkeys(adoption.adopted_keys))}" if count else ""
    decisions = f" and {adoption.decisions} decisions" if adoption.decisions else ""
    return (
        f"{adoption.tracker}: adopted {count_of(count, 'comment')}{decisions}{where}. "
        "`steward plan` shows what the next round changes. `steward undo --all` removes these comments, and everything "
        "else that the service wrote."
    )
