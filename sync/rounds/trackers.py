"""Opens the trackers of the configuration through their plugins.

When it connects, a plugin discovers how the tracker is set up, such as its fields. The store keeps two results: a state
that every later connection needs, and a cache that it may use to save requests (see `Connection`). An installation is
the service with one store. Its id, and those of others whose comments it has adopted, tell which comments are its own.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from pydantic import SecretStr

from connectors.discovery_cache import DiscoveryCache
from connectors.plugin import TrackerContext
from connectors.tracker import Tracker
from rules.registry import all_rules
from sync.settings import Settings
from sync.store import Database, stored_values, writes
from sync.writeback.labels import labels_for_rules, load_label_setting

_MAX_ADDRESS_LENGTH = 2_000
"""The maximum length of an address that browsers and proxies accept."""
DISCOVERY_CACHE_NAME = "discovery cache"
"""The name under which the store keeps the last `Connection.cache` of a tracker."""
DISCOVERY_STATE_NAME = "remembered"
"""The name under which the store keeps the last `Connection.discovery_state` of a tracker."""
_opening = threading.Lock()
"""Held while a tracker is opened, which imports its client library: Python may report a deadlock if two threads import
modules of one library at the same time."""


def open_tracker(
    name: str,
    settings: Settings,
    database: Database,
    *,
    through: str | None = None,
    allow_writes: bool | None = None,
    stop: threading.Event | None = None,
    before_write: Callable[[], None] = lambda: None,
    quick: bool = False,
    checks_setup: bool = False,
) -> Tracker:
    """Open a configured tracker without connecting to it.

    Args:
        name: Its name in the configuration.
        through: The configured tracker whose credentials to use, if this one is no longer configured.
        allow_writes: Whether writes may be sent; None for what the configuration says.
        stop: Set when the process has to end.
        before_write: Called right before every write; raises if another process has acquired the right to write.
        quick: Whether connecting may use what an earlier connection has read, such as the tracker's fields, if it is
            not older than `schedule.full_pull`.
        checks_setup: Whether connecting checks the settings with further requests.
    """
    section = settings.trackers[through or name]
    with database.writing() as transaction:
        installation = stored_values.ensure_installation_id(transaction)
        discovery_state = stored_values.load_text_for_tracker(transaction, name, DISCOVERY_STATE_NAME)
        cached = stored_values.load_text_for_tracker(transaction, name, DISCOVERY_CACHE_NAME) if quick else ""
        # The comments, labels and field values that the service put on items.
        annotations = writes.annotations(transaction, name)
        adopted_installations = stored_values.adopted_installations(transaction)
        # Whether labels may be set on items without a comment is decided once, before the first write to any tracker.
        writes.store_labels_allowed_without_comment(transaction)
        label = load_label_setting(transaction, settings.write).label
    context = TrackerContext(
        name=name,
        installation=installation,
        adopted_installations=adopted_installations,
        own_comment_ids=frozenset(annotation.name for annotation in annotations if annotation.kind == "comment"),
        allow_writes=settings.mode_of(through or name) == "write" if allow_writes is None else allow_writes,
        before_write=before_write,
        stop=stop or threading.Event(),
        write_fields=settings.write.fields,
        written_field_ids=frozenset(annotation.name for annotation in annotations if annotation.kind == "field"),
        discovery_state=discovery_state,
        cache=DiscoveryCache(cached, _configuration_hash(section, settings, installation), settings.schedule.full_pull),
        labels=(*labels_for_rules(all_rules(), label), *settings.write.ready_labels.values()),
        reads_teams=any(team.team_field or team.board for team in settings.teams.values()),
        checks_setup=checks_setup,
        time_zone=settings.time_zone,
    )
    with _opening:
        return section.plugin.open(section, context)


def _configuration_hash(section: Any, settings: Settings, installation: str) -> str:
    """A hash of the settings and credentials that determine what the tracker returns when the service connects."""
    values = {name: getattr(section, name) for name in type(section).model_fields}
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in values.items()
    }
    content = msgspec.json.encode((values, str(settings.write), str(settings.teams)), order="sorted")
    return hashlib.blake2b(content, key=installation.encode()[:64], digest_size=8).hexdigest()


def scope_fingerprint(name: str, settings: Settings) -> str:
    """A hash of the settings that select a tracker's items: its address and its scope."""
    section = settings.trackers[name]
    values = {key: getattr(section, key, "") for key in section.plugin.scope_keys}
    # An empty list is left out, so that the hash is the same as in versions without the setting `projects`.
    used = {
        key: str(sorted(value) if isinstance(value, frozenset) else value)
        for key, value in values.items()
        if value != frozenset()
    }
    return hashlib.sha256(msgspec.json.encode((section.kind, used), order="sorted")).hexdigest()[:16]


def list_address(settings: Settings, tracker: str, keys: Sequence[str]) -> str:
    """The address of a tracker's page that lists some items; empty if there is none, or if it would be too long."""
    section = settings.trackers.get(tracker)
    address = section.plugin.list_address(section, keys) if section is not None and keys else ""
    return address if len(address) <= _MAX_ADDRESS_LENGTH else ""


def item_patterns(settings: Settings) -> dict[str, list[str]]:
    """Regular expressions for references to the items of each tracker: one for addresses, and the tracker's
    setting `keys`.
    """
    return {
        name: [pattern for pattern in (section.plugin.item_pattern(section), section.keys) if pattern]
        for name, section in settings.trackers.items()
    }
