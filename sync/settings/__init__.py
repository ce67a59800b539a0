"""What an admin decides: read from YAML, checked, with a place for every mistake."""

from sync.settings.load import Configuration, find, load, load_rules, with_presets
from sync.settings.schema import Settings, Slack, Write
from sync.settings.trackers import AzureDevOps, Export, Jira
from sync.settings.wording import defaults
from sync.settings.yaml_file import ConfigurationError, Mistake

__all__ = [
    "AzureDevOps",
    "Configuration",
    "ConfigurationError",
    "Export",
    "Jira",
    "Mistake",
    "Settings",
    "Slack",
    "Write",
    "defaults",
    "find",
    "load",
    "load_rules",
    "with_presets",
]
