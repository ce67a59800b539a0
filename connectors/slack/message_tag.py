"""The hidden tag in the metadata of our messages, by which they are found again."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

MessageTag = Mapping[str, Any]
"""Message metadata. Every app in the workspace can read them."""

REPORT_EVENT: Final = "backlog_steward_report"
DETAIL_EVENT: Final = "backlog_steward_detail"


def report_tag(installation: str, channel_id: str, day: date) -> MessageTag:
    """The tag of a day's report in a channel."""
    payload = {"installation": installation, "channel": channel_id, "day": day.isoformat()}
    return {"event_type": REPORT_EVENT, "event_payload": payload}


def detail_tag(installation: str, part: str) -> MessageTag:
    """The tag of a named detail in the thread of a report."""
    return {"event_type": DETAIL_EVENT, "event_payload": {"installation": installation, "part": part}}


def has_tag(message: Mapping[str, Any], tag: MessageTag) -> bool:
    """Whether a message has this tag, whatever else Slack added."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    wanted: Mapping[str, Any] = tag["event_payload"]
    return metadata.get("event_type") == tag["event_type"] and all(
        payload.get(name) == value for name, value in wanted.items()
    )
