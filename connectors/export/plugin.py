"""The plugin for export files: its settings, and how to open it. `connectors.registry` lists it.

`path` is one of the `scope_keys`, because another file may contain other items.
"""

from connectors.export.settings import ExportSettings
from connectors.plugin import Plugin, TrackerContext
from connectors.tracker import Tracker


def _open(settings: ExportSettings, context: TrackerContext) -> Tracker:
    from connectors.export.source import ExportSource  # noqa: PLC0415 - only needed when a file is read

    return ExportSource(settings, context)


PLUGIN = Plugin(
    kind="export", settings=ExportSettings, open=_open, can_write=False, reads_files=True, scope_keys=("path",)
)
