"""What a message of ours carries out of sight, so that it can be told from every other message and found again."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

MessageTag = Mapping[str, Any]
"""A message's metadata, as Slack takes and returns them. Every app in the workspace can read them."""

REPORT_EVENT: Final = "backlog_steward_report"
DETAIL_EVENT: Final = "backlog_steward_detail"


def report(installation: str, channel_id: str, day: date) -> MessageTag:
    """Marks the report of a day in a channel."""
    payload = {"installation": installation, "channel": channel_id, "day": day.isoformat()}
    return {"event_type": REPORT_EVENT, "event_payload": payload}


def detail(installation: str, part: str) -> MessageTag:
    """Marks a named part of what stands in the thread of a report."""
    return {"event_type": DETAIL_EVENT, "event_payload": {"installation": installation, "part": part}}


def carries(message: Mapping[str, Any], mark: MessageTag) -> bool:
    """Whether a message bears this mark, whatever else Slack adds to it."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    wanted: Mapping[str, Any] = mark["event_payload"]
    return metadata.get("event_type") == mark["event_type"] and all(
        payload.get(name) == value for name, value in wanted.items()
    )
