"""Finds what changed since last time, although the search index lags and the site's clock differs from ours.

A position contains the latest update seen and the time of the last deep query. Stamps are compared item by item by the
caller, so an overlap costs one more page of stamps, and no item is read again for it.

A sprint that starts, ends or gets other dates does not change its issues' versions, so sprints are compared as well.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct

from connectors.bulk_reads import is_request_specific, try_request
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Refused
from connectors.jira import mapping
from connectors.jira.connect import JiraSession
from connectors.tracker import Changes, Stamp

_OVERLAP = timedelta(minutes=10)
"""Atlassian: the search index lags "from a few seconds to minutes"."""
_DEEP_OVERLAP = timedelta(hours=13)
_DEEP_EVERY = timedelta(hours=12)
_CLOCK_TOLERANCE = 24 * 60 * 60 * 1000
"""Milliseconds by which an update may be ahead of the site's clock. A later one must not become the position."""
_AT_ONCE = 4


class _Position(Struct):
    seen: int
    """Latest update seen, in milliseconds since 1970."""
    deep: int
    """Server time of the last query with the deep overlap."""
    sprints: dict[str, str] | None = None
    """A hash of every sprint that is not closed, by its id; None if never read."""


def changes(session: JiraSession, since: str | None) -> Iterator[Changes]:
    """Stamps of issues updated since a position, oldest first. Without a position, only one to start from."""
    now = round(session.server_time().timestamp() * 1000)
    if since is None:
        yield Changes((), _encode(_Position(seen=now, deep=now, sprints=_sprint_hashes(session))))
        return
    position = msgspec.json.decode(since, type=_Position)
    in_order = session.client.oldest_first
    deep = now - position.deep >= _DEEP_EVERY.total_seconds() * 1000
    overlap = _DEEP_OVERLAP if deep else _OVERLAP
    start = datetime.fromtimestamp(position.seen / 1000, UTC) - overlap
    for page in session.client.stamps(f"({session.scope}) AND updated >= {session.literal(start)}"):
        stamps = tuple(Stamp(issue.id, mapping.version(issue.updated) or None) for issue in page.issues)
        latest = max([position.seen, *(int(stamp.version) for stamp in stamps if stamp.version)])
        latest = max(position.seen, min(latest, now + _CLOCK_TOLERANCE))
        # Out of order, an issue may change after the page that it belongs to was read.
        position.seen = latest if in_order else max(position.seen, min(latest, now))
        yield Changes(stamps, _encode(position) if in_order else since)
    if deep:
        position.deep = now
    before, position.sprints = position.sprints, _sprint_hashes(session)
    replanned = _in_changed_sprints(session, before, position.sprints) if before is not None else ()
    if deep or not in_order or before != position.sprints:
        yield Changes(replanned, _encode(position))


def _sprint_hashes(session: JiraSession) -> dict[str, str]:
    """A hash of each sprint. Boards without sprints, and boards that cannot be read, are left out."""
    hashes: dict[str, str] = {}
    lists = bounded_map(
        lambda board: try_request(partial(session.client.sprints, board)), session.boards or (), max_workers=_AT_ONCE
    )
    for sprints in lists:
        hashes |= {
            str(sprint.id): hashlib.sha256(msgspec.json.encode(sprint)).hexdigest()[:8] for sprint in sprints or ()
        }
    return hashes


def _in_changed_sprints(session: JiraSession, before: Mapping[str, str], now: dict[str, str]) -> tuple[Stamp, ...]:
    """Issues of sprints that changed. A sprint that is no longer listed was closed or deleted.

    The hash of a sprint whose issues cannot be read stays as before, so that the next query asks for them again.
    """
    ids: dict[str, None] = {}
    for sprint in sorted(before.keys() | now.keys(), key=int):
        if before.get(sprint) == now.get(sprint):
            continue
        try:
            ids |= dict.fromkeys(session.client.ids(f"({session.scope}) AND sprint = {sprint}"))
        except Refused:  # a deleted sprint; Jira updates its issues
            continue
        except ConnectorError as error:
            if not is_request_specific(error):
                raise
            now.pop(sprint, None)
            now |= {sprint: before[sprint]} if sprint in before else {}
    return tuple(Stamp(ident, None) for ident in ids)


def _encode(position: _Position) -> str:
    return msgspec.json.encode(position).decode()
