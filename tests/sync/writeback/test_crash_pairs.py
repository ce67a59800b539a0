"""Killed between any two effects, started again, and killed again at any other: in the end there is one of everything."""

import itertools

import pytest

from sync.rounds.undo import run_undo
from sync.store import writes

pytestmark = pytest.mark.slow

LABEL = "refine-criteria"
WRITES = 6
"""A first round on the usual backlog makes so many writes: four edits and two comments; so does its undo."""
POINTS = [pytest.param(number, after, id=f"{'after' if after else 'before'} {number}")
          for number in range(1, WRITES + 1) for after in (False, True)]  # fmt: skip


class Service:
    """What the service does at a desk, with a death at one of its writes."""

    def __init__(self, desk, meddled, crash):
        self.desk, self._meddled, self._crash = desk, meddled, crash
        self.seeded = desk.seen()

    def write(self, number, *, after):
        """Whether it died in a round."""
        return self._dies(self.desk.open(), lambda tracker: self.desk.round(tracker=tracker), number, after)

    def undo(self, number, *, after):
        """Whether it died while it took everything back."""
        return self._dies(
            self.desk.open(writing=True), lambda tracker: run_undo(tracker, self.desk.context(), None), number, after
        )

    def _dies(self, opened, work, number, after):
        tracker = self._meddled(opened)
        tracker.crash_at(number, after=after)
        try:
            work(tracker)
        except self._crash:
            return True
        finally:
            tracker.close()
        return False

    def settled(self):
        with self.desk.database.reading() as transaction:
            return writes.unsettled_calls(transaction, "team") == []

    def stands(self):
        """Everything is there once, and all of it is known."""
        desk = self.desk
        outcome = desk.round()
        assert not outcome.trouble
        assert [len(desk.ours(key)) for key in ("PAY-1", "PAY-3", "PAY-4")] == [1, 1, 0]
        assert [desk.labels(key) for key in ("PAY-1", "PAY-3", "PAY-4")] == [
            (LABEL,),
            ("finance", LABEL),
            (LABEL, "refine-order"),
        ]
        assert desk.score("PAY-5") == 4
        assert self.settled()
        again = desk.round()
        assert (again.writes, again.answers) == (0, [])

    def is_gone(self):
        """Nothing of ours is left, and people see what they saw before."""
        undone = self.desk.undo()
        assert not undone.trouble
        assert undone.applied.not_written == []
        assert self.desk.seen() == self.seeded
        assert self.desk.annotations() == []
        assert self.settled()


@pytest.fixture
def service(desk_of, meddled, crash):
    return lambda: Service(desk_of(), meddled, crash)


def second_points(first):
    """Second deaths, one after the other, until the work is done before it comes to that."""
    for after in (False, True):
        for number in itertools.count(1):
            try:
                first(number, after)
            except StopIteration:
                break


@pytest.mark.parametrize(("number", "after"), POINTS)
def test_two_deaths_while_writing(service, number, after):
    seen = []

    def live(second, then_after):
        one = service()
        assert one.write(number, after=after)
        if not one.write(second, after=then_after):
            raise StopIteration
        one.stands()
        one.is_gone()
        seen.append(second)

    second_points(live)
    assert len(seen) == 2 * (WRITES - number + (not after))


@pytest.mark.parametrize(("number", "after"), POINTS)
def test_two_deaths_while_taking_everything_back(service, number, after):
    seen = []

    def live(second, then_after):
        one = service()
        one.desk.round()
        assert one.undo(number, after=after)
        if not one.undo(second, after=then_after):
            raise StopIteration
        one.is_gone()
        seen.append(second)

    second_points(live)
    assert len(seen) == 2 * (WRITES - number + (not after))


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("number", "after"), POINTS)
def test_a_death_while_writing_and_one_while_taking_it_back(service, number, after):
    def live(second, then_after):
        one = service()
        assert one.write(number, after=after)
        if not one.undo(second, after=then_after):
            raise StopIteration
        one.is_gone()

    second_points(live)


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("number", "after"), POINTS)
def test_a_death_while_taking_back_and_one_while_writing_again(service, number, after):
    def live(second, then_after):
        one = service()
        one.desk.round()
        assert one.undo(number, after=after)
        if not one.write(second, after=then_after):
            raise StopIteration
        one.stands()
        one.is_gone()

    second_points(live)
