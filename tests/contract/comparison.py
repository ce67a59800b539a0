"""Compares a mirror with what people see, and with the mirror of an installation that reads everything anew."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from contract.house import House
from contract.place import Shown
from rules.model import WorkItem, plain_text
from sync.rounds.context import WriteAuthority


def check_mirror(house: House, fresh: House, place: Any) -> None:
    """Checks that the mirror of one installation is complete; `fresh` is another one, which has read nothing yet."""
    mirror = house.items()
    seen = {ident: as_shown(item) for ident, item in mirror.items()}
    assert differences(seen, place.shown(), Shown.__struct_fields__) == []
    assert [ident for ident in house.order() if ident in set(place.order())] == place.order()
    # Another installation that reads everything for the first time sees no more than that.
    fresh.round(WriteAuthority.NOBODY)
    # A marker of position means something in its order only, and that is compared below.
    told = [name for name in WorkItem.__struct_fields__ if name != "rank"]
    assert differences(mirror, fresh.items(), told) == []
    assert house.order() == fresh.order()
    assert [ident for ident in mirror if house.life(ident) != fresh.life(ident)] == []


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


def differences(one: Mapping[str, Any], other: Mapping[str, Any], names: Iterable[str]) -> list[tuple[Any, ...]]:
    """What two tellings of the same items say differently."""
    missing = [(ident, ident in one, ident in other) for ident in set(one) ^ set(other)]
    return missing + [
        (ident, name, getattr(one[ident], name), getattr(other[ident], name))
        for ident in set(one) & set(other)
        for name in names
        if getattr(one[ident], name) != getattr(other[ident], name)
    ]
