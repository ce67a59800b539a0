"""What Jira takes as an Atlassian document, by Atlassian's own schema, and what it makes of it when storing."""

from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.model import Doc


def is_valid(body: Any) -> bool:
    """Whether Jira takes this as the value of a rich text field."""
    return _validator().is_valid(body)


@cache
def _validator() -> jsonschema_rs.Draft4Validator:
    text = files("steward_sandbox.jira").joinpath("data", "adf-schema.json").read_bytes()
    return jsonschema_rs.Draft4Validator(msgspec.json.decode(text))


def stored(node: Doc, path: str) -> Doc:
    """The document as Jira gives it back: every block has an id of its own, the text is untouched."""
    content = [_with_id(child, f"{path}/{place}") for place, child in enumerate(node.get("content", []))]
    return {**node, "content": content} if "content" in node else node


def _with_id(node: Doc, path: str) -> Doc:
    if node["type"] == "text":
        return node
    return stored({**node, "attrs": {"localId": stable_uuid(path)[-12:], **node.get("attrs", {})}}, path)


def without_ids(node: Doc) -> Doc:
    """The document without the ids that Jira added, for comparing what people see."""
    attrs = {key: value for key, value in node.get("attrs", {}).items() if key != "localId"}
    plain = {key: value for key, value in node.items() if key not in ("attrs", "content")}
    if attrs:
        plain["attrs"] = attrs
    if "content" in node:
        plain["content"] = [without_ids(child) for child in node["content"]]
    return plain
