"""The messages that were sent to Slack: at most one for each channel and day, which is edited during the day."""

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from sync.store.statements import first_row, get_table, upsert
from sync.store.tables import SlackMessageRow

_messages = get_table(SlackMessageRow)


class SlackMessage(Struct, frozen=True, kw_only=True):
    """The message of one day in a channel.

    Attributes:
        channel: The channel's name or id in the settings.
        channel_id: Its id in Slack.
        day: The day of the message, as YYYY-MM-DD, in the time zone of the settings.
        ts: The message's id in Slack, its "timestamp".
        hash: A hash of the content without its footer. If an edit leaves it as it was, the message counts as unchanged.
        details: What it announced and the replies in its thread, as JSON.
    """

    channel: str
    day: str
    channel_id: str
    ts: str
    hash: str
    details: bytes | None = None


def load(connection: Connection, channel: str, day: str) -> SlackMessage | None:
    """Load the message of one day in a channel; None if there is none."""
    row = first_row(connection, select(_messages).where(_messages.c.channel == channel, _messages.c.day == day))
    return SlackMessage(**row) if row else None


def load_latest(connection: Connection, channel: str) -> SlackMessage | None:
    """Load the newest message in a channel; None if there is none."""
    query = select(_messages).where(_messages.c.channel == channel).order_by(_messages.c.day.desc())
    row = first_row(connection, query)
    return SlackMessage(**row) if row else None


def save(connection: Connection, message: SlackMessage) -> None:
    """Store the message of one day in a channel."""
    upsert(connection, SlackMessageRow, [msgspec.structs.asdict(message)])
