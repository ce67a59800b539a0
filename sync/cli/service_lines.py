"""Renders the log entries of `steward run` as sentences for a terminal.

A round is one pass over a tracker.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from sync.cli.output import count_of, printable

_Entry = Mapping[str, Any]
"""A log entry of structlog: the event and its details, by key."""
_HIDDEN_KEYS = ("event", "level", "timestamp", "exception", "round", "tracker")
"""Details that `_default_sentence` does not list."""


class LineRenderer:
    """Renders log entries as the time and a sentence.

    Attributes:
        zone: The team's time zone; None for that of this machine.
    """

    def __init__(self, zone: tzinfo | None = None) -> None:
        self.zone = zone

    def __call__(self, _logger: Any, _method: str, entry: _Entry) -> str:
        """Render a log entry."""
        event = str(entry.get("event", ""))
        sentence = _SENTENCES.get(event)
        text = sentence(entry, self.zone) if sentence else _default_sentence(event, entry)
        return f"{datetime.now(self.zone):%H:%M:%S}  {printable(text)}"


def _default_sentence(event: str, entry: _Entry) -> str:
    """The sentence about an event for which `_SENTENCES` has no function."""
    subject = f"{entry['tracker']}: " if "tracker" in entry else ""
    details = ", ".join(f"{name}: {_format_value(value)}" for name, value in entry.items() if name not in _HIDDEN_KEYS)
    return f"{subject}{event}{f' ({details})' if details else ''}"


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _describe_start(entry: _Entry, zone: tzinfo | None) -> str:
    zone_note = f" Times are in the zone {zone}." if zone else ""
    trackers = ", ".join(entry["trackers"])
    return f"Started. Trackers: {trackers}. The first rounds run now. Ctrl-C stops the service.{zone_note}"


def _describe_round(entry: _Entry, zone: tzinfo | None) -> str:
    next_round = f" Next round {_format_time(entry['next'], zone)}." if entry.get("next") else ""
    if entry["trouble"]:
        trouble = entry["trouble"].removeprefix(f"{entry['tracker']}: ")
        return f"{entry['tracker']}: the round stopped early. {trouble}{next_round}"
    parts = [
        f"{entry['items']} items, {entry['read']} read",
        count_of(sum(entry["found"].values()), "finding"),
        f"{entry['writes']} writes" if entry["writes"] else "nothing written",
    ]
    why_nothing_written = f" {entry['held']}" if entry["held"] else ""
    return f"{entry['tracker']}: {', '.join(parts)}.{why_nothing_written}{next_round}"


def _describe_reports(entry: _Entry, _zone: tzinfo | None) -> str:
    channels = ", ".join(f"{channel} {outcome}" for channel, outcome in entry["channels"].items())
    problems = f" {' '.join(entry['troubles'])}" if entry["troubles"] else ""
    return f"Reports: {channels or 'none sent'}.{problems}"


def _format_time(time: str, zone: tzinfo | None) -> str:
    """A time of day, with the date if it is not today."""
    local = datetime.fromisoformat(time).astimezone(zone)
    return f"at {local:%H:%M}" if local.date() == datetime.now(zone).date() else f"on {local:%Y-%m-%d at %H:%M}"


_SENTENCES: dict[str, Callable[[_Entry, tzinfo | None], str]] = {
    "service started": _describe_start,
    "service stopped": lambda _entry, _zone: "Stopped.",
    "health checks": lambda entry, _zone: (
        f"Health checks: {entry['address']}/health. Report: {entry['address']}/report"
    ),
    "round": _describe_round,
    "round skipped": lambda entry, _zone: f"{entry['tracker']}: round skipped. {entry['reason']}",
    "reports": _describe_reports,
}
"""The function that renders an event as a sentence, by event."""
