"""Converts items in saved responses of the REST APIs of Jira and Azure DevOps to items of the format JSON lines.

JSON lines is the product's own format for importing a backlog: a file with one JSON object for each item, with keys
such as "title" and "points".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

ORIGIN_KEY = "_origin"
"""A key of a converted item. Its value is the API from which the item comes: "jira" or "azure"."""

MARKDOWN_KEY = "_markdown"
"""A key of a converted item. Its value is a list of the keys whose texts are in Markdown instead of HTML."""
_LIST_KEYS = ("issues", "value", "values", "workItems")
"""The keys under which responses contain lists of items."""
_AZURE_FIELDS_BY_KEY = {
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
    "due": ("Microsoft.VSTS.Scheduling.TargetDate", "Microsoft.VSTS.Scheduling.DueDate"),
    "created": ("System.CreatedDate",),
    "updated": ("System.ChangedDate",),
    "resolved": ("Microsoft.VSTS.Common.ClosedDate",),
    "sprint": ("System.IterationPath",),
    "labels": ("System.Tags",),
    "parent": ("System.Parent",),
    "project": ("System.TeamProject",),
    "assignee": ("System.AssignedTo",),
}
"""The fields of Azure DevOps, by key of JSON lines. If an item has several of them, the first one is used, except that
descriptions are joined."""


def find_items(document: Any) -> Iterator[Any]:
    """Yield the items in a response: the entries of its list, or else the response itself."""
    if isinstance(document, dict) and "key" not in document and "fields" not in document:
        list_entries = next((document[name] for name in _LIST_KEYS if isinstance(document.get(name), list)), None)
        if list_entries is not None:
            yield from list_entries
            return
    yield document


def to_json_lines_item(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Convert an item of a response; return any other item unchanged. Fields that the response lacks are left out."""
    fields = item.get("fields")
    if not isinstance(fields, Mapping):
        return item
    return _convert_azure_item(item, fields) if "key" not in item else _convert_jira_item(item, fields)


def _convert_jira_item(item: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    status = fields.get("status")
    values: dict[str, Any] = {
        "type": _name_of(fields.get("issuetype")),
        "title": fields.get("summary"),
        "description": fields.get("description"),
        "status": _name_of(status),
        "priority": _name_of(fields.get("priority")),
        "resolution": _name_of(fields.get("resolution")),
        "created": fields.get("created"),
        "updated": fields.get("updated"),
        "resolved": fields.get("resolutiondate"),
        "due": fields.get("duedate"),
        "releases": [_convert_release(version) for version in _as_list(fields.get("fixVersions"))],
        "labels": fields.get("labels"),
        "components": [_name_of(component) for component in _as_list(fields.get("components"))],
        "project": _key_of(fields.get("project")),
        "parent": _key_of(fields.get("parent")),
        "assignee": _name_of(fields.get("assignee"), "displayName"),
        "links": [link for raw in _as_list(fields.get("issuelinks")) for link in _convert_link(raw)],
        "restricted": bool(fields.get("security")),
    }
    jira_fields = {
        "type": "issuetype", "title": "summary", "resolved": "resolutiondate",
        "due": "duedate", "releases": "fixVersions", "links": "issuelinks", "restricted": "security",
    }  # fmt: skip
    converted = {name: value for name, value in values.items() if jira_fields.get(name, name) in fields}
    if isinstance(status, Mapping):
        # Unlike the name, the key is the same in every language.
        category = status.get("statusCategory")
        converted["category"] = _key_of(category) or _name_of(category)
    return {"key": item["key"], ORIGIN_KEY: "jira", **converted}


def _convert_azure_item(item: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for name, reference_names in _AZURE_FIELDS_BY_KEY.items():
        values = [fields[reference_name] for reference_name in reference_names if reference_name in fields]
        if values:
            converted[name] = _join_texts(values) if name == "description" else values[0]
    formats = item.get("multilineFieldsFormat")
    if isinstance(formats, Mapping):
        converted[MARKDOWN_KEY] = [
            name
            for name, references in _AZURE_FIELDS_BY_KEY.items()
            if any(formats.get(reference) == "markdown" for reference in references if reference in fields)
        ]
    if isinstance(converted.get("labels"), str):
        converted["labels"] = [label.strip() for label in converted["labels"].split(";") if label.strip()]
    if "sprint" in converted:
        # A path without a separator is the root, which is no sprint.
        _, separator, sprint = str(converted["sprint"] or "").rpartition("\\")
        converted["sprint"] = [sprint] if separator else []
    return {"key": item.get("id"), ORIGIN_KEY: "azure", **converted}


def _join_texts(values: Sequence[Any]) -> Any:
    """Join texts. If one of the values is not a text, return that value, so that it is recognised as unreadable."""
    return next((value for value in values if not isinstance(value, str | None)), None) or "\n".join(
        value for value in values if value
    )


def _convert_link(raw: Any) -> Iterator[dict[str, Any]]:
    """Convert a link of a Jira issue. Its kind describes this issue, such as "is blocked by"."""
    if not isinstance(raw, Mapping) or not isinstance(kind := raw.get("type"), Mapping):
        return
    for direction in ("outward", "inward"):
        if target := _key_of(raw.get(f"{direction}Issue")):
            yield {"kind": kind.get(direction), "target": target}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name_of(value: Any, key: str = "name") -> Any:
    """Return the name of a JSON object, or its value under another key; return any other value unchanged."""
    return value.get(key) if isinstance(value, Mapping) else value


def _convert_release(version: Any) -> Any:
    """Convert a version of a Jira project to a release of JSON lines, in which the date has another key."""
    return {**version, "date": version.get("releaseDate")} if isinstance(version, Mapping) else version


def _key_of(value: Any) -> Any:
    return _name_of(value, "key")
