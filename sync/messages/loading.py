"""Loads the shipped messages, and merges the admin's own texts into them."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import sync
from sync.messages.catalogue import Messages, Texts
from sync.messages.checks import PLURAL_KEYS, TextChecker, TextIssue

ENGLISH = "en"
"""The language that defines which texts exist."""


def shipped_folder() -> Path:
    """The folder of presets and messages: in the installed package, or else `config/` in the repository."""
    packaged_folder = Path(sync.__file__).parent / "_defaults"
    return packaged_folder if packaged_folder.is_dir() else Path(sync.__file__).parent.parent / "config"


@cache
def languages() -> tuple[str, ...]:
    """The shipped languages."""
    names = (file.stem for file in (shipped_folder() / "messages").glob("*.yaml"))
    return tuple(sorted(name for name in names if "." not in name))


@cache
def shipped_texts(language: str) -> Texts:
    """The shipped texts of a language: general ones, and those of findings, scores, priorities and the report page."""
    yaml = YAML(typ="safe", pure=True)
    suffixes = ("", ".findings", ".scores", ".priority", ".page")
    files = [shipped_folder() / "messages" / f"{language}{suffix}.yaml" for suffix in suffixes]
    return {key: texts for file in files for key, texts in yaml.load(file.read_text(encoding="utf-8")).items()}


@cache
def shipped_messages(language: str = ENGLISH) -> Messages:
    """The shipped messages of a language."""
    return Messages(language, shipped_texts(language))


def custom_messages(texts: Texts, language: str) -> Messages:
    """The messages of a language, with the admin's own texts instead of the shipped ones."""
    return Messages(language, _merge(shipped_texts(language), texts), texts)


def check_texts(texts: Texts, language: str) -> Iterator[TextIssue]:
    """Check the admin's own texts, which replace shipped texts of a language. Both may define units, such as "days"."""
    merged = _merge(shipped_texts(language), texts)
    units = {*shipped_texts(language)["form"]["counts"]}
    if isinstance(merged["form"], Mapping) and isinstance(merged["form"]["counts"], Mapping):
        units.update(merged["form"]["counts"])
    yield from TextChecker(merged, units).check(texts, shipped_texts(ENGLISH))


def wording_schema() -> dict[str, Any]:
    """The JSON schema of the admin's own texts."""
    schema = _make_schema(shipped_texts(ENGLISH))
    schema["properties"]["extends"] = {
        "enum": list(languages()),
        "description": "The language that these texts extend.",
    }
    schema["properties"]["form"]["properties"]["counts"]["additionalProperties"] = _PLURAL_SCHEMA
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Wording", **schema}


_TEXT_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1}
_PLURAL_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _TEXT_SCHEMA,
        {"type": "object", "properties": {"one": _TEXT_SCHEMA, "other": _TEXT_SCHEMA}, "additionalProperties": False},
    ]
}
"""The JSON schema of a text that may depend on a number."""


def _make_schema(texts: Any) -> dict[str, Any]:
    """Make the JSON schema of texts. Editors show its descriptions, which are the English texts."""
    if isinstance(texts, str):
        return {**_TEXT_SCHEMA, "description": texts}
    if texts.keys() == PLURAL_KEYS:
        return {**_PLURAL_SCHEMA, "description": texts["other"]}
    properties = {name: _make_schema(nested) for name, nested in texts.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def render_rule_texts(texts: Mapping[str, Any]) -> str:
    """The content of `en.findings.yaml`, from the texts of all rules."""
    header = "# The rules' texts in English. `make docs` writes this file from the rules' modules: change them there."
    return f"{header}\n\nrules:\n" + "".join(_yaml_lines(texts, 1))


def _yaml_lines(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield texts as lines of YAML, indented by two spaces for each level of depth."""
    for key, value in node.items():
        prefix = "  " * depth + key
        if isinstance(value, Mapping):
            yield f"{prefix}:\n"
            yield from _yaml_lines(value, depth + 1)
        else:
            yield f"{prefix}: '{value.replace(chr(39), chr(39) * 2)}'\n"


def _merge(shipped: Any, custom: Any) -> Any:
    """Merge custom texts into shipped texts. A custom text without a plural replaces both forms of a shipped one."""
    if not isinstance(shipped, Mapping):
        return custom
    if isinstance(custom, str):
        return {"one": custom, "other": custom} if shipped.keys() == PLURAL_KEYS else shipped
    if not isinstance(custom, Mapping):
        return shipped
    return {**shipped, **{key: _merge(shipped.get(key), value) for key, value in custom.items()}}
