"""What changed since last time, by a query that allows for a search index that lags and a clock that differs.

A position holds the latest update seen, and when the index was last asked about a long time back. Stamps are compared
item by item by whoever asks, so an overlap costs a page of stamps and never a payload.

A sprint that begins, ends or gets other dates moves no stamp of its issues, so the sprints are compared as well.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.errors import Gone, Misconfigured, Refused
from connectors.jira import mapping
from connectors.jira.connect import JiraSession
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
    sprints: dict[str, str] | None = None
    """A mark of every sprint that is not closed, by its id; None: never looked at."""


def changes(here: JiraSession, since: str | None) -> Iterator[Changes]:
    """Stamps of issues updated since a position, oldest first; without one, just the position to start from."""
    now = round(here.server_time().timestamp() * 1000)
    if since is None:
        yield Changes((), _written(_Position(seen=now, deep=now, sprints=_sprints(here))))
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
    before, position.sprints = position.sprints, _sprints(here)
    touched = _planned(here, before, position.sprints)
    if deep or not in_order or before != position.sprints:
        yield Changes(touched, _written(position))


def _sprints(here: JiraSession) -> dict[str, str]:
    found: dict[str, str] = {}
    for board in here.boards:
        try:
            sprints = here.client.sprints(board)
        except (Gone, Refused, Misconfigured):  # a board without sprints, or one that is not for us
            continue
        found |= {str(one.id): hashlib.sha256(msgspec.json.encode(one)).hexdigest()[:8] for one in sprints}
    return found


def _planned(here: JiraSession, before: dict[str, str] | None, now: dict[str, str]) -> tuple[Stamp, ...]:
    """Issues of the sprints that are not as they were; one that is no longer listed was closed, or deleted."""
    if before is None:
        return ()
    ids: dict[str, None] = {}
    for sprint in sorted(before.keys() | now.keys(), key=int):
        if before.get(sprint) != now.get(sprint):
            try:
                ids |= dict.fromkeys(here.client.ids(f"({here.scope}) AND sprint = {sprint}"))
            except Refused:  # of a deleted one Jira knows nothing, and has told its issues
                continue
    return tuple(Stamp(ident, None) for ident in ids)


def _written(position: _Position) -> str:
    return msgspec.json.encode(position).decode()
