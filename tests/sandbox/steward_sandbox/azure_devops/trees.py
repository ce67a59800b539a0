"""The trees of areas and iterations. Nodes keep their ids when they are renamed, and items follow by id."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from steward_sandbox.azure_devops.model import Node, NodeKind
from steward_sandbox.ids import stable_uuid

FIRST_ID = 1501


class Trees:
    """All nodes of an organisation.

    Attributes:
        version: Grows with every change, so that what was shaped from paths can be dropped.
    """

    def __init__(self) -> None:
        self.by_id: dict[int, Node] = {}
        self.version = 0
        self._paths: dict[int, str] = {}
        self._found: dict[tuple[NodeKind, str], int] = {}

    def add(self, kind: NodeKind, project: str, name: str, parent: int | None = None) -> Node:
        """A new node; without a parent it is the root of a project's tree."""
        number = FIRST_ID + len(self.by_id)
        node = Node(
            id=number,
            guid=stable_uuid("node", kind, project, name, str(parent)),
            name=name,
            kind=kind,
            project=project,
            parent=parent,
        )
        return self._put(node)

    def path_made(self, root: int, names: tuple[str, ...]) -> Node:
        """The node at the end of these names below a root, made where it is missing."""
        node = self.by_id[root]
        for name in names:
            below = next((c for c in self.children(node.id) if c.name.casefold() == name.casefold()), None)
            node = below or self.add(node.kind, node.project, name, node.id)
        return node

    def rename(self, node: int, name: str) -> Node:
        """Gives a node another name; its id, and what points at it, stay."""
        return self._put(msgspec.structs.replace(self.by_id[node], name=name))

    def set_dates(self, node: int, start: datetime | None, finish: datetime | None) -> Node:
        """Dates an iteration; an end is the last day of it."""
        return self._put(msgspec.structs.replace(self.by_id[node], start=start, finish=finish))

    def move(self, node: int, parent: int) -> Node:
        """Puts a node below another one."""
        return self._put(msgspec.structs.replace(self.by_id[node], parent=parent))

    def path(self, node: int) -> str:
        r"""The path as items show it: `Project\A\B`."""
        known = self._paths.get(node)
        if known is None:
            known = self._paths[node] = "\\".join(found.name for found in self.line(node))
        return known

    def line(self, node: int) -> list[Node]:
        """The nodes from the root down to this one."""
        found = [self.by_id[node]]
        while found[-1].parent is not None:
            found.append(self.by_id[found[-1].parent])
        return found[::-1]

    def find(self, kind: NodeKind, path: str) -> Node | None:
        """The node with this path as items show it, whatever the letter case."""
        if not self._found:
            self._found = {(n.kind, self.path(n.id).casefold()): n.id for n in self.by_id.values()}
        number = self._found.get((kind, path.strip("\\").casefold()))
        return self.by_id[number] if number is not None else None

    def named(self, kind: NodeKind, project: str, name: str) -> Node | None:
        """A node of a project by its own name alone, or by its path."""
        path = self.find(kind, name)
        if path is not None and path.project == project:
            return path
        mine = (n for n in self.by_id.values() if n.kind == kind and n.project == project)
        return next((n for n in mine if n.name.casefold() == name.casefold()), None)

    def children(self, node: int) -> list[Node]:
        """The nodes right below one."""
        return [found for found in self.by_id.values() if found.parent == node]

    def under(self, node: int) -> set[int]:
        """The ids of a node and of all below it."""
        return set(self._under(node))

    def _under(self, node: int) -> Iterator[int]:
        yield node
        for child in self.children(node):
            yield from self._under(child.id)

    def _put(self, node: Node) -> Node:
        self.by_id[node.id] = node
        self.version += 1
        self._paths.clear()
        self._found.clear()
        return node


def structure_path(nodes: list[Node]) -> str:
    r"""The path as the tree itself shows it, with the word for its structure: `\Project\Area\A\B`."""
    word = "Area" if nodes[0].kind == "area" else "Iteration"
    return "\\" + "\\".join([nodes[0].name, word, *(node.name for node in nodes[1:])])
