"""Read, write, find nothing more to write, take everything back: in every place there is."""


from sync.context import Writing


def test_applied_once_nothing_is_left_to_do_and_an_undo_restores_everything(place_of, house_in):
    place = place_of()
    house = house_in(place)
    before = place.seen()
    planned = house.round(Writing.NOTHING)
    assert planned.pulled.skipped == []
    assert place.writes() == 0
    first = house.round()
    assert first.writes > 0
    assert place.seen() != before
    place.clock.advance(minutes=10)
    second = house.round()
    assert (second.writes, second.pulled.moved, second.pulled.gone) == (0, 0, 0)
    place.clock.advance(minutes=10)
    house.undo()
    assert place.seen() == before
