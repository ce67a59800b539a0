"""All kinds of trackers, one line each."""

from importlib import import_module

from connectors.plugin import AnyPlugin

_FOLDERS = (
    "jira",  # first: the kind of a tracker without a `kind`
    "azure_devops",
    "export",
)

PLUGINS: dict[str, AnyPlugin] = {
    plugin.kind: plugin for plugin in (import_module(f"connectors.{folder}.plugin").PLUGIN for folder in _FOLDERS)
}
"""Plugins by kind."""

DEFAULT_KIND = next(iter(PLUGINS))
"""The kind of a tracker whose section names none."""
