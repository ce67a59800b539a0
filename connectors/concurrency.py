"""Calls functions in a limited number of threads."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar, copy_context
from functools import partial
from itertools import islice
from threading import Event
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_END = object()
_abandonments: ContextVar[tuple[Event, ...]] = ContextVar("abandonments", default=())
"""An event for each call of `bounded_map` that the thread works for. It is set when that call has ended."""


def is_abandoned() -> bool:
    """Whether nobody needs the result of the current task, because the `bounded_map` that it belongs to has ended."""
    return any(abandonment.is_set() for abandonment in _abandonments.get())


def bounded_map(function: Callable[[T], R], tasks: Iterable[T], *, max_workers: int) -> Iterator[R]:
    """Call a function for each task, in at most `max_workers` threads, and yield the results in any order.

    The next task starts before a result is yielded, so that threads work while the caller processes the result. At most
    `max_workers` results wait to be yielded. An error of the function is raised, and the tasks that have not started
    are cancelled; `is_abandoned` is true in the others. The threads inherit the context variables of the caller, such
    as those for logging.
    """
    remaining = iter(tasks)
    abandonment = Event()

    def call(task: T) -> R:
        _abandonments.set((*_abandonments.get(), abandonment))
        return function(task)

    with ThreadPoolExecutor(max_workers=max_workers, thread_name_prefix="steward") as pool:

        def submit(count: int) -> set[Future[R]]:
            return {pool.submit(copy_context().run, call, task) for task in islice(remaining, count)}

        running = submit(max_workers)
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                running |= submit(len(done))
                for future in done:
                    yield future.result()
        finally:
            abandonment.set()
            for future in running:
                future.cancel()


def read_ahead(entries: Iterable[T]) -> Iterator[T]:
    """Yield the same entries; while the caller processes one, a thread reads the next one."""
    remaining = iter(entries)
    with CallPool(max_workers=1) as calls:
        read_next = calls.start(partial(next, remaining, _END))
        while (entry := read_next()) is not _END:
            read_next = calls.start(partial(next, remaining, _END))
            yield entry


class CallPool:
    """Calls different functions at the same time, in at most `max_workers` threads.

    It is a context manager. Leaving it waits for all calls; after an error, calls that have not started are cancelled.
    The threads inherit the context variables of the caller.
    """

    def __init__(self, *, max_workers: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=max_workers, thread_name_prefix="steward")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    def start(self, function: Callable[[], R]) -> Callable[[], R]:
        """Start a call, and return a function that waits for its result, or raises its error."""
        return self._pool.submit(copy_context().run, function).result
