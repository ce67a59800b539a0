"""Finds trackers that were removed from the settings while the service's annotations are still on their items.

An annotation is a comment, label or field value that the service put on an item. A tracker that was renamed in the
settings counts as removed under its former name.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.rounds.trackers import item_patterns
from sync.settings import Settings
from sync.store import Transaction, items, tracker_states, writes

_MAX_LISTED_ITEMS = 10
"""The maximum number of items that a message names, so that it stays readable."""


class RemovedTracker(Struct, frozen=True, kw_only=True):
    """A tracker that was renamed in the settings, or removed from them.

    Attributes:
        keys: The keys of the items with annotations, by item id.
        annotations: Number of comments, labels and field values.
        url: The address of one of the items; empty if unknown.
        reached_by: The name of a configured tracker that can write to its items; empty if there is none.
    """

    tracker: str
    keys: dict[str, str]
    annotations: int
    url: str = ""
    reached_by: str = ""


def unconfigured_trackers(transaction: Transaction, settings: Settings) -> list[str]:
    """Names of trackers that have data in the store, but are not in the settings."""
    return [name for name in tracker_states.trackers(transaction) if name not in settings.trackers]


def find_removed_trackers(transaction: Transaction, settings: Settings) -> list[RemovedTracker]:
    """Find the removed trackers whose items still have annotations."""
    removed_trackers: list[RemovedTracker] = []
    for name in unconfigured_trackers(transaction, settings):
        annotations = writes.annotations(transaction, name)
        if annotations:
            url = _item_address(transaction, name, [annotation.item for annotation in annotations])
            removed_trackers.append(
                RemovedTracker(
                    tracker=name,
                    keys={annotation.item: annotation.key for annotation in annotations},
                    annotations=len(annotations),
                    url=url,
                    reached_by=_find_tracker_for(url, settings),
                )
            )
    return removed_trackers


def describe_removed_tracker(removed: RemovedTracker, messages: Messages) -> str:
    """A message that names the items with annotations and says what to do."""
    keys = list(dict.fromkeys(removed.keys.values()))
    listed = ", ".join(keys[:_MAX_LISTED_ITEMS]) + (", …" if len(keys) > _MAX_LISTED_ITEMS else "")
    message = messages.text(
        "report.orphaned", count=removed.annotations, tracker=removed.tracker, items=listed, undo="`steward undo --all`"
    )
    return message if removed.reached_by else f"{message} {messages.text('report.unreachable', url=removed.url or '?')}"


def _item_address(transaction: Transaction, tracker: str, item_ids: Sequence[str]) -> str:
    """The web address of the first of these items that has one; empty if none has."""
    stored_items = (items.item_by_id(transaction, tracker, item_id) for item_id in dict.fromkeys(item_ids))
    return next((item.url for item in stored_items if item is not None and item.url), "")


def _find_tracker_for(url: str, settings: Settings) -> str:
    """Find the name of a configured tracker that can write to the item at an address; empty if there is none."""
    patterns = item_patterns(settings)
    return next(
        (
            name
            for name, section in settings.trackers.items()
            if section.plugin.can_write and url and any(re.match(pattern, url) for pattern in patterns[name])
        ),
        "",
    )
