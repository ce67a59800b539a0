"""The issues of a Jira site and everything that can happen to them, whoever does it.

A change writes the changelog and moves `updated` as Jira does: editing, moving, transitions and a new comment do;
a new rank, an edited or deleted comment, a vote, and a property do not.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from steward_sandbox.backlog import SprintState
from steward_sandbox.clock import Clock, Stamps, real_clock
from steward_sandbox.ids import Counters
from steward_sandbox.jira import adf_text, changelog, lexorank, schemas
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY, DEFAULT_RESOLUTION, DEFAULT_TYPE
from steward_sandbox.jira.model import Account, ChangeItem, Comment, Doc, History, Issue, IssueLink, Worklog
from steward_sandbox.jira.site import Site

_REMEMBERED = 20_000


class Past(Struct, frozen=True):
    """What an issue was before a change; None if there was no such issue."""

    at: datetime
    issue: int
    before: Issue | None
    only_rank: bool = False


class Mail(Struct, frozen=True):
    """One occasion on which Jira notified people of a change."""

    key: str
    by: str
    about: Literal["edit", "comment", "comment edit"]


class World:
    """The state of a site, in memory. Every method may be called from any thread.

    Attributes:
        site: Everything but the issues.
        clock: The site's idea of now.
        lock: Held while anything is read or changed.
        issues: By id, in order of creation.
        past: What changed lately, oldest first; a late index is built from it.
        mails: On which occasions people were notified.
        unsettled: Issues that the next bulk read or rank reports as failed, and how often still.
    """

    def __init__(self, site: Site | None = None, *, clock: Clock = real_clock) -> None:
        self.site = site or Site()
        self.clock = clock
        self.lock = threading.RLock()
        self.issues: dict[int, Issue] = {}
        self.past: deque[Past] = deque(maxlen=_REMEMBERED)
        self.mails: list[Mail] = []
        self.unsettled: dict[int, int] = {}
        self.counters = Counters(issue=10000, comment=10000, history=10000, link=10000, worklog=10000)
        self._stamps = Stamps(clock)
        self._keys: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._comments: dict[int, int] = {}

    def find(self, ref: str | int) -> Issue | None:
        """The issue with this id or key; a key it had before it was moved finds it too."""
        text = str(ref)
        number = int(text) if text.isascii() and text.isdecimal() else self._keys.get(text.upper())
        return self.issues.get(number) if number is not None else None

    def issue(self, ref: str | int) -> Issue:
        """The issue with this id or key."""
        issue = self.find(ref)
        if issue is None:
            raise KeyError(f"no issue {ref}")
        return issue

    def find_comment(self, comment: int) -> tuple[Issue, Comment] | None:
        """A comment and its issue."""
        owner = self.issues.get(self._comments.get(comment, -1))
        return next(((owner, c) for c in owner.comments if c.id == comment), None) if owner else None

    def ordered(self) -> list[Issue]:
        """All issues by rank, highest first."""
        return sorted(self.issues.values(), key=lambda issue: issue.rank)

    def draft(self, project: str, by: Account) -> Issue:
        """A new issue at the end of the backlog, not stored yet."""
        now, ranks = self._stamps.next(), self.ordered()
        return Issue(
            id=self.counters.next("issue"),
            key=self._next_key(project),
            project=project,
            type=DEFAULT_TYPE,
            summary="-",
            status=self.site.catalogue.first_status.name,
            priority=DEFAULT_PRIORITY,
            created=now,
            updated=now,
            status_changed=now,
            creator=by.id,
            reporter=by.id,
            rank=lexorank.between(ranks[-1].rank if ranks else None, None),
        )

    def put(self, issue: Issue) -> Issue:
        """Store a new issue as it is, without notifying anybody."""
        with self.lock:
            project, _, number = issue.key.rpartition("-")
            self._numbers[project] = max(self._numbers.get(project, 0), int(number))
            self._remember(issue.id, before=None)
            return self._store(issue)

    def edit(self, ref: str | int, by: Account, *, notify: bool = True, **values: Any) -> Issue:
        """Give an issue new values; without a difference nothing is recorded and no timestamp moves."""
        with self.lock:
            before = self.issue(ref)
            after = msgspec.structs.replace(before, **values)
            items = changelog.changes(before, after, self.site, lambda number: self.issues[number].key)
            if not items:
                return before
            after = self._changed(before, after, by, items)
            if notify:
                self.mails.append(Mail(after.key, by.name, "edit"))
            return after

    def set_quietly(self, ref: str | int, **values: Any) -> Issue:
        """Give an issue properties, watchers or voters: no timestamp moves, and nothing is recorded."""
        with self.lock:
            return self._replace(self.issue(ref), **values)

    def add_worklog(
        self, ref: str | int, by: Account, seconds: int, *, started: datetime, comment: Doc | None = None
    ) -> Worklog:
        """Log time; `updated` moves."""
        with self.lock:
            issue, now = self.issue(ref), self._stamps.next()
            worklog = Worklog(self.counters.next("worklog"), by.id, started, seconds, now, comment)
            self._replace(issue, worklogs=(*issue.worklogs, worklog), updated=now)
            return worklog

    def transition(self, ref: str | int, status: str, by: Account) -> Issue:
        """Move an issue to another status; a final one resolves it."""
        with self.lock:
            before = self.issue(ref)
            old, new = (self.site.catalogue.status(name) for name in (before.status, status))
            values: dict[str, Any] = {"status": new.name}
            if old.category != new.category:
                now, done = self.clock(), new.category == "done"
                values["status_changed"] = now
                values["resolution"] = DEFAULT_RESOLUTION if done else None
                values["resolved"] = now if done else None
            return self.edit(ref, by, **values)

    def move(self, ref: str | int, project: str, by: Account) -> Issue:
        """Move an issue to another project: it gets a new key and keeps its id."""
        with self.lock:
            key = self._next_key(self.site.project(project).key)
            return self.edit(ref, by, project=project, key=key, sprints=())

    def link(self, ref: str | int, phrase: str, other: str | int, by: Account | None) -> Issue:
        """Link two issues, by the phrase read from the first; without an author nothing is recorded."""
        with self.lock:
            source, target = self.issue(ref), self.issue(other)
            kind, outward = self.site.catalogue.link(phrase)
            if any(link.type == kind.name and link.other == target.id for link in source.links):
                return source
            number = self.counters.next("link")
            for issue, linked, out in ((source, target, outward), (target, source, not outward)):
                before = self.issue(issue.id)
                entry = IssueLink(number, kind.name, out, linked.id)
                after = msgspec.structs.replace(before, links=(*before.links, entry))
                if by is None:
                    self._store(after)
                else:
                    sentence = f"This issue {kind.outward if out else kind.inward} {linked.key}"
                    self._changed(before, after, by, (changelog.linked(sentence, linked.key),))
            return self.issue(source.id)

    def rank(
        self,
        refs: Iterable[str | int],
        by: Account,
        *,
        before: str | int | None = None,
        after: str | int | None = None,
    ) -> None:
        """Put issues, in the order given, before or after another one. No timestamp moves."""
        with self.lock:
            moved = [self.issue(ref) for ref in refs]
            ids = {issue.id for issue in moved}
            others = [issue for issue in self.ordered() if issue.id not in ids]
            anchor = self.issue(before if before is not None else after or "").id
            place = next(n for n, issue in enumerate(others) if issue.id == anchor) + (after is not None)
            low = others[place - 1].rank if place else None
            high = others[place].rank if place < len(others) else None
            for issue in moved:
                low = lexorank.between(low, high)
                item = changelog.ranked(higher=low < issue.rank)
                self._remember(issue.id, before=issue, only_rank=True)
                ranked = msgspec.structs.replace(issue, rank=low)
                self._store(self._with_history(ranked, by, self._stamps.next(), (item,)))

    def rebalance(self) -> None:
        """Give every issue a new rank in the same order, as Jira does when ranks have grown long."""
        with self.lock:
            issues = self.ordered()
            ranks = lexorank.spread(len(issues), bucket=lexorank.next_bucket(issues[0].rank) if issues else 0)
            for issue, rank in zip(issues, ranks, strict=False):
                self._store(msgspec.structs.replace(issue, rank=rank))

    def add_comment(
        self,
        ref: str | int,
        by: Account,
        body: Doc,
        *,
        visibility: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> Comment:
        """Write a comment; people are notified, and `updated` moves."""
        with self.lock:
            issue, now = self.issue(ref), self._stamps.next()
            number = self.counters.next("comment")
            body = schemas.stored(body, f"comment/{number}")
            comment = Comment(number, by.id, body, now, now, by.id, visibility, properties or {})
            self._replace(issue, comments=(*issue.comments, comment), updated=now)
            self.mails.append(Mail(issue.key, by.name, "comment"))
            return comment

    def edit_comment(
        self,
        comment: int,
        by: Account,
        *,
        body: Doc,
        visibility: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        notify: bool = True,
    ) -> Comment:
        """Change a comment; the issue's `updated` stays where it is."""
        with self.lock:
            issue, old = self._comment(comment)
            new = msgspec.structs.replace(
                old,
                body=schemas.stored(body, f"comment/{comment}"),
                visibility=old.visibility if visibility is None else visibility,
                properties={**old.properties, **(properties or {})},
                updated=self._stamps.next(),
                editor=by.id,
            )
            self._replace_comment(issue, comment, new)
            if notify:
                self.mails.append(Mail(issue.key, by.name, "comment edit"))
            return new

    def delete_comment(self, comment: int, by: Account) -> None:
        """Remove a comment; its words go to the history, and the issue's `updated` stays where it is."""
        with self.lock:
            issue, old = self._comment(comment)
            self._replace_comment(issue, comment)
            del self._comments[comment]
            items = (changelog.comment_deleted(adf_text.to_wiki(old.body)),)
            self._store(self._with_history(self.issue(issue.id), by, self.clock(), items))

    def set_comment_properties(self, comment: int, properties: Mapping[str, Any]) -> None:
        """Replace the properties of a comment; no timestamp moves."""
        with self.lock:
            issue, old = self._comment(comment)
            self._replace_comment(issue, comment, msgspec.structs.replace(old, properties=properties))

    def hide(self, ref: str | int, *, hidden: bool = True) -> Issue:
        """Take an issue out of callers' sight, or bring it back, as a permission does: no timestamp moves."""
        return self.set_quietly(ref, hidden=hidden)

    def delete(self, ref: str | int) -> None:
        """Delete an issue with its comments; links and children lose it."""
        with self.lock:
            gone = self.issue(ref)
            self._remember(gone.id, before=gone)
            del self.issues[gone.id]
            for comment in gone.comments:
                self._comments.pop(comment.id, None)
            for issue in list(self.issues.values()):
                if issue.parent == gone.id or any(link.other == gone.id for link in issue.links):
                    links = tuple(link for link in issue.links if link.other != gone.id)
                    parent = None if issue.parent == gone.id else issue.parent
                    self._store(msgspec.structs.replace(issue, links=links, parent=parent))

    def unsettle(self, ref: str | int, *, times: int = 1) -> None:
        """Let the next bulk reads and ranks fail for this issue, as a busy site does; trying again helps."""
        with self.lock:
            self.unsettled[self.issue(ref).id] = times

    def fails_in_bulk(self, issue: int) -> bool:
        """Whether a bulk operation fails for this issue now; each time counts."""
        left = self.unsettled.get(issue, 0)
        if left:
            self.unsettled[issue] = left - 1
        return left > 0

    def closed_sprints(self, issue: Issue) -> tuple[int, ...]:
        """The closed sprints an issue was in; a new plan leaves them."""
        return tuple(n for n in issue.sprints if self.site.sprints[n].state is SprintState.CLOSED)

    def children(self, ids: Collection[int]) -> dict[int, list[Issue]]:
        """The issues below these, by the id above."""
        below: dict[int, list[Issue]] = {number: [] for number in ids}
        for issue in self.issues.values():
            if issue.parent in below:
                below[issue.parent].append(issue)
        return below

    def _next_key(self, project: str) -> str:
        self._numbers[project] = self._numbers.get(project, 0) + 1
        return f"{project}-{self._numbers[project]}"

    def _comment(self, comment: int) -> tuple[Issue, Comment]:
        pair = self.find_comment(comment)
        if pair is None:
            raise KeyError(f"no comment {comment}")
        return pair

    def _replace_comment(self, issue: Issue, comment: int, *new: Comment) -> None:
        parts = [new if old.id == comment else (old,) for old in issue.comments]
        self._replace(issue, comments=tuple(kept for part in parts for kept in part))

    def _replace(self, issue: Issue, **values: Any) -> Issue:
        self._remember(issue.id, before=issue)
        return self._store(msgspec.structs.replace(issue, **values))

    def _changed(self, before: Issue, after: Issue, by: Account, items: tuple[ChangeItem, ...]) -> Issue:
        now = self._stamps.next()
        self._remember(before.id, before=before)
        return self._store(self._with_history(msgspec.structs.replace(after, updated=now), by, now, items))

    def _with_history(self, issue: Issue, by: Account, at: datetime, items: tuple[ChangeItem, ...]) -> Issue:
        entry = History(self.counters.next("history"), by.id, at, items)
        return msgspec.structs.replace(issue, history=(*issue.history, entry))

    def _remember(self, issue: int, *, before: Issue | None, only_rank: bool = False) -> None:
        self.past.append(Past(self.clock(), issue, before, only_rank))

    def _store(self, issue: Issue) -> Issue:
        self.issues[issue.id] = issue
        self._keys[issue.key.upper()] = issue.id
        for comment in issue.comments:
            self._comments[comment.id] = issue.id
        return issue
