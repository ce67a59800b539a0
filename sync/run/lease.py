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
from pathlib import Path

from connectors.errors import Retriable
from sync.store import Database, leases
from sync.store.leases import Lease

SERVICE = "service"
"""Name of the lease of the one service that works on a store."""

_LENGTH = timedelta(minutes=2)
_POLL = 0.5


def _born(process: int) -> str:
    """When a process began, in the kernel's own unit; empty where that cannot be known or it is no more."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _namespace() -> str:
    """Within what process numbers mean something: two containers may share a host name."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


HOLDER = f"{socket.gethostname()}:{os.getpid()}:{_born(os.getpid())}:{_namespace()}"
"""This process, told apart from any other and from its own successor."""


def has_died(holder: str) -> bool:
    """Whether a holder was a process of this machine that is no more; false when that cannot be known."""
    host, process, born, namespace = [*holder.split("#", maxsplit=1)[0].split(":", 3), "", "", ""][:4]
    if host != socket.gethostname() or not born or namespace != _namespace():
        return False
    return _born(int(process)) != born


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
    """Takes a lease, or None while somebody else has it. The lease of a process that died here is free at once."""
    with database.writing() as transaction:
        held = leases.held(transaction, name)
        if held is not None and has_died(held.holder):
            leases.release(transaction, held)
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
    holder = f"{HOLDER}#{secrets.token_hex(3)}"
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
    if lease is None:
        return ""
    host, process = lease.holder.split(":")[:2]
    return f"Process {process} on {host} is at work on {_what(name)}; try again when it is done."


def _busy(database: Database, name: str) -> str:
    gone = f"Another process was at work on {_what(name)} a moment ago; try again."
    return at_work(database, name) or gone


def _what(name: str) -> str:
    return "this store as the service" if name == SERVICE else name
