"""A round keeps the day's counts, and an idle one writes nothing."""

from datetime import date

from sync.store import snapshots


def counts(desk):
    with desk.database.reading() as transaction:
        return snapshots.since(transaction, "team", date(2024, 1, 1))


def test_each_day_has_the_counts_of_its_last_round(desk, clock):
    desk.round()
    (first,) = counts(desk)
    assert (first.open_items, sum(first.finding_counts.values()) > 0, first.next_ready < first.next_up) == (
        5,
        True,
        True,
    )
    clock.advance(hours=1)
    desk.person().edit("PAY-1", description="Acceptance criteria:\n* paid in two parts", points=2)
    desk.round()
    (again,) = counts(desk)
    assert (again.day, again.flagged) == (first.day, first.flagged - 1)
    clock.advance(days=1)
    desk.round()
    assert [snapshot.day.day - first.day.day for snapshot in counts(desk)] == [0, 1]
