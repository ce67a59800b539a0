"""Leases in the store: one process at a time works on a tracker, and checks its lease right before every write.

A process that was suspended and resumes after its lease expired holds an old token; its next check fails, and nothing
is written.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from connectors.errors import Retriable
from sync.store import Database, StoreError, leases
from sync.store.leases import Lease

SERVICE = "service"
"""Name of the lease that the service holds."""

_DURATION = timedelta(minutes=2)
_POLL_INTERVAL = 0.5


class Busy(Exception):
    """Another process holds the lease; the message names it."""


class HeldLease:
    """A lease that this process holds as long as it renews it."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    @property
    def token(self) -> int:
        """A number larger than that of every earlier holder."""
        return self._lease.token

    def check(self) -> None:
        """Renew the lease.

        Raises:
            Retriable: It has run out, or another process has taken it over; this one must not write any more.
            StoreError: The store cannot be used, so nobody knows who holds it.
        """
        with self._database.writing() as transaction:
            renewed = leases.renew(transaction, self._lease, _DURATION)
            token = self._lease.token if renewed else leases.last_token(transaction, self._lease.name)
        if renewed:
            return
        subject = _subject(self._lease.name)
        if token != self._lease.token:
            raise Retriable(f"Another process took over {subject}. This one has stopped writing.")
        raise Retriable(
            f"The lease on {subject} ran out: this process stood still, or the clock was changed. It has stopped "
            "writing, and goes on with a new lease."
        )

    def release(self) -> None:
        """Give the lease back."""
        with self._database.writing() as transaction:
            leases.release(transaction, self._lease)


def acquire(database: Database, name: str, holder: str = "") -> HeldLease | None:
    """Acquire a lease, or return None while another process holds it.

    A lease whose holder was a process on this machine that no longer exists is free at once.
    """
    with database.writing() as transaction:
        current = leases.current(transaction, name)
        if current is not None and _is_dead(current.holder):
            leases.release(transaction, current)
        lease = leases.acquire(transaction, name, holder or _this_process(), _DURATION)
    return HeldLease(database, lease) if lease is not None else None


@contextmanager
def hold_tracker(database: Database, tracker: str, *, timeout: float = 0.0) -> Iterator[HeldLease]:
    """Hold the lease of a tracker.

    Args:
        database: The store that the processes share.
        tracker: The tracker's name.
        timeout: Seconds to wait for another process to finish.

    Raises:
        Busy: Another process holds it.
    """
    name = f"tracker {tracker}"
    holder = f"{_this_process()}#{secrets.token_hex(3)}"
    deadline = time.monotonic() + timeout
    while (lease := acquire(database, name, holder)) is None:
        if time.monotonic() >= deadline:
            just_released = f"Another process was working on {_subject(name)} a moment ago. Try again."
            raise Busy(holder_message(database, name) or just_released)
        time.sleep(_POLL_INTERVAL)
    try:
        yield lease
    finally:
        with suppress(StoreError):  # it runs out by itself
            lease.release()


def holder_message(database: Database, name: str) -> str:
    """Say in a sentence which process holds a lease; empty when none does."""
    with database.reading() as reading:
        lease = leases.current(reading, name)
    if lease is None:
        return ""
    host, process = lease.holder.split(":")[:2]
    return f"Process {process} on {host} is working on {_subject(name)}. Try again when it has finished."


def _subject(name: str) -> str:
    return "this store as the service" if name == SERVICE else name


@cache
def _this_process() -> str:
    """An id of this process that no other process has, not even a later one with the same number."""
    start = f"{_start_time(os.getpid())}@{_boot_id()}"
    return f"{socket.gethostname()}:{os.getpid()}:{start}:{_pid_namespace()}"


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process on this machine that no longer exists; false when that cannot be known."""
    host, process, start, namespace = [*holder.split("#", maxsplit=1)[0].split(":", 3), "", "", ""][:4]
    started, _, boot = start.partition("@")
    if not started or not boot or (host, boot, namespace) != (socket.gethostname(), _boot_id(), _pid_namespace()):
        return False
    return _start_time(int(process)) != started


def _start_time(process: int) -> str:
    """When a process started, in the kernel's unit; empty when it does not exist or this cannot be known."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _boot_id() -> str:
    """An id of this start of the machine: two machines may share a host name. Empty when it cannot be known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    """The namespace in which process numbers are unique: two containers may share a host name."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
