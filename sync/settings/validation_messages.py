"""Messages about errors that pydantic finds in a YAML file: what was expected, what was found, and a suggestion."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.registry import PLUGINS
from sync.messages.suggestions import did_you_mean, did_you_mean_or_list

KeyPath = tuple[str | int, ...]
"""The keys, and positions in lists from 0, that lead to a value in a file."""

EXPECTED_MAPPING = "Expected keys with values"
"""The beginning of the message about a value that is not a mapping."""


def describe_error(  # noqa: PLR0911 - one message for each type of error
    error: Any, schema: Mapping[str, Any]
) -> tuple[str, bool]:
    """Return the message about a validation error, and whether it is about the key rather than the value.

    Args:
        error: The error, as in `ValidationError.errors()` of pydantic.
        schema: The JSON schema of the file.
    """
    path = tuple(error["loc"])
    value = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            known_keys = sorted(_keys_at(schema, path[:-1]))
            return f'Unknown key "{path[-1]}".{did_you_mean_or_list(path[-1], known_keys)}', True
        case "missing":
            return "This key is required.", True
        case "literal_error" | "enum":
            return _not_one_of(value, expected_values(error)), False
        case "alternatives":  # made by `YamlFile`, which merges pydantic's errors about a value of several types
            return f"Expected {' or '.join(error['ctx']['expected'])}{_found_value(value)}.", False
        case "union_tag_invalid":
            return _not_one_of(error["ctx"]["tag"], list(PLUGINS)), False
        case "value_error":
            text = str(error["ctx"]["error"])
            return text if text.endswith("?") else f"{text}.", False
        case "model_type" | "dict_type":
            # The settings of a rule can be replaced by the text "off".
            or_off = ' or "off"' if "severity" in _keys_at(schema, path) else ""
            return f"{EXPECTED_MAPPING}{or_off}{_found_value(value)}.", False
        case "tuple_type" | "list_type" | "frozen_set_type":
            return f"Expected a list{_found_value(value)}.", False
        case _:
            is_secret = any(node.get("writeOnly") for node in _nodes_at(schema, path))
            message = str(error["msg"]).replace("Input should be", "Must be")
            return f"{message}{'' if is_secret else _found_value(value)}.", False


_TYPE_NAMES = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "none_required": "null",
}
"""The expected types of values, by the type of pydantic's error."""


def expected_values(error: Any) -> list[str]:
    """The values or types that a validation error expects; empty for other types of error."""
    if error["type"] in ("literal_error", "enum"):
        return [word.strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    expected = _TYPE_NAMES.get(error["type"])
    return [expected] if expected else []


def _not_one_of(value: object, expected: Sequence[str]) -> str:
    prefix = "one of: " if len(expected) > 1 else ""
    return f"Expected {prefix}{', '.join(expected)}{_found_value(value)}.{did_you_mean(value, expected)}"


def _found_value(value: object) -> str:
    """The end of a message, with the wrong value; empty for a mapping or list."""
    return "" if isinstance(value, Mapping | list) else f'; found "{value}"'


def _keys_at(schema: Mapping[str, Any], path: KeyPath) -> list[str]:
    """The keys that a JSON schema allows at a path."""
    return [key for node in _nodes_at(schema, path) for key in node.get("properties", {})]


def _nodes_at(schema: Mapping[str, Any], path: KeyPath) -> list[Mapping[str, Any]]:
    """The JSON schemas of a path, one for each alternative."""
    nodes = [schema]
    for step in path:
        nodes = [child for node in nodes for child in _children(schema, node, step)]
    return [resolved for node in nodes for resolved in _resolve(schema, node)]


def _children(root: Mapping[str, Any], node: Mapping[str, Any], step: str | int) -> list[Mapping[str, Any]]:
    """The JSON schemas of what is at a key, or at a position of a list, one for each alternative."""
    children: list[Any] = []
    for schema in _resolve(root, node):
        if isinstance(step, int):
            items = schema.get("items")
            children += [items] if isinstance(items, Mapping) else schema.get("prefixItems", [])
        elif step in schema.get("properties", {}):
            children.append(schema["properties"][step])
        elif isinstance(schema.get("additionalProperties"), Mapping):
            children.append(schema["additionalProperties"])
        elif schema.get("properties", {}).get("kind", {}).get("const") == step:
            children.append(schema)  # pydantic inserts the kind of a tracker in paths
    return children


def _resolve(root: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Resolve references and alternatives in a JSON schema."""
    if "$ref" in node:
        return _resolve(root, root["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]])
    alternatives = node.get("anyOf", node.get("oneOf"))
    if alternatives is None:
        return [node]
    return [schema for alternative in alternatives for schema in _resolve(root, alternative)]
