"""Renders the log entries of `steward run` as sentences for a terminal.

A round is one pass over a tracker.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync.cli.output import count_of, printable
from sync.settings.base import get_time_zone

_Entry = Mapping[str, Any]
"""A log entry of structlog: the event and its details, by key."""
_HIDDEN_KEYS = ("event", "level", "timestamp", "exception", "round", "tracker")
"""Details that `_default_sentence` does not list."""


class LineRenderer:
    """Renders log entries as the time and a sentence.

    Attributes:
        zone: The name of the team's time zone; empty for the time zone of this machine.
    """

    def __init__(self, zone: str = "") -> None:
        self.zone = zone

    def __call__(self, _logger: Any, _method: str, entry: _Entry) -> str:
        """Render a log entry."""
        event = str(entry.get("event", ""))
        sentence = _SENTENCES.get(event)
        text = sentence(entry, self) if sentence else _default_sentence(event, entry)
        return f"{self.to_local(datetime.now().astimezone()):%H:%M:%S}  {printable(text)}"

    def to_local(self, time: datetime) -> datetime:
        """A time in the time zone."""
        return time.astimezone(get_time_zone(self.zone) if self.zone else None)


def _default_sentence(event: str, entry: _Entry) -> str:
    """The sentence about an event for which `_SENTENCES` has no function."""
    subject = f"{entry['tracker']}: " if "tracker" in entry else ""
    details = ", ".join(f"{name}: {_format_value(value)}" for name, value in entry.items() if name not in _HIDDEN_KEYS)
    return f"{subject}{event}{f' ({details})' if details else ''}"


def _format_value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _describe_start(entry: _Entry, renderer: LineRenderer) -> str:
    zone = f" Times are in the zone {renderer.zone}." if renderer.zone else ""
    trackers = ", ".join(entry["trackers"])
    return f"Started. Trackers: {trackers}. The first rounds run now. Ctrl-C stops the service.{zone}"


def _describe_round(entry: _Entry, renderer: LineRenderer) -> str:
    next_round = f" Next round {_format_time(entry['next'], renderer)}." if entry.get("next") else ""
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


def _describe_reports(entry: _Entry, _renderer: LineRenderer) -> str:
    channels = ", ".join(f"{channel} {outcome}" for channel, outcome in entry["channels"].items())
    problems = f" {' '.join(entry['troubles'])}" if entry["troubles"] else ""
    return f"Reports: {channels or 'none sent'}.{problems}"


def _format_time(time: str, renderer: LineRenderer) -> str:
    """A time of day, with the date if it is not today."""
    local = renderer.to_local(datetime.fromisoformat(time))
    today = renderer.to_local(datetime.now().astimezone()).date()
    return f"at {local:%H:%M}" if local.date() == today else f"on {local:%Y-%m-%d at %H:%M}"


_SENTENCES: dict[str, Callable[[_Entry, LineRenderer], str]] = {
    "service started": _describe_start,
    "service stopped": lambda _entry, _renderer: "Stopped.",
    "health checks": lambda entry, _renderer: (
        f"Health checks: {entry['address']}/health. Report: {entry['address']}/report"
    ),
    "round": _describe_round,
    "round skipped": lambda entry, _renderer: f"{entry['tracker']}: round skipped. {entry['reason']}",
    "reports": _describe_reports,
}
"""The function that renders an event as a sentence, by event."""
