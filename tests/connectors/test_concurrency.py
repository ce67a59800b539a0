import threading
import time
from contextvars import ContextVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.concurrency import CallPool, bounded_map, read_ahead

ROUND = ContextVar("round", default="none")


@settings(max_examples=30, deadline=None)
@given(tasks=st.lists(st.integers(), max_size=40), max_workers=st.integers(1, 6))
def test_every_task_gives_its_result_once(tasks, max_workers):
    assert sorted(bounded_map(lambda task: task * 2, tasks, max_workers=max_workers)) == sorted(
        task * 2 for task in tasks
    )


def test_no_more_run_than_may_and_they_do_run_side_by_side():
    running, most, lock, both = 0, 0, threading.Lock(), threading.Barrier(3, timeout=5)

    def work(task):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1
        return task

    assert len(list(bounded_map(work, range(9), max_workers=3))) == 9
    assert most == 3


def test_results_that_are_not_read_do_not_pile_up():
    begun, taken = [], []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    results = bounded_map(begun.append, tasks(), max_workers=4)
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 8
    assert len(taken) <= 8
    for _ in range(10):
        next(results)
    time.sleep(0.05)
    assert len(taken) <= 19
    results.close()


def test_the_next_task_starts_before_a_result_is_handed_on():
    begun = threading.Semaphore(0)

    def work(number):
        begun.release()
        return number

    results = bounded_map(work, range(2), max_workers=1)
    next(results)
    assert begun.acquire(timeout=5)
    assert begun.acquire(timeout=5), "the second one runs while the first result is in use"
    results.close()


def test_the_logging_context_is_carried_along():
    token = ROUND.set("r-7")
    try:
        assert set(bounded_map(lambda _: ROUND.get(), range(20), max_workers=4)) == {"r-7"}
    finally:
        ROUND.reset(token)


def test_what_a_task_sets_stays_with_it():
    def work(number):
        before = ROUND.get()
        ROUND.set(str(number))
        return before

    assert set(bounded_map(work, range(20), max_workers=2)) == {"none"}


def test_the_first_error_ends_the_rest():
    begun = []

    def work(number):
        begun.append(number)
        if number == 5:
            raise ValueError("five")
        return number

    with pytest.raises(ValueError, match="five"):
        list(bounded_map(work, range(1000), max_workers=2))
    assert len(begun) < 10


def test_whoever_stops_reading_stops_the_work():
    begun = []

    def work(number):
        begun.append(number)
        return number

    results = bounded_map(work, range(1000), max_workers=3)
    next(results)
    results.close()
    before = len(begun)
    time.sleep(0.05)
    assert len(begun) == before <= 6
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("steward")]


def test_without_tasks_nothing_runs():
    assert list(bounded_map(lambda task: task, [], max_workers=4)) == []


def test_functions_run_at_the_same_time_and_return_their_own_results():
    both = threading.Barrier(2, timeout=5)
    with CallPool(max_workers=2) as calls:
        first = calls.start(lambda: both.wait() * 0 + 1)
        second = calls.start(lambda: both.wait() * 0 + 2)
        assert (first(), second()) == (1, 2)


def test_the_next_entry_is_read_while_one_is_processed():
    was_read = threading.Event()

    def entries():
        yield 1
        was_read.set()
        yield 2

    ahead = read_ahead(entries())
    assert next(ahead) == 1
    assert was_read.wait(5)
    assert list(ahead) == [2]


def test_an_error_of_an_entry_that_is_read_ahead_follows_the_entries_before_it():
    def entries():
        yield 1
        raise ValueError("broken")

    ahead = read_ahead(entries())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)
