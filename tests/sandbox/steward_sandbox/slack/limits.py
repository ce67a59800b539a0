"""What Slack accepts in one message: its documented limits, as a JSON schema, and the few that a schema cannot say."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

MAX_TEXT = 40_000
MAX_BLOCK_TEXT = 11_000
"""Undocumented: refusals start somewhere between 9,597 and 11,341 characters in all blocks together."""


def check_message(text: Any, blocks: Any) -> tuple[str, list[str]]:
    """The name of Slack's error for a message, and its explanations; the name is empty for an acceptable message."""
    if not blocks and not str(text or "").strip():
        return "no_text", []
    if len(str(text or "")) > MAX_TEXT:
        return "msg_too_long", []
    problems = [_explained(error) for error in _schema().iter_errors(blocks)]
    if not problems:
        problems = [f"{message} [json-pointer:/blocks]" for message in _conflicts(blocks)]
    if problems:
        return "invalid_blocks", problems
    if sum(len(value) for value in _texts(blocks)) > MAX_BLOCK_TEXT:
        return "msg_blocks_too_long", []
    return "", []


@cache
def _schema() -> Draft202012Validator:
    text = files("steward_sandbox.slack").joinpath("message.schema.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def _explained(error: Any) -> str:
    limit = error.validator_value
    message = {
        "maxLength": lambda: f"must be less than {limit + 1} characters",
        "minLength": lambda: f"must be more than {limit - 1} characters",
        "maxItems": lambda: f"no more than {limit} items allowed",
        "minItems": lambda: f"must have at least {limit} items",
        "required": lambda: f"missing required field: {error.message.split(chr(39))[1]}",
        "enum": lambda: f"unsupported value: {str(error.instance)[:40]}",
        "type": lambda: f"must be of type {limit}",
    }.get(error.validator, lambda: "failed to match all allowed schemas")()
    return f"{message} [json-pointer:/{'/'.join(map(str, ['blocks', *error.absolute_path]))}]"


def _conflicts(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """Explain what is wrong between blocks that are fine one by one."""
    if sum(block["type"] == "table" for block in blocks) > 1:
        yield "only one table is allowed"
    ids = Counter(block.get("block_id") for block in blocks)
    actions = [Counter(e.get("action_id") for e in block["elements"]) for block in blocks if block["type"] == "actions"]
    for counted, name in ((ids, "block_id"), *((found, "action_id") for found in actions)):
        if any(value and count > 1 for value, count in counted.items()):
            yield f"{name} must be unique"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _texts(entry)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from [value] if name == "text" and isinstance(value, str) else _texts(value)
