"""The digest in Slack: one message a channel a day, edited in place, and nothing new when nothing changed."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog

from connectors.errors import Gone
from connectors.slack import TEXT_BUDGET, Posted, Slack, text, total_text
from rules.life import State
from sync.report.digest import Ask, Digest, TrackerDigest
from sync.store import Database, rounds
from sync.store.rounds import SlackMessage

_log = structlog.get_logger(__name__)

_LONGEST_QUESTION = 400
_LONGEST_TITLE = 120
_LONGEST_LINE = 300
_LONGEST_NAME = 100
_MOST_PARTS = 15
_SHOWN = 3
_WHY = {
    State.QUIET: "people are at work on the item",
    State.COOLING_DOWN: "answered lately",
    State.WAIVED: "set aside",
    State.SNOOZED: "snoozed",
    State.SATURATED: "asked once above",
    State.SHADOW: "rule in shadow",
    State.BASELINE: "older than the service and not near",
}

Block = dict[str, Any]


def send(slack: Slack, database: Database, channel: str, digest: Digest, *, now: datetime) -> str:
    """Brings the message of the day up to date.

    Returns:
        What was done: "posted", "edited" or "unchanged".

    Raises:
        ConnectorError: Slack could not be told.
    """
    shown = blocks(digest, now)
    said = fallback(digest)
    content = _hash(digest)
    day = digest.day.isoformat()
    with database.reading() as reading:
        today = rounds.slack_message(reading, channel, day)
        latest = today or rounds.latest_slack_message(reading, channel)
    if latest is not None and (today is not None or latest.hash == content):
        try:
            return _edit(slack, database, latest, content, said, shown)
        except Gone:
            _log.info("message is gone; a new one is posted", channel=channel)
    where = slack.channel(channel)
    found = slack.find(where.id, digest.day) if latest is None or latest.day != day else None
    if found is not None:
        slack.update(found, said, shown, day=digest.day)
    posted = found or slack.post(where.id, said, shown, day=digest.day)
    _keep(database, SlackMessage(channel=channel, day=day, channel_id=where.id, ts=posted.ts, hash=content))
    return "edited" if found else "posted"


def _edit(  # noqa: PLR0917 - all that an edit consists of
    slack: Slack, database: Database, old: SlackMessage, content: str, said: str, shown: list[Block]
) -> str:
    slack.update(Posted(old.channel_id, old.ts), said, shown, day=date.fromisoformat(old.day))
    _keep(database, SlackMessage(channel=old.channel, day=old.day, channel_id=old.channel_id, ts=old.ts, hash=content))
    return "unchanged" if old.hash == content else "edited"


def _keep(database: Database, message: SlackMessage) -> None:
    with database.writing() as transaction:
        rounds.keep_slack_message(transaction, message)


def fallback(digest: Digest) -> str:
    """The message in one line, for notifications and for screen readers."""
    asks = digest.asks
    names = _cut(", ".join(part.tracker for part in digest.parts), _LONGEST_LINE)
    if not asks:
        return f"Backlog of {names}: no decision is wanted."
    wanted = "1 decision is wanted" if len(asks) == 1 else f"{len(asks)} decisions are wanted"
    first = _cut(" ".join(part for part in (asks[0].key, asks[0].question) if part), _LONGEST_QUESTION)
    return f"Backlog of {names}: {wanted}. First: {first}"


def blocks(digest: Digest, now: datetime) -> list[Block]:
    """The message as Slack's blocks. Item text goes where no markup is live."""
    names = ", ".join(part.tracker for part in digest.parts)
    shown: list[Block] = [{"type": "header", "text": text.plain(f"Backlog of {names}", 150)}]
    asks = digest.asks
    if asks:
        shown.append(text.rich_text(text.line(text.words(_wanted(len(asks), digest.more), bold=True)), *_asked(asks)))
    else:
        shown.append(text.rich_text(text.line(text.words("No decision is wanted today."))))
    # What is in trouble is told first: it is what must not be left out when not everything fits.
    for place, part in enumerate(sorted(digest.parts, key=lambda one: not one.trouble)):
        told = _part(part, len(digest.parts) > 1, now)
        if place == _MOST_PARTS or total_text([*shown, *told]) > TEXT_BUDGET - _LONGEST_LINE:
            left = len(digest.parts) - place
            more = f"… and {left} more {'tracker' if left == 1 else 'trackers'}."
            shown.append(text.rich_text(text.line(text.words(more))))
            break
        shown += told
    return shown


def _part(part: TrackerDigest, named: bool, now: datetime) -> list[Block]:
    foot = {"type": "context", "elements": [text.plain(_heartbeat(part, now), _LONGEST_LINE)]}
    return [{"type": "divider"}, text.rich_text(*_told(part, named)), foot]


def _wanted(count: int, more: int) -> str:
    wanted = "One decision is wanted" if count == 1 else f"{count} decisions are wanted"
    return f"{wanted}, {more} more in the backlog:" if more else f"{wanted}:"


def _asked(asks: Sequence[Ask]) -> list[Any]:
    """Questions with the items they are about; the same question is asked once."""
    by_question: dict[str, list[Ask]] = {}
    for ask in asks:
        by_question.setdefault(ask.question, []).append(ask)
    parts: list[Any] = []
    for question, about in by_question.items():
        parts.append(text.line(text.words(_cut(question, _LONGEST_QUESTION), bold=True)))
        named = [_named(ask) for ask in about if ask.key or ask.title]
        parts += [text.bullets(*named)] if named else []
    return parts


def _named(ask: Ask) -> Any:
    title = _cut(ask.title, _LONGEST_TITLE)
    if not ask.key:
        return text.line(text.words(title))
    return text.line(text.anchor(ask.link, _cut(ask.key, _LONGEST_NAME)), text.words(f" {title}"))


def _told(part: TrackerDigest, named: bool) -> list[Any]:
    name = f"{_cut(part.tracker, _LONGEST_NAME)}: " if named else ""
    lines = [f"{name}{part.open_items} open items."]
    lines.append(f"Written today: {_counted(part.written) or 'nothing'}.")
    if part.mode == "shadow" and part.planned:
        lines.append(f"Shadow mode: {part.planned} items would be written.")
    if part.held_whole and part.mode == "write":
        lines.append(f"Nothing was written in the last round. {_cut(part.held_whole, _LONGEST_LINE)}")
    if part.waiting:
        lines.append(f"{part.waiting} items wait for a later round.")
    if part.held:
        held = ", ".join(f"{count} ({_WHY.get(State(state), state)})" for state, count in part.held.items())
        lines.append(f"Findings held back: {held}.")
    unscored = list(part.unscored.items())[:_SHOWN]
    lines += [f"{_cut(key, _LONGEST_NAME)}: {_cut(why, _LONGEST_LINE)}" for key, why in unscored]
    lines += [f"Not judged: {_cut(limit, _LONGEST_LINE)}" for limit in part.limits[:_SHOWN]]
    lines += [_cut(note, _LONGEST_LINE) for note in part.notes[:_SHOWN]]
    if part.skipped:
        shown = "; ".join(_cut(one, _LONGEST_NAME) for one in part.skipped[:_SHOWN])
        more = len(part.skipped) - _SHOWN
        lines.append(f"Skipped: {shown}{f'; and {more} more' if more > 0 else ''}.")
    return [text.line(text.words(one + ("\n" if number < len(lines) else ""))) for number, one in enumerate(lines, 1)]


def _heartbeat(part: TrackerDigest, now: datetime) -> str:
    if part.trouble:
        since = part.last_good or part.trouble_since or now
        return f"Stale since {_at(since, now)}: {part.trouble}"
    good = f"Last good round {_at(part.last_good, now)}" if part.last_good else "No round yet"
    return f"{good} · Backlog Steward"


def _at(moment: datetime, now: datetime) -> str:
    """A moment in the time zone of `now`, which is the team's."""
    return f"{moment.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _cut(words: str, most: int) -> str:
    return text.cut(" ".join(words.split()), most)


def _hash(digest: Digest) -> str:
    """Of what the message says, without the times at its foot."""
    said = [str(block) for block in blocks(digest, datetime.min.replace(tzinfo=UTC)) if block["type"] != "context"]
    stale = [part.trouble for part in digest.parts]
    return hashlib.sha256("\n".join([*said, *stale]).encode()).hexdigest()[:16]
