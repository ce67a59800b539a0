"""The trees of areas and iterations. Nodes keep their ids when they are renamed, and items follow by id."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from steward_sandbox.azure_devops.model import Node, NodeKind
from steward_sandbox.ids import stable_uuid

_FIRST_ID = 1501


class Trees:
    def __init__(self) -> None:
        self.by_id: dict[int, Node] = {}

    def add(self, kind: NodeKind, project: str, name: str, parent: int | None = None) -> Node:
        """A new node; without a parent it is the root of a project's tree."""
        number = _FIRST_ID + len(self.by_id)
        guid = stable_uuid("node", kind, project, name, str(parent))
        return self._put(Node(id=number, guid=guid, name=name, kind=kind, project=project, parent=parent))

    def ensure(self, root: int, path: Iterable[str]) -> Node:
        """The node at the end of a path below a root, made where it is missing."""
        node = self.by_id[root]
        for name in path:
            children = [child for child in self.by_id.values() if child.parent == node.id]
            known = next((child for child in children if child.name.casefold() == name.casefold()), None)
            node = known or self.add(node.kind, node.project, name, node.id)
        return node

    def set_dates(self, node: int, start: datetime | None, finish: datetime | None) -> Node:
        """Dates an iteration; the finish is its last day."""
        return self._put(replace(self.by_id[node], start=start, finish=finish))

    def path(self, node: int) -> str:
        r"""The path as items show it: `Project\A\B`."""
        return "\\".join(found.name for found in reversed(self.up_from(node)))

    def up_from(self, node: int) -> list[Node]:
        """A node and all above it, up to the root."""
        found = self.by_id[node]
        return [found] if found.parent is None else [found, *self.up_from(found.parent)]

    def find(self, kind: NodeKind, path: str) -> Node | None:
        wanted = path.strip("\\").casefold()
        nodes = (node for node in self.by_id.values() if node.kind == kind)
        return next((node for node in nodes if self.path(node.id).casefold() == wanted), None)

    def _put(self, node: Node) -> Node:
        self.by_id[node.id] = node
        return node
