"""A few calls at a time: bounded in how many run and in how many results wait."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def bounded_map(work: Callable[[T], R], tasks: Iterable[T], *, at_once: int) -> Iterator[R]:
    """Results as they are ready, in any order, of work done by a few threads.

    No more tasks are taken than there are threads, so that results a caller has not read yet do not pile up. The
    first error ends the rest; logging context is carried along.
    """
    waiting = iter(tasks)
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="steward") as pool:
        running: set[Future[R]] = set()
        try:
            while True:
                for task in waiting:
                    running.add(pool.submit(copy_context().run, work, task))
                    if len(running) >= at_once:
                        break
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()
