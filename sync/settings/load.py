"""Finds and loads an admin's files: steward.yaml, rules.yaml with its presets, and others that steward.yaml names."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from rules.model import Backlog, Feedback
from rules.priority.goals import Goals
from rules.priority.measures import MeasurePoint
from rules.ruleset import Ruleset
from sync.messages import Messages, check_texts, custom_messages, languages, shipped_messages
from sync.messages.suggestions import did_you_mean_or_list
from sync.settings.experiments import Experiment, ExperimentsFile
from sync.settings.feedback import load_feedback
from sync.settings.goals import GoalsFile
from sync.settings.measures import load_measures
from sync.settings.rules_file import load_rules, merge_into_presets, selects_rules
from sync.settings.schema import Settings
from sync.settings.secrets import SECRET_KEYS, contains_variable, resolve, secret_file
from sync.settings.store_path import locate_store
from sync.settings.validation_messages import KeyPath
from sync.settings.waivers import Waiver, WaiversFile
from sync.settings.yaml_file import ConfigurationError, ConfigurationIssue, YamlFile

_SLACK_TOKEN_PATHS = (("slack", "token"), ("slack", "app_token"))
_CREDENTIAL_KEYS = frozenset({"email", "client_id", *SECRET_KEYS})
"""The keys whose values often come from the environment of the service."""
_DEFAULT_PATHS = ("config/steward.yaml", "steward.yaml")
"""Where steward.yaml is looked for, relative to the working folder."""


@dataclass(frozen=True)
class Configuration:
    """A valid configuration.

    Attributes:
        rules_document: The content of rules.yaml, merged into its presets.
        files: The files from which the configuration was read.
        watched: Files whose changes cause a reload: `files`, files of secrets, and optional files that may appear.
        messages: The texts of comments and reports, in the configured language.
        notes: Warnings for the admin.
        rules_note: A sentence that says which rules are in force, if no file names them; otherwise empty.
        feedback: What customers asked for, by the key of the item.
        measures: The values of the measures of objectives, by day.
        rules_file: The rules file; None if there is none, so that the default rules are in force.
        experiments_file: Where the experiments file is, or would be.
    """

    settings: Settings
    rules_document: dict[str, Any]
    files: tuple[Path, ...]
    watched: tuple[Path, ...] = ()
    messages: Messages = field(default_factory=shipped_messages)
    notes: tuple[str, ...] = ()
    rules_note: str = ""
    rules_file: Path | None = None
    waivers: tuple[Waiver, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    experiments_file: Path = Path("experiments.yaml")
    goals: Goals = field(default_factory=Goals)
    feedback: Mapping[str, Feedback] = field(default_factory=dict)
    measures: tuple[MeasurePoint, ...] = ()

    def add_feedback_and_personas(self, backlog: Backlog, until: date = date.max) -> Backlog:
        """Return a backlog with what the team records outside the tracker: feedback, and the personas of the product.

        Feedback on an item is left out if its latest record is from a day after `until`.
        """
        feedback = {
            key: recorded
            for key, recorded in self.feedback.items()
            if recorded.latest is None or recorded.latest <= until
        }
        return backlog.with_personas(self.goals.personas).with_feedback(feedback)

    def ruleset(self) -> Ruleset:
        """Make a ruleset. Every round needs a new one, because rules learn from the backlog that they judge."""
        return Ruleset(self.rules_document)


def find_configuration(path: Path | None) -> Path:
    """Find the steward.yaml to use: `path`, else $STEWARD_CONFIG, else a default path in the working folder.

    Raises:
        ConfigurationError: There is none.
    """
    if path is not None:
        return path
    environment_path = os.environ.get("STEWARD_CONFIG")
    if environment_path:
        return Path(environment_path)
    for default_path in _DEFAULT_PATHS:
        if Path(default_path).is_file():
            return Path(default_path)
    message = f"No {' or '.join(_DEFAULT_PATHS)} found. Run `steward init` to create one, or use --config FILE."
    raise ConfigurationError([ConfigurationIssue("", 0, 0, "", message)])


def load_if_found(path: Path | None, *, secrets: bool = True) -> Configuration | None:
    """Load the configuration. Without a `path`, return None if no configuration is found or if it is invalid.

    Args:
        path: The value of `--config`.
        secrets: As in `load`.

    Raises:
        ConfigurationError: `path` is not None, and a file is invalid.
    """
    try:
        return load(find_configuration(path), secrets=secrets)
    except ConfigurationError:
        if path is not None:
            raise
        return None


def load(path: Path, *, secrets: bool = True, sends_reports: bool = False) -> Configuration:
    """Read and validate all files.

    Args:
        path: The steward.yaml.
        secrets: Whether to resolve secrets. Without them, a configuration can be checked on any machine: a variable
            that is not set there is only a note.
        sends_reports: Whether the variables of Slack's tokens must be set. Otherwise, references to unset variables are
            kept as text.

    Raises:
        ConfigurationError: A file is invalid. The error lists every issue in the first invalid file.
    """

    def keeps_unset(key_path: KeyPath) -> bool:
        if not secrets:
            return key_path[-1] in _CREDENTIAL_KEYS
        return not sends_reports and key_path in _SLACK_TOKEN_PATHS

    file = YamlFile(path, keeps_unset=keeps_unset)
    secret_files: list[Path] = []
    settings = file.validate(lambda: _parse_settings(file, path.parent if secrets else None, secret_files), Settings)
    try:
        store, store_note = locate_store(settings.store, path.parent)
    except ValueError as error:
        raise ConfigurationError([file.make_issue(("store",), f"{error}.")]) from None
    settings = settings.model_copy(update={"store": store})
    notes: tuple[str, ...] = (store_note,) if store_note else ()
    if not secrets:
        notes += tuple(str(issue) for issue in file.unset_variable_issues)
    messages, files = _load_messages(file, settings)
    rules_path = path.parent / settings.rules
    waivers, waivers_path = _load_optional_file(file, "waivers", settings.waivers, WaiversFile)
    experiments, experiments_path = _load_optional_file(file, "experiments", settings.experiments, ExperimentsFile)
    goals, goals_path = _load_optional_file(file, "goals", settings.goals, GoalsFile)
    feedback: Mapping[str, Feedback] = {}
    measures: tuple[MeasurePoint, ...] = ()
    if settings.feedback is not None:
        files += (_find_file(file, ("feedback",), settings.feedback),)
        feedback = load_feedback(files[-1])
    if settings.measures is not None:
        files += (_find_file(file, ("measures",), settings.measures),)
        measures = load_measures(files[-1], [objective.name for objective in goals.goals.objectives])
    optional_paths = (waivers_path, experiments_path, goals_path)
    files += tuple(optional_path for optional_path in optional_paths if optional_path.is_file())
    watched = (*files, rules_path, *optional_paths, *secret_files)
    document, rules_files, rules_note = _load_rules_or_default(file, settings.rules)
    _check_rule_names(file, settings, waivers_path, waivers.waivers, Ruleset(document))
    return Configuration(
        settings=settings,
        rules_document=document,
        files=(*files, *rules_files),
        watched=(*watched, *rules_files),
        messages=messages,
        notes=notes,
        rules_note=rules_note,
        rules_file=rules_path if rules_files else None,
        waivers=waivers.waivers,
        goals=goals.goals,
        feedback=feedback,
        measures=measures,
        experiments=experiments.experiments,
        experiments_file=experiments_path,
    )


def _load_rules_or_default(file: YamlFile, name: str) -> tuple[dict[str, Any], tuple[Path, ...], str]:
    """Load the rules file if there is one, otherwise the default rules.

    Returns:
        The rules, the files they were read from, and a note about the rules in force if no file names them.
    """
    path = file.path.parent / name
    if "rules" not in file.values and not path.is_file():
        return merge_into_presets({}), (), f"There is no {path}, so the rules of the preset scrum are in force."
    document, rules_files = load_rules(_find_file(file, ("rules",), name))
    note = f"{path} has no `extends` and no `rules`, so the rules of the preset scrum are in force."
    return document, rules_files, "" if selects_rules(path) else note


def _load_optional_file(file: YamlFile, key: str, name: str, model: type[BaseModel]) -> tuple[Any, Path]:
    """Load a file that steward.yaml names under a key, if there is one; return its content and its path.

    Args:
        key: The key. If it is in steward.yaml, the other file has to exist.
        name: The path of the other file, relative to steward.yaml.
    """
    path = file.path.parent / name
    if key not in file.values and not path.is_file():
        return model(), path
    optional_file = YamlFile(_find_file(file, (key,), name))
    return optional_file.validate(lambda: model.model_validate(optional_file.values), model), path


def _find_file(file: YamlFile, key_path: KeyPath, name: str) -> Path:
    """The path of another file that steward.yaml names. Raises `ConfigurationError` if there is no such file."""
    path = file.path.parent / name
    if not path.is_file():
        raise ConfigurationError([file.make_issue(key_path, f"File not found: {path}.")])
    return path


def _check_rule_names(
    file: YamlFile, settings: Settings, waivers_path: Path, waivers: tuple[Waiver, ...], ruleset: Ruleset
) -> None:
    """Check that the rules in `asks` (who is asked about which rule) and in waivers exist.

    Also check the readiness profiles in `ready_labels`.
    """
    existing_rules = ruleset.rule_types

    def describe_unknown_rule(rule: str) -> str:
        return f'Unknown rule "{rule}".{did_you_mean_or_list(rule, existing_rules)}'

    issues = [
        file.make_issue(("asks", rule), describe_unknown_rule(rule), at_key=True)
        for rule in settings.asks
        if rule not in existing_rules
    ]
    issues += [
        file.make_issue(
            ("write", "ready_labels", profile),
            f'Unknown profile "{profile}".{did_you_mean_or_list(profile, ruleset.profiles)}',
            at_key=True,
        )
        for profile in settings.write.ready_labels
        if profile not in ruleset.profiles
    ]
    if any(waiver.rule not in existing_rules for waiver in waivers):
        waivers_file = YamlFile(waivers_path)
        issues += [
            waivers_file.make_issue(("waivers", number, "rule"), describe_unknown_rule(waiver.rule))
            for number, waiver in enumerate(waivers)
            if waiver.rule not in existing_rules
        ]
    if issues:
        raise ConfigurationError(issues)


def _load_messages(file: YamlFile, settings: Settings) -> tuple[Messages, tuple[Path, ...]]:
    """Load the messages; return them and the files read so far."""
    wording = settings.wording
    if wording.file is None:
        return shipped_messages(wording.language), (file.path,)
    custom_file = _find_file(file, ("wording", "file"), wording.file)
    language = wording.language if "language" in wording.model_fields_set else None
    return read_messages(custom_file, language), (file.path, custom_file)


def read_messages(path: Path, language: str | None) -> Messages:
    """Read and check an admin's own texts, and merge them into the language that they extend.

    Args:
        language: The language that steward.yaml names, if any.

    Raises:
        ConfigurationError: The file is invalid. It lists every issue.
    """
    file = YamlFile(path)
    texts = dict(file.values)
    base = texts.pop("extends", language or "en")
    if base not in languages():
        message = f'Unknown language "{base}".{did_you_mean_or_list(base, languages())}'
        raise ConfigurationError([file.make_issue(("extends",), message)])
    if language not in (None, base):
        message = f'This file extends "{base}", but steward.yaml sets "{language}". Use the same language in both.'
        raise ConfigurationError([file.make_issue(("extends",), message)])
    issues = [file.make_issue(issue.path, issue.message, at_key=issue.at_key) for issue in check_texts(texts, base)]
    if issues:
        raise ConfigurationError(sorted(issues, key=lambda issue: (issue.line, issue.column)))
    return custom_messages(texts, base)


def _parse_settings(file: YamlFile, folder: Path | None, secret_files: list[Path]) -> Settings:
    """Parse the settings. With a folder, also resolve secrets, and add their files to `secret_files`."""
    settings = Settings.model_validate(file.values)
    if folder is None:
        return settings
    sections: list[tuple[Any, KeyPath]] = [
        *((tracker, ("trackers", name)) for name, tracker in settings.trackers.items()),
        (settings.slack, ("slack",)),
        (settings, ()),
    ]
    issues: list[ConfigurationIssue] = []
    for section, key, path in [(section, key, (*path, key)) for section, path in sections for key in SECRET_KEYS]:
        secret: SecretStr | None = getattr(section, key, None)
        if secret is not None:
            text = secret.get_secret_value()
            if path in _SLACK_TOKEN_PATHS and contains_variable(text):  # unset: `load` has kept it as text
                continue
            secret_files += filter(None, [secret_file(text, folder)])
            try:
                object.__setattr__(section, key, SecretStr(resolve(text, folder)))
            except ValueError as error:
                variable = file.variable_of(text)
                issues.append(file.make_issue(path, f"{error}." + (f" It comes from {variable}." if variable else "")))
    if issues:
        raise ConfigurationError(issues)
    return settings
