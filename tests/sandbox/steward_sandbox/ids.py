"""Identifiers as trackers hand them out: stable for the same input, so that a seeded world is always the same."""

import hashlib
import itertools
import uuid
from collections.abc import Iterator


def account_id(name: str) -> str:
    """An opaque account id, as long as Atlassian's older ones; the same name gives the same id."""
    return "5f" + hashlib.sha256(f"account {name}".encode()).hexdigest()[:22]


def stable_uuid(*parts: str) -> str:
    """A UUID made from these words."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "sandbox:" + ":".join(parts)))


class Counters:
    """Ascending numbers, one row for each kind of thing."""

    def __init__(self, **starts: int) -> None:
        self._rows: dict[str, Iterator[int]] = {kind: itertools.count(start) for kind, start in starts.items()}

    def next(self, kind: str) -> int:
        """The next number of this kind."""
        return next(self._rows[kind])
