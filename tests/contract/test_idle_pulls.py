"""A pull in a new process asks for little between two lists of all items, and misses nothing at the top of the backlog."""

from sync.rounds.context import WriteAuthority

MOST_REQUESTS = 3


def pull(house, tracker=None):
    outcome = house.round(WriteAuthority.NOBODY, tracker or house.open(quick=True))
    return outcome.pulled


def test_an_idle_pull_needs_few_requests(place_of, house_in):
    place = place_of()
    house = house_in(place)
    first = pull(house)
    place.clock.advance(minutes=10)
    tracker = house.open(quick=True)
    again = pull(house, tracker)
    assert tracker.stats.reads <= MOST_REQUESTS
    assert (again.items, again.read, again.gone, again.moved) == (first.items, 0, 0, 0)


def test_an_edit_and_a_new_item_are_seen_between_two_full_lists(place_of, house_in):
    place = place_of()
    house = house_in(place)
    pull(house)
    place.clock.advance(minutes=10)
    edited = place.order()[-1]
    place.person().retitle(edited, "Print the tide table")
    created = place.person().create("Sound the horn in fog")
    pull(house)
    assert house.items()[edited].title == "Print the tide table"
    assert created in house.items()
    assert created in house.order()
