"""Finds trackers that are no longer configured although annotations of theirs are still on items."""

import re
from collections.abc import Sequence

from msgspec import Struct

from sync.rounds.trackers import item_patterns
from sync.settings import Settings
from sync.store import Transaction, items, writes


class Orphan(Struct, frozen=True, kw_only=True):
    """A tracker that was renamed in the configuration, or removed from it.

    Attributes:
        keys: The items that carry annotations, by item id.
        comments, others: Numbers of comments, and of labels and field values.
        url: The address of one of the items; empty if unknown.
        reached_by: The configured tracker through which its items can be reached; empty if there is none.
    """

    tracker: str
    keys: dict[str, str]
    comments: int
    others: int
    url: str = ""
    reached_by: str = ""


def orphans(reading: Transaction, settings: Settings) -> list[str]:
    """Names of trackers that the store knows and the configuration does not."""
    return [name for name in items.trackers(reading) if name not in settings.trackers]


def orphaned_annotations(reading: Transaction, settings: Settings) -> list[Orphan]:
    """The trackers without configuration whose annotations are still on items."""
    found: list[Orphan] = []
    for name in orphans(reading, settings):
        annotations = writes.annotations(reading, name)
        if annotations:
            url = _address(reading, name, [annotation.item for annotation in annotations])
            comments = sum(annotation.kind == "comment" for annotation in annotations)
            found.append(
                Orphan(
                    tracker=name,
                    keys={annotation.item: annotation.key for annotation in annotations},
                    comments=comments,
                    others=len(annotations) - comments,
                    url=url,
                    reached_by=_reached_by(url, settings),
                )
            )
    return found


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
