"""Fills an organisation from a backlog file; what its words become is in `data/seeding.json`."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from steward_sandbox.azure_devops import names, seed_values, texts
from steward_sandbox.azure_devops.collection import Collection
from steward_sandbox.azure_devops.links import PARENT, rel_of
from steward_sandbox.azure_devops.model import Relation
from steward_sandbox.azure_devops.seed_fields import SeedFields
from steward_sandbox.azure_devops.seed_history import SeedHistory, Step
from steward_sandbox.azure_devops.world import World
from steward_sandbox.backlog import Backlog, SeedItem
from steward_sandbox.clock import Clock, real_clock

Event = tuple[datetime, int, int, Callable[[], object]]


def build_world(backlog: Backlog, *, collection: Collection | None = None, clock: Clock = real_clock) -> World:
    """An organisation that holds this backlog."""
    world = World(collection, clock=clock)
    for item in backlog.items:
        world.collection.project(seed_values.project_of(item))
    if not backlog.items:
        world.collection.project(seed_values.DEFAULT_PROJECT)
    seeding = _Seeding(world, backlog)
    for at, _, _, happen in sorted(seeding.events(), key=lambda event: event[:3]):
        world.seeding_at = at
        happen()
    world.seeding_at = None
    world.mails.clear()
    return world


class _Seeding:
    def __init__(self, world: World, backlog: Backlog) -> None:
        self.world = world
        self.items = {item.key: item for item in backlog.items}
        self.ids = self._numbers()
        self.fields = SeedFields(world.collection, backlog)
        self.fields.plan_iterations()
        self.span = backlog.span(world.clock())

    def events(self) -> Iterator[Event]:
        """What happens, with its time, its turn among what happens at that time, and its place in the file."""
        for place, item in enumerate(self.items.values()):
            history = SeedHistory(item, self.fields, span=self.span, now=self.world.clock())
            yield history.created, 0, place, partial(self._create, item, history)
            for step in history.steps:
                yield step.at, 2, place, partial(self._step, item, step)
            for rel, other in self._relations(item):
                yield self._linked_at(item, other), 1, place, partial(self._link, item, rel, other)

    def _numbers(self) -> dict[str, int]:
        """The id of every item: its key if that is a number, else the next free one."""
        given = {key: seed_values.number_of(item) for key, item in self.items.items()}
        taken = set(given.values())
        return {key: number or self.world.free_number(taken) for key, number in given.items()}

    def _create(self, item: SeedItem, history: SeedHistory) -> None:
        long, form = (names.DESCRIPTION, names.REPRO, names.CRITERIA), self.fields.form
        self.world.create(
            self.fields.project(item),
            history.first_type,
            self.fields.account(item.reporter),
            history.first,
            formats=dict.fromkeys(long, form) if form != "html" else {},
            number=self.ids[item.key],
            key=item.key,
        )

    def _step(self, item: SeedItem, step: Step) -> None:
        by, number, form = self.fields.account(step.by), self.ids[item.key], self.fields.form
        if step.comment is not None:
            self.world.add_comment(number, by, texts.typed(step.comment, form), form)
        else:
            self.world.save(number, by, step.fields, notify=False, always=True)

    def _link(self, item: SeedItem, rel: str, other: str) -> None:
        number, relation = self.ids[item.key], Relation(rel, self.ids[other])
        if self.world.links.allows(number, relation):
            self.world.link(number, self.fields.account(item.reporter), relation)

    def _relations(self, item: SeedItem) -> list[tuple[str, str]]:
        found = [(PARENT, item.parent)] if item.parent else []
        found += [(rel_of(link.kind), link.target) for link in item.links]
        return [(rel, other) for rel, other in found if other in self.ids and other != item.key]

    def _linked_at(self, item: SeedItem, other: str) -> datetime:
        """When both ends are there."""
        return max(end.lifetime(self.span)[0] for end in (item, self.items[other]))
