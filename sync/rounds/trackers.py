"""From settings to connectors: the one place that knows which tracker is of which kind.

Connectors are loaded when one of their kind is opened: the official clients take a moment.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.tracker import Tracker
from sync.settings import AzureDevOps, Export, Jira, Settings
from sync.store import Database, rounds


def open_tracker(
    name: str,
    settings: Settings,
    database: Database,
    *,
    writing: bool | None = None,
    stop: threading.Event | None = None,
    before_write: Callable[[], None] = lambda: None,
) -> Tracker:
    """A tracker as configured, not yet connected.

    Args:
        name: Its name in the configuration.
        settings: The whole configuration.
        database: Knows the id of this installation.
        writing: Whether writes may leave; None for what the configuration says.
        stop: Set when the process ends.
        before_write: Called right before every write; raises when this process may not write any more.
    """
    with database.writing() as transaction:
        installation = rounds.installation(transaction)
    leave = _Leave(settings.mode_of(name) == "write" if writing is None else writing, before_write, stop)
    fields = {str(logical): field for logical, field in settings.write.fields.items()}
    match settings.trackers[name]:
        case Jira() as section:
            return _jira(name, section, fields, installation, leave=leave)
        case AzureDevOps() as section:
            label = settings.write.label or ""
            return _azure(name, section, fields, label, installation, leave=leave)
        case Export() as section:
            return _export(name, section)


def item_patterns(settings: Settings) -> dict[str, list[str]]:
    """How the items of each tracker are named in the others: by their address, and as an admin says."""
    found: dict[str, list[str]] = {}
    for name, section in settings.trackers.items():
        match section:
            case Jira():
                patterns = [rf"{re.escape(section.url.rstrip('/'))}/browse/([A-Z][A-Z0-9_]+-\d+)"]
            case AzureDevOps():
                patterns = [rf"(?i:{re.escape(section.url.rstrip('/'))})/[^\s?#]*?_workitems/edit/(\d+)"]
            case Export():
                patterns = []
        found[name] = [*patterns, *([section.keys] if section.keys else [])]
    return found


@dataclass(frozen=True)
class _Leave:
    """What may leave for a tracker, and until when."""

    writing: bool
    before_write: Callable[[], None]
    stop: threading.Event | None


def _jira(name: str, section: Jira, fields: dict[str, str], installation: str, *, leave: _Leave) -> Tracker:
    from connectors.jira import FieldNames, JiraConfig, JiraTracker  # noqa: PLC0415 - see above

    config = JiraConfig(
        name=name,
        url=section.url,
        email=section.email,
        token=section.token.get_secret_value(),
        scope=section.scope,
        fields=FieldNames(**section.fields.model_dump()),
        write_fields=fields,
        installation=installation,
        writing=leave.writing,
        before_write=leave.before_write,
        internal_comments=section.internal_comments,
        bots=section.bots,
        rate=section.rate,
        gateway=section.gateway,
        ca_bundle=section.ca_bundle,
    )
    return JiraTracker(config, leave.stop)


def _azure(
    name: str, section: AzureDevOps, fields: dict[str, str], label: str, installation: str, *, leave: _Leave
) -> Tracker:
    from connectors.azure_devops import AzureConfig, AzureTracker, FieldNames  # noqa: PLC0415 - see above

    config = AzureConfig(
        name=name,
        url=section.url,
        project=section.project,
        team=section.team,
        token=section.token.get_secret_value() if section.token else "",
        entra=section.entra or "",
        scope=section.scope,
        fields=FieldNames(**section.fields.model_dump()),
        write_fields=fields,
        label=label,
        installation=installation,
        writing=leave.writing,
        before_write=leave.before_write,
        bots=section.bots,
        rate=section.rate,
        ca_bundle=section.ca_bundle,
    )
    return AzureTracker(config, leave.stop)


def _export(name: str, section: Export) -> Tracker:
    from connectors.export import ExportConfig, ExportTracker  # noqa: PLC0415 - see above

    return ExportTracker(ExportConfig(name, Path(section.path)))
