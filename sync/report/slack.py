"""Posts the digest to Slack: one message per channel and day, which is edited. Without changes, nothing is posted."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import chain
from typing import Any

import msgspec
import structlog

from connectors.errors import Gone
from connectors.slack import TEXT_BUDGET, PostedMessage, Slack, count_text_characters, formatting
from rules.message_templates import format_day
from sync.messages import Messages, shipped_messages
from sync.report.digest import Digest, OpenDecision, TrackerDigest
from sync.store import Database, rounds
from sync.store.rounds import SlackMessage

_log = structlog.get_logger(__name__)

_MAX_QUESTION_LENGTH = 400
_MAX_TITLE_LENGTH = 120
_MAX_LINE_LENGTH = 300
_MAX_NAME_LENGTH = 100
_MAX_TRACKERS = 15
_MAX_LISTED = 3
_MAX_MESSAGE_AGE = timedelta(days=7)
"""If an older message cannot be edited, a new one is posted even without changes."""
_DELETED_ERROR = "message_not_found"

Block = dict[str, Any]


class Audience(Enum):
    """Who reads a channel."""

    EVERYBODY = "everybody"
    """The team and the admin, whose part comes last."""
    TEAM = "team"
    ADMIN = "admin"


def send(
    slack: Slack,
    database: Database,
    channel: str,
    digest: Digest,
    *,
    now: datetime,
    messages: Messages | None = None,
    audience: Audience = Audience.EVERYBODY,
) -> str:
    """Post or update today's message.

    A message that can no longer be edited, or that somebody deleted, is not posted again on the same day.

    Returns:
        What was done: "posted", "edited", "unchanged" or "not editable".

    Raises:
        ConnectorError: Slack cannot be reached or rejects the message.
    """
    content = make_blocks(digest, now, messages, audience)
    summary = fallback_text(digest, messages, audience)
    content_hash = _hash(digest, messages, audience)
    day = digest.day.isoformat()
    with database.reading() as reading:
        today = rounds.slack_message(reading, channel, day)
        latest = rounds.latest_slack_message(reading, channel)
    if today is None and latest is not None and latest.hash == content_hash:
        try:
            return _edit(slack, database, latest, content_hash, summary, content)
        except Gone as error:
            if error.code != _DELETED_ERROR and digest.day - date.fromisoformat(latest.day) < _MAX_MESSAGE_AGE:
                return "not editable"
    if today is None:
        target = slack.channel(channel)
        if (posted := slack.find_report(target.id, digest.day)) is None:
            posted = slack.post_report(target.id, summary, content, day=digest.day)
            _save(
                database, SlackMessage(channel=channel, day=day, channel_id=target.id, ts=posted.ts, hash=content_hash)
            )
            return "posted"
        # It was posted in an earlier round, but the response was lost.
        today = SlackMessage(channel=channel, day=day, channel_id=target.id, ts=posted.ts, hash="")
        _save(database, today)
    try:
        return _edit(slack, database, today, content_hash, summary, content)
    except Gone as error:
        _log.info("the message cannot be edited; the next one is posted tomorrow", channel=channel, reason=str(error))
        return "not editable"


def _edit(  # noqa: PLR0917 - the parts of a message
    slack: Slack, database: Database, old: SlackMessage, content_hash: str, summary: str, content: list[Block]
) -> str:
    slack.update_report(PostedMessage(old.channel_id, old.ts), summary, content, day=date.fromisoformat(old.day))
    new = SlackMessage(channel=old.channel, day=old.day, channel_id=old.channel_id, ts=old.ts, hash=content_hash)
    _save(database, new)
    return "unchanged" if old.hash == content_hash else "edited"


def _save(database: Database, message: SlackMessage) -> None:
    with database.writing() as transaction:
        rounds.save_slack_message(transaction, message)


def fallback_text(digest: Digest, messages: Messages | None = None, audience: Audience = Audience.EVERYBODY) -> str:
    """The message in one line, for notifications and screen readers."""
    texts = messages or shipped_messages()
    names = _truncate(", ".join(part.tracker for part in digest.trackers), _MAX_LINE_LENGTH)
    if audience is Audience.ADMIN:
        lines = [line for part in digest.trackers for line in (part.trouble, *_admin_lines(part, texts)) if line]
        return texts.text(
            "report.admin-line", first=_truncate((lines or [texts.text("report.admin-nothing")])[0], _MAX_LINE_LENGTH)
        )
    decisions = digest.decisions
    line = texts.text("report.nothing-line", trackers=names)
    if decisions:
        first = _truncate(f"{decisions[0].key} {decisions[0].question}", _MAX_QUESTION_LENGTH)
        line = texts.text("report.line", count=len(decisions), trackers=names, first=first)
    return texts.text("report.line-in-shadow", line=line) if _is_all_shadow(digest) else line


def make_blocks(
    digest: Digest,
    now: datetime,
    messages: Messages | None = None,
    audience: Audience = Audience.EVERYBODY,
) -> list[Block]:
    """The message as Slack blocks. Item text is only put where Slack does not parse markup."""
    texts = messages or shipped_messages()
    names = ", ".join(part.tracker for part in digest.trackers)
    title = "report.title-in-shadow" if _is_all_shadow(digest) else "report.title"
    title = "report.admin-title" if audience is Audience.ADMIN else title
    message: list[Block] = [{"type": "header", "text": formatting.plain_text(texts.text(title, trackers=names), 150)}]
    if audience is Audience.ADMIN:
        if not digest.has_admin_matters:
            message.append(_paragraph(texts.text("report.admin-nothing")))
    else:
        message += _questions(digest, texts)
    # Trackers with errors come first, so that they are not cut off if not everything fits.
    for number, part in enumerate(sorted(digest.trackers, key=lambda part: not part.trouble)):
        section = _section(part, len(digest.trackers) > 1, now, texts, audience)
        if number == _MAX_TRACKERS or count_text_characters([*message, *section]) > TEXT_BUDGET - _MAX_LINE_LENGTH:
            message.append(_paragraph(texts.text("report.more-trackers", count=len(digest.trackers) - number)))
            break
        message += section
    return message


def _is_all_shadow(digest: Digest) -> bool:
    return bool(digest.trackers) and all(part.mode == "shadow" for part in digest.trackers)


def _paragraph(text: str, *more: Any, bold: bool = False) -> Block:
    return formatting.rich_text(formatting.rich_text_section(formatting.text_element(text, bold=bold)), *more)


def _questions(digest: Digest, texts: Messages) -> Iterator[Block]:
    """Which trackers are in shadow mode, unless the title says so, and the decisions."""
    in_shadow = [part.tracker for part in digest.trackers if part.mode == "shadow"]
    if in_shadow and not _is_all_shadow(digest):
        yield _paragraph(
            _truncate(texts.text("report.some-in-shadow", trackers=", ".join(in_shadow)), _MAX_LINE_LENGTH)
        )
    decisions = digest.decisions
    if decisions:
        yield _paragraph(
            _decisions_heading(len(decisions), digest.hidden_count, texts), *_decision_list(digest), bold=True
        )
    else:
        yield _paragraph(texts.text("report.nothing-wanted"))
    if digest.moves:
        moves = [
            formatting.rich_text_section(
                formatting.link_element(move.url, _truncate(move.key, _MAX_NAME_LENGTH)),
                formatting.text_element(
                    f" {_truncate(move.title, _MAX_TITLE_LENGTH)}: {_truncate(move.reasons[0], _MAX_LINE_LENGTH)}"
                ),
            )
            for move in digest.moves
        ]
        heading = texts.text("priority.moves", count=len(moves))
        yield _paragraph(heading, formatting.rich_text_list(*moves), bold=True)


def _section(part: TrackerDigest, named: bool, now: datetime, texts: Messages, audience: Audience) -> list[Block]:
    lines = [] if audience is Audience.ADMIN else list(_team_lines(part, texts))
    for_admin = [] if audience is Audience.TEAM else list(_admin_lines(part, texts))
    if for_admin and audience is Audience.EVERYBODY:
        lines.append(texts.text("report.for-admin"))
    lines += for_admin
    if not lines and not part.trouble:
        return []
    if named:
        lines[:1] = [f"{_truncate(part.tracker, _MAX_NAME_LENGTH)}: {lines[0] if lines else ''}"]
    footer = {"type": "context", "elements": [formatting.plain_text(_heartbeat(part, now, texts), _MAX_LINE_LENGTH)]}
    content = [
        formatting.rich_text_section(formatting.text_element(line + ("\n" if number < len(lines) else "")))
        for number, line in enumerate(lines, 1)
    ]
    return [{"type": "divider"}, *([formatting.rich_text(*content)] if content else []), footer]


def _decisions_heading(count: int, more: int, texts: Messages) -> str:
    if more:
        return texts.text("report.wanted-more", count=count, more=more)
    return texts.text("report.wanted", count=count)


def _decision_list(digest: Digest) -> list[Any]:
    """The questions without duplicates, each with its items."""
    parts: list[Any] = []
    for question, same_question in digest.decisions_by_question.items():
        parts.append(
            formatting.rich_text_section(formatting.text_element(_truncate(question, _MAX_QUESTION_LENGTH), bold=True))
        )
        subjects = [_subject(decision) for decision in same_question if decision.key or decision.title]
        parts += [formatting.rich_text_list(*subjects)] if subjects else []
    return parts


def _subject(decision: OpenDecision) -> Any:
    title = _truncate(decision.title, _MAX_TITLE_LENGTH)
    if not decision.key:
        return formatting.rich_text_section(formatting.text_element(title))
    return formatting.rich_text_section(
        formatting.link_element(decision.link, _truncate(decision.key, _MAX_NAME_LENGTH)),
        formatting.text_element(f" {title}"),
    )


def _team_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    yield texts.text("report.open", count=part.open_items)
    yield from _writing(part, texts)
    yield from _unraised(part, texts)
    yield from (_truncate(line, _MAX_LINE_LENGTH) for line in part.scores)
    yield from (
        texts.text("report.not-judged", what=_truncate(limit, _MAX_LINE_LENGTH)) for limit in _first(part.limits)
    )
    yield from _answers(part, texts)


def _admin_lines(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    """What only an admin can do something about: an approval, notes, and what was refused or could not be read."""
    if part.approval:
        yield _truncate(part.approval, _MAX_LINE_LENGTH)
    yield from (_truncate(note, _MAX_LINE_LENGTH) for note in _first(part.notes))
    yield from _skipped(part, texts)


def _first(entries: Iterable[Any]) -> list[Any]:
    return list(entries)[:_MAX_LISTED]


def _writing(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    effects = ((count, texts.name("report.effects", effect)) for effect, count in part.written.items() if count)
    written = ", ".join(f"{count} {effect}" for count, effect in effects)
    yield texts.text("report.written", what=written) if written else texts.text("report.nothing-written")
    if part.mode == "shadow" and part.planned:
        yield texts.text("report.shadow", count=part.planned)
    if part.blocked_reason and part.mode == "write":
        yield texts.text("report.not-written", why=_truncate(part.blocked_reason, _MAX_LINE_LENGTH))
    if part.waiting:
        yield texts.text("report.waiting", count=part.waiting)


def _unraised(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    counts = [f"{count} ({texts.name('report.states', state)})" for state, count in part.unraised_by_state.items()]
    if counts:
        yield texts.text("report.held", what=", ".join(counts))


def _skipped(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    listed = "; ".join(_truncate(problem, _MAX_NAME_LENGTH) for problem in part.skipped[:_MAX_LISTED])
    more = len(part.skipped) - _MAX_LISTED
    if more > 0:
        yield texts.text("report.skipped-more", count=more, what=listed)
    elif listed:
        yield texts.text("report.skipped", what=listed)


def _answers(part: TrackerDigest, texts: Messages) -> Iterator[str]:
    listed = "; ".join(_truncate(answer, _MAX_NAME_LENGTH) for answer in part.answers[:_MAX_LISTED])
    more = len(part.answers) - _MAX_LISTED
    if more > 0:
        yield texts.text("report.answers-more", count=more, what=listed)
    elif listed:
        yield texts.text("report.answers", what=listed)


def _heartbeat(part: TrackerDigest, now: datetime, texts: Messages) -> str:
    if part.trouble:
        since = part.last_good or part.trouble_since or now
        return texts.text("report.stale", at=_time(since, now, texts), why=part.trouble)
    last_good = texts.text("report.last-good", at=_time(part.last_good, now, texts)) if part.last_good else ""
    return f"{last_good or texts.text('report.no-round')} · Backlog Steward"


def _time(time: datetime, now: datetime, texts: Messages) -> str:
    """A time, formatted in the time zone of `now`, which is the team's."""
    local = time.astimezone(now.tzinfo)
    return f"{format_day(f'{local:%Y-%m-%d}', texts.locale_format)} {local:%H:%M %Z}"


def _truncate(text: str, max_length: int) -> str:
    return formatting.truncate(" ".join(text.split()), max_length)


def _hash(digest: Digest, messages: Messages | None, audience: Audience) -> str:
    """The hash of the message without the times in its footers, and without moves: they alone are no news."""
    without_moves = msgspec.structs.replace(digest, moves=())
    message = make_blocks(without_moves, datetime.min.replace(tzinfo=UTC), messages, audience)
    content = [str(block) for block in message if block["type"] != "context"]
    troubles = [part.trouble for part in digest.trackers]
    return hashlib.sha256("\n".join([*content, *troubles]).encode()).hexdigest()[:16]


def as_text(digest: Digest, now: datetime, messages: Messages | None = None) -> str:
    """The message as plain text, for a preview on a terminal."""
    return "\n".join(chain.from_iterable(_block_lines(block) for block in make_blocks(digest, now, messages)))


def _block_lines(block: Block) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "divider":
            yield ""
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "rich_text":
            for part in block["elements"]:
                is_list = part["type"] == "rich_text_list"
                for section in part["elements"] if is_list else [part]:
                    words = "".join(element["text"] for element in section["elements"])
                    yield f"  - {words}" if is_list else words.rstrip("\n")
