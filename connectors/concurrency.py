"""A bounded thread pool."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def bounded_map(function: Callable[[T], R], tasks: Iterable[T], *, max_workers: int) -> Iterator[R]:
    """Call `function` for each task in a few threads and yield the results in any order.

    The next task starts before a result is yielded, so that threads work while the caller processes the result. No more
    results wait than there are threads. The first error cancels the other tasks. Threads inherit the logging context.
    """
    remaining = iter(tasks)
    with ThreadPoolExecutor(max_workers=max_workers, thread_name_prefix="steward") as pool:

        def submit(count: int) -> set[Future[R]]:
            return {pool.submit(copy_context().run, function, task) for task in islice(remaining, count)}

        running = submit(max_workers)
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= submit(len(done))
                for future in done:
                    yield future.result()
        finally:
            for future in running:
                future.cancel()
