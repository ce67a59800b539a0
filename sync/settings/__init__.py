"""The admin's configuration, read from YAML and CSV files, validated. Errors name the file, line and key if known."""

from sync.settings.load import Configuration, find_configuration, load, load_if_found, read_messages
from sync.settings.notes_about_secrets import notes_about_secrets
from sync.settings.rules_file import load_base_rules, load_rules, merge_into_presets
from sync.settings.schema import Settings, Write
from sync.settings.slack_section import SlackSettings
from sync.settings.yaml_file import ConfigurationError, ConfigurationIssue

__all__ = [
    "Configuration",
    "ConfigurationError",
    "ConfigurationIssue",
    "Settings",
    "SlackSettings",
    "Write",
    "find_configuration",
    "load",
    "load_base_rules",
    "load_if_found",
    "load_rules",
    "merge_into_presets",
    "notes_about_secrets",
    "read_messages",
]
