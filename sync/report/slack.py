"""Sends the digest to Slack: at most one message per channel and day, with details in its thread.

A new message is posted if the agenda of a refinement meeting is due, or if a decision has not been announced in the
channel before. Otherwise the latest message and its thread are edited. A decision here is anything that the readers
have to answer or do: an open question, an alert about a sprint or, for an admin, a task.

A pulse is an anonymous survey of a team, which people open with a button in the message.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import structlog

from connectors.errors import Gone
from connectors.slack import PostedMessage, Slack, formatting
from sync.messages import Messages
from sync.report.announcement import Announcement, MessageDetails, PostedReply, decode_details, plan_announcement
from sync.report.digest import Digest
from sync.report.open_decisions import count_questions
from sync.report.pulse import open_and_load
from sync.report.slack_layout import make_message
from sync.report.slack_parts import Audience, Block, MessageLayout, Reply, ReportChannel, ReportMessage
from sync.report.slack_thread import done_reply
from sync.store import Database, slack_messages
from sync.store.pulses import OpenPulse
from sync.store.slack_messages import SlackMessage

_log = structlog.get_logger(__name__)


def send(
    slack: Slack,
    database: Database,
    channel: ReportChannel,
    digest: Digest,
    texts: Messages,
    *,
    now: datetime,
    may_post: bool = True,
) -> str:
    """Post or edit the message of a channel.

    A message that can no longer be edited, or that somebody deleted, is not posted again.

    Args:
        now: The current time, in the team's time zone.
        may_post: Whether a new message may be posted. Otherwise the latest one is edited, and no decision is added.

    Returns:
        What was done: "posted", "edited", "unchanged" or "not editable"; "nothing" if there is no message to edit.

    Raises:
        ConnectorError: Slack cannot be reached or rejects the message.
    """
    with database.reading() as transaction:
        todays_message = slack_messages.load(transaction, channel.name, digest.day.isoformat())
        latest_message = slack_messages.load_latest(transaction, channel.name)
    if may_post:
        announcement = plan_announcement(
            _open_ids(digest, channel.audience),
            todays_details=decode_details(todays_message.details) if todays_message else None,
            latest_details=decode_details(latest_message.details) if latest_message else None,
            refinement=channel.due_refinement,
            day=digest.day,
        )
    elif latest_message is not None and latest_message.details is not None:
        announcement = Announcement(needs_todays_message=False, details=decode_details(latest_message.details))
        digest = digest.with_only(announcement.details.announced_in_channel)
    else:
        return "nothing"
    stored_message = todays_message or (None if announcement.needs_todays_message else latest_message)
    message_day = date.fromisoformat(stored_message.day) if stored_message is not None else digest.day
    latest_day = date.fromisoformat(latest_message.day) if latest_message is not None else None
    may_open = announcement.needs_todays_message
    pulse = open_and_load(database, channel.pulse_team, channel.due_pulse, message_day, latest_day, may_open=may_open)
    message = _make_report(digest, channel, announcement.details, now, texts, pulse)
    sender = _Sender(slack, database, announcement.details, message, now, texts)
    if stored_message is None:
        channel_id = slack.channel(channel.name).id
        stored_message = sender.recover(channel_id, channel.name, digest.day)
        if stored_message is None:
            sender.post(channel_id, channel.name, digest.day)
            return "posted"
    try:
        return sender.edit(stored_message)
    except Gone as error:
        _log.info("the message cannot be edited; the next decision or agenda is posted instead", reason=str(error))
        return "not editable"


def _open_ids(digest: Digest, audience: Audience) -> list[str]:
    """The ids of everything that the readers of a channel have to decide or do."""
    if audience is Audience.TEAM:
        return digest.open_ids
    admin_tasks = [f"{part.tracker} approval" for part in digest.trackers if part.approval]
    admin_tasks += [f"{part.tracker} trouble" for part in digest.trackers if part.trouble]
    if audience is Audience.EVERYBODY:
        return digest.open_ids + admin_tasks
    lines = [(part.tracker, line) for part in digest.trackers for line in (*part.notes, *part.skipped)]
    return [f"{tracker} {hashlib.sha256(line.encode()).hexdigest()[:12]}" for tracker, line in lines] + admin_tasks


def _make_report(  # noqa: PLR0917 - the parts of a message
    digest: Digest,
    channel: ReportChannel,
    details: MessageDetails,
    now: datetime,
    texts: Messages,
    pulse: OpenPulse | None,
) -> ReportMessage:
    """Lay out the message: the agenda with all open decisions, or only the decisions that it announces."""
    shown = digest if details.is_agenda else digest.with_only(details.announced)
    shown_count, all_count = count_questions(shown.all_decisions), count_questions(digest.all_decisions)
    return make_message(
        shown,
        MessageLayout(
            now=now,
            messages=texts,
            channel=channel,
            is_agenda=details.is_agenda,
            refinement=details.refinement,
            earlier_count=all_count - shown_count,
            pulse=pulse,
        ),
    )


@dataclass(frozen=True)
class _Sender:
    """Posts or edits one message and the replies in its thread, and stores what was sent.

    Attributes:
        details: The details to store about the message, in which `replies` are those that were sent before.
        message: The message as it should be in Slack now.
    """

    slack: Slack
    database: Database
    details: MessageDetails
    message: ReportMessage
    now: datetime
    texts: Messages

    def recover(self, channel_id: str, channel_name: str, day: date) -> SlackMessage | None:
        """Find the message of a day that an earlier run posted although the response was lost, and store it."""
        posted = self.slack.find_report(channel_id, day)
        if posted is None:
            return None
        found = SlackMessage(channel=channel_name, day=day.isoformat(), channel_id=channel_id, ts=posted.ts, hash="")
        self._save(found)
        return found

    def post(self, channel_id: str, channel_name: str, day: date) -> None:
        """Post the message and its thread."""
        blocks = self.message.blocks
        posted = self.slack.post_report(channel_id, self.message.text, self._with_ids(blocks), day=day)
        new_message = SlackMessage(
            channel=channel_name,
            day=day.isoformat(),
            channel_id=channel_id,
            ts=posted.ts,
            hash=_hash(blocks),
            details=msgspec.json.encode(self.details),
        )
        self._save(new_message)
        self._send_replies(new_message, is_new=True)

    def edit(self, old: SlackMessage) -> str:
        """Edit the message and its thread; return "edited" or "unchanged"."""
        blocks, day = self.message.blocks, date.fromisoformat(old.day)
        report = PostedMessage(old.channel_id, old.ts)
        self.slack.update_report(report, self.message.text, self._with_ids(blocks), day=day)
        edited = msgspec.structs.replace(old, hash=_hash(blocks), details=msgspec.json.encode(self.details))
        self._save(edited)
        replies_changed = self._send_replies(edited)
        return "edited" if replies_changed or old.hash != edited.hash else "unchanged"

    def _save(self, message: SlackMessage) -> None:
        with self.database.writing() as transaction:
            slack_messages.save(transaction, message)

    def _send_replies(self, parent: SlackMessage, *, is_new: bool = False) -> bool:
        """Post the missing replies of a thread, and edit the changed ones. Return whether any was posted or edited."""
        day = date.fromisoformat(parent.day)
        report = PostedMessage(parent.channel_id, parent.ts)
        replies = {reply.topic: reply for reply in self.message.replies}
        replies |= {topic: done_reply(topic, self.texts) for topic in self.details.replies if topic not in replies}
        posted = dict(self.details.replies)
        if not is_new and any(topic not in posted for topic in replies):
            # A reply may have been posted although its response was lost.
            in_thread = self.slack.find_replies(report, day)
            posted = {topic: PostedReply(reply.ts, "") for topic, reply in in_thread.items()} | posted
        changed = [
            reply
            for topic, reply in replies.items()
            if topic not in posted or posted[topic].hash != _hash(reply.blocks)
        ]
        for reply in changed:
            ts = self._send_reply(report, reply, posted.get(reply.topic), day)
            posted[reply.topic] = PostedReply(ts, _hash(reply.blocks))
            new_details = msgspec.structs.replace(self.details, replies=posted)
            self._save(msgspec.structs.replace(parent, details=msgspec.json.encode(new_details)))
        return bool(changed)

    def _send_reply(self, report: PostedMessage, reply: Reply, posted: PostedReply | None, day: date) -> str:
        """Edit or post a reply, and return its timestamp. A reply that somebody deleted stays deleted."""
        blocks, topic = self._with_ids(reply.blocks), reply.topic
        if posted is None:
            return self.slack.post_report(report.channel, reply.text, blocks, day=day, thread=report.ts, topic=topic).ts
        try:
            self.slack.update_report(PostedMessage(report.channel, posted.ts), reply.text, blocks, day=day, topic=topic)
        except Gone as error:
            _log.info("a reply cannot be edited", reason=str(error))
        return posted.ts

    def _with_ids(self, blocks: list[Block]) -> list[Block]:
        """Blocks with ids. Slack requires different ids in each version of a message."""
        prefix = hashlib.sha256(f"{self.now.isoformat()}\n{blocks}".encode()).hexdigest()[:12]
        return formatting.with_block_ids(blocks, prefix)


def _hash(blocks: list[Block]) -> str:
    """The hash of a message without its context blocks, because a new time in the footer does not count as a change."""
    content = "\n".join(str(block) for block in blocks if block["type"] != "context")
    return hashlib.sha256(content.encode()).hexdigest()[:16]
