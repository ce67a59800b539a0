"""One worker at a time: a lease in the store, checked right before every write.

A process that was frozen and wakes after its lease ran out holds an old token; its next check fails, and nothing is
written.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from connectors.errors import Retriable
from sync.store import Database, leases
from sync.store.leases import Lease

SERVICE = "service"
"""Name of the lease of the one service that works on a store."""

_LENGTH = timedelta(minutes=2)
_POLL = 0.5

HOLDER = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
"""This process, told apart from any other and from its own successor."""


class Busy(Exception):
    """Somebody else is at work; the message says who and until when at the latest."""


class Working:
    """The right to work on something, as long as it is renewed."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @property
    def token(self) -> int:
        """Larger than that of every earlier holder."""
        return self._lease.token

    def check(self) -> None:
        """Renews the right.

        Raises:
            Retriable: It is lost; nothing more may be written.
        """
        with self._database.writing() as transaction:
            if not leases.renew(transaction, self._lease, _LENGTH):
                raise Retriable(f"Another process took over {self._lease.name}; this one writes nothing more.")

    def release(self) -> None:
        """Gives the right back."""
        with self._database.writing() as transaction:
            leases.release(transaction, self._lease)


def take(database: Database, name: str, holder: str = HOLDER) -> Working | None:
    """Takes a lease, or None while somebody else has it."""
    with database.writing() as transaction:
        lease = leases.take(transaction, name, holder, _LENGTH)
    return Working(database, lease) if lease is not None else None


@contextmanager
def working_on(database: Database, tracker: str, *, patience: float = 0.0) -> Iterator[Working]:
    """Works on one tracker alone.

    Args:
        database: The store that workers share.
        tracker: Its name.
        patience: Seconds to wait for somebody else to finish.

    Raises:
        Busy: Somebody else is at work there.
    """
    name = f"tracker {tracker}"
    holder = f"{HOLDER}:{secrets.token_hex(3)}"
    deadline = time.monotonic() + patience
    while (working := take(database, name, holder)) is None:
        if time.monotonic() >= deadline:
            raise Busy(_busy(database, name))
        time.sleep(_POLL)
    try:
        yield working
    finally:
        working.release()


def at_work(database: Database, name: str) -> str:
    """Who holds a lease, in a sentence; empty when nobody does."""
    with database.reading() as reading:
        lease = leases.held(reading, name)
    return "" if lease is None else _busy(database, name)


def _busy(database: Database, name: str) -> str:
    with database.reading() as reading:
        lease = leases.held(reading, name)
    who, until = (lease.holder, f"{lease.expires:%H:%M:%S}") if lease else ("another process", "now")
    return f"{name} is being worked on by {who} (at the latest until {until} UTC, unless it goes on)."
