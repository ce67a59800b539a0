"""Finds and loads what an admin wrote: steward.yaml, rules.yaml and the presets below it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from rules.ruleset import Ruleset, document_model, merge
from sync.messages.catalogue import Wording
from sync.settings.schema import Settings
from sync.settings.secrets import resolve
from sync.settings.wording import built_in, defaults, read_wording
from sync.settings.yaml_file import ConfigurationError, Mistake, YamlFile

_USUAL_PLACES = ("config/steward.yaml", "steward.yaml")


@dataclass(frozen=True)
class Configuration:
    """Everything an admin decided, valid as a whole.

    Attributes:
        settings: Connections, schedule, channels.
        rules_document: rules.yaml with its presets below it.
        files: The files it was read from, to be watched.
        wording: The words that people read.
    """

    settings: Settings
    rules_document: dict[str, Any]
    files: tuple[Path, ...]
    wording: Wording = field(default_factory=built_in)

    def ruleset(self) -> Ruleset:
        """A fresh ruleset; one learns from one backlog, so every round makes its own."""
        return Ruleset(self.rules_document)


def find(given: Path | None) -> Path:
    """The steward.yaml to use: the one given, else $STEWARD_CONFIG, else the usual places below this folder.

    Raises:
        ConfigurationError: There is none.
    """
    if given is not None:
        return given
    named = os.environ.get("STEWARD_CONFIG")
    if named:
        return Path(named)
    for place in _USUAL_PLACES:
        if Path(place).is_file():
            return Path(place)
    looked = " or ".join(_USUAL_PLACES)
    raise ConfigurationError(
        [Mistake("", 0, 0, "", f"There is no {looked} here. Run `steward init` to write one, or name one by --config.")]
    )


def load(path: Path, *, secrets: bool = True) -> Configuration:
    """Reads and validates everything.

    Args:
        path: The steward.yaml.
        secrets: Whether tokens are fetched from where they are kept; without, the rest can be checked anywhere.

    Raises:
        ConfigurationError: With every mistake that was found, each with its place.
    """
    file = YamlFile(path)
    settings = _valid(file, lambda: _settings(file, secrets=secrets), Settings)
    wording, files = _wording(file, path, settings)
    rules_path = path.parent / settings.rules
    if rules_path.is_file():
        document, rules_file = load_rules(rules_path)
        return Configuration(settings, document, (*files, rules_file), wording)
    if "rules" in file.values:
        raise ConfigurationError([file.mistake(("rules",), f"there is no file {rules_path}.")])
    return Configuration(settings, with_presets({}), files, wording)


def load_rules(path: Path) -> tuple[dict[str, Any], Path]:
    """A rules file with its presets below it, valid.

    Raises:
        ConfigurationError: With every mistake that was found.
    """
    file = YamlFile(path)
    try:
        document = with_presets(file.values)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError([file.mistake(("extends",), str(error))]) from None
    _valid(file, lambda: Ruleset(document), document_model())
    return document, path


def with_presets(own: dict[str, Any]) -> dict[str, Any]:
    """A rules document on top of the presets that it extends.

    Raises:
        ValueError: It extends a preset that does not exist.
    """
    presets = {preset.stem: preset for preset in sorted((defaults() / "presets").glob("*.yaml"))}
    document: dict[str, Any] = {}
    given = own.get("extends", ["scrum"])
    names = given if isinstance(given, list | tuple) else [] if given is None else [given]
    for name in names:
        if not isinstance(name, str) or name not in presets:
            raise ValueError(f'"{name}" is no preset; there are {", ".join(presets)}.')
        document = merge(document, YamlFile(presets[name], shown=f"presets/{name}.yaml").values)
    document = merge(document, own)
    document["extends"] = tuple(names)
    return document


def _wording(file: YamlFile, path: Path, settings: Settings) -> tuple[Wording, tuple[Path, ...]]:
    chosen = settings.wording
    if chosen.file is None:
        return built_in(chosen.language), (path,)
    own = path.parent / chosen.file
    if not own.is_file():
        raise ConfigurationError([file.mistake(("wording", "file"), f"there is no file {own}.")])
    explicit = chosen.language if "language" in chosen.model_fields_set else None
    return read_wording(own, explicit), (path, own)


def _settings(file: YamlFile, *, secrets: bool) -> Settings:
    settings = Settings.model_validate(file.values)
    if not secrets:
        return settings
    mistakes: list[Mistake] = []
    for name, tracker in settings.trackers.items():
        _resolve(file, tracker, ("trackers", name, "token"), mistakes)
    if settings.slack is not None:
        _resolve(file, settings.slack, ("slack", "token"), mistakes)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings


def _resolve(file: YamlFile, section: Any, path: tuple[str, ...], mistakes: list[Mistake]) -> None:
    if getattr(section, "token", None) is None:
        return
    try:
        secret = SecretStr(resolve(section.token.get_secret_value()))
    except ValueError as error:
        mistakes.append(file.mistake(path, f"{error}."))
        return
    object.__setattr__(section, "token", secret)


def _valid(file: YamlFile, build: Callable[[], Any], model: type[BaseModel]) -> Any:
    try:
        return build()
    except ValidationError as error:
        raise ConfigurationError(file.mistakes(error, model)) from None
