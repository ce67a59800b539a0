"""People and programs who change a tracker in memory behind the service's back."""

from collections.abc import Iterable
from typing import Any

from memory_tracker.world import AUTHORS, Account, MemoryComment, MemoryItem, MemoryWorld

ALIASES = {"wsjf": "WSJF"}


class MemoryPerson:
    """Somebody who works with the tracker; items are named by id or key."""

    def __init__(self, world: MemoryWorld, name: str = "Ana Silva", *, type: str = "atlassian") -> None:  # noqa: A002 - as in a backlog file
        self.world = world
        self.account = Account(name, AUTHORS[type])

    def create(self, project: str, title: str, **values: Any) -> MemoryItem:
        """Add an item at the end of the order."""
        return self.world.create(project, title, self.account, **self._values("", values))

    def edit(self, ref: str, **values: Any) -> MemoryItem:
        """Change fields, by the names of a backlog file; None empties a field."""
        return self.world.edit(ref, self.account, **self._values(ref, values))

    def label(self, ref: str, *add: str, remove: Iterable[str] = ()) -> MemoryItem:
        """Add and remove labels."""
        kept = [label for label in self.world.item(ref).labels if label not in set(remove)]
        return self.edit(ref, labels=tuple(dict.fromkeys((*kept, *add))))

    def transition(self, ref: str, status: str) -> MemoryItem:
        """Move an item to another status."""
        return self.edit(ref, status=status)

    def rank(self, ref: str, *, before: str) -> None:
        """Move an item before another one."""
        self.world.move_before(ref, before, self.account)

    def vote(self, ref: str) -> None:
        """Vote for an item."""
        self.world.item(ref).votes += 1

    def comment(self, ref: str, text: str, **more: Any) -> MemoryComment:
        """Write a comment; with `restricted=True`, one that only some people may read."""
        return self.world.comment(ref, self.account, text, **more)

    def edit_comment(self, comment: str, text: str, **more: Any) -> MemoryComment:
        """Rewrite a comment, whoever wrote it."""
        return self.world.edit_comment(comment, self.account, text, **more)

    def delete_comment(self, comment: str) -> None:
        """Delete a comment, whoever wrote it."""
        self.world.delete_comment(comment, self.account)

    def link(self, ref: str, kind: str, other: str) -> None:
        """Link two items: `link("PAY-1", "blocks", "PAY-2")`."""
        self.world.link(ref, kind, other)

    def move(self, ref: str, project: str) -> MemoryItem:
        """Move an item to another project."""
        return self.world.move(ref, project)

    def delete(self, ref: str) -> None:
        """Delete an item."""
        self.world.delete(ref)

    def hide(self, ref: str) -> None:
        """Hide an item from the service."""
        self.world.hide(ref, hidden=True)

    def unhide(self, ref: str) -> None:
        """Show it again."""
        self.world.hide(ref, hidden=False)

    def start_sprint(self, name: str) -> None:
        """Start a sprint."""
        self.world.set_sprint(name, "active")

    def close_sprint(self, name: str) -> None:
        """Close a sprint."""
        self.world.set_sprint(name, "closed")

    def _values(self, ref: str, given: dict[str, Any]) -> dict[str, Any]:
        values = {ALIASES.get(name, name): value for name, value in given.items()}
        for name in ("description", "acceptance_criteria"):
            if name in values:
                values[name] = values[name] or ""
        for name in ("labels", "components"):
            if name in values:
                values[name] = tuple(values[name] or ())
        if values.get("parent"):
            values["parent"] = self.world.item(values["parent"]).id
        if "sprint" in values:
            sprint = values.pop("sprint")
            before = self.world.item(ref).sprints if ref else ()
            closed = tuple(name for name in before if self.world.sprints[name].state == "closed")
            values["sprints"] = tuple(dict.fromkeys((*closed, *([sprint] if sprint else []))))
        return {name: float(value) if type(value) is int else value for name, value in values.items()}
