"""The list of all kinds of trackers. A new kind is a folder with a `plugin.py`, and a line here."""

from importlib import import_module

from connectors.plugin import AnyPlugin

_FOLDERS = (
    "jira",  # the first one is the default
    "azure_devops",
    "export",
)

PLUGINS: dict[str, AnyPlugin] = {
    plugin.kind: plugin for plugin in (import_module(f"connectors.{folder}.plugin").PLUGIN for folder in _FOLDERS)
}
"""The plugins, by the value of `kind` in steward.yaml."""

DEFAULT_KIND = next(iter(PLUGINS))
"""The kind of a tracker whose section in steward.yaml has no `kind`."""
