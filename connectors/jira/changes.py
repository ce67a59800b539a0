"""Finds the issues that have changed since an earlier call, with queries for the time of the last update.

Jira's search index lags behind, and its clock may differ from that of this computer. So each query overlaps the
previous one by some minutes, and twice a day by half a day. The result is a stamp for each issue: its id and version.
The caller compares the version with the stored one, so an overlap does not cause an unchanged issue to be read again.

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
from connectors.jira.session import JiraSession
from connectors.tracker import Changes, Stamp

_OVERLAP = timedelta(minutes=10)
"""How far a query reaches back. According to Atlassian, the search index lags "from a few seconds to minutes"."""
_WIDE_OVERLAP = timedelta(hours=13)
"""How far a wide query reaches back, for issues that were indexed unusually late. More than `_WIDE_QUERY_INTERVAL`."""
_WIDE_QUERY_INTERVAL = timedelta(hours=12)
_CLOCK_TOLERANCE_MILLISECONDS = 24 * 60 * 60 * 1000
"""How far an update may be ahead of the clock of the site. A later update, such as one in an imported issue with a
wrong date, does not advance the cursor; otherwise the next queries would begin after the updates of today."""
_MAX_WORKERS = 4
"""The number of boards that are read at the same time."""


class _UpdateCursor(Struct, rename={"last_update": "seen", "last_wide_query": "deep"}):
    """Where to continue looking for changes. It is stored as JSON."""

    last_update: int
    """The latest update that was read, in milliseconds since 1970."""
    last_wide_query: int
    """When the last query with the wide overlap was sent, in milliseconds since 1970."""
    sprints: dict[str, str] | None = None
    """A hash of each sprint that is not closed, by sprint id; None if the sprints were never read."""


def find_changes(session: JiraSession, since: str | None, *, reads_sprints: bool = True) -> Iterator[Changes]:
    """Yield stamps of issues that were updated, or whose sprints changed, since a cursor.

    Without a cursor, yield only a cursor to start from. Queries overlap, so that some stamps are of earlier updates.
    Without `reads_sprints`, changes of sprints are left until the next call with it.
    """
    now = round(session.server_time().timestamp() * 1000)
    if since is None:
        yield Changes(
            (), _encode_cursor(_UpdateCursor(last_update=now, last_wide_query=now, sprints=_hash_sprints(session)))
        )
        return
    cursor = msgspec.json.decode(since, type=_UpdateCursor)
    is_oldest_first = session.client.reads_oldest_update_first
    is_wide_query = now - cursor.last_wide_query >= _WIDE_QUERY_INTERVAL.total_seconds() * 1000
    overlap = _WIDE_OVERLAP if is_wide_query else _OVERLAP
    start_time = datetime.fromtimestamp(cursor.last_update / 1000, UTC) - overlap
    for page in session.client.read_stamps(f"({session.scope}) AND updated >= {session.format_query_time(start_time)}"):
        stamps = tuple(Stamp(issue.id, mapping.issue_version(issue.updated) or None) for issue in page.issues)
        updates = (int(stamp.version) for stamp in stamps if stamp.version)
        plausible_updates = (update for update in updates if update <= now + _CLOCK_TOLERANCE_MILLISECONDS)
        latest_update = max(plausible_updates, default=cursor.last_update)
        # Unless the oldest updates come first, an issue may change after its page was read. So the next query has to
        # look for changes from `now` on.
        latest_update = latest_update if is_oldest_first else min(latest_update, now)
        cursor.last_update = max(cursor.last_update, latest_update)
        yield Changes(stamps, _encode_cursor(cursor) if is_oldest_first else since)
    if is_wide_query:
        cursor.last_wide_query = now
    hashes_before = cursor.sprints
    if reads_sprints:
        cursor.sprints = _hash_sprints(session)
    stamps = (
        _find_issues_in_changed_sprints(session, hashes_before, cursor.sprints)
        if hashes_before is not None and cursor.sprints is not None
        else ()
    )
    # Otherwise the caller already has this cursor.
    if is_wide_query or not is_oldest_first or hashes_before != cursor.sprints:
        yield Changes(stamps, _encode_cursor(cursor))


def _hash_sprints(session: JiraSession) -> dict[str, str]:
    """Hash each sprint that is not closed, by its id. Boards that have no sprints or cannot be read are left out."""
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
    """Find the issues of sprints whose hash has changed.

    A sprint that is no longer listed was closed or deleted, or its board cannot be read.

    If the issues of a sprint cannot be read, its earlier hash is restored in `hashes_now`, so that the next call reads
    them.
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
            if sprint in hashes_before:
                hashes_now[sprint] = hashes_before[sprint]
            else:
                del hashes_now[sprint]
    return tuple(Stamp(issue_id, None) for issue_id in ids)


def _encode_cursor(cursor: _UpdateCursor) -> str:
    return msgspec.json.encode(cursor).decode()
