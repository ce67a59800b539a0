"""The manual page of steward.yaml, made from the shape that validates it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.settings.schema import Settings

_HEAD = """\
# Configuration

Two files, both checked as a whole when they are read; a mistake is named with file, line, key and what was probably
meant. All come with a JSON schema, so that an editor completes keys and marks mistakes. A running service takes up an
edit at once; an edit with a mistake is reported, and the last good configuration stays in force.

- `steward.yaml` says what to look after, and when. Below is every key of it; every key but the tracker has a default.
- `wording.yaml`, if there is one, holds texts of your own: see [the words](wording.md).
- `rules.yaml` says what is flagged, how strictly, and for whom: see [the rules](rules/README.md) and the example at
  the end.

Any value may hold `${NAME}` from the environment. Tokens may also be `file:/path` or `command:program arguments`. No
secret is logged, printed, or kept in the store.

## steward.yaml
"""

_TAIL = """
## rules.yaml

```yaml
extends: [scrum]                     # presets: minimal, scrum, kanban, safe, all; later ones win
languages: [en, de]                  # in which headings and placeholders are recognised
rules:
  oversized-story: {severity: warning, above: history}   # or a number of points
  missing-acceptance-criteria: {severity: warning, types: [story]}
  unranked-item: off
priority:
  wsjf: {levels: [feature, epic]}    # kinds or types that are scored
overrides:
  - where: {project: PAY, label: legacy}   # tracker, project, area, type, label, component; * stands for anything
    rules: {missing-acceptance-criteria: off}
```

`severity: info` means label and field only; a `warning` may become a comment when the item is near. `mode: shadow` on a
rule reports its findings and writes none of them. A rule that is new or changed since writing began waits in shadow
until `steward rules promote RULE`. `steward rules check FILE` checks a file.
"""


def configuration_page() -> str:
    """The whole page."""
    schema = Settings.model_json_schema()
    return _HEAD + "\n".join(_sections(schema, schema, "")) + "\n" + _TAIL


def _sections(root: Mapping[str, Any], node: Mapping[str, Any], path: str) -> Iterator[str]:
    below: list[tuple[str, Mapping[str, Any]]] = []
    if path:
        kind = node.get("properties", {}).get("kind", {}).get("const", "")
        yield f"\n### {path}{f' ({kind})' if kind else ''}\n\n{node.get('description', '')}\n"
    yield "| key | default | |"
    yield "| --- | --- | --- |"
    for key, value in node.get("properties", {}).items():
        held = _referred(root, value)
        below += [(_path(path, key, value), one) for one in held]
        told = value.get("description") or next((one.get("description", "") for one in held), "")
        yield f"| `{key}` | {_default(key, value, node)} | {told}{_choices(value)} |"
    for place, inner in below:
        yield from _sections(root, inner, place)


def _path(path: str, key: str, value: Mapping[str, Any]) -> str:
    name = f"{path}.{key}" if path else key
    if value.get("type") == "array":
        return f"{name}[]"
    return f"{name}.NAME" if "additionalProperties" in value else name


def _referred(root: Mapping[str, Any], value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sections that a key may hold: one, or one a kind."""
    inner = value.get("additionalProperties") or value.get("items") or value
    candidates = inner.get("oneOf") or inner.get("anyOf") or [inner]
    names = [str(one["$ref"]).rsplit("/", 1)[-1] for one in candidates if "$ref" in one]
    return [root["$defs"][name] for name in names if "properties" in root["$defs"][name]]


def _default(key: str, value: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    if key in node.get("required", ()):
        return "**needed**"
    default = value.get("default")
    if default in (None, "", [], {}):
        return "–"
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{shown}`"


def _choices(value: Mapping[str, Any]) -> str:
    choices = next((one["enum"] for one in (value, *value.get("anyOf", [])) if "enum" in one), None)
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
