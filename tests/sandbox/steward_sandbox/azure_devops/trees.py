"""The trees of areas and iterations. Nodes keep their ids when they are renamed, and items follow by id."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from steward_sandbox.azure_devops.model import Node, NodeKind
from steward_sandbox.ids import stable_uuid

_FIRST_ID = 1501


class Trees:
    """All nodes of an organisation.

    Attributes:
        version: Grows with every change, so that what was built from paths can be dropped.
    """

    def __init__(self) -> None:
        self.by_id: dict[int, Node] = {}
        self.version = 0
        self._paths: dict[int, str] = {}
        self._below: dict[int, frozenset[int]] = {}

    def add(self, kind: NodeKind, project: str, name: str, parent: int | None = None) -> Node:
        """A new node; without a parent it is the root of a project's tree."""
        number = _FIRST_ID + len(self.by_id)
        guid = stable_uuid("node", kind, project, name, str(parent))
        return self._put(Node(id=number, guid=guid, name=name, kind=kind, project=project, parent=parent))

    def ensure(self, root: int, path: Iterable[str]) -> Node:
        """The node at the end of a path below a root, made where it is missing."""
        node = self.by_id[root]
        for name in path:
            below = next((child for child in self._children(node.id) if child.name.casefold() == name.casefold()), None)
            node = below or self.add(node.kind, node.project, name, node.id)
        return node

    def set_dates(self, node: int, start: datetime | None, finish: datetime | None) -> Node:
        """Dates an iteration; the finish is its last day."""
        return self._put(replace(self.by_id[node], start=start, finish=finish))

    def path(self, node: int) -> str:
        r"""The path as items show it: `Project\A\B`."""
        if node not in self._paths:
            found = self.by_id[node]
            above = "" if found.parent is None else self.path(found.parent) + "\\"
            self._paths[node] = above + found.name
        return self._paths[node]

    def find(self, kind: NodeKind, path: str) -> Node | None:
        """The node with this path, ignoring case."""
        wanted = path.strip("\\").casefold()
        nodes = (node for node in self.by_id.values() if node.kind == kind)
        return next((node for node in nodes if self.path(node.id).casefold() == wanted), None)

    def named(self, kind: NodeKind, project: str, name: str) -> Node | None:
        """A node of a project by its own name alone, or by its path."""
        wanted = name.casefold()
        nodes = [node for node in self.by_id.values() if (node.kind, node.project) == (kind, project)]
        return next((node for node in nodes if wanted in (node.name.casefold(), self.path(node.id).casefold())), None)

    def under(self, node: int) -> frozenset[int]:
        """The ids of a node and of all below it."""
        if node not in self._below:
            self._below[node] = frozenset({node}).union(*(self.under(child.id) for child in self._children(node)))
        return self._below[node]

    def _children(self, node: int) -> list[Node]:
        return [found for found in self.by_id.values() if found.parent == node]

    def _put(self, node: Node) -> Node:
        self.by_id[node.id] = node
        self.version += 1
        self._paths.clear()
        self._below.clear()
        return node
