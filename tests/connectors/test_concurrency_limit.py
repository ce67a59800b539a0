"""The limit on concurrent requests follows from how busy the process is."""

from connectors.concurrency_limit import ConcurrencyLimit

MAXIMUM = 10


class Clocks:
    """The two clocks of a limit, and the requests that are sent within it."""

    def __init__(self, maximum=MAXIMUM):
        self.now = self.processor_time = 0.0
        self.limit = ConcurrencyLimit(maximum, now=lambda: self.now, processor_time=lambda: self.processor_time)

    def exchange(self, *, busy_share, times=MAXIMUM, seconds=0.02):
        """Send requests and receive their responses, one after another."""
        for _ in range(times):
            assert self.limit.acquire(0)
            self.now += seconds
            self.processor_time += seconds * busy_share
            self.limit.release()

    def count_allowed(self):
        count = 0
        while self.limit.acquire(0):
            count += 1
        for _ in range(count):
            self.limit.release()
        return count


def test_the_maximum_is_allowed_at_first():
    assert Clocks().count_allowed() == MAXIMUM


def test_fewer_requests_are_allowed_while_the_process_is_busy_but_at_least_two():
    clocks = Clocks()
    clocks.exchange(busy_share=1.0)
    assert clocks.count_allowed() == MAXIMUM // 2
    clocks.exchange(busy_share=1.0, times=50)
    assert clocks.count_allowed() == 2


def test_more_requests_are_allowed_again_when_the_process_waits():
    clocks = Clocks()
    clocks.exchange(busy_share=1.0, times=50)
    clocks.exchange(busy_share=0.1, times=50)
    assert clocks.count_allowed() == MAXIMUM


def test_a_burst_of_responses_does_not_count_as_busy():
    clocks = Clocks()
    for _ in range(3):
        clocks.exchange(busy_share=1.0, times=MAXIMUM - 1)
        clocks.exchange(busy_share=0.0, times=1, seconds=0.2)
    assert clocks.count_allowed() == MAXIMUM


def test_a_maximum_of_one_request_stays():
    clocks = Clocks(maximum=1)
    clocks.exchange(busy_share=1.0)
    clocks.exchange(busy_share=0.0)
    assert clocks.count_allowed() == 1
