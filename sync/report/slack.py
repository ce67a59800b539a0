"""Sends the digest to Slack: at most one message per channel and day, with details in its thread.

A new message is posted if the agenda of a refinement meeting is due, or if a decision has not been announced in the
channel before. Otherwise the latest message and its thread are edited. A decision here is an open question.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

import msgspec
import structlog
from msgspec import Struct

from connectors.errors import Gone
from connectors.slack import PostedMessage, Slack, formatting
from sync.messages import Messages, shipped_messages
from sync.report.announcement import Announcement, MessageDetails, PostedReply, decode_details, plan_announcement
from sync.report.digest import Digest
from sync.report.open_decisions import count_questions
from sync.report.pulse import open_and_load
from sync.report.slack_layout import make_message
from sync.report.slack_parts import Audience, Block, ListAddress, MessageLayout, Reply, ReportMessage
from sync.report.slack_thread import done_reply
from sync.store import Database, slack_messages
from sync.store.pulses import OpenPulse
from sync.store.slack_messages import SlackMessage

_log = structlog.get_logger(__name__)


class ReportChannel(Struct, frozen=True, kw_only=True):
    """A Slack channel, and how its messages look.

    Attributes:
        name: The name of the channel in the configuration.
        refinement: The time of the refinement meeting whose agenda is due; None if there is none.
        has_buttons: Whether people can answer with buttons.
        list_address: Returns the address of the page that lists given items in their tracker.
        mentions: The ids of the people to mention for roles, by the displayed name of the role.
        page_url: The address of the report page; empty if people cannot open it.
        pulse_team: The team whose pulse (an anonymous survey) is opened in this channel; empty if there is none.
        due_pulse: The period that a pulse in the next new message has to be about; empty if none has to be opened.
    """

    name: str
    audience: Audience = Audience.EVERYBODY
    refinement: datetime | None = None
    has_buttons: bool = False
    list_address: ListAddress = lambda _tracker, _keys: ""
    mentions: Mapping[str, str] = {}
    page_url: str = ""
    pulse_team: str = ""
    due_pulse: str = ""


def send(
    slack: Slack,
    database: Database,
    channel: ReportChannel,
    digest: Digest,
    *,
    now: datetime,
    messages: Messages | None = None,
    may_post: bool = True,
) -> str:
    """Post or edit the message of a channel.

    A message that can no longer be edited, or that somebody deleted, is not posted again.

    Args:
        channel: The channel.
        now: The present time in the team's time zone.
        messages: The texts to use; English by default.
        may_post: Whether a new message may be posted. Otherwise the latest one is edited, and nothing new is added.

    Returns:
        What was done: "posted", "edited", "unchanged" or "not editable"; "nothing" if there is no message to edit.

    Raises:
        ConnectorError: Slack cannot be reached or rejects the message.
    """
    texts = messages or shipped_messages()
    day = digest.day.isoformat()
    with database.reading() as transaction:
        todays_message = slack_messages.load(transaction, channel.name, day)
        latest_message = slack_messages.load_latest(transaction, channel.name)
    if may_post:
        announcement = _plan_message(digest, channel, todays_message, latest_message)
    elif latest_message is not None and latest_message.details is not None:
        announcement = Announcement(needs_new_message=False, details=decode_details(latest_message.details))
        digest = digest.with_only(announcement.details.announced_before)
    else:
        return "nothing"
    existing = todays_message or latest_message
    is_new = existing is None or announcement.needs_new_message
    message_day = digest.day if is_new or existing is None else date.fromisoformat(existing.day)
    latest_day = date.fromisoformat(latest_message.day) if latest_message is not None else None
    pulse = open_and_load(database, channel.pulse_team, channel.due_pulse, message_day, latest_day, may_open=is_new)
    message = _make_report(digest, channel, announcement, now, texts, pulse)
    if existing is None or (todays_message is None and announcement.needs_new_message):
        channel_id = slack.channel(channel.name).id
        if (posted := slack.find_report(channel_id, digest.day)) is None:
            _post(slack, database, channel_id, channel.name, digest.day, announcement.details, message, now, texts)
            return "posted"
        # It was posted by an earlier run, but the response was lost.
        existing = SlackMessage(channel=channel.name, day=day, channel_id=channel_id, ts=posted.ts, hash="")
        _save(database, existing)
    try:
        return _edit(slack, database, existing, announcement.details, message, now, texts)
    except Gone as error:
        _log.info("the message cannot be edited; the next decision or agenda is posted instead", reason=str(error))
        return "not editable"


def _post(  # noqa: PLR0917 - the parts of a message
    slack: Slack,
    database: Database,
    channel_id: str,
    channel_name: str,
    day: date,
    details: MessageDetails,
    message: ReportMessage,
    now: datetime,
    texts: Messages,
) -> None:
    """Post a message and its thread."""
    blocks = formatting.with_block_ids(message.blocks, _block_id_prefix(message.blocks, now))
    posted = slack.post_report(channel_id, message.text, blocks, day=day)
    new_message = SlackMessage(
        channel=channel_name,
        day=day.isoformat(),
        channel_id=channel_id,
        ts=posted.ts,
        hash=_hash(message.blocks),
        details=msgspec.json.encode(details),
    )
    _save(database, new_message)
    _send_replies(slack, database, new_message, message, now, texts, is_new=True)


def _plan_message(
    digest: Digest, channel: ReportChannel, todays_message: SlackMessage | None, latest_message: SlackMessage | None
) -> Announcement:
    """Decide what the message of the day announces."""
    return plan_announcement(
        _open_ids(digest, channel.audience),
        todays_details=decode_details(todays_message.details) if todays_message else None,
        latest_details=decode_details(latest_message.details) if latest_message else None,
        refinement=channel.refinement,
        day=digest.day,
    )


def _open_ids(digest: Digest, audience: Audience) -> list[str]:
    """The ids of everything that the readers of a channel have to decide or do."""
    if audience is Audience.ADMIN:
        lines = [(part.tracker, line) for part in digest.trackers for line in (*part.notes, *part.skipped)]
        for_admin = [f"{tracker} {hashlib.sha256(line.encode()).hexdigest()[:12]}" for tracker, line in lines]
    else:
        for_admin = []
    if audience is not Audience.TEAM:
        for_admin += [f"{part.tracker} approval" for part in digest.trackers if part.approval]
        for_admin += [f"{part.tracker} trouble" for part in digest.trackers if part.trouble]
    return for_admin if audience is Audience.ADMIN else [*digest.decision_ids, *digest.alert_ids, *for_admin]


def _make_report(  # noqa: PLR0917 - the parts of a message
    digest: Digest,
    channel: ReportChannel,
    announcement: Announcement,
    now: datetime,
    texts: Messages,
    pulse: OpenPulse | None,
) -> ReportMessage:
    """Lay out the message that makes an announcement."""
    details = announcement.details
    shown = digest if details.is_agenda else digest.with_only(details.announced)
    count, all_count = count_questions(shown.all_decisions), count_questions(digest.all_decisions)
    return make_message(
        shown,
        MessageLayout(
            now=now,
            messages=texts,
            audience=channel.audience,
            is_agenda=details.is_agenda,
            refinement=details.refinement,
            earlier_count=all_count - count,
            has_buttons=channel.has_buttons,
            mentions=channel.mentions,
            list_address=channel.list_address,
            page_url=channel.page_url,
            pulse=pulse,
            pulse_team=channel.pulse_team,
        ),
    )


def _edit(  # noqa: PLR0917 - the parts of a message
    slack: Slack,
    database: Database,
    old: SlackMessage,
    details: MessageDetails,
    message: ReportMessage,
    now: datetime,
    texts: Messages,
) -> str:
    """Edit a message and its thread; return "edited" or "unchanged"."""
    day = date.fromisoformat(old.day)
    blocks = formatting.with_block_ids(message.blocks, _block_id_prefix(message.blocks, now))
    slack.update_report(PostedMessage(old.channel_id, old.ts), message.text, blocks, day=day)
    edited = msgspec.structs.replace(old, hash=_hash(message.blocks), details=msgspec.json.encode(details))
    _save(database, edited)
    replies_changed = _send_replies(slack, database, edited, message, now, texts)
    return "edited" if replies_changed or old.hash != edited.hash else "unchanged"


def _send_replies(  # noqa: PLR0917 - the parts of a thread
    slack: Slack,
    database: Database,
    parent: SlackMessage,
    message: ReportMessage,
    now: datetime,
    texts: Messages,
    *,
    is_new: bool = False,
) -> bool:
    """Post the missing replies of a thread, and edit the changed ones. Return whether any was posted or edited."""
    details = decode_details(parent.details)
    day = date.fromisoformat(parent.day)
    report = PostedMessage(parent.channel_id, parent.ts)
    new_replies = {reply.topic: reply for reply in message.replies}
    new_replies |= {topic: done_reply(topic, texts) for topic in details.replies if topic not in new_replies}
    replies: dict[str, PostedReply] = dict(details.replies)
    if not is_new and any(topic not in replies for topic in new_replies):
        # A reply may have been posted although its response was lost.
        in_thread = slack.find_replies(report, day)
        replies = {topic: PostedReply(reply.ts, "") for topic, reply in in_thread.items()} | replies
    changed = False
    for topic, reply in new_replies.items():
        content_hash = _hash(reply.blocks)
        posted = replies.get(topic)
        if posted is not None and posted.hash == content_hash:
            continue
        ts = _send_reply(slack, report, reply, posted, day, now)
        replies[topic] = PostedReply(ts, content_hash)
        changed = True
        _save_replies(database, parent, details, replies)
    return changed


def _send_reply(  # noqa: PLR0917 - the parts of a reply
    slack: Slack, report: PostedMessage, reply: Reply, posted: PostedReply | None, day: date, now: datetime
) -> str:
    """Edit or post a reply, and return its timestamp. A reply that somebody deleted stays deleted."""
    blocks = formatting.with_block_ids(reply.blocks, _block_id_prefix(reply.blocks, now))
    if posted is None:
        return slack.post_report(report.channel, reply.text, blocks, day=day, thread=report.ts, topic=reply.topic).ts
    try:
        slack.update_report(PostedMessage(report.channel, posted.ts), reply.text, blocks, day=day, topic=reply.topic)
    except Gone as error:
        _log.info("a reply cannot be edited", reason=str(error))
    return posted.ts


def _save_replies(
    database: Database, parent: SlackMessage, details: MessageDetails, replies: Mapping[str, PostedReply]
) -> None:
    """Store the replies in the thread of a message."""
    new_details = msgspec.structs.replace(details, replies=dict(replies))
    _save(database, msgspec.structs.replace(parent, details=msgspec.json.encode(new_details)))


def _save(database: Database, message: SlackMessage) -> None:
    """Store a message."""
    with database.writing() as transaction:
        slack_messages.save(transaction, message)


def _hash(blocks: list[Block]) -> str:
    """The hash of a message without its context blocks, because a new time in the footer does not count as a change."""
    content = "\n".join(str(block) for block in blocks if block["type"] != "context")
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _block_id_prefix(blocks: list[Block], now: datetime) -> str:
    """The prefix of the ids of blocks. Slack requires different ids in each version of a message."""
    return hashlib.sha256(f"{now.isoformat()}\n{blocks}".encode()).hexdigest()[:12]
