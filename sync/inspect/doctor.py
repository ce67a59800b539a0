"""Finds out what is wrong before it bites: every check has an id, an answer and a hint."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import packages_distributions

from msgspec import Struct

from connectors.document import Document, Paragraph, Span
from connectors.errors import ConnectorError
from connectors.slack import Slack
from connectors.tracker import CommentTag, Connection, Edit, Tracker
from sync.settings import Settings
from sync.store import Database, items

OURS = ("connectors", "rules", "sync")
"""The names this product installs at the top level of an environment."""
_DISTRIBUTION = "backlog-steward"
_LABEL = "steward-rehearsal"


class CheckStatus(StrEnum):
    """How a check went."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class DoctorCheck(Struct, frozen=True):
    """One check. `id` never changes, so that it can be looked up; `hint` says what to do."""

    id: str
    verdict: CheckStatus
    said: str
    hint: str = ""


@dataclass(frozen=True)
class DoctorContext:
    """What is examined."""

    settings: Settings
    database: Database
    tracker: Callable[[str], Tracker]


def examine(context: DoctorContext) -> Iterator[DoctorCheck]:
    """All checks, in the order in which they build on each other."""
    yield from strangers()
    yield DoctorCheck(
        "store", CheckStatus.GOOD, f"The store {context.database.url.render_as_string()} is open and up to date."
    )
    for name in context.settings.trackers:
        yield from _tracker(context, name)
    yield from _slack(context)


def strangers() -> Iterator[DoctorCheck]:
    """Whether another package owns one of our top-level names; installing both overwrites files without a word."""
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, [])) - {_DISTRIBUTION})
        if others:
            yield DoctorCheck(
                "names",
                CheckStatus.BAD,
                f'The package {", ".join(others)} also installs "{name}" here.',
                "Install Backlog Steward into a virtual environment of its own.",
            )
            return
    yield DoctorCheck("names", CheckStatus.GOOD, "No other package owns our names in this environment.")


def _tracker(context: DoctorContext, name: str) -> Iterator[DoctorCheck]:
    tracker = context.tracker(name)
    try:
        connection = tracker.connect()
    except ConnectorError as trouble:
        yield DoctorCheck(f"{name}.connect", CheckStatus.BAD, trouble.message, trouble.hint)
        return
    finally:
        tracker.close()
    yield DoctorCheck(f"{name}.connect", CheckStatus.GOOD, f"Signed in as {connection.account.name}.")
    if connection.projects:
        yield DoctorCheck(f"{name}.scope", CheckStatus.GOOD, f"The scope covers {', '.join(connection.projects)}.")
    yield from _fields(name, connection)
    yield from (DoctorCheck(f"{name}.note", CheckStatus.WARNING, note) for note in connection.notes)
    mode = context.settings.mode_of(name)
    shadow = "Shadow mode: nothing is written. Set `mode: write` under `write:` when the plan looks right."
    yield DoctorCheck(
        f"{name}.mode", CheckStatus.GOOD, shadow if mode == "shadow" else "Write mode: comments, labels and fields."
    )
    with context.database.reading() as reading:
        state = items.reading(reading, name)
    if state.trouble:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, f"The last round failed: {state.trouble}")
    elif state.last_good is None:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.WARNING, "No round has run yet.", "Run `steward plan`.")
    else:
        yield DoctorCheck(f"{name}.fresh", CheckStatus.GOOD, f"Last good round {state.last_good:%Y-%m-%d %H:%M} UTC.")


def _fields(name: str, connection: Connection) -> Iterator[DoctorCheck]:
    for purpose, found in connection.fields.items():
        if found:
            yield DoctorCheck(f"{name}.fields.{purpose}", CheckStatus.GOOD, f"{purpose}: {', '.join(found)}.")
    lacking = [purpose for purpose, found in connection.fields.items() if not found]
    if lacking:
        yield DoctorCheck(
            f"{name}.fields",
            CheckStatus.GOOD,
            f"Not found, and not needed: {', '.join(lacking)}.",
            "Name them under `fields:` if your site has them under other names.",
        )
    if connection.capabilities.fields:
        written = ", ".join(connection.capabilities.fields)
        yield DoctorCheck(f"{name}.write_fields", CheckStatus.GOOD, f"Can be written: {written}.")


def _slack(context: DoctorContext) -> Iterator[DoctorCheck]:
    settings = context.settings.slack
    if settings is None:
        yield DoctorCheck(
            "slack", CheckStatus.WARNING, "No Slack is configured.", "Add `slack:` with a token and a channel."
        )
        return
    slack = Slack(settings.token.get_secret_value(), installation="", base_url=settings.url + "/", writing=False)
    try:
        account = slack.connect()
        yield DoctorCheck("slack.connect", CheckStatus.GOOD, f"Signed in to {account.team} as {account.name}.")
        if account.missing_scopes:
            yield DoctorCheck(
                "slack.scopes",
                CheckStatus.BAD,
                f"The token lacks {', '.join(account.missing_scopes)}.",
                "Add these scopes to the Slack app and install it again.",
            )
        for report in settings.reports:
            channel = slack.channel(report.channel)
            yield DoctorCheck("slack.channel", CheckStatus.GOOD, f"Reports go to #{channel.name}.")
    except ConnectorError as trouble:
        yield DoctorCheck("slack.connect", CheckStatus.BAD, trouble.message, trouble.hint)
    finally:
        slack.close()


def rehearse(tracker: Tracker, item: str, installation: str) -> Iterator[DoctorCheck]:
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
        yield DoctorCheck("rehearse.restored", CheckStatus.GOOD, "The item looks as it did before.")
    else:
        yield DoctorCheck(
            "rehearse.restored", CheckStatus.BAD, "The item does not look as it did before.", "Look at it yourself."
        )


def _rehearsed(what: str, write: Callable[[], str]) -> Iterator[DoctorCheck]:
    try:
        yield DoctorCheck(f"rehearse.{what}", CheckStatus.GOOD, write())
    except ConnectorError as trouble:
        yield DoctorCheck(f"rehearse.{what}", CheckStatus.BAD, trouble.message, trouble.hint)


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
    marks = [CommentTag(installation, "rehearsal", tracker.content_key(document)) for document in (first, second)]
    seen = tracker.look(item)
    written = tracker.add_comment(seen, first, marks[0])
    edited = tracker.replace_comment(seen, written.comment, second, marks[1])
    tracker.delete_comment(seen, written.comment)
    return f"A comment can be written, edited (mail: {edited.notice.value}) and deleted."
