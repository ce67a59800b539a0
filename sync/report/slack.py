"""The digest in Slack: one message a channel a day, edited in place, and nothing new when nothing changed."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog

from connectors.errors import Gone
from connectors.slack import TEXT_BUDGET, Posted, Slack, text, total_text
from rules.message_templates import day
from sync.messages import Messages, shipped_messages
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

Block = dict[str, Any]


def send(
    slack: Slack, database: Database, channel: str, digest: Digest, *, now: datetime, messages: Messages | None = None
) -> str:
    """Brings the message of the day up to date.

    Returns:
        What was done: "posted", "edited" or "unchanged".

    Raises:
        ConnectorError: Slack could not be told.
    """
    shown = blocks(digest, now, messages)
    said = fallback(digest, messages)
    content = _hash(digest, messages)
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


def fallback(digest: Digest, messages: Messages | None = None) -> str:
    """The message in one line, for notifications and for screen readers."""
    said = messages or shipped_messages()
    asks = digest.asks
    names = _cut(", ".join(part.tracker for part in digest.parts), _LONGEST_LINE)
    if not asks:
        return said.text("report.nothing-line", trackers=names)
    first = _cut(" ".join(part for part in (asks[0].key, asks[0].question) if part), _LONGEST_QUESTION)
    return said.text("report.line", count=len(asks), trackers=names, first=first)


def blocks(digest: Digest, now: datetime, messages: Messages | None = None) -> list[Block]:
    """The message as Slack's blocks, in English unless said otherwise. Item text goes where no markup is live."""
    said = messages or shipped_messages()
    names = ", ".join(part.tracker for part in digest.parts)
    shown: list[Block] = [{"type": "header", "text": text.plain(said.text("report.title", trackers=names), 150)}]
    asks = digest.asks
    if asks:
        wanted = _wanted(len(asks), digest.more, said)
        shown.append(text.rich_text(text.line(text.words(wanted, bold=True)), *_asked(asks)))
    else:
        shown.append(text.rich_text(text.line(text.words(said.text("report.nothing-wanted")))))
    # What is in trouble is told first: it is what must not be left out when not everything fits.
    for place, part in enumerate(sorted(digest.parts, key=lambda one: not one.trouble)):
        told = _part(part, len(digest.parts) > 1, now, said)
        if place == _MOST_PARTS or total_text([*shown, *told]) > TEXT_BUDGET - _LONGEST_LINE:
            more = said.text("report.more-trackers", count=len(digest.parts) - place)
            shown.append(text.rich_text(text.line(text.words(more))))
            break
        shown += told
    return shown


def _part(part: TrackerDigest, named: bool, now: datetime, said: Messages) -> list[Block]:
    foot = {"type": "context", "elements": [text.plain(_heartbeat(part, now, said), _LONGEST_LINE)]}
    return [{"type": "divider"}, text.rich_text(*_told(part, named, said)), foot]


def _wanted(count: int, more: int, said: Messages) -> str:
    return said.text("report.wanted-more", count=count, more=more) if more else said.text("report.wanted", count=count)


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


def _told(part: TrackerDigest, named: bool, said: Messages) -> list[Any]:
    name = f"{_cut(part.tracker, _LONGEST_NAME)}: " if named else ""
    lines = [
        f"{name}{said.text('report.open', count=part.open_items)}",
        *_writing(part, said),
        *_held(part, said),
        *(f"{_cut(key, _LONGEST_NAME)}: {_cut(why, _LONGEST_LINE)}" for key, why in _first(part.unscored.items())),
        *(said.text("report.not-judged", what=_cut(limit, _LONGEST_LINE)) for limit in _first(part.limits)),
        *(_cut(note, _LONGEST_LINE) for note in _first(part.notes)),
        *_skipped(part, said),
    ]
    return [text.line(text.words(one + ("\n" if number < len(lines) else ""))) for number, one in enumerate(lines, 1)]


def _first(some: Iterable[Any]) -> list[Any]:
    return list(some)[:_SHOWN]


def _writing(part: TrackerDigest, said: Messages) -> Iterator[str]:
    effects = ((count, said.name("report.effects", name)) for name, count in part.written.items() if count)
    written = ", ".join(f"{count} {name}" for count, name in effects)
    yield said.text("report.written", what=written) if written else said.text("report.nothing-written")
    if part.mode == "shadow" and part.planned:
        yield said.text("report.shadow", count=part.planned)
    if part.held_whole and part.mode == "write":
        yield said.text("report.not-written", why=_cut(part.held_whole, _LONGEST_LINE))
    if part.waiting:
        yield said.text("report.waiting", count=part.waiting)


def _held(part: TrackerDigest, said: Messages) -> Iterator[str]:
    held = [f"{count} ({said.name('report.states', state)})" for state, count in part.held.items()]
    if held:
        yield said.text("report.held", what=", ".join(held))


def _skipped(part: TrackerDigest, said: Messages) -> Iterator[str]:
    shown = "; ".join(_cut(one, _LONGEST_NAME) for one in part.skipped[:_SHOWN])
    more = len(part.skipped) - _SHOWN
    if more > 0:
        yield said.text("report.skipped-more", count=more, what=shown)
    elif shown:
        yield said.text("report.skipped", what=shown)


def _heartbeat(part: TrackerDigest, now: datetime, said: Messages) -> str:
    if part.trouble:
        since = part.last_good or part.trouble_since or now
        return said.text("report.stale", at=_at(since, now, said), why=part.trouble)
    good = said.text("report.last-good", at=_at(part.last_good, now, said)) if part.last_good else ""
    return f"{good or said.text('report.no-round')} · Backlog Steward"


def _at(moment: datetime, now: datetime, said: Messages) -> str:
    """A moment in the time zone of `now`, which is the team's."""
    local = moment.astimezone(now.tzinfo)
    return f"{day(f'{local:%Y-%m-%d}', said.form)} {local:%H:%M %Z}"


def _cut(words: str, most: int) -> str:
    return text.cut(" ".join(words.split()), most)


def _hash(digest: Digest, messages: Messages | None) -> str:
    """Of what the message says, without the times at its foot."""
    shown = blocks(digest, datetime.min.replace(tzinfo=UTC), messages)
    said = [str(block) for block in shown if block["type"] != "context"]
    stale = [part.trouble for part in digest.parts]
    return hashlib.sha256("\n".join([*said, *stale]).encode()).hexdigest()[:16]
