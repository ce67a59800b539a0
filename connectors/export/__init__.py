"""Export files as trackers that can only be read."""

from connectors.export.tracker import ExportConfig, ExportTracker

__all__ = ["ExportConfig", "ExportTracker"]
