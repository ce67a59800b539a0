"""Finds trackers that are no longer configured although annotations of theirs are still on items."""

import re
from collections.abc import Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.rounds.trackers import item_patterns
from sync.settings import Settings
from sync.store import Transaction, items, writes

_MAX_NAMED = 10


class RemovedTracker(Struct, frozen=True, kw_only=True):
    """A tracker that was renamed in the configuration, or removed from it.

    Attributes:
        keys: The items that carry annotations, by item id.
        annotations: Number of comments, labels and field values.
        url: The address of one of the items; empty if unknown.
        reached_by: The configured tracker through which its items can be reached; empty if there is none.
    """

    tracker: str
    keys: dict[str, str]
    annotations: int
    url: str = ""
    reached_by: str = ""


def unconfigured_trackers(reading: Transaction, settings: Settings) -> list[str]:
    """Names of trackers that the store knows and the configuration does not."""
    return [name for name in items.trackers(reading) if name not in settings.trackers]


def find_removed_trackers(reading: Transaction, settings: Settings) -> list[RemovedTracker]:
    """The trackers without configuration whose annotations are still on items."""
    found: list[RemovedTracker] = []
    for name in unconfigured_trackers(reading, settings):
        annotations = writes.annotations(reading, name)
        if annotations:
            url = _address(reading, name, [annotation.item for annotation in annotations])
            found.append(
                RemovedTracker(
                    tracker=name,
                    keys={annotation.item: annotation.key for annotation in annotations},
                    annotations=len(annotations),
                    url=url,
                    reached_by=_reached_by(url, settings),
                )
            )
    return found


def describe_removed_tracker(orphan: RemovedTracker, messages: Messages) -> str:
    """Say what is still on which items, and what to do."""
    keys = list(dict.fromkeys(orphan.keys.values()))
    named = ", ".join(keys[:_MAX_NAMED]) + (", …" if len(keys) > _MAX_NAMED else "")
    told = messages.text(
        "report.orphaned", count=orphan.annotations, tracker=orphan.tracker, items=named, undo="`steward undo --all`"
    )
    return told if orphan.reached_by else f"{told} {messages.text('report.unreachable', url=orphan.url or '?')}"


def _address(reading: Transaction, tracker: str, ids: Sequence[str]) -> str:
    stored = (items.item_by_id(reading, tracker, ident) for ident in dict.fromkeys(ids))
    return next((item.url for item in stored if item is not None and item.url), "")


def _reached_by(url: str, settings: Settings) -> str:
    """A configured tracker on the same site that can write."""
    patterns = item_patterns(settings)
    return next(
        (
            name
            for name, section in settings.trackers.items()
            if section.plugin.can_write and url and any(re.match(pattern, url) for pattern in patterns[name])
        ),
        "",
    )
