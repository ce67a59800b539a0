"""The tag in the metadata of a report or a reply, by which the service finds it again. People do not see it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from connectors.slack.payloads import as_mapping

MessageTag = Mapping[str, Any]
"""Metadata of a message, in the format of Slack's API. Every app in the workspace can read it."""

REPORT_EVENT: Final = "backlog_steward_report"
"""The type of the metadata. Slack calls it an event."""


def report_tag(installation: str, channel_id: str, day: date, topic: str = "") -> MessageTag:
    """Make the tag of a day's report in a channel, or of the reply about a topic in the report's thread.

    `installation` is the id of this installation of the service; `topic` is empty for the report itself.
    """
    payload = {"installation": installation, "channel": channel_id, "day": day.isoformat()}
    payload |= {"topic": topic} if topic else {}
    return {"event_type": REPORT_EVENT, "event_payload": payload}


def tagged_topic(message: Mapping[str, Any]) -> str:
    """The topic in a message's tag; empty if the message has no tag or the tag has no topic."""
    return str(as_mapping(as_mapping(message.get("metadata")).get("event_payload")).get("topic") or "")


def has_tag(message: Mapping[str, Any], tag: MessageTag) -> bool:
    """Whether a message has this tag, even if Slack added further metadata."""
    metadata = as_mapping(message.get("metadata"))
    payload, tag_payload = as_mapping(metadata.get("event_payload")), as_mapping(tag["event_payload"])
    return metadata.get("event_type") == tag["event_type"] and tag_payload.items() <= payload.items()
