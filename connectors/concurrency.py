"""Calls a function for many arguments in a few threads, without collecting all results in memory."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def bounded_map(function: Callable[[T], R], tasks: Iterable[T], *, max_workers: int) -> Iterator[R]:
    """Call a function for each task, in at most `max_workers` threads, and yield the results in any order.

    The next task starts before a result is yielded, so that threads work while the caller processes the result. At most
    `max_workers` results wait to be yielded. An error of the function is raised, and the tasks that have not started
    are cancelled. The threads inherit the context variables of the caller, such as those for logging.
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
