"""The admin's configuration, read from YAML and validated. Every error names its file, line and key."""

from sync.settings.load import (
    Configuration,
    find_configuration,
    load,
    load_extended,
    load_rules,
    read_messages,
    with_presets,
)
from sync.settings.schema import Settings, SlackSettings, Write
from sync.settings.secret_notes import secret_notes
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
    "load_extended",
    "load_rules",
    "read_messages",
    "secret_notes",
    "with_presets",
]
