"""Reads YAML files. An error names the file and, if they are known, the line and the key."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from connectors.registry import PLUGINS
from sync.settings.secrets import expand
from sync.settings.validation_messages import EXPECTED_MAPPING, KeyPath, describe_error, expected_values

_MAX_LINES = 1000
"""The maximum number of lines that are searched for an error without a position, because each takes time."""
_MAX_VALUES = 100_000
"""The maximum number of values in a file: more than any configuration has. Nested aliases could expand a short file to
billions of values."""


class ConfigurationIssue(Struct, frozen=True):
    """An error in a file.

    Attributes:
        line, column: The position of the error, from 1; 0 if it is unknown.
        key: The path of the key, such as "write.budget"; empty if the error is not about a key.
        message: What is wrong, and what was expected.
    """

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
    """Parse YAML; the result contains the position of each value.

    It must not be changed, because it is cached: presets and unchanged files are read again and again.
    """
    return YAML(typ="rt").load(text)


class YamlFile:
    """A YAML file, read and parsed, with `${NAME}` expanded.

    Args:
        display_name: The name of the file in messages. Default: its relative path.
        keeps_unset: Returns whether the value at a path stays as it is if a variable is not set.

    Attributes:
        values: The content as built-in types.
        unset_variable_issues: The issues about variables that are not set, in values that stay as they are.
        is_empty: Whether the file contains only white space and comments.

    Raises:
        ConfigurationError: It cannot be read, is not YAML, has too many values, or contains a variable that is not set.
    """

    def __init__(
        self,
        path: Path,
        *,
        display_name: str | None = None,
        keeps_unset: Callable[[KeyPath], bool] = lambda _path: False,
    ) -> None:
        self.path = path
        self._keeps_unset = keeps_unset
        self.unset_variable_issues: list[ConfigurationIssue] = []
        self.name = display_name or _relative(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._make_error(f"Cannot read the file: it is not UTF-8 text (byte {error.start + 1})") from None
        except (OSError, ValueError) as error:
            raise self._make_error(f"Cannot read the file: {getattr(error, 'strerror', None) or error}") from None
        self._expanded: dict[str, str] = {}
        self._remaining_values = _MAX_VALUES
        self._document = self._parse(text)
        try:
            self.values: dict[str, Any] = self._to_builtins(self._document, ())
        except RecursionError:
            raise self._make_error("The content refers to itself or is nested too deeply", 1, 1) from None

    def _make_error(self, message: str, line: int = 0, column: int = 0) -> ConfigurationError:
        """Make an error that is not about a key."""
        return ConfigurationError([ConfigurationIssue(self.name, line, column, "", f"{message}.")])

    def _parse(self, text: str) -> Any:
        """Parse the text of the file. Raises `ConfigurationError` if it is not YAML, or not a mapping."""
        try:
            document = _parse_yaml(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
            problem = " ".join(str(error.problem or error.context or "not YAML").split())
            if error.context_mark is not None and mark is not None and error.context_mark.line != mark.line:
                problem += f", {error.context} that begins at line {error.context_mark.line + 1}"
            if "'\\t'" in problem:
                problem = "a tab is used for indentation. Use spaces"
            raise self._make_error(f"Invalid YAML: {problem}", line, column) from None
        except Exception as error:  # noqa: BLE001 - an impossible number or date raises errors of many kinds
            problem = "nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())[:200]
            line = _first_failing_line(text, type(error))
            raise self._make_error(f"Invalid YAML: {problem}", line, 1) from None
        self.is_empty = document is None
        if document is None:
            return {}
        if not isinstance(document, Mapping):
            raise self._make_error(EXPECTED_MAPPING, 1, 1)
        return document

    def _to_builtins(self, node: Any, path: KeyPath) -> Any:
        """Convert a parsed value at a path to built-in types, with variables expanded."""
        self._remaining_values -= 1
        if self._remaining_values < 0:
            problem = f"The file has more than {_MAX_VALUES} values, because aliases (*name) repeat parts of it"
            raise self._make_error(problem, 1, 1)
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
            issue = self.make_issue(path, f"{error}.")
            if self._keeps_unset(path):
                self.unset_variable_issues.append(issue)
                return text
            raise ConfigurationError([issue]) from None
        if value != text:
            self._expanded[value] = text
        return value

    def make_issue(self, path: KeyPath, message: str, *, at_key: bool = False) -> ConfigurationIssue:
        """Make an issue at a path of this file, or at the nearest parent that exists in the file.

        With `at_key`, it is at the last key of the path rather than at its value.
        """
        line, column = self._locate(path, at_key=at_key)
        return ConfigurationIssue(self.name, line, column, ".".join(str(step) for step in path), message)

    def contains(self, path: KeyPath) -> bool:
        """Whether the path exists in the file."""
        return self._existing_part(path) == path

    def _existing_part(self, path: KeyPath) -> KeyPath:
        """The longest beginning of a path that exists in the file."""
        node: Any = self._document
        for length, step in enumerate(path):
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return path[:length]
        return path

    def validate(self, build: Callable[[], Any], model: type[BaseModel]) -> Any:
        """Build an object from this file, and convert validation errors to issues.

        Args:
            model: The model whose JSON schema says which keys are allowed.

        Raises:
            ConfigurationError: The content is invalid.
        """
        try:
            return build()
        except ValidationError as error:
            details = self._merge_alternatives(error.errors(include_url=False))
        schema = model.model_json_schema(by_alias=True)
        issues: dict[ConfigurationIssue, None] = {}
        for detail in details:
            path = self._without_tracker_kinds(detail["loc"])
            message, at_key = describe_error(detail, schema)
            if detail["type"] == "union_tag_invalid":
                path = (*path, "kind")
            if detail["type"] != "missing":
                path = self._existing_part(path)
            issues[self.make_issue(path, self._unexpand(message), at_key=at_key)] = None
        raise ConfigurationError(sorted(issues, key=lambda issue: (issue.line, issue.column)))

    def _merge_alternatives(self, errors: Iterable[Any]) -> Iterator[Any]:
        """Yield errors, merging those about a value that can have several types.

        In the path of such an error, pydantic adds the name of a type to the path of the value in the file.
        """
        alternatives: dict[KeyPath, list[Any]] = {}
        for detail in errors:
            path = self._without_tracker_kinds(detail["loc"])
            value_path = self._existing_part(path)
            if expected_values(detail) and value_path != path:
                alternatives.setdefault(value_path, []).append(detail)
            else:
                yield detail
        for value_path, details in alternatives.items():
            expected = [word for detail in details for word in expected_values(detail)]
            if len(details) == 1:
                yield details[0]
            else:
                yield {**details[0], "loc": value_path, "type": "alternatives", "ctx": {"expected": expected}}

    def _without_tracker_kinds(self, pydantic_path: KeyPath) -> KeyPath:
        """A path as in the file, without the kind that pydantic inserts after the name of a tracker."""
        path: KeyPath = ()
        for step in pydantic_path:
            if step not in PLUGINS or self.contains((*path, step)):
                path = (*path, step)
        return path

    def variable_of(self, value: str) -> str:
        """The variable in the file from which a value comes, such as `${NAME}`; empty if there is none."""
        return self._expanded.get(value, "")

    def _unexpand(self, message: str) -> str:
        """Replace values with their `${NAME}`, because a value may be a misplaced secret."""
        for value, variable in self._expanded.items():
            message = message.replace(value, variable) if value else message
        return message

    def _locate(self, path: KeyPath, *, at_key: bool) -> tuple[int, int]:
        """The line and the column of a path, from 1; see `make_issue`."""
        node: Any = self._document
        location = (0, 0)
        for index, step in enumerate(path):
            try:
                if isinstance(step, int):
                    position = node.lc.item(step)
                elif at_key and index == len(path) - 1:
                    position = node.lc.key(step)
                else:
                    position = node.lc.value(step)
                location = position or location
                node = node[step]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
        return location[0] + 1, location[1] + 1


def _first_failing_line(text: str, error_type: type[Exception]) -> int:
    """Find the line of an error that has no position: the first line with which the error occurs."""
    lines = text.splitlines(keepends=True)[:_MAX_LINES]
    for number in range(1, len(lines)):
        try:
            YAML(typ="rt").load("".join(lines[:number]))
        except error_type:
            return number
        except Exception:  # noqa: BLE001, S112 - a part of a file may fail in other ways
            continue
    return max(len(lines), 1)


def _relative(path: Path) -> str:
    """A path relative to the working folder; the path itself if it is not in that folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
