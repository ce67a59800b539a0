"""Items of which the tracker did not show everything: they are read again, although their versions do not change.

A question about the site may have failed while they were read, such as for the states of a type. Three rounds in a row
try again; what is still unknown then is tried once a day, a few hundred items at a time.
"""

from collections.abc import Iterable, Sequence

import msgspec

from connectors.tracker import FetchedItem
from sync.store import Database, rounds

_FACT = "incomplete items"
_MAX_ATTEMPTS = 3
_MAX_DAILY = 500


class IncompleteItems:
    """The incomplete items of one tracker, as the last pull left them."""

    def __init__(self, database: Database, tracker: str) -> None:
        self._database = database
        self._tracker = tracker
        with database.reading() as transaction:
            stored = rounds.tracker_fact(transaction, tracker, _FACT)
        self._attempts = msgspec.json.decode(stored, type=dict[str, int]) if stored else {}
        self._changed = False

    def to_reread(self, *, is_first_today: bool) -> list[str]:
        """Ids of the items to read again in this pull.

        Args:
            is_first_today: Whether this is the first pull of the day.
        """
        recent = [item_id for item_id, attempts in self._attempts.items() if attempts <= _MAX_ATTEMPTS]
        older = [item_id for item_id, attempts in self._attempts.items() if attempts > _MAX_ATTEMPTS]
        return [*recent, *(older[:_MAX_DAILY] if is_first_today else ())]

    def record(self, items: Sequence[FetchedItem]) -> None:
        """Remember which of these items are incomplete. What was tried last is tried again last."""
        for fetched in items:
            item_id = fetched.item.id
            attempts = self._attempts.pop(item_id, None)
            if fetched.item.unknown:
                self._attempts[item_id] = min((attempts or 0) + 1, _MAX_ATTEMPTS + 1)
            self._changed |= attempts is not None or bool(fetched.item.unknown)

    def forget(self, ids: Iterable[str]) -> None:
        """Forget items that have left the scope."""
        for item_id in ids:
            self._changed |= self._attempts.pop(item_id, None) is not None

    def save(self) -> None:
        """Store what the next pull needs."""
        if self._changed:
            with self._database.writing() as transaction:
                rounds.save_tracker_fact(transaction, self._tracker, _FACT, msgspec.json.encode(self._attempts))
