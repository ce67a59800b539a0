"""What changed since last time, by a query that allows for a search index that lags and a clock that differs.

A position holds the latest update seen, and when the index was last asked about a long time back. Stamps are compared
item by item by whoever asks, so an overlap costs a page of stamps and never a payload.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.jira import mapping
from connectors.jira.connect import Session
from connectors.tracker import Changes, Stamp

_OVERLAP = timedelta(minutes=10)
"""The search index lags "from a few seconds to minutes" (Atlassian on search and reconcile)."""
_DEEP_OVERLAP = timedelta(hours=13)
_DEEP_EVERY = timedelta(hours=12)


class _Position(Struct):
    seen: int
    """Latest update seen, in milliseconds since 1970."""
    deep: int
    """Server time of the last query that looked back far."""


def changes(here: Session, since: str | None) -> Iterator[Changes]:
    """Stamps of issues updated since a position, oldest first; without one, just the position to start from."""
    now = round(here.server_time().timestamp() * 1000)
    if since is None:
        yield Changes((), _written(_Position(seen=now, deep=now)))
        return
    position = msgspec.json.decode(since, type=_Position)
    in_order = here.client.oldest_first
    deep = now - position.deep >= _DEEP_EVERY.total_seconds() * 1000
    overlap = _DEEP_OVERLAP if deep else _OVERLAP
    start = datetime.fromtimestamp(position.seen / 1000, UTC) - overlap
    for page in here.client.stamps(f"({here.scope}) AND updated >= {here.literal(start)}"):
        stamps = tuple(Stamp(issue.id, mapping.version(issue.fields.updated) or None) for issue in page.issues)
        latest = max([position.seen, *(int(stamp.version) for stamp in stamps if stamp.version)])
        # What is changed while pages come in another order may stand on one that is read already.
        position.seen = latest if in_order else max(position.seen, min(latest, now))
        yield Changes(stamps, _written(position) if in_order else since)
    if deep:
        position.deep = now
    if deep or not in_order:
        yield Changes((), _written(position))


def _written(position: _Position) -> str:
    return msgspec.json.encode(position).decode()
