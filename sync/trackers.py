"""From settings to connectors: the one place that knows which tracker is of which kind."""

import threading

from connectors.jira import FieldNames, JiraConfig, JiraTracker
from connectors.tracker import Tracker
from sync.settings import Settings
from sync.store import Database, rounds


def open_tracker(
    name: str,
    settings: Settings,
    database: Database,
    *,
    writing: bool | None = None,
    stop: threading.Event | None = None,
) -> Tracker:
    """A tracker as configured, not yet connected.

    Args:
        name: Its name in the configuration.
        settings: The whole configuration.
        database: Knows the id of this installation.
        writing: Whether writes may leave; None for what the configuration says.
        stop: Set when the process ends.
    """
    section = settings.trackers[name]
    with database.writing() as transaction:
        installation = rounds.installation(transaction)
    config = JiraConfig(
        name=name,
        url=section.url,
        email=section.email,
        token=section.token.get_secret_value(),
        scope=section.scope,
        fields=FieldNames(**section.fields.model_dump()),
        write_fields={str(name): field for name, field in settings.write.fields.items()},
        installation=installation,
        writing=settings.mode_of(name) == "write" if writing is None else writing,
        internal_comments=section.internal_comments,
        bots=section.bots,
        rate=section.rate,
        gateway=section.gateway,
        ca_bundle=section.ca_bundle,
    )
    return JiraTracker(config, stop)
