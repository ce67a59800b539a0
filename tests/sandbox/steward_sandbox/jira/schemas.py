"""What Jira takes: documents by Atlassian's own schema, bodies of requests by `data/requests.json`."""

from functools import cache
from typing import Any

import jsonschema_rs

from steward_sandbox.data_files import load_json
from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.model import Doc


def is_document(body: Any) -> bool:
    return _document_validator().is_valid(body)


def is_request(body: Any, name: str) -> bool:
    return _request_validator(name).is_valid(body)


def request_properties(name: str) -> dict[str, Any]:
    return dict(load_json("jira", "requests")[name]["properties"])


def stored(node: Doc, path: str) -> Doc:
    """The document as Jira gives it back: every block has an id of its own, the text is untouched."""
    content = [_with_id(child, f"{path}/{place}") for place, child in enumerate(node.get("content", []))]
    return {**node, "content": content} if "content" in node else node


def _with_id(node: Doc, path: str) -> Doc:
    if node["type"] == "text":
        return node
    return stored({**node, "attrs": {"localId": stable_uuid(path)[-12:], **node.get("attrs", {})}}, path)


@cache
def _document_validator() -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator(load_json("jira", "adf-schema"))


@cache
def _request_validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(load_json("jira", "requests")[name])
