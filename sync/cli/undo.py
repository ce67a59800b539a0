"""`steward undo`: reverses changes that the service made to items.

An annotation is a comment, label or field value that is on an item because the service wrote it. A round is one pass
over a tracker. In shadow mode, rounds write nothing to the tracker; an undo does.
"""

from collections.abc import Mapping
from typing import Annotated

import typer
from msgspec import Struct

from sync.cli.exit_codes import ExitCode
from sync.cli.options import ConfigOption, JsonOption, TrackerOption, VerboseOption
from sync.cli.output import out, print_error, print_json, print_lines, printable, progress_bar
from sync.cli.round_output import shown_keys, undo_lines
from sync.cli.session import Session, open_session
from sync.mirror.unknown_comments import describe_unknown_comments, load_unknown_comments
from sync.rounds.removed_trackers import RemovedTracker, describe_removed_tracker, find_removed_trackers
from sync.rounds.undo import UndoResult, run_undo
from sync.store import items, rounds, writes
from sync.writeback import plan_undo

app = typer.Typer()


class _UndoScope(Struct, frozen=True):
    """The scope of an undo at one tracker.

    Attributes:
        item: The id of the only item; None if the undo is not limited to one item.
    """

    tracker: str
    item: str | None = None


@app.command()
def undo(
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    round_id: Annotated[
        str | None, typer.Option("--round", help="Undo this round. An undo is a round too.", show_default=False)
    ] = None,
    key: Annotated[
        str | None, typer.Option("--item", help="Undo everything the service wrote on this item.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Undo everything the service ever wrote.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be undone.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Undo a round, one item, or everything the service ever wrote. Works in shadow mode too.

    What a person has changed since is left as it is. Also covers trackers that are no longer in the configuration, as
    long as another one reaches their items.
    """
    if [everything, round_id is not None, key is not None].count(True) != 1:
        raise typer.BadParameter("Choose one of --round ROUND, --item KEY and --all.")
    with open_session(config, verbose=verbose) as session:
        settings = session.configuration.settings
        with session.database.reading() as transaction:
            removed_trackers = {removed.tracker: removed for removed in find_removed_trackers(transaction, settings)}
        scopes = _find_scopes(session, removed_trackers, tracker, round_id, key)
        results = [_undo_at_tracker(session, removed_trackers, scope, round_id, dry_run=dry_run) for scope in scopes]
        errors = [result.trouble for result in results if result.trouble]
        unknown_comments = _describe_unknown_comments(session, scopes) if everything else []
        if as_json:
            print_json(results)
        else:
            for result in results:
                print_lines(undo_lines(result, session.titles(result.tracker, shown_keys(result.plan))))
            configured = [result.tracker for result in results if result.tracker in settings.trackers]
            if not (dry_run or key) and any(settings.mode_of(name) == "write" for name in configured):
                out.print("The service writes nothing more by itself until somebody runs `steward apply`.")
    for error in (*errors, *unknown_comments):
        print_error(error)
    if errors:
        raise typer.Exit(ExitCode.UNREACHABLE)
    has_skipped = any(
        result.applied is not None and (result.applied.not_written or result.plan.skipped_writes) for result in results
    )
    raise typer.Exit(ExitCode.REFUSED if has_skipped or unknown_comments else ExitCode.DONE)


def _find_scopes(
    session: Session,
    removed_trackers: Mapping[str, RemovedTracker],
    tracker: str | None,
    round_id: str | None,
    key: str | None,
) -> list[_UndoScope]:
    """The scopes of the undo, one for each tracker, according to the options of the command."""
    if tracker is not None and tracker in removed_trackers:
        names = [tracker]
    else:
        names = [*session.tracker_names(tracker), *(removed_trackers if tracker is None else ())]
    if key is not None:
        return _find_item_scopes(session, names, key, tracker)
    if round_id is not None:
        with session.database.reading() as transaction:
            past_round = rounds.by_id(transaction, round_id)
        if past_round is None or past_round.tracker not in names:
            raise typer.BadParameter(f'There is no round "{printable(round_id)}". `steward rounds` lists the ids.')
        return [_UndoScope(past_round.tracker)]
    return [_UndoScope(name) for name in names]


def _find_item_scopes(session: Session, names: list[str], key: str, tracker: str | None) -> list[_UndoScope]:
    """The item, once for each tracker name under which the service wrote to it, or else under which it is stored.

    If the tracker was renamed in the settings, the store has the item under both names.

    Raises:
        typer.BadParameter: No item has this key, or items in several configured trackers do.
    """
    with session.database.reading() as transaction:
        matches = [
            item for item in items.items_by_key(transaction, key, include_out_of_scope=True) if item.tracker in names
        ]
        matches_with_annotations = [item for item in matches if writes.annotations(transaction, item.tracker, item.id)]
    configured = [item for item in matches if item.tracker in session.configuration.settings.trackers]
    if len(configured) > 1 or not matches:
        item = session.item(key, tracker, include_out_of_scope=True)
        return [_UndoScope(item.tracker, item.id)]
    return [_UndoScope(item.tracker, item.id) for item in matches_with_annotations or matches]


def _undo_at_tracker(
    session: Session,
    removed_trackers: Mapping[str, RemovedTracker],
    scope: _UndoScope,
    round_id: str | None,
    *,
    dry_run: bool,
) -> UndoResult:
    """Undo at one tracker. If it is no longer configured, use the credentials of another tracker on the same site."""
    removed_tracker = removed_trackers.get(scope.tracker)
    if removed_tracker is not None and not removed_tracker.reached_by:
        with session.database.reading() as transaction:
            plan = plan_undo(scope.tracker, writes.annotations(transaction, scope.tracker, scope.item))
        return UndoResult(
            tracker=scope.tracker,
            plan=plan,
            trouble=describe_removed_tracker(removed_tracker, session.configuration.messages),
        )
    through = removed_tracker.reached_by if removed_tracker else None
    with (
        progress_bar() as progress,
        session.working_on(scope.tracker, progress, through=through, allow_writes=True) as (connector, context),
    ):
        return run_undo(connector, context, round_id, item=scope.item, dry_run=dry_run)


def _describe_unknown_comments(session: Session, scopes: list[_UndoScope]) -> list[str]:
    """Messages about the service's comments that cannot be undone because the store has no record of them."""
    with session.database.reading() as transaction:
        unknown_by_scope = [load_unknown_comments(transaction, scope.tracker) for scope in scopes]
    return [
        describe_unknown_comments(unknown, session.configuration.messages) for unknown in unknown_by_scope if unknown
    ]
