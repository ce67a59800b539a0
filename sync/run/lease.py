"""Leases in the store: only one process at a time works on a tracker, and it checks its lease before every write.

There are also leases for running the service and for the messages in Slack.

A lease is the right to work for a limited time. Its token is a number that increases with every new holder. If a
process was suspended and its lease has expired, its token is outdated. So its next check fails, and it does not write.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from connectors.errors import Retriable
from sync.store import Database, StoreError, leases
from sync.store.leases import Lease

SERVICE = "service"
"""The name of the lease for running the service. Other services wait for it on standby."""

_SLACK_MESSAGES = "the messages in Slack"
"""The name of the lease for posting and editing messages in Slack."""
_LEASE_DURATION = timedelta(minutes=2)
"""How long a lease lasts unless it is renewed. Processes are usually suspended for less than that."""
_POLL_SECONDS = 0.5
"""How often a process that waits for a lease tries to get it."""


class LeaseUnavailableError(Exception):
    """Another process holds the lease. The message names it, unless it has just released the lease."""


class HeldLease:
    """A lease that this process holds and has to renew."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    def check(self) -> None:
        """Check that this process still holds the lease, and renew it.

        Raises:
            Retriable: The lease has expired, or another process has taken it over. This process must stop writing.
            StoreError: The store cannot be used, so the holder is unknown.
        """
        with self._database.writing() as transaction:
            renewed = leases.renew(transaction, self._lease, _LEASE_DURATION)
            token = self._lease.token if renewed else leases.last_token(transaction, self._lease.name)
        if renewed:
            return
        subject = _describe(self._lease.name)
        if token != self._lease.token:
            raise Retriable(f"Another process took over {subject}. This one has stopped writing.")
        raise Retriable(
            f"The lease on {subject} expired: this process was suspended, or the clock was changed. It has stopped "
            "writing, and continues with a new lease."
        )

    def release(self) -> None:
        """Release the lease."""
        with self._database.writing() as transaction:
            leases.release(transaction, self._lease)


def acquire(database: Database, name: str, holder: str = "") -> HeldLease | None:
    """Acquire a lease, or return None while another process holds it.

    If the holder was a process on this machine that no longer exists, the lease is free.
    """
    with database.writing() as transaction:
        current = leases.current(transaction, name)
        if current is not None and _is_dead(current.holder):
            leases.release(transaction, current)
        lease = leases.acquire(transaction, name, holder or _this_process(), _LEASE_DURATION)
    return HeldLease(database, lease) if lease is not None else None


def hold_slack_lease(database: Database, *, timeout: float) -> AbstractContextManager[HeldLease]:
    """Hold the lease for the messages in Slack, so that two processes do not edit them at the same time."""
    return _hold(database, _SLACK_MESSAGES, timeout)


def hold_tracker_lease(database: Database, tracker: str, *, timeout: float = 0.0) -> AbstractContextManager[HeldLease]:
    """Hold the lease for a tracker."""
    return _hold(database, f"tracker {tracker}", timeout)


@contextmanager
def _hold(database: Database, name: str, timeout: float) -> Iterator[HeldLease]:
    """Hold the lease with this name. If another process holds it, wait for up to `timeout` seconds.

    The holder's id ends with "#" and a random number, so that two threads of this process do not share the lease.

    Raises:
        LeaseUnavailableError: Another process still holds it.
    """
    holder = f"{_this_process()}#{secrets.token_hex(3)}"
    deadline = time.monotonic() + timeout
    while (lease := acquire(database, name, holder)) is None:
        if time.monotonic() >= deadline:
            message = f"Another process was working on {_describe(name)} a moment ago. Try again."
            raise LeaseUnavailableError(describe_holder(database, name) or message)
        time.sleep(_POLL_SECONDS)
    try:
        yield lease
    finally:
        with suppress(StoreError):  # the lease expires anyway
            lease.release()


def find_holder(database: Database, name: str) -> str:
    """The process that holds a lease, such as "process 12 on build-7"; empty if nobody holds it."""
    with database.reading() as transaction:
        lease = leases.current(transaction, name)
    if lease is None:
        return ""
    host, process_id = lease.holder.split(":")[:2]
    return f"process {process_id} on {host}"


def describe_holder(database: Database, name: str) -> str:
    """A message that names the process that holds a lease, and says what to do; empty if nobody holds it."""
    holder = find_holder(database, name)
    if not holder:
        return ""
    remedy = "Stop it first." if name == SERVICE else "Try again when it has finished."
    return f"{holder[0].upper()}{holder[1:]} is working on {_describe(name)}. {remedy}"


def _describe(name: str) -> str:
    """What the lease with this name protects, as messages call it."""
    return "this store as the service" if name == SERVICE else name


@cache
def _this_process() -> str:
    """An id of this process, unique even if a later process gets the same process number.

    It consists of the host, the process number, the start time with the boot id, and the namespace of process numbers,
    separated by colons.
    """
    start = f"{_start_time(os.getpid())}@{_boot_id()}"
    return f"{socket.gethostname()}:{os.getpid()}:{start}:{_pid_namespace()}"


def _is_dead(holder: str) -> bool:
    """Whether a holder was a process on this machine that no longer exists; false if unknown."""
    parts = holder.partition("#")[0].split(":", maxsplit=3)
    host, process_id, start, namespace = parts + [""] * (4 - len(parts))
    started, _, boot = start.partition("@")
    if not started or not boot or (host, boot, namespace) != (socket.gethostname(), _boot_id(), _pid_namespace()):
        return False
    return _start_time(int(process_id)) != started


def _start_time(process_id: int) -> str:
    """When a process started, in clock ticks since boot; empty if it does not exist or the time is unknown."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _boot_id() -> str:
    """The boot id, which tells apart machines with the same host name; empty if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    """The namespace of process numbers, which tells apart containers with the same host name; empty if unknown."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
