"""Jira as a tracker, Cloud or Data Center: the verbs, in terms of calls, fields and mapping."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from connectors.document import Document, Paragraph, Span
from connectors.errors import Gone, Misconfigured, Refused
from connectors.http import TrafficStats
from connectors.jira import changes, comment_tag, history, mapping, payloads, rich_text
from connectors.jira.client import ITEM_WINDOWS
from connectors.jira.connect import JiraSession, connect
from connectors.jira.fetch import fetch_batches
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
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
    Whereabouts,
    Written,
)

_DIRECT_READ = 100
_RECONCILED = 50


class JiraTracker:
    """One Jira with one scope and one set of credentials."""

    def __init__(self, settings: JiraSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._settings = settings
        self._context = context
        self._stats = TrafficStats()
        self._rate_limiter = RateLimiter(rate=settings.rate, item_windows=ITEM_WINDOWS)
        self._session: JiraSession | None = None
        self._loud_projects: set[str] = set()

    @property
    def stats(self) -> TrafficStats:
        """What has passed to and from this site."""
        return self._stats

    def connect(self) -> Connection:
        """Signs in, finds fields and boards, and checks what the account may do."""
        self.close()
        self._session = connect(self._settings, self._context, self._stats, self._rate_limiter)
        return self._session.connection

    def close(self) -> None:
        """Lets go of connections."""
        if self._session is not None:
            self._session.http.close()
            self._session = None

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of issues updated since a position, with overlap; None only gives the position to start from."""
        return changes.changes(self._here, since)

    def census(self) -> ScopeIds:
        """Ids of the scope in rank order, and which of them stand on some board."""
        here = self._here
        return ScopeIds(tuple(dict.fromkeys(here.ids())), _on_boards(here))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Issues with their whole history and discussion, a few bulk reads at a time."""
        return fetch_batches(self._here, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where issues are that a search left out: a direct read by id also finds those that moved.

        Those that are there are asked for once more by a search that has to look again for them; only a search that
        still leaves them out says that they are no longer within the scope.
        """
        here = self._here
        found: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)
        for part in _portions(ids, _DIRECT_READ):
            existing, unread = here.client.existing(part)
            again, unread = here.client.existing(unread) if unread else ([], [])
            found.update(dict.fromkeys([*existing, *again], Whereabouts.MOVED))
            # What Jira cannot read now is there; to call it gone would be a guess.
            found.update(dict.fromkeys(unread, Whereabouts.HERE))
        seen = [ident for ident, where in found.items() if where is Whereabouts.MOVED]
        for part in _portions(seen, _RECONCILED):
            found.update(dict.fromkeys(here.client.within(here.scope, part), Whereabouts.HERE))
        return found

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now; an edit or deletion of a comment moves no stamp of its issue."""
        people = self._here.site.people
        return {one.id: mapping.comment(one, people) for one in self._here.client.comments_by_id(ids)}

    def look(self, item: str) -> Snapshot:
        """The issue as it stands this moment, with those of its comments that are ours."""
        here = self._here
        writes = {one.id: one.kind for one in here.site.fields.writes.values()}
        answer = here.client.issue(item, [*payloads.LookedAt.__struct_fields__, *writes])
        values: dict[str, Any] = answer.get("fields") or {}
        try:
            seen = msgspec.convert(values, payloads.LookedAt)
            ident = msgspec.convert(answer.get("id"), str)
            written = {name: mapping.field_value(values.get(name), kind) for name, kind in writes.items()}
        except (msgspec.ValidationError, RecursionError) as error:
            raise Refused(
                f"{self.name}: {item} holds something unexpected ({error}), so nothing is written to it."
            ) from error
        project = seen.project or payloads.Project()
        if project.project_type_key == "service_desk" and not self._settings.internal_comments:
            raise Refused(
                f"{self.name}: {answer.get('key', item)} is in a service-desk project, whose comments customers read.",
                hint="Set `internal_comments: true` for this tracker to write internal comments there.",
            )
        said = self._discussion(item, seen.comment)
        comments = [mapping.comment(one, here.site.people) for one in said]
        ours = self._ours(item, said)
        return Snapshot(
            id=ident,
            version=mapping.version(seen.updated),
            project=project.key,
            labels=frozenset(seen.labels or ()),
            fields=written,
            ours=ours,
            answered=frozenset(
                mine.id
                for mine in ours
                if any(other.author is not Author.US and other.created > mine.created for other in comments)
            ),
        )

    def content_key(self, document: Document) -> str:
        """The hash that a comment's property carries."""
        return document.hash

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Finds nothing: Jira has no way to check an edit without making it."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> Written:
        """Changes labels and fields in one call, without mail where the project allows that."""
        body: dict[str, Any] = {}
        labels = [{"add": label} for label in edit.add_labels] + [{"remove": label} for label in edit.remove_labels]
        if labels:
            body["update"] = {"labels": labels}
        if edit.fields:
            kinds = {one.id: one.kind for one in self._here.site.fields.writes.values()}
            body["fields"] = {
                name: self._outgoing(value, kinds.get(name, "text")) for name, value in edit.fields.items()
            }
        notice = self._quietly(snapshot, lambda notify: self._here.client.edit(snapshot.id, body, notify=notify))
        return Written(notice=notice)

    def add_comment(self, snapshot: Snapshot, document: Document, marker: CommentTag) -> Written:
        """Writes a comment that carries its marker from the first moment on."""
        one = self._here.client.add_comment(snapshot.id, document, self._properties(marker))
        return Written(comment=one.id, text=rich_text.plain(one.body), at=history.utc(one.created), notice=Notice.SENT)

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, marker: CommentTag) -> Written:
        """Replaces the text of a comment of ours."""
        client, properties = self._here.client, self._properties(marker)
        replaced: list[payloads.JiraComment] = []

        def replace(notify: bool) -> None:
            replaced.append(client.replace_comment(snapshot.id, comment, document, properties, notify=notify))

        if client.quiet_comments:
            notice = self._quietly(snapshot, replace)
        else:
            replace(notify=True)
            notice = Notice.SENT
        one = replaced[-1]
        return Written(comment=comment, text=rich_text.plain(one.body), at=history.utc(one.created), notice=notice)

    def delete_comment(self, snapshot: Snapshot, comment: str) -> Written:
        """Deletes a comment of ours."""
        with contextlib.suppress(Gone):
            self._here.client.delete_comment(snapshot.id, comment)
        return Written(comment=comment, notice=Notice.NONE)

    @property
    def _here(self) -> JiraSession:
        if self._session is None:
            self.connect()
        assert self._session is not None
        return self._session

    def _discussion(self, item: str, page: payloads.CommentPage | None) -> list[payloads.JiraComment]:
        complete = page is not None and len(page.comments) >= page.total
        whole = page.comments if page is not None and complete else list(self._here.client.comments(item))
        return sorted(whole, key=lambda one: history.utc(one.created))

    def _ours(self, item: str, comments: Sequence[payloads.JiraComment]) -> tuple[Comment, ...]:
        """Those of the comments that carry our marker; author and marker both count, for people copy text."""
        people = self._here.site.people
        candidates = [one for one in comments if people.author(one.author) is Author.US]
        if not candidates:
            return ()
        marked = {one.id: mapping.comment(one, people) for one in self._here.client.marked(item, candidates)}
        return tuple(
            marked[one.id]
            for one in candidates
            if one.id in marked and (mark := marked[one.id].marker) and mark.installation == self._context.installation
        )

    def _properties(self, marker: CommentTag) -> dict[str, Any]:
        return comment_tag.properties(marker, internal=self._settings.internal_comments)

    def _outgoing(self, value: FieldValue, kind: str) -> Any:
        if value is None:
            return None
        if kind == "option":
            return {"value": value}
        return self._here.client.markup(_lines(str(value))) if kind == "rich" else value

    def _quietly(self, snapshot: Snapshot, write: Callable[[bool], None]) -> Notice:
        """Writes without mail; where the project refuses that to us, with mail, and remembers the project.

        Jira refuses the whole edit to an account that may not discard notifications, so that nothing has been
        written when it is tried again.
        """
        project = snapshot.project or snapshot.id
        if project not in self._loud_projects:
            try:
                write(False)
            except Refused:
                write(True)
                self._loud_projects.add(project)
                return Notice.SENT
            return Notice.SUPPRESSED
        write(True)
        return Notice.SENT


def _portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _lines(text: str) -> Document:
    return Document(tuple(Paragraph((Span(line),)) for line in text.splitlines()))


def _on_boards(here: JiraSession) -> frozenset[str] | None:
    """Ids on any board or its backlog; None where there is no board, or boards show us nothing."""
    try:
        found = {
            ident
            for board in here.boards
            for part in ("issue", "backlog")
            for ident in here.client.board_issues(board, part)
        }
    except (Gone, Refused, Misconfigured):
        return None
    return frozenset(found) or None
