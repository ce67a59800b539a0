"""What Jira takes as an Atlassian document, and what it makes of it when storing.

A stated subset: the nodes that people type and that a service would send. Anything else is refused, as Jira refuses
what it does not know, without saying where.
"""

from collections.abc import Iterator
from typing import Any

from steward_sandbox.ids import stable_uuid
from steward_sandbox.jira.model import Doc

_INLINE = frozenset({"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"})
_LISTS = frozenset({"bulletList", "orderedList"})
_PLAIN = frozenset({"paragraph", "codeBlock"}) | _LISTS
_CELL = _PLAIN | {"heading", "blockquote", "panel", "rule", "taskList"}
_CHILDREN: dict[str, frozenset[str]] = {
    "doc": _CELL | {"table", "expand"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _PLAIN | {"taskList"},
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": _INLINE,
    "blockquote": _PLAIN,
    "panel": _PLAIN | {"heading", "rule", "taskList"},
    "expand": _CELL - {"expand"} | {"table"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _CELL,
    "tableHeader": _CELL,
    "codeBlock": frozenset({"text"}),
}
_LEAVES = frozenset({"rule", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"})
_LIST_LIKE = _LISTS | {"listItem", "taskList"}
_FILLED = _LIST_LIKE | {"blockquote", "panel", "expand", "table", "tableCell", "tableHeader"}
_ATTRS: dict[str, dict[str, Any]] = {
    "paragraph": {},
    "heading": {"level": range(1, 7)},
    "bulletList": {},
    "orderedList": {},
    "listItem": {},
    "taskList": {"localId": str},
    "taskItem": {"localId": str, "state": ("TODO", "DONE")},
    "codeBlock": {},
    "blockquote": {},
    "rule": {},
    "hardBreak": {},
    "panel": {"panelType": ("info", "note", "tip", "warning", "error", "success")},
    "expand": {},
    "table": {},
    "tableRow": {},
    "tableCell": {},
    "tableHeader": {},
    "mention": {"id": str},
    "emoji": {"shortName": str},
    "inlineCard": {"url": str},
    "date": {"timestamp": str},
    "status": {"text": str, "color": ("neutral", "purple", "blue", "red", "yellow", "green")},
}
_OPTIONAL: dict[str, dict[str, Any]] = {
    "codeBlock": {"language": str, "wrap": bool},
    "orderedList": {"order": int},
    "hardBreak": {"text": ("\n",)},
    "expand": {"title": str},
    "table": {"layout": ("default", "wide", "full-width", "center"), "isNumberColumnEnabled": bool},
    "tableCell": {"colspan": int, "rowspan": int},
    "tableHeader": {"colspan": int, "rowspan": int},
    "mention": {"text": str, "accessLevel": str, "userType": ("DEFAULT", "SPECIAL", "APP")},
    "emoji": {"id": str, "text": str},
    "status": {"style": str},
}
_MARKS = frozenset({"strong", "em", "strike", "underline", "code", "link"})
_WITH_CODE = frozenset({"code", "link"})
_MAX_DEPTH = 40


def is_valid(body: Any) -> bool:
    """Whether Jira would take this as the value of a rich text field."""
    if not isinstance(body, dict) or set(body) != {"type", "version", "content"}:
        return False
    if body["type"] != "doc" or body["version"] != 1 or isinstance(body["version"], bool):
        return False
    return _content_is_valid(body, _CHILDREN["doc"], 0)


def _content_is_valid(node: Doc, allowed: frozenset[str], depth: int) -> bool:
    content = node.get("content", [])
    if not isinstance(content, list) or depth > _MAX_DEPTH:
        return False
    return all(
        isinstance(child, dict) and str(child.get("type")) in allowed and _is_valid(child, node, depth + 1)
        for child in content
    )


def _is_valid(node: Doc, parent: Doc, depth: int) -> bool:
    kind = node["type"]
    if kind == "text":
        return _text_is_valid(node, marks=parent["type"] != "codeBlock")
    if not set(node) <= {"type", "attrs", "content"} or not _attrs_are_valid(kind, node.get("attrs")):
        return False
    if kind in _LEAVES:
        return "content" not in node
    if kind in _FILLED and not node.get("content"):
        return False
    if kind == "tableRow" and not isinstance(node.get("content"), list):
        return False
    return _content_is_valid(node, _CHILDREN[kind], depth)


def _text_is_valid(node: Doc, *, marks: bool) -> bool:
    text = node.get("text")
    if not isinstance(text, str) or not text or not set(node) <= {"type", "text", "marks"}:
        return False
    given = node.get("marks", [])
    if not isinstance(given, list) or not all(isinstance(mark, dict) for mark in given) or (given and not marks):
        return False
    kinds = [str(mark.get("type")) for mark in given]
    if len(set(kinds)) != len(kinds) or not _MARKS.issuperset(kinds):
        return False
    return ("code" not in kinds or set(kinds) <= _WITH_CODE) and all(map(_mark_is_valid, given))


def _mark_is_valid(mark: Doc) -> bool:
    if mark["type"] != "link":
        return set(mark) == {"type"}
    attrs = mark.get("attrs")
    if set(mark) != {"type", "attrs"} or not isinstance(attrs, dict):
        return False
    return (
        isinstance(attrs.get("href"), str)
        and set(attrs) <= {"href", "title"}
        and isinstance(attrs.get("title", ""), str)
    )


def _attrs_are_valid(kind: str, attrs: Any) -> bool:
    needed = _ATTRS[kind]
    if attrs is None:
        return not needed
    if not isinstance(attrs, dict) or not set(needed) <= set(attrs):
        return False
    known = needed | _OPTIONAL.get(kind, {}) | {"localId": str}
    return all(key in known and _fits(value, known[key]) for key, value in attrs.items())


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    if wanted is int:
        return isinstance(value, int) and value >= 0
    return isinstance(value, wanted) if isinstance(wanted, type) else value in wanted


def stored(body: Doc, name: str) -> Doc:
    """The document as Jira gives it back: every block has an id of its own, the words are untouched."""
    return {**body, "content": [_with_id(child, f"{name}/{place}") for place, child in enumerate(body["content"])]}


def _with_id(node: Doc, path: str) -> Doc:
    if node["type"] == "text":
        return node
    changed = {**node, "attrs": {"localId": stable_uuid(path)[-12:], **node.get("attrs", {})}}
    if "content" in node:
        changed["content"] = [_with_id(child, f"{path}/{place}") for place, child in enumerate(node["content"])]
    return changed


def without_ids(body: Doc) -> Doc:
    """The document without the ids that Jira added, for comparing what people see."""
    return _without_id(body)


def _without_id(node: Doc) -> Doc:
    attrs = {key: value for key, value in node.get("attrs", {}).items() if key != "localId"}
    plain = {key: value for key, value in node.items() if key not in ("attrs", "content")}
    if attrs:
        plain["attrs"] = attrs
    if "content" in node:
        plain["content"] = [_without_id(child) for child in node["content"]]
    return plain


def texts(body: Doc) -> Iterator[str]:
    """All pieces of text, in reading order."""
    waiting: list[Any] = [body]
    while waiting:
        node = waiting.pop()
        if node["type"] == "text":
            yield node["text"]
        waiting.extend(reversed(node.get("content", [])))
