"""`steward status`, `rounds` and `audit`: print the state of the service, its rounds, and its changes to items.

A round is one pass over a tracker: it reads the items, judges them, and may write.
"""

import csv
import sys
from datetime import datetime, tzinfo
from typing import Annotated, Literal

import msgspec
import typer
from msgspec import Struct

from sync.cli.options import ConfigOption, JsonOption, TrackerOption, start_of_day
from sync.cli.output import out, print_json, print_table, printable
from sync.cli.session import Session, open_session
from sync.decisions.log import to_cell
from sync.inspect.audit import AuditEntry, audit
from sync.run.lease import SERVICE, find_holder
from sync.store import rounds, tracker_states

app = typer.Typer()


class TrackerStatus(Struct, frozen=True, kw_only=True):
    """The state of one tracker.

    Attributes:
        mode: "shadow" (nothing is written) or "write".
        last_good: When a round last ran to its end.
        trouble: Why the latest round ended early; empty if it did not.
        trouble_since: When rounds began to end early.
        waiting: Number of items for which the latest round planned changes that are not written yet.
        awaits_apply: Whether writes were undone, so that nothing is written until somebody runs `steward apply`.
    """

    tracker: str
    mode: str
    last_good: datetime | None
    open_items: int
    findings: int
    waiting: int
    trouble: str
    trouble_since: datetime | None
    awaits_apply: bool


class Status(Struct, frozen=True, kw_only=True):
    """The state of the installation.

    Attributes:
        service: A sentence that names the process that runs the service; empty if none does.
    """

    store: str
    service: str
    trackers: list[TrackerStatus]


@app.command()
def status(config: ConfigOption = None, tracker: TrackerOption = None, as_json: JsonOption = False) -> None:
    """Show whether the service runs, when each tracker was last read, and how many items wait to be written."""
    with open_session(config) as session:
        settings, holder = session.configuration.settings, find_holder(session.database, SERVICE)
        installation_status = Status(
            store=session.database.name,
            service=f"The service is running: {holder}." if holder else "",
            trackers=[_tracker_status(session, name) for name in session.tracker_names(tracker)],
        )
    if as_json:
        print_json(installation_status)
        return
    out.print(f"Store: {installation_status.store}")
    out.print(installation_status.service or "The service is not running. Start it with `steward run`.")
    for tracker_status in installation_status.trackers:
        last_read = (
            f"last complete round {settings.format_time(tracker_status.last_good)}"
            if tracker_status.last_good
            else "never read"
        )
        out.print(
            f"{tracker_status.tracker} ({tracker_status.mode}): {last_read}, {tracker_status.open_items} open items, "
            f"{tracker_status.findings} findings."
        )
        if tracker_status.waiting:
            out.print(f"  {tracker_status.waiting} items of the latest plan are not written yet.")
        if tracker_status.awaits_apply and tracker_status.mode == "write":
            out.print("  Writes were undone. Nothing more is written until somebody runs `steward apply`.")
        if tracker_status.trouble:
            began = tracker_status.trouble_since
            since = f" since {settings.format_time(began)}" if began else ""
            out.print(f"  Trouble{since}: {printable(tracker_status.trouble)}")


def _tracker_status(session: Session, name: str) -> TrackerStatus:
    """The state of a tracker. The numbers are those of the latest round that judged its items, unlike an undo."""
    with session.database.reading() as transaction:
        state, judged_round = tracker_states.load(transaction, name), rounds.latest_judged(transaction, name)
    summary = judged_round.summary if judged_round else {}
    unwritten = summary.get("planned", 0) if judged_round and not judged_round.writes else 0
    return TrackerStatus(
        tracker=name,
        mode=session.configuration.settings.mode_of(name),
        last_good=state.last_good,
        open_items=summary.get("open_items", 0),
        findings=sum(summary.get("found", {}).values()),
        waiting=summary.get("waiting", 0) + unwritten,
        trouble=state.trouble or "",
        trouble_since=state.trouble_since,
        awaits_apply=state.approved == tracker_states.APPROVAL_REVOKED,
    )


@app.command(name="rounds")
def list_rounds(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many rounds of each tracker.")] = 20,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the latest rounds: their ids, what they wrote, and how to undo them."""
    with open_session(config) as session, session.database.reading() as transaction:
        settings = session.configuration.settings
        past_rounds = [
            past_round
            for name in session.tracker_names(tracker)
            for past_round in rounds.latest(transaction, name, count)
        ]
    past_rounds.sort(key=lambda past_round: (past_round.started, past_round.id), reverse=True)
    if as_json:
        print_json(past_rounds)
    elif not past_rounds:
        out.print("There was no round yet. Run `steward pull`.")
    else:
        print_table(
            (
                (
                    past_round.id,
                    settings.format_time(past_round.started),
                    past_round.tracker,
                    past_round.kind,
                    past_round.outcome,
                    ", ".join(f"{count} {name}" for name, count in past_round.summary.get("written", {}).items())
                    or "nothing",
                    f"steward undo --round {past_round.id}" if past_round.writes else "",
                )
                for past_round in past_rounds
            ),
            header=("Round", "Started", "Tracker", "Kind", "Outcome", "Written", "Undo"),
        )


@app.command(name="audit")
def print_audit(
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Only changes from this day on.", show_default=False),
    ] = None,
    output_format: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How to print it.")
    ] = "table",
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every change that the service made to items, with its rules and its round, and whether it was undone.

    CSV and JSON also contain the values before and after, and who allowed the round to write. Trackers that
    are no longer configured are included.
    """
    with open_session(config) as session:
        names = None if tracker is None else session.tracker_names(tracker)
        with session.database.reading() as transaction:
            settings = session.configuration.settings
            entries = audit(transaction, names, start_of_day(since, settings.time_zone))
    if as_json or output_format == "json":
        print_json(entries)
    elif output_format == "csv":
        _print_csv(entries)
    elif not entries:
        out.print("The service has written nothing.")
    else:
        rows = (_to_row(entry, settings.time_zone) for entry in entries)
        print_table(rows, header=(f"When ({settings.schedule.timezone})", "Item", "Change", "", "Rules", "Round", ""))


def _to_row(entry: AuditEntry, zone: tzinfo) -> tuple[str, ...]:
    """A change as a row of the table, with its time in a time zone."""
    at = f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M}"
    values = f": {entry.before or '(empty)'} → {entry.after or '(empty)'}" if entry.change == "field changed" else ""
    undone = "undone" if entry.undone else ""
    return at, entry.key, entry.change, f"{entry.name}{values}", ", ".join(entry.rules), entry.round, undone


def _print_csv(entries: list[AuditEntry]) -> None:
    """Print the changes as CSV in which no text can act as a formula in a spreadsheet."""
    writer = csv.DictWriter(sys.stdout, fieldnames=AuditEntry.__struct_encode_fields__, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        row = msgspec.to_builtins(entry, builtin_types=(datetime,))
        row |= {"at": entry.at.isoformat(), "rules": " ".join(entry.rules), "undone": "yes" if entry.undone else "no"}
        writer.writerow({name: to_cell(value) for name, value in row.items()})
