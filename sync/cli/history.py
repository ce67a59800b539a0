"""`steward status`, `rounds` and `audit`: what the service did so far."""

import csv
import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from sync.cli.options import ConfigOption, JsonOption, TrackerOption
from sync.cli.output import out, print_json, print_table, printable
from sync.cli.session import Session, open_session
from sync.decisions.log import to_cell
from sync.inspect.audit import AuditEntry, audit
from sync.run.lease import SERVICE, describe_holder
from sync.store import items, rounds
from sync.store.rounds import Round

app = typer.Typer()


class Format(StrEnum):
    """How the audit log is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class TrackerStatus(Struct, frozen=True, kw_only=True):
    """The state of one tracker.

    Attributes:
        last_good: When a round was last complete.
        trouble: Why the latest round ended early.
        waiting: Number of items in the latest plan that were not written.
    """

    tracker: str
    mode: str
    last_good: datetime | None
    open_items: int
    findings: int
    waiting: int
    trouble: str
    trouble_since: datetime | None


class Status(Struct, frozen=True, kw_only=True):
    """The state of the installation. `service` says which process runs it; empty when none does."""

    store: str
    service: str
    trackers: list[TrackerStatus]


@app.command()
def status(config: ConfigOption = None, tracker: TrackerOption = None, as_json: JsonOption = False) -> None:
    """Show whether the service runs, when each tracker was last read, and what waits."""
    with open_session(config) as session:
        found = Status(
            store=session.database.name,
            service=describe_holder(session.database, SERVICE),
            trackers=[_tracker_status(session, name) for name in session.tracker_names(tracker)],
        )
    if as_json:
        print_json(found)
        return
    out.print(f"Store: {found.store}")
    out.print(found.service or "The service is not running. Start it with `steward run`.")
    for one in found.trackers:
        read = f"last complete round {one.last_good:%Y-%m-%d %H:%M} UTC" if one.last_good else "never read"
        out.print(f"{one.tracker} ({one.mode}): {read}, {one.open_items} open items, {one.findings} findings.")
        if one.waiting:
            out.print(f"  {one.waiting} items of the latest plan are not written yet.")
        if one.trouble:
            since = f" since {one.trouble_since:%Y-%m-%d %H:%M} UTC" if one.trouble_since else ""
            out.print(f"  Trouble{since}: {printable(one.trouble)}")


def _tracker_status(session: Session, name: str) -> TrackerStatus:
    with session.database.reading() as reading:
        state, judged = items.read_state(reading, name), rounds.latest_judged(reading, name)
    summary = judged.summary if judged else {}
    pending = summary.get("planned", 0) if judged and not judged.writes else 0
    return TrackerStatus(
        tracker=name,
        mode=session.configuration.settings.mode_of(name),
        last_good=state.last_good if state else None,
        open_items=summary.get("open_items", 0),
        findings=sum(summary.get("found", {}).values()),
        waiting=summary.get("waiting", 0) + pending,
        trouble=(state.trouble or "") if state else "",
        trouble_since=state.trouble_since if state else None,
    )


@app.command(name="rounds")
def list_rounds(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many rounds of each tracker.")] = 20,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the latest rounds: their ids, what they wrote, and how to undo them."""
    with open_session(config) as session, session.database.reading() as reading:
        found = [one for name in session.tracker_names(tracker) for one in rounds.latest(reading, name, count)]
    found.sort(key=lambda one: (one.started, one.id), reverse=True)
    if as_json:
        print_json(found)
    elif not found:
        out.print("There was no round yet. Run `steward pull`.")
    else:
        print_table(
            ((one.id, one.tracker, one.kind, one.outcome, _written(one), _undo(one)) for one in found),
            header=("Round", "Tracker", "Kind", "Outcome", "Written", "Undo"),
        )


def _written(one: Round) -> str:
    parts = [f"{count} {name}" for name, count in one.summary.get("written", {}).items()]
    return ", ".join(parts) or "nothing"


def _undo(one: Round) -> str:
    return f"steward undo --round {one.id}" if one.writes else ""


@app.command(name="audit")
def print_audit(
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Only changes from this day on (UTC).", show_default=False),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every change that the service made to items: rules, round, approval, before, after, undone or not.

    Trackers that are no longer configured are included.
    """
    with open_session(config) as session:
        names = None if tracker is None else session.tracker_names(tracker)
        with session.database.reading() as reading:
            found = audit(reading, names, since.replace(tzinfo=UTC) if since else None)
    if as_json or form is Format.JSON:
        print_json(found)
    elif form is Format.CSV:
        _print_csv(found)
    elif not found:
        out.print("The service has written nothing.")
    else:
        print_table(map(_row, found), header=("When (UTC)", "Item", "Change", "", "Rules", "Round", ""))


def _row(entry: AuditEntry) -> tuple[str, ...]:
    undone = "undone" if entry.undone else ""
    rules = ", ".join(entry.rules)
    return f"{entry.at:%Y-%m-%d %H:%M}", entry.key, entry.what, _change(entry), rules, entry.round, undone


def _change(entry: AuditEntry) -> str:
    if entry.what == "field changed":
        return f"{entry.name}: {entry.before or '(empty)'} → {entry.after or '(empty)'}"
    return entry.name


def _print_csv(entries: list[AuditEntry]) -> None:
    writer = csv.DictWriter(sys.stdout, fieldnames=AuditEntry.__struct_fields__, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        row = msgspec.to_builtins(entry, builtin_types=(datetime,))
        row |= {"at": entry.at.isoformat(), "rules": " ".join(entry.rules), "undone": "yes" if entry.undone else "no"}
        writer.writerow({name: to_cell(value) for name, value in row.items()})
