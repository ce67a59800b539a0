"""Reads YAML files. Every error names the file, line and key, what was expected and a suggestion."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from connectors.registry import PLUGINS
from sync.messages.suggestions import did_you_mean, did_you_mean_or_list
from sync.settings.secrets import expand

KeyPath = tuple[str | int, ...]

_MAX_LINES = 1000
_MAX_VALUES = 100_000
"""More than any configuration has. Nested aliases could expand a short file to billions of values."""


class _TooManyValues(Exception):
    """Aliases make the file too large."""


class ConfigurationIssue(Struct, frozen=True):
    """An error in a file. Lines and columns are counted from 1; 0 means unknown."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        location = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (location, self.key, self.message) if part)


class ConfigurationError(Exception):
    """The configuration is invalid; `issues` says where and why."""

    def __init__(self, issues: Sequence[ConfigurationIssue]) -> None:
        super().__init__("\n".join(str(issue) for issue in issues))
        self.issues = tuple(issues)


@lru_cache(maxsize=64)
def _parse_yaml(text: str) -> Any:
    """The content with its positions, which nobody changes: presets and unchanged files are read at every round."""
    return YAML(typ="rt").load(text)


class YamlFile:
    """A YAML file, read and parsed, with `${NAME}` expanded.

    Args:
        path: The file.
        display_name: The name of the file in messages. Default: its relative path.
        optional_paths: Paths of values that stay as they are if a variable is not set.

    Attributes:
        name: The name of the file in messages.
        values: The content as built-in types.
        is_empty: Whether the file contains only white space and comments.

    Raises:
        ConfigurationError: It cannot be read, is not YAML, or contains a variable that is not set.
    """

    def __init__(
        self, path: Path, *, display_name: str | None = None, optional_paths: Collection[KeyPath] = ()
    ) -> None:
        self._optional_paths = optional_paths
        self.name = display_name or _relative(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._unreadable(f"Cannot read the file: it is not UTF-8 text (byte {error.start + 1})") from None
        except (OSError, ValueError) as error:
            raise self._unreadable(f"Cannot read the file: {getattr(error, 'strerror', None) or error}") from None
        self._expanded: dict[str, str] = {}
        self._remaining_values = _MAX_VALUES
        self._document = self._parse(text)
        try:
            self.values: dict[str, Any] = self._to_builtins(self._document, ())
        except RecursionError:
            raise self._unreadable("The content refers to itself or is nested too deeply", 1, 1) from None
        except _TooManyValues:
            problem = f"The file has more than {_MAX_VALUES} values, because aliases (*name) repeat parts of it"
            raise self._unreadable(problem, 1, 1) from None

    def _unreadable(self, message: str, line: int = 0, column: int = 0) -> ConfigurationError:
        return ConfigurationError([ConfigurationIssue(self.name, line, column, "", f"{message}.")])

    def _parse(self, text: str) -> Any:
        try:
            document = _parse_yaml(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            problem = " ".join(str(error.problem or error.context or "not YAML").split())
            if error.context_mark is not None and mark is not None and error.context_mark.line != mark.line:
                problem += f", {error.context} that begins at line {error.context_mark.line + 1}"
            raise self._unreadable(f"Invalid YAML: {problem}", line, column) from None
        except Exception as error:  # noqa: BLE001 - an impossible number or date raises errors of many kinds
            problem = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())[:200]
            line = _first_failing_line(text, type(error))
            raise self._unreadable(f"Invalid YAML: {problem}", line, 1) from None
        self.is_empty = document is None
        if document is None:
            return {}
        if not isinstance(document, Mapping):
            raise self._unreadable(_MAPPING, 1, 1)
        return document

    def _to_builtins(self, node: Any, path: KeyPath) -> Any:
        self._remaining_values -= 1
        if self._remaining_values < 0:
            raise _TooManyValues
        if isinstance(node, Mapping):
            return {str(key): self._to_builtins(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self._to_builtins(value, (*path, number)) for number, value in enumerate(node)]
        if isinstance(node, str):
            return self._expand(str(node), path)
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        return float(node) if isinstance(node, float) else str(node)

    def _expand(self, text: str, path: KeyPath) -> str:
        try:
            value = expand(text)
        except ValueError as error:
            if path in self._optional_paths:
                return text
            raise ConfigurationError([self.issue(path, f"{error}.")]) from None
        if value != text:
            self._expanded[value] = text
        return value

    def issue(self, path: KeyPath, message: str, *, at_key: bool = False) -> ConfigurationIssue:
        """Make an issue at a path of this file, or at the nearest parent that exists in the file."""
        line, column = self._locate(path, at_key=at_key)
        return ConfigurationIssue(self.name, line, column, ".".join(str(step) for step in path), message)

    def has(self, path: KeyPath) -> bool:
        """Whether the path exists in the file."""
        node: Any = self._document
        for step in path:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return False
        return True

    def issues(self, error: ValidationError, model: type[BaseModel]) -> list[ConfigurationIssue]:
        """Convert a validation error to issues of this file."""
        schema = model.model_json_schema(by_alias=True)
        issues: dict[ConfigurationIssue, None] = {}
        for detail in self._merge_alternatives(error.errors(include_url=False)):
            path = self._without_tags(detail["loc"])
            message, at_key = _message(detail, schema)
            if detail["type"] == "union_tag_invalid":
                path = (*path, "kind")
            while path and not self.has(path) and detail["type"] != "missing":
                path = path[:-1]
            issues[self.issue(path, self._unexpand(message), at_key=at_key)] = None
        return sorted(issues, key=lambda issue: (issue.line, issue.column))

    def _merge_alternatives(self, errors: Iterable[Any]) -> Iterator[Any]:
        """Yield errors, merging those about a value that can have several types."""
        alternatives: dict[KeyPath, list[Any]] = {}
        for detail in errors:
            path = value_path = self._without_tags(detail["loc"])
            while value_path and not self.has(value_path):
                value_path = value_path[:-1]
            if _expected(detail) and value_path != path:
                alternatives.setdefault(value_path, []).append(detail)
            else:
                yield detail
        for value_path, details in alternatives.items():
            expected = [word for detail in details for word in _expected(detail)]
            if len(details) == 1:
                yield details[0]
            else:
                yield {**details[0], "loc": value_path, "type": "alternatives", "ctx": {"expected": expected}}

    def _without_tags(self, loc: KeyPath) -> KeyPath:
        """A path as in the file, without the kinds of trackers that pydantic inserts."""
        path: list[str | int] = []
        for step in loc:
            if step not in PLUGINS or self.has((*path, step)):
                path.append(step)
        return tuple(path)

    def variable_of(self, value: str) -> str:
        """The variable in the file that a value comes from, such as `${NAME}`; empty if there is none."""
        return self._expanded.get(value, "")

    def _unexpand(self, message: str) -> str:
        """Replace values with their `${NAME}`, because a value may be a misplaced secret."""
        for value, variable in self._expanded.items():
            message = message.replace(value, variable) if value else message
        return message

    def _locate(self, path: KeyPath, *, at_key: bool) -> tuple[int, int]:
        node: Any = self._document
        location = (0, 0)
        for number, step in enumerate(path):
            try:
                if isinstance(step, int):
                    position = node.lc.item(step)
                elif at_key and number == len(path) - 1:
                    position = node.lc.key(step)
                else:
                    position = node.lc.value(step)
                location = position or location
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return location[0] + 1, location[1] + 1


_MAPPING = "Expected keys with values"


def _first_failing_line(text: str, kind: type[Exception]) -> int:
    """Find the line of an error that has no position: the first line with which the error occurs."""
    lines = text.splitlines(keepends=True)[:_MAX_LINES]
    for number in range(1, len(lines)):
        try:
            YAML(typ="rt").load("".join(lines[:number]))
        except kind:
            return number
        except Exception:  # noqa: BLE001, S112 - a part of a file may fail in other ways
            continue
    return max(len(lines), 1)


def _relative(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _message(  # noqa: PLR0911 - one message for each kind of error
    error: Any, schema: Mapping[str, Any]
) -> tuple[str, bool]:
    """A message for a validation error, and whether it is about the key rather than the value."""
    path = tuple(error["loc"])
    value = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            known_keys = sorted(_keys_at(schema, path[:-1]))
            return f'Unknown key "{path[-1]}".{did_you_mean_or_list(path[-1], known_keys)}', True
        case "missing":
            return "This key is required.", True
        case "literal_error" | "enum":
            return _not_one_of(value, _expected(error)), False
        case "alternatives":
            return f"Expected {' or '.join(error['ctx']['expected'])}{_found(value)}.", False
        case "union_tag_invalid":
            return _not_one_of(error["ctx"]["tag"], list(PLUGINS)), False
        case "value_error":
            return _sentence(str(error["ctx"]["error"])), False
        case "model_type" | "dict_type":
            off = ' or "off"' if "severity" in _keys_at(schema, path) else ""
            return f"{_MAPPING}{off}{_found(value)}.", False
        case "tuple_type" | "list_type" | "frozen_set_type":
            return f"Expected a list{_found(value)}.", False
        case _:
            secret = any(node.get("writeOnly") for node in _nodes_at(schema, path))
            message = str(error["msg"]).replace("Input should be", "Must be")
            return f"{message}{'' if secret else _found(value)}.", False


_TYPES = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "none_required": "null",
}


def _expected(error: Any) -> list[str]:
    """The values or types that a validation error expects; empty for other kinds of error."""
    if error["type"] in ("literal_error", "enum"):
        return [word.strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    expected = _TYPES.get(error["type"])
    return [expected] if expected else []


def _not_one_of(value: object, expected: Sequence[str]) -> str:
    prefix = "one of: " if len(expected) > 1 else ""
    return f"Expected {prefix}{', '.join(expected)}{_found(value)}.{did_you_mean(value, expected)}"


def _found(value: object) -> str:
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
            children.append(schema)
    return children


def _resolve(root: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Resolve references and alternatives in a JSON schema."""
    if "$ref" in node:
        return _resolve(root, root["$defs"][str(node["$ref"]).rsplit("/", 1)[-1]])
    alternatives = node.get("anyOf", node.get("oneOf"))
    if alternatives is None:
        return [node]
    return [schema for alternative in alternatives for schema in _resolve(root, alternative)]


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."
