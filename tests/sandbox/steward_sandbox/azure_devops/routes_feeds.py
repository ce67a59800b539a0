"""The two feeds that a mirror follows: revisions of items, and links that were added or removed.

A page looks through a stretch of the feed and shows what passes the filters, so pages may be short, or empty without
being the last. The token of a page is the place after it, also on the last one.
"""

import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import LinkEvent, Revision, WorkItem
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.backlog import utc
from steward_sandbox.clock import Lag

_REVISIONS = "wit/reporting/workitemrevisions"
_SLACK = 3
"""How many older entries a feed from a date begins with."""


@route("GET", _REVISIONS, "revision_feed")
async def revisions(call: Call) -> Any:
    flags = {name: call.flag(name) for name in ("includeIdentityRef", "includeDeleted", "includeLatestOnly")}
    return _revisions(call, {"fields": call.csv("fields"), "types": call.csv("types"), **flags})


@route("POST", _REVISIONS, "revision_feed")
async def posted_revisions(call: Call) -> Any:
    return _revisions(call, await call.body())


@route("GET", "wit/reporting/workitemlinks", "link_feed")
async def links(call: Call) -> Any:
    """Links since a token or a date. The token stands in the next address only."""
    feed = _until(call.world.links.feed, call.options.links_lag)
    start = _start(call, feed, int)
    window = feed[start : start + call.options.links_a_page]
    token = str(window[-1].watermark) if window else call.query("continuationToken") or "0"
    return {
        "values": [shown for event in window if (shown := _link(call, event)) is not None],
        "nextLink": _next(call, "workItemLinks", token),
        "isLastBatch": start + len(window) >= len(feed),
    }


def _revisions(call: Call, asked: Mapping[str, Any]) -> Any:
    long_texts, fields = call.query("$expand").casefold() == "fields", call.fields(asked.get("fields") or ())
    feed = _until(call.world.feed, call.options.revisions_lag)
    start = _start(call, feed, lambda text: int(text.split(";")[0]))
    window = feed[start : start + call.options.revisions_a_page]
    last = start + len(window) >= len(feed)
    token = call.query("continuationToken") or "0;0;0"
    if call.options.stuck_feed:
        window, last = window[:0], False
    elif window:
        token = f"{window[-1].watermark};{window[-1].item};{window[-1].rev}"
    identities = asked.get("includeIdentityRef") is True
    return {
        "values": [
            call.serialize.feed_entry(item, revision, fields=fields, long_texts=long_texts, identities=identities)
            for revision in window
            if (item := _item_of(call, revision, asked)) is not None
        ],
        "nextLink": _next(call, "workItemRevisions", token),
        "continuationToken": token,
        "isLastBatch": last,
    }


def _item_of(call: Call, revision: Revision, asked: Mapping[str, Any]) -> WorkItem | None:
    """The item of a revision; None if it is filtered out, or its item was destroyed or is hidden.

    The project of the path is where the item was when it had the revision.
    """
    item = call.world.find(revision.item)
    if item is None or item.hidden or not call.may("READ", call.world.project_of(item)):
        return None
    types = {str(kind).casefold() for kind in asked.get("types") or ()}
    passes = (
        call.scope in (None, call.world.project_of(revision))
        and (not types or str(revision.fields[names.TYPE]).casefold() in types)
        and (asked.get("includeDeleted") is True or not item.deleted)
        and (asked.get("includeLatestOnly") is not True or revision.rev == item.rev)
    )
    return item if passes else None


def _link(call: Call, event: LinkEvent) -> Any:
    """A link; None if an end was destroyed or is hidden, or neither is in the project of the path."""
    ends = [call.world.find(number) for number in (event.source, event.target)]
    projects = [call.world.project_of(end) for end in ends if end is not None and not end.hidden]
    if len(projects) < len(ends) or (call.scope is not None and call.scope not in projects):
        return None
    source, target = (project.id for project in projects)
    return call.fill("link_event", event=event, source_project=source, target_project=target)


def _until(feed: Sequence[Any], lag: Lag) -> Sequence[Any]:
    """The feed as far as it has come."""
    return feed[: max(len(feed) - lag.changes, 0)]


def _start(call: Call, feed: Sequence[Any], watermark: Callable[[str], int]) -> int:
    """Where a page starts: after its token, or a little before its date."""
    token, date = call.query("continuationToken"), call.query("startDateTime")
    if token:
        return bisect.bisect_right(feed, watermark(token), key=lambda entry: entry.watermark)
    if date:
        since = utc(datetime.fromisoformat(date))
        return max(bisect.bisect_left(feed, since, key=lambda entry: entry.at) - _SLACK, 0)
    return 0


def _next(call: Call, resource: str, token: str) -> str:
    project = f"/{call.scope.id}" if call.scope else ""
    query = f"continuationToken={token}&api-version={call.version.number}"
    return f"{call.base}{project}/_apis/wit/reporting/{resource}?{query}"
