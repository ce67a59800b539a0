"""After two hundred edits by people, one round is enough: the mirror shows what the server shows."""

import re

import pytest

from contract.edits import Team, larger_backlog
from contract.place import Shown
from rules.model import WorkItem, plain_text
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
    outcome = house.round(WriteAuthority.NOTHING)
    assert (outcome.pulled.guard, outcome.skipped) == ("", [])
    mirror = house.items()
    seen = {ident: as_shown(item) for ident, item in mirror.items()}
    assert differences(seen, place.shown(), Shown.__struct_fields__) == []
    assert [ident for ident in house.order() if ident in set(place.order())] == place.order()
    # Another installation that reads everything for the first time sees no more than that.
    second.round(WriteAuthority.NOTHING)
    # A marker of position means something in its order only, and that is compared below.
    told = [name for name in WorkItem.__struct_fields__ if name != "rank"]
    assert differences(mirror, second.items(), told) == []
    assert house.order() == second.order()
    assert [ident for ident in mirror if house.life(ident) != second.life(ident)] == []


def as_shown(item: WorkItem) -> Shown:
    """An item of the mirror as people would see it."""
    return Shown(
        key=item.key,
        title=item.title,
        type=item.type,
        status=item.status,
        words=tuple(re.findall(r"\w+", plain_text(item.text))),
        priority=item.priority,
        points=item.points,
        labels=frozenset(item.labels),
        sprints=tuple((sprint.name, sprint.state.value) for sprint in item.sprints),
        parent=item.parent,
        links=frozenset(link.target for link in item.links),
        assigned=bool(item.assigned),
        restricted=item.restricted,
        project=item.project,
    )


def differences(one, other, names):
    """What two tellings of the same items say differently."""
    missing = [(ident, ident in one, ident in other) for ident in set(one) ^ set(other)]
    return missing + [
        (ident, name, getattr(one[ident], name), getattr(other[ident], name))
        for ident in set(one) & set(other)
        for name in names
        if getattr(one[ident], name) != getattr(other[ident], name)
    ]
