"""Remembers items that could not be read completely, so that they are read again although their versions do not change.

A pull updates the mirror, the local copy of a tracker. While it read an item, a request for site-wide data may have
failed, such as the request for the workflow states of an item type. The next three pulls read such an item again. After
that, only the first pull of each day tries it, and reads at most a few hundred such items.
"""

from collections.abc import Container, Sequence

from connectors.tracker import FetchedItem
from sync.store import Database, stored_values

_INCOMPLETE_ITEMS_NAME = "incomplete items"
"""The name under which the store keeps the incomplete items of a tracker."""
_MAX_CONSECUTIVE_ATTEMPTS = 3
"""The number of consecutive pulls that read an incomplete item again: enough to outlast a short outage."""
_MAX_ITEMS_A_DAY = 500
"""The maximum number of items that are read again each day after these attempts, so that a lasting failure costs few
requests.
"""


class IncompleteItems:
    """The incomplete items of one tracker, with the number of attempts to read them.

    Args:
        ids_in_mirror: Ids of the items in the mirror. Others have left it, and are not read again.
    """

    def __init__(self, database: Database, tracker: str, ids_in_mirror: Container[str]) -> None:
        self._database = database
        self._tracker = tracker
        with database.reading() as transaction:
            stored = stored_values.load_for_tracker(transaction, tracker, _INCOMPLETE_ITEMS_NAME, dict[str, int])
        stored = stored or {}
        self._attempts = {item_id: count for item_id, count in stored.items() if item_id in ids_in_mirror}
        self._has_unsaved_changes = len(self._attempts) < len(stored)

    def ids_to_fetch(self, *, is_first_today: bool) -> list[str]:
        """Return the ids of the items to fetch again in this pull."""
        ids_within_limit = [
            item_id for item_id, attempts in self._attempts.items() if attempts <= _MAX_CONSECUTIVE_ATTEMPTS
        ]
        ids_over_limit = [
            item_id for item_id, attempts in self._attempts.items() if attempts > _MAX_CONSECUTIVE_ATTEMPTS
        ]
        return [*ids_within_limit, *(ids_over_limit[:_MAX_ITEMS_A_DAY] if is_first_today else ())]

    def record(self, items: Sequence[FetchedItem]) -> None:
        """Record which of these items are incomplete, that is, have attributes that could not be read.

        They go to the end of the queue, so that all get their turn.
        """
        for fetched in items:
            item_id = fetched.item.id
            attempts = self._attempts.pop(item_id, None)
            if fetched.item.unknown:
                self._attempts[item_id] = min((attempts or 0) + 1, _MAX_CONSECUTIVE_ATTEMPTS + 1)
            self._has_unsaved_changes |= attempts is not None or bool(fetched.item.unknown)

    def save(self) -> None:
        """Store the incomplete items for the next pull."""
        if self._has_unsaved_changes:
            with self._database.writing() as transaction:
                stored_values.save_for_tracker(transaction, self._tracker, _INCOMPLETE_ITEMS_NAME, self._attempts)
