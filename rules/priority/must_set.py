"""Finds the smallest part of an objective that is worth a release: its Must items, and the items that block them.

In DSDM, Must stands for the minimum usable subset (AgilePM, MoSCoW prioritisation). All other items wait until a
condition is met, such as "expand if 20 % of the customers book online". An epic states this condition in its
description, in a line that begins with words such as "Expand if", in English or German.
"""

import re
from collections.abc import Sequence

from msgspec import Struct, field

from rules.flow.dependencies import find_dependencies
from rules.model import Link, Release, Sprint, WorkItem
from rules.priority.moscow import Moscow

_EXPAND_IF = re.compile(
    r"\W{0,4}(?:(?:expand|continue|extend) (?:only )?(?:if|when)"
    r"|(?:ausbauen|weitermachen|erweitern),? (?:nur )?(?:wenn|falls))\b[:\s]*(?P<condition>\S.{2,200})",
    re.IGNORECASE,
)


class ObjectiveItem(Struct, frozen=True, gc=False, kw_only=True):
    """The attributes of an open item that objectives depend on. Those without a description are as in `WorkItem`.

    Attributes:
        title: Its title if it is the parent of an open item; else empty.
        sprint: Its next sprint; None if it is in no active or future sprint.
        moscow: Its MoSCoW class; None if it has none.
        effort: See `get_effort`.
    """

    tracker: str
    id: str
    key: str
    title: str
    parent: str | None
    links: tuple[Link, ...]
    labels: tuple[str, ...]
    sprint: Sprint | None
    coming_releases: tuple[Release, ...]
    moscow: Moscow | None
    effort: float | None


class MustSet(Struct, frozen=True, kw_only=True):
    """The smallest usable set of items of an objective, and the other items, which wait.

    Attributes:
        items: Keys of the items of the set, in the order of the backlog.
        needed: Keys of the items of the set that are not Must items, but block one, directly or through others.
        effort: The effort of the set; None if an item of the set has none.
        waiting: Keys of the items that wait, without Won't items; `rest` in JSON.
        waiting_effort: The effort of the items that wait; None if one of them has none; `rest_effort` in JSON.
        expand_if: The condition under which the items that wait are built; empty if nobody has stated one.
    """

    items: tuple[str, ...]
    needed: tuple[str, ...]
    effort: float | None
    waiting: tuple[str, ...] = field(name="rest")
    waiting_effort: float | None = field(name="rest_effort")
    expand_if: str


def find_must_set(items: Sequence[ObjectiveItem], expand_if: str) -> MustSet | None:
    """Find the Must set of the items of one objective; None if none of them is a Must.

    Args:
        items: The open items of the objective, in the order of the backlog.
        expand_if: The condition under which the other items are built; empty if nobody has stated one.
    """
    musts = {number for number, item in enumerate(items) if item.moscow is Moscow.MUST}
    if not musts:
        return None
    blockers: dict[int, list[int]] = {}
    for before, after in find_dependencies(items):
        blockers.setdefault(after, []).append(before)
    chosen = set(musts)
    to_visit = list(musts)
    while to_visit:
        for blocker in blockers.get(to_visit.pop(), ()):
            if blocker not in chosen:
                chosen.add(blocker)
                to_visit.append(blocker)
    waiting = [item for number, item in enumerate(items) if number not in chosen and item.moscow is not Moscow.WONT]
    set_items = [items[number] for number in sorted(chosen)]
    return MustSet(
        items=tuple(item.key for item in set_items),
        needed=tuple(items[number].key for number in sorted(chosen - musts)),
        effort=_total_effort(set_items),
        waiting=tuple(item.key for item in waiting),
        waiting_effort=_total_effort(waiting),
        expand_if=expand_if,
    )


def find_expand_condition(item: WorkItem) -> str:
    """Return the condition that an epic states in a line such as "Expand if …"; empty if it states none."""
    for block in item.text:
        if match := _EXPAND_IF.match(block.text):
            return match["condition"].strip().rstrip(".")
    return ""


def _total_effort(items: Sequence[ObjectiveItem]) -> float | None:
    """Return the total effort of some items; None if one of them has none."""
    efforts = [item.effort for item in items]
    return None if None in efforts else sum(effort for effort in efforts if effort is not None)
