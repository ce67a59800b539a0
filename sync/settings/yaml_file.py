"""YAML files with a place for every mistake: file, line, key, what was expected and what was probably meant."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from sync.settings.secrets import expand

Path_ = tuple[str | int, ...]

_KINDS = ("jira", "azure-devops", "export")
"""Kinds of trackers, which are different shapes of one section."""

_MOST_LINES = 1000


class Mistake(Struct, frozen=True):
    """One thing that is wrong in a file. Line and column count from 1; 0 where there is no place, or no file at all."""

    file: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, self.message) if part)


class ConfigurationError(Exception):
    """What an admin wrote cannot be used; `mistakes` says where and why."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class YamlFile:
    """A YAML file that was read, with `${NAME}` filled in.

    Attributes:
        name: As it is shown in messages.
        values: The content as plain mappings, lists and scalars.

    Raises:
        ConfigurationError: It cannot be read, is no YAML, or names a variable that is not set.
    """

    def __init__(self, path: Path, *, shown: str | None = None) -> None:
        self.name = shown or _relative(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            said = f"cannot be read: it is no UTF-8 text (byte {error.start + 1})."
            raise ConfigurationError([Mistake(self.name, 0, 0, "", said)]) from None
        except (OSError, ValueError) as error:
            said = f"cannot be read: {getattr(error, 'strerror', None) or error}."
            raise ConfigurationError([Mistake(self.name, 0, 0, "", said)]) from None
        self._from_outside: dict[str, str] = {}
        self._document = self._parse(text)
        try:
            self.values: dict[str, Any] = self._plain(self._document, ())
        except RecursionError:
            raise ConfigurationError([Mistake(self.name, 1, 1, "", "holds itself, or is nested too deep.")]) from None

    def _parse(self, text: str) -> Any:
        try:
            document = YAML(typ="rt").load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            problem = " ".join(str(error.problem or error.context or "is no YAML").split())
            if error.context_mark is not None and mark is not None and error.context_mark.line != mark.line:
                problem += f", {error.context} that begins at line {error.context_mark.line + 1}"
            raise ConfigurationError([Mistake(self.name, line, column, "", f"{problem}.")]) from None
        except Exception as error:  # noqa: BLE001 - a number or date that is none is raised as whatever came to hand
            said = "is nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())[:200]
            line = _first_line_that_fails(text, type(error))
            raise ConfigurationError([Mistake(self.name, line, 1, "", f"cannot be understood: {said}.")]) from None
        if document is None:
            return {}
        if not isinstance(document, Mapping):
            raise ConfigurationError([Mistake(self.name, 1, 1, "", f"{_MAPPING}.")])
        return document

    def _plain(self, node: Any, at: Path_) -> Any:
        if isinstance(node, Mapping):
            return {str(key): self._plain(value, (*at, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self._plain(value, (*at, number)) for number, value in enumerate(node)]
        if isinstance(node, str):
            try:
                value = expand(str(node))
            except ValueError as error:
                raise ConfigurationError([self.mistake(at, f"{error}.")]) from None
            if value != node:
                self._from_outside[value] = str(node)
            return value
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        return float(node) if isinstance(node, float) else str(node)

    def mistake(self, path: Path_, message: str, *, at_key: bool = False) -> Mistake:
        """A mistake at a place of this file, or at the nearest place above it that the file has."""
        line, column = self._place(path, at_key=at_key)
        return Mistake(self.name, line, column, ".".join(str(step) for step in path), message)

    def has(self, path: Path_) -> bool:
        """Whether the file itself says something at this path."""
        node: Any = self._document
        for step in path:
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return False
        return True

    def mistakes(self, error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
        """Pydantic's errors as mistakes of this file."""
        schema = model.model_json_schema(by_alias=True)
        found: dict[Mistake, None] = {}
        for one in self._merged(error.errors(include_url=False)):
            path = self._without_tags(one["loc"])
            message, at_key = _message(one, schema)
            if one["type"] == "union_tag_invalid":
                path = (*path, "kind")
            while path and not self.has(path) and one["type"] != "missing":
                path = path[:-1]
            found[self.mistake(path, self._as_written(message), at_key=at_key)] = None
        return sorted(found, key=lambda one: (one.line, one.column))

    def _merged(self, errors: Iterable[Any]) -> Iterator[Any]:
        """Errors, where all that was expected of one value is said at once."""
        alternatives: dict[Path_, list[Any]] = {}
        for one in errors:
            path = place = self._without_tags(one["loc"])
            while place and not self.has(place):
                place = place[:-1]
            if _expected(one) and place != path:
                alternatives.setdefault(place, []).append(one)
            else:
                yield one
        for place, some in alternatives.items():
            expected = [word for one in some for word in _expected(one)]
            yield (
                some[0]
                if len(some) == 1
                else {**some[0], "loc": place, "type": "alternatives", "ctx": {"expected": expected}}
            )

    def _without_tags(self, loc: Path_) -> Path_:
        """A place as the file has it; pydantic also names which of several shapes it tried."""
        path: list[str | int] = []
        for step in loc:
            if step not in _KINDS or self.has((*path, step)):
                path.append(step)
        return tuple(path)

    def _as_written(self, message: str) -> str:
        """What came from outside as the file has it: it may be a secret in a wrong place."""
        for value, written in self._from_outside.items():
            message = message.replace(value, written) if value else message
        return message

    def _place(self, path: Path_, *, at_key: bool) -> tuple[int, int]:
        node: Any = self._document
        place = (0, 0)
        for number, step in enumerate(path):
            try:
                if isinstance(step, int):
                    found = node.lc.item(step)
                elif at_key and number == len(path) - 1:
                    found = node.lc.key(step)
                else:
                    found = node.lc.value(step)
                place = found or place
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return place[0] + 1, place[1] + 1


_MAPPING = "keys with values were expected"


def _first_line_that_fails(text: str, kind: type[Exception]) -> int:
    """Where an error without a place comes from: the first line with which it appears."""
    lines = text.splitlines(keepends=True)[:_MOST_LINES]
    for number in range(1, len(lines)):
        try:
            YAML(typ="rt").load("".join(lines[:number]))
        except kind:
            return number
        except Exception:  # noqa: BLE001, S112 - half a file may be wrong in other ways
            continue
    return max(len(lines), 1)


def _relative(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _message(  # noqa: PLR0911 - one sentence a kind of error
    error: Any, schema: Mapping[str, Any]
) -> tuple[str, bool]:
    """A sentence for one of pydantic's errors, and whether it is about the key rather than the value."""
    path = tuple(error["loc"])
    given = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            known = _keys_at(schema, path[:-1])
            near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.6)
            meant = f' Did you mean "{near[0]}"?' if near else f" Known here: {', '.join(sorted(known))}."
            return f"is no key that is known here.{meant}", True
        case "missing":
            return "is missing.", True
        case "literal_error" | "enum":
            return _one_of(given, _expected(error)), False
        case "alternatives":
            return f'"{given}" is not {_or(error["ctx"]["expected"])}.', False
        case "union_tag_invalid":
            near = difflib.get_close_matches(str(error["ctx"]["tag"]), _KINDS, n=1, cutoff=0.6)
            meant = f' Did you mean "{near[0]}"?' if near else ""
            return f'"{error["ctx"]["tag"]}" is not one of {", ".join(_KINDS)}.{meant}', False
        case "value_error":
            return f"{error['ctx']['error']}.", False
        case "model_type" | "dict_type":
            off = '"off" or ' if "severity" in _keys_at(schema, path) else ""
            return f"{off}{_MAPPING}{_given(given)}.", False
        case "tuple_type" | "list_type" | "frozen_set_type":
            return f"a list was expected{_given(given)}.", False
        case _:
            secret = any(node.get("writeOnly") for node in _nodes_at(schema, path))
            return f"{error['msg']}{'' if secret else _given(given)}.", False


_KINDS_OF_VALUE = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "none_required": "null",
}


def _expected(error: Any) -> list[str]:
    """What one of pydantic's errors would have taken; empty when it is not about the kind of value."""
    if error["type"] in ("literal_error", "enum"):
        return [word.strip("'") for word in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    kind = _KINDS_OF_VALUE.get(error["type"])
    return [kind] if kind else []


def _one_of(given: object, expected: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(given), expected, n=1, cutoff=0.6)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    return f'"{given}" is not one of {", ".join(expected)}.{meant}'


def _or(words: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _given(value: object) -> str:
    return "" if isinstance(value, Mapping | list) else f' (it is "{value}")'


def _keys_at(schema: Mapping[str, Any], path: Path_) -> list[str]:
    """Keys that a JSON schema knows at a path."""
    return [key for node in _nodes_at(schema, path) for key in node.get("properties", {})]


def _nodes_at(schema: Mapping[str, Any], path: Path_) -> list[Mapping[str, Any]]:
    """What a JSON schema says about a path, every alternative by itself."""
    nodes = [schema]
    for step in path:
        nodes = [deeper for node in nodes for deeper in _deeper(schema, node, step)]
    return [one for node in nodes for one in _resolved(schema, node)]


def _deeper(root: Mapping[str, Any], node: Mapping[str, Any], step: str | int) -> list[Mapping[str, Any]]:
    found: list[Any] = []
    for one in _resolved(root, node):
        if isinstance(step, int):
            found += [one["items"]] if isinstance(one.get("items"), Mapping) else one.get("prefixItems", [])
        elif step in one.get("properties", {}):
            found.append(one["properties"][step])
        elif isinstance(one.get("additionalProperties"), Mapping):
            found.append(one["additionalProperties"])
        elif one.get("properties", {}).get("kind", {}).get("const") == step:
            found.append(one)
    return found


def _resolved(root: Mapping[str, Any], node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        return _resolved(root, root["$defs"][name])
    return [one for part in node.get("anyOf", node.get("oneOf", [node])) for one in _resolved_part(root, part, node)]


def _resolved_part(
    root: Mapping[str, Any], part: Mapping[str, Any], whole: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    return [whole] if part is whole else _resolved(root, part)
