"""Decides what the message in a Slack channel announces: the agenda of a refinement meeting, or else new decisions.

A decision here is anything that the readers of a channel have to answer or do: an open question, an alert about a
sprint or, for an admin, a task.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct, field

_FORGET_AFTER = timedelta(days=7)
"""A decision that is open again after this time is announced again."""


class PostedReply(Struct, frozen=True):
    """A reply in the thread of a message.

    Attributes:
        ts: The id of the reply in Slack (its "timestamp").
        hash: The hash of its content as it was last sent.
    """

    ts: str
    hash: str


class MessageDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stored details of a posted message.

    Attributes:
        is_agenda: Whether the message is an agenda; otherwise it is about new decisions.
        refinement: The time of the refinement meeting that the latest agenda in the channel was for; None before the
            first.
        announced: Ids of the decisions that the message announces; empty for an agenda.
        announced_in_channel: Ids of all decisions that were announced in the channel, each with the last day on which
            it was open; `told` in JSON.
        replies: The replies in its thread, by `Reply.topic`: the id of a topic, which is all decisions with the same
            question, or another name, such as "agenda".
    """

    is_agenda: bool = False
    refinement: datetime | None = None
    announced: tuple[str, ...] = ()
    announced_in_channel: dict[str, date] = field(default_factory=dict, name="told")
    replies: dict[str, PostedReply] = {}


class Announcement(Struct, frozen=True, kw_only=True):
    """The announcement that a message makes.

    Attributes:
        needs_todays_message: Whether to post a message for the day, or edit the one that has been posted for it;
            otherwise the latest message is edited.
    """

    needs_todays_message: bool
    details: MessageDetails


def plan_announcement(
    open_ids: Collection[str],
    *,
    todays_details: MessageDetails | None,
    latest_details: MessageDetails | None,
    refinement: datetime | None,
    day: date,
) -> Announcement:
    """Decide what the message of a day announces.

    Args:
        open_ids: Ids of the decisions that are needed now.
        todays_details: The details of the message of the day; None if none has been posted.
        latest_details: Those of the latest message in the channel, which may be that of the day; None if there is none.
        refinement: The time of the refinement meeting whose agenda is due; None if there is none.
        day: The day in the team's time zone.
    """
    previous = latest_details or MessageDetails()
    announced_before = {
        decision_id: last_open
        for decision_id, last_open in previous.announced_in_channel.items()
        if day - last_open < _FORGET_AFTER
    }
    new_ids = [open_id for open_id in open_ids if open_id not in announced_before]
    is_agenda_due = refinement is not None and refinement != previous.refinement
    needs_todays_message = is_agenda_due or bool(new_ids) or latest_details is None
    current = todays_details or MessageDetails() if needs_todays_message else previous
    is_agenda = is_agenda_due or current.is_agenda
    details = MessageDetails(
        is_agenda=is_agenda,
        refinement=refinement if is_agenda_due else previous.refinement,
        announced=() if is_agenda else (*current.announced, *new_ids),
        announced_in_channel=announced_before | dict.fromkeys(open_ids, day),
        replies=current.replies,
    )
    return Announcement(needs_todays_message=needs_todays_message, details=details)


def decode_details(stored: bytes | None) -> MessageDetails:
    """Decode stored details. Messages from earlier versions have none, which counts as empty details."""
    return msgspec.json.decode(stored, type=MessageDetails) if stored else MessageDetails()
