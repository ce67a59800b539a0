"""After two hundred edits by people, one round is enough: the mirror shows what the server shows."""

import pytest

from contract.comparison import check_mirror
from contract.edits import Team, larger_backlog
from sync.rounds.context import WriteAuthority

pytestmark = pytest.mark.slow

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 10))]


@pytest.mark.parametrize("seed", SEEDS)
def test_one_round_later_the_mirror_shows_what_people_see(place_of, house_in, seed):
    place = place_of(backlog=larger_backlog())
    house, second = house_in(place), house_in(place)
    team = Team(place, seed)
    team.work(60)
    house.round()
    place.clock.advance(minutes=10)
    team.work(200)
    place.clock.advance(minutes=10)
    outcome = house.round(WriteAuthority.NOBODY)
    assert (outcome.pulled.mass_deletion_warning, outcome.skipped) == ("", [])
    check_mirror(house, second, place)
