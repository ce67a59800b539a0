"""What a tracker brings along to be held to the contract: a place that is seeded, and a person who works there."""

from typing import Any, Protocol

from msgspec import Struct

from connectors.sandbox import Faults, StoppedClock
from connectors.tracker import Tracker


class Shown(Struct, frozen=True, kw_only=True):
    """What people see of an item, taken from the place itself and not through the connector.

    Attributes:
        words: The words of the description, without markup.
        sprints: Names.
        links: Other items' keys.
    """

    key: str
    title: str
    type: str
    status: str
    words: tuple[str, ...] = ()
    priority: str | None = None
    points: float | None = None
    labels: frozenset[str] = frozenset()
    sprints: tuple[tuple[str, str], ...] = ()
    parent: str | None = None
    links: frozenset[str] = frozenset()
    assigned: bool = False
    restricted: bool = False
    project: str = ""


class Person(Protocol):
    """Somebody who edits with their own hands. Items are named by id; a parent of None is none, and so on."""

    def create(self, title: str) -> str: ...
    def retitle(self, item: str, title: str) -> None: ...
    def describe(self, item: str, text: str) -> None: ...
    def estimate(self, item: str, points: float | None) -> None: ...
    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None: ...
    def plan(self, item: str, sprint: str | None) -> None: ...
    def put_under(self, item: str, parent: str | None) -> None: ...
    def retype(self, item: str, kind: str) -> None: ...
    def take_up(self, item: str, status: str) -> None: ...
    def assign(self, item: str, who: str | None) -> None: ...
    def prioritise(self, item: str, priority: str) -> None: ...
    def link(self, item: str, other: str) -> None: ...
    def drag(self, item: str, before: str) -> None: ...
    def move(self, item: str, project: str) -> None: ...
    def delete(self, item: str) -> None: ...
    def destroy(self, item: str) -> None: ...
    def restore(self, item: str) -> None: ...
    def hide(self, item: str) -> None: ...
    def unhide(self, item: str) -> None: ...
    def comment(self, item: str, text: str) -> str: ...
    def edit_comment(self, item: str, comment: str, text: str) -> None: ...
    def delete_comment(self, item: str, comment: str) -> None: ...


class Readable(Protocol):
    """A place that can at least be read, and where somebody may change a title or take an item away.

    Attributes:
        lacks: What the tracker has no room for: "criteria", "ids" of its own, "comments" …
    """

    lacks: frozenset[str]

    def open(self, **changes: Any) -> Tracker:
        """A tracker on this place, not connected yet; `changes` are those of its configuration."""

    def id(self, key: str) -> str:
        """The tracker's own id of a seeded item."""

    def retitle(self, item: str, title: str) -> None:
        """Somebody gives an item another title."""

    def remove(self, item: str) -> None:
        """Somebody takes an item away for good."""


class Place(Readable, Protocol):
    """A place that can be written to as well.

    Attributes:
        host: Address of the server.
        faults: What goes wrong there; changed while it is served.
        calls_that_write: Where a fault strikes: a write of a comment, and an edit.
        kinds: Two types of the requirement level, by the tracker's words.
        priorities: Two priorities, by the tracker's words.
        away: Projects an item may move to.
        score: Name of a number field that the service may write; empty where there is none.
        drags_are_revisions: Whether a drag moves the item's stamp.
        restores: Whether a deleted item can come back.
    """

    clock: StoppedClock
    faults: Faults
    commenting: str
    editing: str
    kinds: tuple[str, str]
    priorities: tuple[str, str]
    score: str

    def person(self, name: str = "Ana Silva") -> Person:
        """Somebody who works there."""

    def program(self) -> Person:
        """Another program that works there."""

    def section(self) -> dict[str, Any]:
        """The tracker's section of steward.yaml."""

    def seen(self) -> Any:
        """What people see of the whole place, for comparing before and after."""

    def shown(self) -> dict[str, Shown]:
        """What people see of every item within the scope that the service may see, by id."""

    def order(self) -> list[str]:
        """Ids of the open items of the requirement level within the scope, as people see them from the top."""

    def comments(self, item: str) -> list[tuple[str, str]]:
        """Author and words of the comments under an item."""

    def writes(self) -> int:
        """How many requests have arrived that were not for reading."""
