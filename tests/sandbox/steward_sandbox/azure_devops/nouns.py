"""The small things that answers are made of: people, addresses, projects, fields, nodes, teams."""

from typing import Any
from urllib.parse import quote

from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.field_data import Field
from steward_sandbox.azure_devops.model import Account, Node, Team
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.trees import structure_path
from steward_sandbox.azure_devops.wire import stamp
from steward_sandbox.ids import stable_uuid

_EQUAL = ("Equals", "="), ("NotEquals", "<>")
_COMPARED = ("GreaterThan", ">"), ("LessThan", "<"), ("GreaterThanEquals", ">="), ("LessThanEquals", "<=")
_OPERATIONS = {
    "treePath": (("Under", "Under"), ("NotUnder", "Not Under"), *_EQUAL, ("In", "In")),
    "html": (("ContainsWords", "Contains Words"), ("NotContainsWords", "Does Not Contain Words")),
    "plainText": (("Contains", "Contains"), ("NotContains", "Does Not Contain")),
    "history": (("ContainsWords", "Contains Words"), ("NotContainsWords", "Does Not Contain Words")),
    "string": (*_EQUAL, *_COMPARED, ("Contains", "Contains"), ("NotContains", "Does Not Contain"), ("In", "In")),
    "boolean": _EQUAL,
}
_NUMBER_OPERATIONS = (*_EQUAL, *_COMPARED, ("In", "In"))


class Nouns:
    """Shapes for callers at one address.

    Args:
        collection: What is told about.
        base: Address of the organisation, without a slash at its end.
    """

    def __init__(self, collection: Collection, base: str) -> None:
        self.collection = collection
        self.base = base
        self._people: dict[Account, dict[str, Any]] = {}

    def person(self, account: str) -> dict[str, Any]:
        """An identity as items show it."""
        found = self.collection.accounts.by_id[account]
        kept = self._people.get(found)
        if kept is None:
            word = stable_uuid("descriptor", found.id).replace("-", "")
            sort = "win" if self.collection.server else "aadsp" if found.kind == "service" else "aad"
            avatar = f"{self.base}/_apis/GraphProfile/MemberAvatars/{sort}.{word}"
            kept = self._people[found] = {
                "displayName": found.name,
                "url": f"{self.base}/_apis/Identities/{found.id}",
                "_links": {"avatar": {"href": avatar}},
                "id": found.id,
                "uniqueName": found.unique_name,
                "imageUrl": avatar,
                "descriptor": f"{sort}.{word}",
            }
        return kept

    def project_url(self, project: Project) -> str:
        """The address of a project."""
        return f"{self.base}/_apis/projects/{project.id}"

    def item_url(self, item: int, project: Project | None = None) -> str:
        """The address of an item, through its project where one is given."""
        return f"{self.wit(project)}/workItems/{item}"

    def wit(self, project: Project | None = None) -> str:
        """Where work item tracking begins, of a project or of everything."""
        return f"{self.base}/{project.id}/_apis/wit" if project else f"{self.base}/_apis/wit"

    def project(self, project: Project) -> dict[str, Any]:
        """A project in a list."""
        shown = {"id": project.id, "name": project.name}
        if project.description:
            shown["description"] = project.description
        return {
            **shown,
            "url": self.project_url(project),
            "state": "wellFormed",
            "revision": 30 + len(self.collection.projects),
            "visibility": "private",
            "lastUpdateTime": "2024-01-09T12:02:35.893Z",
        }

    def team(self, team: Team) -> dict[str, Any]:
        """A team."""
        project = self.collection.projects[team.project]
        return {
            "id": team.id,
            "name": team.name,
            "url": f"{self.project_url(project)}/teams/{team.id}",
            "description": "",
            "identityUrl": f"{self.base}/_apis/Identities/{team.id}",
            "projectName": project.name,
            "projectId": project.id,
        }

    def field_ref(self, ref: str) -> dict[str, str]:
        """A field where another thing points at it."""
        field = self.collection.fields[ref]
        return {"referenceName": ref, "name": field.name, "url": f"{self.base}/_apis/wit/fields/{ref}"}

    def field(self, field: Field) -> dict[str, Any]:
        """A field with everything about it."""
        sortable = field.type not in ("html", "history", "plainText")
        operations = _OPERATIONS.get(field.type, _NUMBER_OPERATIONS)
        locked = {"isLocked": False} if self.collection.highest_version >= (7, 1) else {}
        return {
            "name": field.name,
            "referenceName": field.ref,
            "type": field.type,
            "usage": "workItem",
            "readOnly": field.computed,
            "canSortBy": sortable,
            "isQueryable": True,
            "supportedOperations": [{"referenceName": f"SupportedOperations.{n}", "name": s} for n, s in operations],
            "isIdentity": field.identity,
            "isPicklist": False,
            "isPicklistSuggested": False,
            "isDeleted": False,
            **locked,
            "url": f"{self.base}/_apis/wit/fields/{field.ref}",
        }

    def type_ref(self, project: Project, name: str) -> dict[str, str]:
        """A type where another thing points at it."""
        return {"name": name, "url": f"{self.wit(project)}/workItemTypes/{quote(name)}"}

    def type(self, project: Project, kind: Type) -> dict[str, Any]:
        """A type with its states and fields."""
        url = f"{self.wit(project)}/workItemTypes/{quote(kind.name)}"
        icon = f"{self.base}/_apis/wit/workItemIcons/{kind.icon}?color={kind.color}&v=2"
        return {
            "name": kind.name,
            "referenceName": kind.ref,
            "description": kind.description,
            "color": kind.color,
            "icon": {"id": kind.icon, "url": icon},
            "isDisabled": False,
            "xmlForm": "",
            "fields": [self.type_field(kind, ref, full=False) for ref in kind.fields],
            "fieldInstances": [self.type_field(kind, ref, full=False) for ref in kind.fields],
            "transitions": {"": [{"to": kind.states[0].name, "actions": None}]},
            "states": [{"name": s.name, "color": s.color, "category": s.category} for s in kind.states],
            "_links": {"self": {"href": url}},
            "url": url,
        }

    def type_field(self, kind: Type, ref: str, *, full: bool) -> dict[str, Any]:
        """A field on a type, with its allowed values where they are asked for."""
        rule = kind.fields[ref]
        shown: dict[str, Any] = {
            "alwaysRequired": rule.required,
            "defaultValue": None if rule.default is None else str(rule.default),
        }
        if full:
            shown |= {"allowedValues": [str(value) for value in rule.allowed], "dependentFields": []}
        return shown | self.field_ref(ref)

    def node(self, node: Node, depth: int, *, links: bool = False) -> dict[str, Any]:
        """A node of a tree, with this many levels below it."""
        trees = self.collection.trees
        line, below = trees.line(node.id), trees.children(node.id)
        url = self.node_url(node)
        shown: dict[str, Any] = {
            "id": node.id,
            "identifier": node.guid,
            "name": node.name,
            "structureType": node.kind,
            "hasChildren": bool(below),
        }
        if node.start is not None or node.finish is not None:
            dates = {"startDate": node.start, "finishDate": node.finish}
            shown["attributes"] = {name: stamp(at) for name, at in dates.items() if at is not None}
        if depth > 0 and below:
            shown["children"] = [self.node(child, depth - 1) for child in below]
        shown["path"] = structure_path(line)
        if links:
            shown["_links"] = {"self": {"href": url}}
            if node.parent is not None:
                shown["_links"]["parent"] = {"href": self.node_url(trees.by_id[node.parent])}
        return shown | {"url": url}

    def node_url(self, node: Node) -> str:
        """The address of a node."""
        names = [quote(found.name) for found in self.collection.trees.line(node.id)[1:]]
        group = "Areas" if node.kind == "area" else "Iterations"
        return "/".join([f"{self.base}/{node.project}/_apis/wit/classificationNodes/{group}", *names])
