"""Runs the same work for several trackers in parallel, so that a tracker that does not respond delays no other."""

import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")
"""The result of the work for one tracker."""


def run_in_threads(work: Callable[[str], Result], names: Sequence[str], *, max_threads: int) -> list[Result]:
    """Call `work` with each name in a thread of its own, at most `max_threads` at a time.

    Return the results in the order of the names. The first error is raised after all calls have finished. Ctrl-C
    interrupts the wait, because the threads are daemons.
    """
    results: dict[str, Result] = {}
    errors: list[BaseException] = []
    free_slots = threading.BoundedSemaphore(max_threads)

    def run(name: str) -> None:
        with free_slots:
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
