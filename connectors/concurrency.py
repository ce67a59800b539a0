"""A bounded thread pool."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def bounded_map(function: Callable[[T], R], tasks: Iterable[T], *, max_workers: int) -> Iterator[R]:
    """Call `function` for each task in a few threads and yield the results in any order.

    A task starts only when a thread is free, so that results do not pile up. The first error cancels the other tasks.
    Threads inherit the logging context.
    """
    remaining = iter(tasks)
    with ThreadPoolExecutor(max_workers=max_workers, thread_name_prefix="steward") as pool:
        running: set[Future[R]] = set()
        try:
            while True:
                for task in remaining:
                    running.add(pool.submit(copy_context().run, function, task))
                    if len(running) >= max_workers:
                        break
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()
