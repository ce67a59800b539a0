"""Generates the tables of docs/configuration.md from the schema of steward.yaml."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.settings.schema import Settings

_BEGIN, _END = "<!-- `make docs` writes the tables from here on -->\n", "<!-- to here -->\n"
"""The lines before and after the generated part of the page."""


def fill_page(page: str) -> str:
    """Return docs/configuration.md with new tables of the keys in steward.yaml; the rest is written by hand."""
    schema = Settings.model_json_schema()
    tables = "\n".join(_section_lines(schema, schema, ""))
    return f"{page.partition(_BEGIN)[0]}{_BEGIN}{tables}\n{_END}{page.partition(_END)[2]}"


def _section_lines(root: Mapping[str, Any], node: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the lines about a section of steward.yaml and the sections within it.

    Args:
        root: The JSON schema of the whole file.
        node: The part of the schema for this section.
        path: The keys that lead to the section, such as "write.budget"; empty for the whole file.
    """
    children: list[tuple[str, Mapping[str, Any]]] = []
    if path:
        kind = node.get("properties", {}).get("kind", {}).get("const", "")
        yield f"\n### {path}{f' ({kind})' if kind else ''}\n\n{node.get('description', '')}\n"
    yield "| key | default | description |"
    yield "| --- | --- | --- |"
    for key, value in node.get("properties", {}).items():
        sections = _referenced_sections(root, value)
        children += [(_section_path(path, key, value), section) for section in sections]
        description = value.get("description") or next((section.get("description", "") for section in sections), "")
        yield f"| `{key}` | {_format_default(key, value, node)} | {description}{_choices_sentence(value)} |"
    for child_path, child in children:
        yield from _section_lines(root, child, child_path)


def _section_path(path: str, key: str, value: Mapping[str, Any]) -> str:
    """The path of the section at a key: with "[]" for a list, and "NAME" where the admin chooses a name."""
    name = f"{path}.{key}" if path else key
    if value.get("type") == "array":
        return f"{name}[]"
    return f"{name}.NAME" if "additionalProperties" in value else name


def _referenced_sections(root: Mapping[str, Any], value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sections that a key can hold: one, or one for each kind of tracker."""
    inner = value.get("additionalProperties") or value.get("items") or value
    candidates = inner.get("oneOf") or inner.get("anyOf") or [inner]
    names = [str(schema["$ref"]).rsplit("/", 1)[-1] for schema in candidates if "$ref" in schema]
    return [root["$defs"][name] for name in names if "properties" in root["$defs"][name]]


def _format_default(key: str, value: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    if key in node.get("required", ()):
        return "**required**"
    default = value.get("default")
    if default in (None, "", [], {}):
        return "–"
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{shown}`"


def _choices_sentence(value: Mapping[str, Any]) -> str:
    """A sentence that lists the allowed values of a key; empty if any value is allowed."""
    choices = next((schema["enum"] for schema in (value, *value.get("anyOf", [])) if "enum" in schema), None)
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
