"""Azure DevOps as a tracker: the verbs, in terms of calls, process and mapping."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.azure_devops import history, mapping
from connectors.azure_devops.client import FOLLOWED, IDS_PER_BATCH, quoted, selected
from connectors.azure_devops.connect import AzureSession, connect
from connectors.azure_devops.fetch import fetch_batches
from connectors.azure_devops.payloads import AzureComment, Item
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.concurrency import bounded_map
from connectors.document import Document
from connectors.errors import Gone, Refused
from connectors.http import TrafficStats
from connectors.markup import html, markdown, plain
from connectors.plugin import TrackerContext
from connectors.tracker import (
    Author,
    Batch,
    Changes,
    Comment,
    CommentTag,
    Connection,
    Edit,
    FieldValue,
    Notice,
    ScopeIds,
    Snapshot,
    Stamp,
    Whereabouts,
    Written,
)

_IDS_IN_A_QUERY = 500
_AT_ONCE = 6
_NOT_ALLOWED = ("AccessCheckException", "PermissionDeniedException")


class _Position(Struct):
    """Where each feed goes on; tokens belong to one organisation, one feed and one set of fields."""

    revisions: str
    links: str
    sprints: dict[str, str] | None = None
    """See `_marks_of_sprints`; None: never looked at."""


class AzureTracker:
    """One team of one project, on Azure DevOps Services or Server."""

    def __init__(self, settings: AzureDevOpsSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._settings = settings
        self._context = context
        self._stats = TrafficStats()
        self._session: AzureSession | None = None
        self._loud = False

    @property
    def stats(self) -> TrafficStats:
        """What has passed to and from this organisation."""
        return self._stats

    def connect(self) -> Connection:
        """Signs in and learns how the team works."""
        self.close()
        self._session = connect(self._settings, self._context, self._stats)
        return self._session.connection

    def close(self) -> None:
        """Lets go of connections."""
        if self._session is not None:
            self._session.http.close()
            self._session = None

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of items that were saved, and ids of items whose links changed, since a position.

        Re-parenting moves neither revision nor date, so that only the links feed tells of it. A sprint that is
        renamed, gets other dates or begins moves nothing at all.
        """
        client, sprints = self._here.client, _marks_of_sprints(self._here)
        if since is None:
            revisions, links = client.start_positions(datetime.now(UTC))
            yield Changes((), _written(_Position(revisions, links, sprints)))
            return
        position = msgspec.json.decode(since, type=_Position)
        for page in client.revisions(position.revisions, FOLLOWED):
            position.revisions = page.continuation_token or position.revisions
            revs = {str(one.id): str(one.rev) for one in page.values}
            # The feed tells of the whole project, tasks and other teams included.
            ours = self._within_scope(list(revs))
            yield Changes(tuple(Stamp(ident, revs[ident]) for ident in ours), _written(position))
        for linked in client.links(position.links):
            position.links = linked.continuation_token or position.links
            ids = dict.fromkeys(str(ident) for link in linked.values for ident in (link.source_id, link.target_id))
            yield Changes(tuple(Stamp(ident, None) for ident in ids), _written(position))
        if position.sprints != sprints:
            planned = self._planned(position.sprints, sprints)
            position.sprints = sprints
            yield Changes(tuple(Stamp(ident, None) for ident in planned), _written(position))

    def census(self) -> ScopeIds:
        """Ids of the team's items: the open ones that have a place in their order, then all others."""
        here = self._here
        order = here.site.process.order
        placed = here.client.query(
            selected(f"{here.condition}{_still_open(here)} AND [{order}] <> ''", f"[{order}], [System.Id]")
        )
        every = dict.fromkeys([*placed, *here.client.query_all(here.condition)])
        return ScopeIds(tuple(str(ident) for ident in every))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Items with their whole history, in batches as they arrive."""
        return fetch_batches(self._here, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where items are that a census left out; a deleted item and a hidden one look the same."""
        here = self._here
        found: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)
        for part in _portions(ids, IDS_PER_BATCH):
            numbers = [int(ident) for ident in part]
            for raw in here.client.batch(numbers, relations=False, fields=["System.Id"]).present:
                found[str(msgspec.json.decode(raw, type=Item).id)] = Whereabouts.MOVED
        there = [ident for ident, where in found.items() if where is Whereabouts.MOVED]
        found.update(dict.fromkeys(self._within_scope(there), Whereabouts.HERE))
        return found

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now."""
        here, wanted = self._here, {comment for _, comment in ids}
        found: dict[str, Comment] = {}
        items = dict.fromkeys(item for item, _ in ids)
        for said in bounded_map(self._discussion, items, at_once=_AT_ONCE):
            found |= {one.id: one for each in said if (one := mapping.comment(each, here.site)).id in wanted}
        return found

    def content_key(self, document: Document) -> str:
        """The words of a comment, by which it is found again: no hidden mark survives here."""
        return mapping.content_key(plain(mapping.read(self._marked_up(document), self._format)))

    def look(self, item: str) -> Snapshot:
        """The item as it stands this moment, with those of its comments that are ours."""
        here = self._here
        now = here.client.item(item)
        project = mapping.project_of(now)
        said = [mapping.comment(one, here.site) for one in here.client.comments(project, item)]
        ours = tuple(one for one in said if one.marker is not None)
        return Snapshot(
            id=str(now.id),
            version=str(now.rev),
            project=project,
            labels=frozenset(mapping.tags(now.fields.get(history.TAGS), here.site)),
            fields={
                write.reference: mapping.field_value(now.fields.get(write.reference))
                for write in here.site.process.writes.values()
            },
            ours=ours,
            answered=frozenset(
                mine.id
                for mine in ours
                if any(other.author is not Author.US and other.created > mine.created for other in said)
            ),
        )

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Has the tracker check an edit by its rules without saving anything."""
        self._here.client.edit(snapshot.id, self._patch(snapshot, edit), notify=True, only_check=True)

    def edit(self, snapshot: Snapshot, edit: Edit) -> Written:
        """Changes tags and fields in one save, if the item is still the one that was looked at."""
        client, patch = self._here.client, self._patch(snapshot, edit)
        if not self._loud:
            try:
                client.edit(snapshot.id, patch, notify=False)
            except Refused as refused:
                if refused.status != 403 and refused.code not in _NOT_ALLOWED:
                    raise
                client.edit(snapshot.id, patch, notify=True)
                self._loud = True
            else:
                return Written(notice=Notice.SUPPRESSED)
        else:
            client.edit(snapshot.id, patch, notify=True)
        return Written(notice=Notice.SENT)

    def add_comment(self, snapshot: Snapshot, document: Document, marker: CommentTag) -> Written:
        """Writes a comment; its words are what it is known by."""
        del marker
        text = self._marked_up(document)
        return self._as_written(self._here.client.add_comment(snapshot.project, snapshot.id, text))

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, marker: CommentTag) -> Written:
        """Replaces the text of a comment of ours."""
        del marker
        text = self._marked_up(document)
        return self._as_written(self._here.client.replace_comment(snapshot.project, snapshot.id, comment, text))

    def delete_comment(self, snapshot: Snapshot, comment: str) -> Written:
        """Deletes a comment of ours."""
        with contextlib.suppress(Gone):
            self._here.client.delete_comment(snapshot.project, snapshot.id, comment)
        return Written(comment=comment, notice=Notice.UNKNOWN)

    @property
    def _here(self) -> AzureSession:
        if self._session is None:
            self.connect()
        assert self._session is not None
        return self._session

    @property
    def _format(self) -> str:
        return "markdown" if self._here.client.writes_markdown else "html"

    def _within_scope(self, ids: Sequence[str]) -> list[str]:
        """Those of these ids that the team's backlog holds."""
        here = self._here
        found: list[str] = []
        for part in _portions(ids, _IDS_IN_A_QUERY):
            wiql = selected(f"{here.condition} AND [System.Id] IN ({', '.join(part)})", "[System.Id]")
            found += (str(ident) for ident in here.client.query(wiql))
        return found

    def _planned(self, before: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
        """Items of the sprints that are not as they were, or are no longer the team's."""
        here = self._here
        found: dict[str, None] = {}
        if before is None:
            return []
        for sprint in sorted(before.keys() | now.keys()):
            if before.get(sprint) == now.get(sprint):
                continue
            path = quoted(_path_of(now.get(sprint) or before[sprint]))
            # Of a path that is no more the server has told its items, which are elsewhere now.
            with contextlib.suppress(Refused):
                ids = here.client.query_all(f"{here.condition} AND [System.IterationPath] = {path}")
                found |= dict.fromkeys(str(ident) for ident in ids)
        return list(found)

    def _discussion(self, item: str) -> list[AzureComment]:
        """What is written under an item, in whatever project it is by now; nothing under one that is gone."""
        client = self._here.client
        with contextlib.suppress(Gone):
            try:
                return client.comments(self._settings.project, item)
            except Gone:
                return client.comments(mapping.project_of(client.item(item)), item)
        return []

    def _marked_up(self, document: Document) -> str:
        return markdown.write(document) if self._format == "markdown" else html.write(document)

    def _as_written(self, one: AzureComment) -> Written:
        said = mapping.comment(one, self._here.site)
        return Written(comment=said.id, text=said.text, at=said.created, notice=Notice.UNKNOWN)

    def _patch(self, snapshot: Snapshot, edit: Edit) -> list[dict[str, Any]]:
        patch: list[dict[str, Any]] = [{"op": "test", "path": "/rev", "value": int(snapshot.version)}]
        if edit.add_labels or edit.remove_labels:
            gone = {label.casefold() for label in edit.remove_labels}
            left = {label.casefold(): label for label in sorted(snapshot.labels) if label.casefold() not in gone}
            left |= {label.casefold(): label for label in edit.add_labels if label.casefold() not in left}
            # `add` joins the tags that are there; only `replace` can take one away.
            op = "replace" if snapshot.labels else "add"
            patch.append({"op": op, "path": f"/fields/{history.TAGS}", "value": "; ".join(left.values())})
        kinds = {write.reference: write.kind for write in self._here.site.process.writes.values()}
        for name, value in edit.fields.items():
            path = f"/fields/{name}"
            if value is None:
                patch.append({"op": "remove", "path": path})
            else:
                patch.append({"op": "add", "path": path, "value": _outgoing(value, kinds.get(name, ""))})
        return patch


def _outgoing(value: FieldValue, kind: str) -> Any:
    return round(value) if kind == "integer" and isinstance(value, float) else value


def _still_open(here: AzureSession) -> str:
    states = ", ".join(quoted(state) for state in here.finished_states)
    return f" AND [System.State] NOT IN ({states})" if states else ""


def _portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _marks_of_sprints(here: AzureSession) -> dict[str, str]:
    """Of each of the team's sprints by its id: a mark that changes when the sprint does, and its path."""
    told = here.site.process.iterations
    return {one.id: f"{hashlib.sha256(msgspec.json.encode(one)).hexdigest()[:8]} {one.path}" for one in told}


def _path_of(mark: str) -> str:
    return mark.partition(" ")[2]


def _written(position: _Position) -> str:
    return msgspec.json.encode(position).decode()
