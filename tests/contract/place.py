"""What a tracker brings along to be held to the contract: a place that is seeded, and a person who works there."""

from typing import Any, Literal, Protocol

from msgspec import Struct

from connectors.tracker import Tracker
from steward_sandbox import Faults, StoppedClock


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

    def create(self, title: str, *labels: str) -> str: ...
    def retitle(self, item: str, title: str) -> None: ...
    def describe(self, item: str, text: str) -> None: ...
    def estimate(self, item: str, points: float | None) -> None: ...
    def score(self, item: str, score: float | None) -> None: ...
    def value(self, item: str, value: float | None) -> None: ...
    def label(self, item: str, *add: str, remove: tuple[str, ...] = ()) -> None: ...
    def plan(self, item: str, sprint: str | None) -> None: ...
    def put_under(self, item: str, parent: str | None) -> None: ...
    def retype(self, item: str, kind: str) -> None: ...
    def take_up(self, item: str, status: str) -> None: ...
    def assign(self, item: str, who: str | None) -> None: ...
    def prioritise(self, item: str, priority: str) -> None: ...
    def link(self, item: str, other: str) -> None: ...
    def drag(self, item: str, before: str) -> None: ...
    def start_sprint(self, name: str) -> None: ...
    def close_sprint(self, name: str) -> None: ...
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
        lacks: What the tracker has no room for: "criteria" of their own field, a "score" to write, a "lock" against
            others' edits, and those names of `contract.edits` that cannot be done there.
        nobody: An id of the tracker's form that no item has.
    """

    lacks: frozenset[str]
    nobody: str

    def open(self, **changes: Any) -> Tracker:
        """A tracker on this place, not connected yet; `changes` are those of its configuration."""

    def id(self, key: str) -> str:
        """The tracker's own id of a seeded item."""

    def retitle(self, item: str, title: str) -> None:
        """Somebody gives an item another title."""

    def remove(self, item: str) -> None:
        """Somebody takes an item away for good."""


class Place(Readable, Protocol):
    """A place that can be written to as well. `open` knows `allow_writes`, `token`, `url` and `bots`.

    Attributes:
        app: What is served.
        clock: What time it is there.
        faults: What goes wrong there; changed while it is served.
        commenting, editing: Requests that write a comment and an edit, as a fault names them.
        changing: All requests that change an item or what stands under it.
        kinds: Two types of the requirement level, in the tracker's words.
        priorities: Two priorities, in the tracker's words.
        score: Name of a number field that the service may write; empty where there is none.
        otherwise: A configuration that asks for other fields.
    """

    app: Any
    clock: StoppedClock
    faults: Faults
    commenting: str
    editing: str
    changing: tuple[str, ...]
    kinds: tuple[str, str]
    priorities: tuple[str, str]
    score: str
    otherwise: dict[str, Any]

    def section(self) -> dict[str, Any]:
        """The tracker's section of steward.yaml."""

    def at(self, host: str) -> str:
        """The tracker's address if it were on another host."""

    def person(self, name: str = "Ana Silva") -> Person:
        """Somebody who works there."""

    def program(self) -> Person:
        """Another program that works there."""

    def programs(self) -> frozenset[str]:
        """Names of other programs that an admin has to give, because the tracker does not tell them from people."""

    def small_pages(self) -> None:
        """From now on every answer that has pages has many."""

    def forbid(self) -> None:
        """Takes the right to write away from callers."""

    def allow(self) -> None:
        """Gives it back."""

    def lag(self, changes: int) -> None:
        """From now on what callers search or follow is so many changes behind."""

    def exists(self, item: str) -> bool:
        """Whether an item is there, wherever it was moved, and not deleted."""

    def project_of(self, item: str) -> str:
        """The project it is in."""

    def labels(self, item: str) -> frozenset[str]:
        """What an item is labelled with, within the scope or not."""

    def held(self, item: str, name: Literal["score", "value"]) -> float | None:
        """What stands in a field of an item."""

    def seen(self) -> Any:
        """What people see of the whole place, for comparing before and after."""

    def shown(self) -> dict[str, Shown]:
        """What people see of every item within the scope that the service may see, by id."""

    def order(self) -> list[str]:
        """Ids of the open items of the requirement level within the scope, as people see them from the top."""

    def linked(self, one: str, other: str) -> bool:
        """Whether two items are linked already."""

    def comments(self, item: str) -> list[tuple[str, str]]:
        """Author and words of the comments under an item; the service's account is called Steward."""

    def comment_ids(self, item: str) -> list[str]:
        """Their ids."""

    def writes(self) -> int:
        """How many requests have arrived that were not for reading."""
