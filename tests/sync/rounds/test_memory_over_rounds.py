"""A service that runs for weeks needs no more memory than one that runs for a day."""

import gc
import tracemalloc

import pytest

from sync.rounds.context import WriteAuthority

WARM_UP = 200
ROUNDS = 1_000
CHECKPOINT = 100
MOST_GROWTH = 256 * 1024
"""Bytes over 800 rounds: what is kept for each round would be seen from some 300 bytes on."""


def memory_of_the_product():
    """Bytes that Python holds for us, without those of the tracker, which remembers every edit."""
    gc.collect()
    elsewhere = (tracemalloc.Filter(False, "*/tests/*"), tracemalloc.Filter(False, tracemalloc.__file__))
    kept = tracemalloc.take_snapshot().filter_traces(elsewhere)
    return sum(trace.size for trace in kept.traces)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_memory_is_flat_over_a_thousand_rounds(desk, clock):
    person, keys, sizes = desk.person(), [f"PAY-{number}" for number in range(1, 6)], []
    desk.round(WriteAuthority.BY_SERVICE)
    tracemalloc.start()
    try:
        for number in range(1, ROUNDS + 1):
            clock.advance(minutes=10)
            key, other = keys[number % 5], keys[number // 5 % 5]
            person.edit(key, title=f"Print the tide table {number}", points=number % 13)
            if key != other:
                person.rank(key, before=other)
            assert desk.round(WriteAuthority.BY_SERVICE).trouble == ""
            if number % CHECKPOINT == 0:
                sizes.append(memory_of_the_product())
    finally:
        tracemalloc.stop()
    settled = sizes[WARM_UP // CHECKPOINT - 1 :]
    assert max(settled) - settled[0] < MOST_GROWTH, sizes
