"""Counts open items by persona, and by stage of the customer's journey.

A persona stands for a group of people for whom the product is made. A team may list its personas and stages in
goals.yaml. Items are counted for those, and for the roles in user stories that match no listed persona.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from rules.model import Backlog, HierarchyLevel, Persona, WorkItem
from rules.text.story_role import find_personas, story_role


class Stage(Struct, frozen=True):
    """A stage of the customer's journey.

    Attributes:
        labels: The labels and components of items about the stage; empty if they have the name of the stage.
    """

    name: str
    labels: tuple[str, ...] = ()


class Count(Struct, frozen=True):
    """The number of open items that are about a persona or a stage, or name a role."""

    name: str
    items: int


class StageGap(Struct, frozen=True, kw_only=True):
    """A parent, such as an epic, whose open items are about some stages of the journey, but not about all of them.

    Attributes:
        key: The key of the parent.
        missing: The stages that none of its open items is about.
    """

    key: str
    missing: tuple[str, ...]


class Coverage(Struct, frozen=True, kw_only=True):
    """The number of open items on the level of stories and bugs, by persona and by stage.

    Attributes:
        personas: The number of items for each listed persona.
        unknown_roles: The roles in user stories that match no listed persona, the most frequent first.
        without_role: The number of items that name no role; None if no personas are listed.
        stages: The number of items for each listed stage.
        without_stage: The number of items about no stage; None if no stages are listed.
        gaps: The parents that lack stages.
    """

    personas: tuple[Count, ...]
    unknown_roles: tuple[Count, ...]
    without_role: int | None
    stages: tuple[Count, ...]
    without_stage: int | None
    gaps: tuple[StageGap, ...]


def calculate_coverage(
    backlogs: Sequence[Backlog], personas: Sequence[Persona], stages: Sequence[Stage], team: str | None
) -> Coverage | None:
    """Count the open stories and bugs by persona and by stage; None if neither personas nor stages are listed.

    Args:
        team: The team whose items are counted; None for all teams.
    """
    if not personas and not stages:
        return None
    by_persona: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    by_stage: Counter[str] = Counter()
    stages_by_parent: dict[str, set[str]] = {}
    without_role = without_stage = 0
    for item in _read_items(backlogs, team, with_texts=bool(personas)):
        role = story_role(item) if personas else ""
        names = [persona.name for persona in find_personas(role, personas)] if role else []
        by_persona.update(names)
        without_role += not role
        if role and not names:
            unknown[role.casefold()] += 1
        stage_names = _find_stages(item, stages)
        by_stage.update(stage_names)
        without_stage += not stage_names
        if item.parent:
            stages_by_parent.setdefault(item.parent, set()).update(stage_names)
    return Coverage(
        personas=tuple(Count(persona.name, by_persona[persona.name]) for persona in personas),
        unknown_roles=tuple(
            Count(role, unknown[role]) for role in sorted(unknown, key=lambda role: (-unknown[role], role))
        ),
        without_role=without_role if personas else None,
        stages=tuple(Count(stage.name, by_stage[stage.name]) for stage in stages),
        without_stage=without_stage if stages else None,
        gaps=tuple(_find_gaps(stages_by_parent, stages)),
    )


def _read_items(backlogs: Iterable[Backlog], team: str | None, *, with_texts: bool) -> Iterator[WorkItem]:
    """Yield the stories and bugs of a team, or of all teams."""
    for backlog in backlogs:
        items = (
            item for item in backlog.items if item.level is HierarchyLevel.REQUIREMENT and team in (None, item.team)
        )
        yield from backlog.with_texts(items) if with_texts else items


def _find_stages(item: WorkItem, stages: Sequence[Stage]) -> tuple[str, ...]:
    """Return the names of the stages that an item is about."""
    names = {name.casefold() for name in (*item.labels, *item.components)}
    return tuple(
        stage.name
        for stage in stages
        if not names.isdisjoint(word.casefold() for word in stage.labels or (stage.name,))
    )


def _find_gaps(stages_by_parent: Mapping[str, Collection[str]], stages: Sequence[Stage]) -> Iterator[StageGap]:
    """Yield the parents whose items are about some stages, but not all of them.

    Args:
        stages_by_parent: The names of the stages that the items of each parent are about, by the key of the parent.
    """
    for key, covered in stages_by_parent.items():
        missing = tuple(stage.name for stage in stages if stage.name not in covered)
        if covered and missing:
            yield StageGap(key=key, missing=missing)
