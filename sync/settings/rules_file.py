"""Loads rules files, and merges them into the presets and files that they extend.

A preset is a shipped rules file. Rules that it does not name are off.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules.registry import all_rules
from rules.ruleset import Ruleset, document_model, merge
from sync.messages import shipped_folder
from sync.messages.suggestions import did_you_mean_or_list
from sync.settings.yaml_file import ConfigurationError, YamlFile


def load_rules(path: Path, *, extended_by: tuple[Path, ...] = ()) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Read and validate a rules file, and merge it into the presets and files that it extends.

    Args:
        extended_by: The files that extend this one.

    Returns:
        The document, and the files it was read from.

    Raises:
        ConfigurationError: The file is invalid. The error lists every issue.
    """
    file = YamlFile(path)
    if file.is_empty:
        message = "The file is empty. Write `extends: [scrum]` to use a preset, or remove the file to use the defaults."
        raise ConfigurationError([file.make_issue((), message)])
    try:
        document, files = _merge_extended(file.values, path, extended_by)
    except ValueError as error:
        raise ConfigurationError([file.make_issue(("extends",), str(error))]) from None
    file.validate(lambda: Ruleset(document), document_model())
    return document, files


_JOINED_LISTS = ("overrides", "custom")
"""Keys of a rules file whose lists are added to those of the files that it extends, instead of replacing them."""


def merge_into_presets(content: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the content of a rules file into its presets. Raises `ValueError` if one does not exist."""
    return _merge_extended(content, None, ())[0]


def selects_rules(path: Path) -> bool:
    """Whether a rules file has a key that determines which rules are in force."""
    return not {"extends", "rules", "custom"}.isdisjoint(YamlFile(path).values)


def load_base_rules(path: Path) -> dict[str, Any]:
    """Load what a valid rules file extends, without the file itself."""
    extends = YamlFile(path).values.get("extends", ["scrum"])
    return _merge_extended({"extends": extends}, path, ())[0]


def _merge_extended(
    content: Mapping[str, Any], path: Path | None, extended_by: tuple[Path, ...]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Merge the content of a rules file into the presets and files that it extends; return the result and the files."""
    presets = {preset.stem: preset for preset in sorted((shipped_folder() / "presets").glob("*.yaml"))}
    document: dict[str, Any] = {}
    files: tuple[Path, ...] = ()
    extends = content.get("extends", ["scrum"])
    names = extends if isinstance(extends, list | tuple) else [] if extends is None else [extends]
    for name in names:
        if path is not None and isinstance(name, str) and Path(name).suffix in (".yaml", ".yml"):
            base, base_files = _load_extended(path.parent / name, (*extended_by, path))
            files += base_files
        elif isinstance(name, str) and name in presets:
            base = _load_preset(presets[name])
        else:
            raise ValueError(f'Unknown preset "{name}".{did_you_mean_or_list(name, presets)}')
        document = _merge_documents(document, base)
    document = _merge_documents(document, content)
    document["extends"] = tuple(names)
    return document, (*files, *([path] if path is not None else []))


def _load_preset(path: Path) -> dict[str, Any]:
    """Load a preset, in which every rule that it does not name is off."""
    values = YamlFile(path, display_name=f"presets/{path.name}").values
    return {**values, "rules": {**dict.fromkeys(all_rules(), "off"), **values["rules"]}}


def _load_extended(path: Path, extended_by: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Load a rules file that another one extends. Raises `ValueError` if it does not exist, or extends itself."""
    if not path.is_file():
        raise ValueError(f"File not found: {path}.")
    if path.resolve() in {extending_path.resolve() for extending_path in extended_by}:
        raise ValueError(f"{path} extends itself, directly or through another file.")
    return load_rules(path, extended_by=extended_by)


def _merge_documents(base: Mapping[str, Any], extending: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two rules documents, of which the extending one wins. Lists of overrides and custom rules are joined."""
    merged = merge(base, extending)
    for key in _JOINED_LISTS:
        if isinstance(base.get(key), list) and isinstance(extending.get(key), list):
            merged[key] = [*base[key], *extending[key]]
    return merged
