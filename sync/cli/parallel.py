"""Runs the same work for several trackers at once, so that one that does not answer delays no other."""

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TypeVar

R = TypeVar("R")


def run_in_threads(work: Callable[[str], R], names: Sequence[str], *, at_once: int) -> list[R]:
    """Call `work` with each name in a few threads, and return the results in the order of the names.

    An error is raised after the others have finished. Ctrl-C interrupts the waiting: the threads are daemons, unlike
    those of a pool.
    """
    results: dict[str, R] = {}
    errors: list[BaseException] = []
    free = threading.BoundedSemaphore(at_once)

    def run(name: str) -> None:
        with free:
            try:
                results[name] = work(name)
            except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
                errors.append(error)

    threads = [threading.Thread(target=copy_context().run, args=(run, name), daemon=True) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[name] for name in names]
