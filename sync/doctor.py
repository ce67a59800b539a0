"""Finds out what is wrong before it bites: every check has an id, an answer and a hint."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import packages_distributions

from msgspec import Struct

from connectors.document import Document, Paragraph, Span
from connectors.errors import ConnectorError
from connectors.slack import Slack
from connectors.tracker import Connection, Edit, Marker, Tracker
from sync.settings import Settings
from sync.store import Database, items

OURS = ("connectors", "rules", "sync")
"""The names this product installs at the top level of an environment."""
_DISTRIBUTION = "backlog-steward"
_LABEL = "steward-rehearsal"


class Verdict(StrEnum):
    """How a check went."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Check(Struct, frozen=True):
    """One check. `id` never changes, so that it can be looked up; `hint` says what to do."""

    id: str
    verdict: Verdict
    said: str
    hint: str = ""


@dataclass(frozen=True)
class Patient:
    """What is examined."""

    settings: Settings
    database: Database
    tracker: Callable[[str], Tracker]


def examine(patient: Patient) -> Iterator[Check]:
    """All checks, in the order in which they build on each other."""
    yield from strangers()
    yield Check("store", Verdict.GOOD, f"The store {patient.database.url.render_as_string()} is open and up to date.")
    for name in patient.settings.trackers:
        yield from _tracker(patient, name)
    yield from _slack(patient)


def strangers() -> Iterator[Check]:
    """Whether another package owns one of our top-level names; installing both overwrites files without a word."""
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, [])) - {_DISTRIBUTION})
        if others:
            yield Check(
                "names",
                Verdict.BAD,
                f'The package {", ".join(others)} also installs "{name}" here.',
                "Install Backlog Steward into a virtual environment of its own.",
            )
            return
    yield Check("names", Verdict.GOOD, "No other package owns our names in this environment.")


def _tracker(patient: Patient, name: str) -> Iterator[Check]:
    tracker = patient.tracker(name)
    try:
        connection = tracker.connect()
    except ConnectorError as trouble:
        yield Check(f"{name}.connect", Verdict.BAD, trouble.message, trouble.hint)
        return
    finally:
        tracker.close()
    yield Check(f"{name}.connect", Verdict.GOOD, f"Signed in as {connection.account.name}.")
    if connection.projects:
        yield Check(f"{name}.scope", Verdict.GOOD, f"The scope covers {', '.join(connection.projects)}.")
    yield from _fields(name, connection)
    yield from (Check(f"{name}.note", Verdict.WARNING, note) for note in connection.notes)
    mode = patient.settings.mode_of(name)
    shadow = "Shadow mode: nothing is written. Set `mode: write` under `write:` when the plan looks right."
    yield Check(
        f"{name}.mode", Verdict.GOOD, shadow if mode == "shadow" else "Write mode: comments, labels and fields."
    )
    with patient.database.reading() as reading:
        state = items.reading(reading, name)
    if state.trouble:
        yield Check(f"{name}.fresh", Verdict.WARNING, f"The last round failed: {state.trouble}")
    elif state.last_good is None:
        yield Check(f"{name}.fresh", Verdict.WARNING, "No round has run yet.", "Run `steward plan`.")
    else:
        yield Check(f"{name}.fresh", Verdict.GOOD, f"Last good round {state.last_good:%Y-%m-%d %H:%M} UTC.")


def _fields(name: str, connection: Connection) -> Iterator[Check]:
    for purpose, found in connection.fields.items():
        if found:
            yield Check(f"{name}.fields.{purpose}", Verdict.GOOD, f"{purpose}: {', '.join(found)}.")
    lacking = [purpose for purpose, found in connection.fields.items() if not found]
    if lacking:
        yield Check(
            f"{name}.fields",
            Verdict.GOOD,
            f"Not found, and not needed: {', '.join(lacking)}.",
            "Name them under `fields:` if your site has them under other names.",
        )
    if connection.capabilities.fields:
        written = ", ".join(connection.capabilities.fields)
        yield Check(f"{name}.write_fields", Verdict.GOOD, f"Can be written: {written}.")


def _slack(patient: Patient) -> Iterator[Check]:
    settings = patient.settings.slack
    if settings is None:
        yield Check("slack", Verdict.WARNING, "No Slack is configured.", "Add `slack:` with a token and a channel.")
        return
    slack = Slack(settings.token.get_secret_value(), installation="", base_url=settings.url + "/", writing=False)
    try:
        account = slack.connect()
        yield Check("slack.connect", Verdict.GOOD, f"Signed in to {account.team} as {account.name}.")
        if account.missing_scopes:
            yield Check(
                "slack.scopes",
                Verdict.BAD,
                f"The token lacks {', '.join(account.missing_scopes)}.",
                "Add these scopes to the Slack app and install it again.",
            )
        for report in settings.reports:
            channel = slack.channel(report.channel)
            yield Check("slack.channel", Verdict.GOOD, f"Reports go to #{channel.name}.")
    except ConnectorError as trouble:
        yield Check("slack.connect", Verdict.BAD, trouble.message, trouble.hint)
    finally:
        slack.close()


def rehearse(tracker: Tracker, item: str, installation: str) -> Iterator[Check]:
    """Tries every kind of write on one item and takes each back; for a throw-away item that nobody minds.

    Args:
        tracker: Connected, and let write.
        item: The item's id.
        installation: Id of this installation.
    """
    before = tracker.look(item)
    yield from _rehearsed("label", lambda: _label(tracker, item))
    yield from _rehearsed("comment", lambda: _comment(tracker, item, installation))
    after = tracker.look(item)
    if (before.labels, before.fields, len(before.ours)) == (after.labels, after.fields, len(after.ours)):
        yield Check("rehearse.restored", Verdict.GOOD, "The item looks as it did before.")
    else:
        yield Check(
            "rehearse.restored", Verdict.BAD, "The item does not look as it did before.", "Look at it yourself."
        )


def _rehearsed(what: str, write: Callable[[], str]) -> Iterator[Check]:
    try:
        yield Check(f"rehearse.{what}", Verdict.GOOD, write())
    except ConnectorError as trouble:
        yield Check(f"rehearse.{what}", Verdict.BAD, trouble.message, trouble.hint)


def _label(tracker: Tracker, item: str) -> str:
    if _LABEL in tracker.look(item).labels:
        tracker.edit(tracker.look(item), Edit(remove_labels=(_LABEL,)))
    written = tracker.edit(tracker.look(item), Edit(add_labels=(_LABEL,)))
    tracker.edit(tracker.look(item), Edit(remove_labels=(_LABEL,)))
    return f"A label can be added and removed (mail: {written.notice.value})."


def _comment(tracker: Tracker, item: str, installation: str) -> str:
    first, second = (
        Document((Paragraph((Span(f"Backlog Steward is rehearsing ({words}); this comment goes away at once."),)),))
        for words in ("1 of 2", "2 of 2")
    )
    marks = [Marker(installation, "rehearsal", tracker.known_by(document)) for document in (first, second)]
    seen = tracker.look(item)
    written = tracker.add_comment(seen, first, marks[0])
    edited = tracker.replace_comment(seen, written.comment, second, marks[1])
    tracker.delete_comment(seen, written.comment)
    return f"A comment can be written, edited (mail: {edited.notice.value}) and deleted."
