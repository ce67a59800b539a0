"""Renders the log entries of `steward run` as sentences for a terminal.

A round is one pass over a tracker.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sync.cli.output import printable

_Entry = Mapping[str, Any]
"""A log entry of structlog: the event and its details, by key."""
_HIDDEN_KEYS = ("event", "level", "timestamp", "exception", "round", "tracker")
"""Details that `_default_sentence` does not list."""


def render_line(_logger: Any, _method: str, entry: _Entry) -> str:
    """Render a log entry as the local time and a sentence."""
    event = str(entry.get("event", ""))
    sentence = _SENTENCES.get(event)
    text = sentence(entry) if sentence else _default_sentence(event, entry)
    return f"{datetime.now().astimezone():%H:%M:%S}  {printable(text)}"


def _default_sentence(event: str, entry: _Entry) -> str:
    """The sentence about an event for which `_SENTENCES` has no function."""
    subject = f"{entry['tracker']}: " if "tracker" in entry else ""
    details = ", ".join(f"{name}: {_format_value(value)}" for name, value in entry.items() if name not in _HIDDEN_KEYS)
    return f"{subject}{event}{f' ({details})' if details else ''}"


def _format_value(value: Any) -> str:
    """A detail as text."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _describe_start(entry: _Entry) -> str:
    """Describe that the service has started."""
    return f"Started. Trackers: {', '.join(entry['trackers'])}. The first rounds run now. Ctrl-C stops the service."


def _describe_round(entry: _Entry) -> str:
    """Describe the result of a round."""
    next_round = f" Next round {_format_time(entry['next'])}." if entry.get("next") else ""
    if entry["trouble"]:
        trouble = entry["trouble"].removeprefix(f"{entry['tracker']}: ")
        return f"{entry['tracker']}: the round stopped early. {trouble}{next_round}"
    finding_count = sum(entry["found"].values())
    parts = [
        f"{entry['items']} items, {entry['read']} read",
        f"{finding_count} finding{'' if finding_count == 1 else 's'}",
        f"{entry['writes']} writes" if entry["writes"] else "nothing written",
    ]
    reason = f" {entry['held']}" if entry["held"] else ""
    return f"{entry['tracker']}: {', '.join(parts)}.{reason}{next_round}"


def _describe_skipped_round(entry: _Entry) -> str:
    """Describe why a round did not run: another process works on the tracker."""
    return f"{entry['tracker']}: round skipped. {entry['reason']}"


def _describe_reports(entry: _Entry) -> str:
    """Describe which reports were sent."""
    channels = ", ".join(f"{channel} {outcome}" for channel, outcome in entry["channels"].items())
    problems = f" {' '.join(entry['troubles'])}" if entry["troubles"] else ""
    return f"Reports: {channels or 'none sent'}.{problems}"


def _format_time(time: str) -> str:
    """A time of day, with the date if it is not today."""
    local, today = datetime.fromisoformat(time).astimezone(), datetime.now().astimezone().date()
    return f"at {local:%H:%M}" if local.date() == today else f"on {local:%Y-%m-%d at %H:%M}"


_SENTENCES: dict[str, Callable[[_Entry], str]] = {
    "service started": _describe_start,
    "service stopped": lambda _entry: "Stopped.",
    "health checks": lambda entry: f"Health checks: {entry['address']}/health. Report: {entry['address']}/report",
    "round": _describe_round,
    "round skipped": _describe_skipped_round,
    "reports": _describe_reports,
}
"""The function that renders an event as a sentence, by event."""
