"""What an admin decides: read from YAML, checked, with a place for every mistake."""

from sync.settings.load import Configuration, defaults, find, load, load_rules, with_presets
from sync.settings.shape import Jira, Settings, Slack, Write
from sync.settings.yaml_file import ConfigurationError, Mistake

__all__ = [
    "Configuration",
    "ConfigurationError",
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
