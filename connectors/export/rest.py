"""Items as the REST APIs of Jira and Azure DevOps return them, with the keys of JSON lines."""

from collections.abc import Iterator, Mapping
from typing import Any

ORIGIN = "_origin"
"""Key that names the API an item comes from: "jira" or "azure"."""

_LISTS = ("issues", "value", "values", "workItems")
_AZURE_FIELDS = {
    "type": ("System.WorkItemType",),
    "title": ("System.Title",),
    "description": ("System.Description", "Microsoft.VSTS.TCM.ReproSteps"),
    "acceptance_criteria": ("Microsoft.VSTS.Common.AcceptanceCriteria",),
    "status": ("System.State",),
    "priority": ("Microsoft.VSTS.Common.Priority",),
    "points": (
        "Microsoft.VSTS.Scheduling.StoryPoints",
        "Microsoft.VSTS.Scheduling.Effort",
        "Microsoft.VSTS.Scheduling.Size",
    ),
    "business_value": ("Microsoft.VSTS.Common.BusinessValue",),
    "time_criticality": ("Microsoft.VSTS.Common.TimeCriticality",),
    "created": ("System.CreatedDate",),
    "updated": ("System.ChangedDate",),
    "resolved": ("Microsoft.VSTS.Common.ClosedDate",),
    "sprint": ("System.IterationPath",),
    "labels": ("System.Tags",),
    "parent": ("System.Parent",),
    "project": ("System.TeamProject",),
    "assignee": ("System.AssignedTo",),
}


def items(entry: Any) -> Iterator[Any]:
    """The items of a response: the entries of its list, or the response itself as one item."""
    if isinstance(entry, dict) and "key" not in entry and "fields" not in entry:
        listed = next((entry[name] for name in _LISTS if isinstance(entry.get(name), list)), None)
        if listed is not None:
            yield from listed
            return
    yield entry


def plain(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """An item with the keys of JSON lines. What the API did not return is absent."""
    fields = item.get("fields")
    if not isinstance(fields, Mapping):
        return item
    return _azure(item, fields) if "key" not in item else _jira(item, fields)


def _jira(item: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    status = fields.get("status")
    read: dict[str, Any] = {
        "type": _name(fields.get("issuetype")),
        "title": fields.get("summary"),
        "description": fields.get("description"),
        "status": _name(status),
        "priority": _name(fields.get("priority")),
        "resolution": _name(fields.get("resolution")),
        "created": fields.get("created"),
        "updated": fields.get("updated"),
        "resolved": fields.get("resolutiondate"),
        "labels": fields.get("labels"),
        "components": _names(fields.get("components")),
        "project": _key(fields.get("project")),
        "parent": _key(fields.get("parent")),
        "assignee": _name(fields.get("assignee"), "displayName"),
    }
    asked = {
        "type": "issuetype", "title": "summary", "resolved": "resolutiondate",
    }  # fmt: skip
    known = {name: value for name, value in read.items() if asked.get(name, name) in fields}
    if isinstance(status, Mapping):
        known["category"] = _name(status.get("statusCategory"))
    return {"key": item["key"], ORIGIN: "jira", **known}


def _azure(item: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, references in _AZURE_FIELDS.items():
        present = [fields[reference] for reference in references if reference in fields]
        if present:
            known[name] = "\n".join(map(str, present)) if name == "description" else present[0]
    if isinstance(known.get("labels"), str):
        known["labels"] = [label.strip() for label in known["labels"].split(";") if label.strip()]
    if "sprint" in known:
        _, below, sprint = str(known["sprint"] or "").rpartition("\\")
        known["sprint"] = [sprint] if below else []
    return {"key": item.get("id"), ORIGIN: "azure", **known}


def _name(value: Any, key: str = "name") -> Any:
    return value.get(key) if isinstance(value, Mapping) else value


def _names(value: Any) -> list[Any]:
    return [_name(entry) for entry in value] if isinstance(value, list) else []


def _key(value: Any) -> Any:
    return value.get("key") if isinstance(value, Mapping) else value
