"""Finds what has changed, although the search index lags and the site's clock differs from ours.

Each query overlaps the previous one, and some queries overlap by several hours. The caller compares the stamps item by
item, so that no item is read again because of an overlap.

A sprint that starts, ends or gets other dates does not change the versions of its issues, so sprints are compared too.
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
_WIDE_OVERLAP = timedelta(hours=13)
_WIDE_QUERY_INTERVAL = timedelta(hours=12)
_CLOCK_TOLERANCE_MILLISECONDS = 24 * 60 * 60 * 1000
"""How far an update may be ahead of the site's clock. A later update is not stored in the cursor."""
_MAX_WORKERS = 4


class _Cursor(Struct, rename={"last_update": "seen", "last_wide_query": "deep"}):
    """Where to continue. Stores contain cursors as JSON."""

    last_update: int
    """The latest update that was read, in milliseconds since 1970."""
    last_wide_query: int
    """When the last query with the wide overlap was sent, in milliseconds since 1970."""
    sprints: dict[str, str] | None = None
    """A hash of each sprint that is not closed, by sprint id; None if the sprints were never read."""


def find_changes(session: JiraSession, since: str | None, *, reads_sprints: bool = True) -> Iterator[Changes]:
    """Yield stamps of issues updated since a cursor, oldest first; without a cursor, only a cursor to start from.

    Without `reads_sprints`, changes of sprints are left until the next call.
    """
    now = round(session.server_time().timestamp() * 1000)
    if since is None:
        yield Changes((), _encode_cursor(_Cursor(last_update=now, last_wide_query=now, sprints=_hash_sprints(session))))
        return
    cursor = msgspec.json.decode(since, type=_Cursor)
    is_oldest_first = session.client.oldest_first
    is_wide = now - cursor.last_wide_query >= _WIDE_QUERY_INTERVAL.total_seconds() * 1000
    overlap = _WIDE_OVERLAP if is_wide else _OVERLAP
    start_time = datetime.fromtimestamp(cursor.last_update / 1000, UTC) - overlap
    for page in session.client.read_stamps(f"({session.scope}) AND updated >= {session.format_query_time(start_time)}"):
        stamps = tuple(Stamp(issue.id, mapping.version(issue.updated) or None) for issue in page.issues)
        latest_update = max([cursor.last_update, *(int(stamp.version) for stamp in stamps if stamp.version)])
        latest_update = max(cursor.last_update, min(latest_update, now + _CLOCK_TOLERANCE_MILLISECONDS))
        # Without this order, an issue may change after its page was read.
        cursor.last_update = latest_update if is_oldest_first else max(cursor.last_update, min(latest_update, now))
        yield Changes(stamps, _encode_cursor(cursor) if is_oldest_first else since)
    if is_wide:
        cursor.last_wide_query = now
    hashes_before = cursor.sprints
    if reads_sprints:
        cursor.sprints = _hash_sprints(session)
    replanned_stamps = (
        _find_issues_in_changed_sprints(session, hashes_before, cursor.sprints)
        if hashes_before is not None and cursor.sprints is not None
        else ()
    )
    if is_wide or not is_oldest_first or hashes_before != cursor.sprints:
        yield Changes(replanned_stamps, _encode_cursor(cursor))


def _hash_sprints(session: JiraSession) -> dict[str, str]:
    """Hash each sprint. Boards without sprints, and boards that cannot be read, are left out."""
    hashes: dict[str, str] = {}
    sprint_lists = bounded_map(
        lambda board: try_request(partial(session.client.list_sprints, board)),
        session.boards or (),
        max_workers=_MAX_WORKERS,
    )
    for sprints in sprint_lists:
        hashes |= {
            str(sprint.id): hashlib.sha256(msgspec.json.encode(sprint)).hexdigest()[:8] for sprint in sprints or ()
        }
    return hashes


def _find_issues_in_changed_sprints(
    session: JiraSession, hashes_before: Mapping[str, str], hashes_now: dict[str, str]
) -> tuple[Stamp, ...]:
    """Find the issues of sprints that changed. A sprint that is no longer listed was closed or deleted.

    If the issues of a sprint cannot be read, its hash does not change, so that they are read the next time.
    """
    ids: dict[str, None] = {}
    for sprint in sorted(hashes_before.keys() | hashes_now.keys(), key=int):
        if hashes_before.get(sprint) == hashes_now.get(sprint):
            continue
        try:
            ids |= dict.fromkeys(session.client.list_ids(f"({session.scope}) AND sprint = {sprint}"))
        except Refused:  # a deleted sprint; Jira updates its issues
            continue
        except ConnectorError as error:
            if not is_request_specific(error):
                raise
            hashes_now.pop(sprint, None)
            hashes_now |= {sprint: hashes_before[sprint]} if sprint in hashes_before else {}
    return tuple(Stamp(issue_id, None) for issue_id in ids)


def _encode_cursor(cursor: _Cursor) -> str:
    return msgspec.json.encode(cursor).decode()
