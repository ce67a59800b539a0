"""The two feeds that a mirror follows: revisions of items, and links that came or went.

A page looks through a stretch of the feed and shows what passes the filters, so pages may be short, or empty without
being the last. The token of a page is the place after it, also on the last one.
"""

import bisect
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from starlette.responses import Response

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import LinkEvent, Place, Revision, WorkItem
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, Route
from steward_sandbox.azure_devops.wire import Refusal, stamp
from steward_sandbox.lag import Lag

_BOTH = ORGANISATION + PROJECT


class _Marked(Protocol):
    """An entry of a feed."""

    @property
    def watermark(self) -> int: ...
    @property
    def at(self) -> datetime: ...


T = TypeVar("T", bound=_Marked)


class Filter(Struct):
    """What a caller wants of the feed of revisions.

    Attributes:
        long_texts: Whether long texts are shown; otherwise they are left out.
    """

    fields: list[str]
    types: set[str]
    identities: bool
    deleted: bool
    tags: bool
    latest: bool
    discussion: bool
    long_texts: bool

    def passes(self, item: WorkItem, revision: Revision) -> bool:
        """Whether a revision is shown."""
        kind = str(revision.fields[names.TYPE]).casefold()
        return (
            (not self.types or kind in self.types)
            and (self.deleted or item.deleted is None)
            and (not self.latest or revision.rev == item.rev)
            and (not self.discussion or revision.comment is not None)
        )


async def revisions(call: Call) -> Response:
    """Revisions since a token or a date, asked for in the address."""
    asked = {
        "fields": wire.words(call.request, "fields"),
        "types": wire.words(call.request, "types"),
        "includeIdentityRef": wire.flag(call.request, "includeIdentityRef"),
        "includeDeleted": wire.flag(call.request, "includeDeleted"),
        "includeTagRef": wire.flag(call.request, "includeTagRef"),
        "includeLatestOnly": wire.flag(call.request, "includeLatestOnly"),
        "includeDiscussionChangesOnly": wire.flag(call.request, "includeDiscussionChangesOnly"),
    }
    size = wire.whole(call.request, "$maxPageSize", 0)
    return _revisions(call, _filter(call, asked), size)


async def posted_revisions(call: Call) -> Response:
    """Revisions since a token or a date, asked for in the body; pages are as large as the service likes."""
    return _revisions(call, _filter(call, await wire.read_object(call.request)), 0)


async def discussions(call: Call) -> Response:
    """Revisions that were about comments."""
    wanted = _filter(call, {"includeDiscussionChangesOnly": True})
    return _revisions(call, wanted, wire.whole(call.request, "$maxPageSize", 0))


async def links(call: Call) -> Response:
    """Links that came or went since a token or a date. The token stands in the next address only."""
    kinds = {kind.casefold() for kind in wire.words(call.request, "linkTypes")}
    types = {kind.casefold() for kind in wire.words(call.request, "types")}
    feed = _until(call, call.world.links.feed, call.behaviour.links_lag)
    start = _start(call, feed, int)
    window = feed[start : start + call.behaviour.links_a_page]
    token = str(window[-1].watermark) if window else wire.query(call.request, "continuationToken") or "0"
    shown = [_link(call, event) for event in window if _link_passes(call, event, kinds, types)]
    body = {"values": shown, "nextLink": _next(call, "workItemLinks", token)}
    return wire.answer(body | {"isLastBatch": start + len(window) >= len(feed)})


def _filter(call: Call, asked: dict[str, Any]) -> Filter:
    expand = wire.query(call.request, "$expand").casefold()
    fields = call.fields(asked.get("fields") or ())
    if fields and expand == "fields" and call.collection.server is not None:
        message = "The expand parameter can not be used with the fields parameter."
        raise Refusal(400, "ConflictingParametersException", message)
    return Filter(
        fields=fields,
        types={str(kind).casefold() for kind in asked.get("types") or ()},
        identities=asked.get("includeIdentityRef") is True,
        deleted=asked.get("includeDeleted") is True,
        tags=asked.get("includeTagRef") is True,
        latest=asked.get("includeLatestOnly") is True,
        discussion=asked.get("includeDiscussionChangesOnly") is True,
        long_texts=expand == "fields",
    )


def _revisions(call: Call, wanted: Filter, size: int) -> Response:
    feed = _until(call, call.world.feed, call.behaviour.revisions_lag)
    start = _start(call, feed, lambda text: int(text.split(";")[0]))
    most = call.behaviour.revisions_a_page
    window = feed[start : start + (min(size, most) if size else most)]
    last = start + len(window) >= len(feed)
    sent = wire.query(call.request, "continuationToken")
    token = _token(window[-1]) if window else sent or "0;0;0"
    if call.behaviour.stuck_feed:
        window, token, last = window[:0], sent or "0;0;0", False
    body = {
        "values": [shown for place in window if (shown := _shown(call, place, wanted)) is not None],
        "nextLink": _next(call, "workItemRevisions", token),
        "continuationToken": token,
        "isLastBatch": last,
    }
    return wire.answer(body)


def _shown(call: Call, place: Place, wanted: Filter) -> dict[str, Any] | None:
    """A revision; nothing for one that is filtered out, or whose item was destroyed or is not for the caller.

    The project of the path is where the item was when it had the revision.
    """
    item = call.world.items.get(place.item)
    if item is None or item.hidden:
        return None
    revision = item.revisions[place.rev - 1]
    project = call.world.project_of(revision)
    outside = call.scope is not None and call.scope.id != project.id
    if outside or not wanted.passes(item, revision) or not call.sees_project(call.world.project_of(item)):
        return None
    return call.answers.reported(
        item,
        revision,
        fields=wanted.fields,
        long_texts=wanted.long_texts,
        identities=wanted.identities,
        tags=wanted.tags,
    )


def _link_passes(call: Call, event: LinkEvent, kinds: set[str], types: set[str]) -> bool:
    ends = [call.world.items.get(number) for number in (event.source, event.target)]
    known = [end for end in ends if end is not None and not end.hidden]
    if len(known) < len(ends) or (kinds and event.type.casefold() not in kinds):
        return False
    if types and not any(end.type.casefold() in types for end in known):
        return False
    return call.scope is None or any(call.world.project_of(end).id == call.scope.id for end in known)


def _link(call: Call, event: LinkEvent) -> dict[str, Any]:
    source, target = (call.world.items[number] for number in (event.source, event.target))
    shown = {
        "rel": event.type,
        "sourceId": event.source,
        "targetId": event.target,
        "changedDate": stamp(event.at),
        "isActive": event.active,
        "changedBy": call.nouns.person(event.by),
        "sourceProjectId": call.world.project_of(source).id,
        "targetProjectId": call.world.project_of(target).id,
        "changedOperation": "create" if event.active else "remove",
    }
    return shown | ({"comment": event.comment} if event.comment else {})


def _until(call: Call, feed: Sequence[T], lag: Lag) -> Sequence[T]:
    """The feed as far as it has come."""
    if not lag:
        return feed
    end = len(feed) - min(lag.changes, len(feed))
    if lag.seconds:
        horizon = call.world.clock() - timedelta(seconds=lag.seconds)
        end = min(end, bisect.bisect_right(feed, horizon, key=lambda entry: entry.at))
    return feed[:end]


def _start(call: Call, feed: Sequence[T], read: Callable[[str], int]) -> int:
    """Where a page starts: after its token, or a little before its date."""
    token, date = wire.query(call.request, "continuationToken"), wire.query(call.request, "startDateTime")
    if token and date:
        message = "The startDateTime and continuationToken parameters cannot be used together."
        raise Refusal(400, "ConflictingParametersException", message)
    if token:
        try:
            return bisect.bisect_right(feed, read(token), key=lambda entry: entry.watermark)
        except ValueError as error:
            raise wire.missing("The continuation token is not valid.") from error
    if date:
        first = bisect.bisect_left(feed, wire.read_moment(date), key=lambda entry: entry.at)
        return max(first - call.behaviour.feed_slack, 0)
    return 0


def _token(place: Place) -> str:
    return f"{place.watermark};{place.item};{place.rev}"


def _next(call: Call, resource: str, token: str) -> str:
    number = f"{call.version.number[0]}.{call.version.number[1]}"
    return f"{call.nouns.wit(call.scope)}/reporting/{resource}?continuationToken={token}&api-version={number}"


_REVISIONS = "wit/reporting/workitemrevisions"
ROUTES = (
    Route("GET", _REVISIONS, revisions, _BOTH, "revision feed"),
    Route("POST", _REVISIONS, posted_revisions, _BOTH, "revision feed"),
    Route("GET", f"{_REVISIONS}/discussions", discussions, _BOTH, "revision feed"),
    Route("GET", "wit/reporting/workitemlinks", links, _BOTH, "link feed"),
)
