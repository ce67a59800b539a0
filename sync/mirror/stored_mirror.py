"""The stored data about a tracker when a pull begins, by which the pull decides what to read.

The scope is what the settings of the tracker select. A cursor marks how far its changes have been read.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from rules.model import Release, drop_superseded
from sync.mirror.missing_items import MissingItems, load_missing_items
from sync.store import Database, Transaction, decisions, items, rank_order, stored_values, tracker_states
from sync.store.tracker_states import TrackerState

_SCOPE_NAME = "scope"
"""The name under which the store keeps the fingerprint of a tracker's scope."""
_LISTED_NAME = "all listed"
"""The name under which the store keeps the time at which all items in scope were last listed."""
_DAILY_POSITION_NAME = "daily position"
"""The name under which the store keeps the cursor from which the first pull of the next day starts."""
_REREADING_DAYS = 28
"""The number of days in which every open item is read again at least once."""


class StoredMirror(Struct, frozen=True):
    """What the store contains about a tracker.

    Attributes:
        state: How far the tracker has been read, and whether its last round ended early.
        versions: The version of every item in scope, by id.
        order: Ids of the items in scope in rank order.
        scope: The fingerprint of the scope; None if the tracker was never read.
        daily_position: The cursor from which the first pull of a day starts. It was the latest cursor when the first
            pull of the previous day began, so that the changes since then are read again.
        voted_items: Ids of items that are read again today because somebody may have voted for them.
        items_to_reread: Ids of items that are read again today in case a response was once wrong.
        ids_by_release: Ids of items by their coming release, if this is the first pull of the day.
        is_first_today: Whether this is the first pull of the day.
        all_listed_at: When all items were last listed; None if they never were.
        missing: Items that were missing in the last pull and were kept.
    """

    state: TrackerState
    versions: dict[str, str]
    order: list[str]
    scope: str | None
    daily_position: str | None
    voted_items: list[str]
    items_to_reread: list[str]
    ids_by_release: Mapping[Release, Sequence[str]]
    is_first_today: bool
    all_listed_at: datetime | None
    missing: MissingItems


def load_mirror(database: Database, tracker: str, now: datetime) -> StoredMirror:
    """Load what the store contains about a tracker."""
    with database.reading() as transaction:
        state = tracker_states.load(transaction, tracker)
        is_first_today = state.last_good is None or state.last_good.date() < now.date()
        return StoredMirror(
            state=state,
            versions=items.versions(transaction, tracker),
            order=rank_order.load(transaction, tracker).ids,
            scope=stored_values.load_for_tracker(transaction, tracker, _SCOPE_NAME, str),
            daily_position=stored_values.load_text_for_tracker(transaction, tracker, _DAILY_POSITION_NAME) or None,
            voted_items=_items_awaiting_votes(transaction, tracker) if is_first_today else [],
            items_to_reread=_choose_items_to_reread(transaction, tracker, now) if is_first_today else [],
            ids_by_release=items.ids_by_release(transaction, tracker) if is_first_today else {},
            is_first_today=is_first_today,
            all_listed_at=stored_values.load_for_tracker(transaction, tracker, _LISTED_NAME, datetime),
            missing=load_missing_items(transaction, tracker),
        )


def save_scope_and_daily_position(transaction: Transaction, tracker: str, scope: str, daily_position: str) -> None:
    """Store the fingerprint of the scope, and the cursor from which the first pull of the next day starts."""
    stored_values.save_for_tracker(transaction, tracker, _SCOPE_NAME, scope)
    stored_values.save_text_for_tracker(transaction, tracker, _DAILY_POSITION_NAME, daily_position)


def save_all_listed_at(transaction: Transaction, tracker: str, now: datetime) -> None:
    """Store that all items in scope were listed now."""
    stored_values.save_for_tracker(transaction, tracker, _LISTED_NAME, now)


def _items_awaiting_votes(transaction: Transaction, tracker: str) -> list[str]:
    """Ids of items with a decision that new votes may end. Votes change no version, so these few are read daily."""
    return [
        item_id
        for item_id, item_decisions in decisions.by_item(transaction, tracker).items()
        for decision in drop_superseded(item_decisions)
        if decision.kind.is_about_the_item and decision.votes is not None
    ]


def _choose_items_to_reread(transaction: Transaction, tracker: str, now: datetime) -> list[str]:
    """Ids of the open items to read again today, although nothing may have changed.

    A tracker or proxy may once return a wrong value that looks right, together with the right version, so that no
    comparison of versions reveals it. It must not stay until somebody changes the item.
    """
    return [
        item_id
        for item_id in items.open_ids(transaction, tracker)
        if (zlib.crc32(item_id.encode()) + now.toordinal()) % _REREADING_DAYS == 0
    ]
