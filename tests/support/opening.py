"""Opens a tracker through its plugin, with settings and context given as one set of names."""

from dataclasses import fields
from typing import Any

from connectors.plugin import TrackerContext
from connectors.registry import PLUGINS

_CONTEXT = {field.name for field in fields(TrackerContext)}


def open_plugin(kind: str, **given: Any) -> Any:
    plugin = PLUGINS[kind]
    context = TrackerContext(**{name: value for name, value in given.items() if name in _CONTEXT})
    return plugin.open(
        plugin.settings(**{name: value for name, value in given.items() if name not in _CONTEXT}), context
    )
