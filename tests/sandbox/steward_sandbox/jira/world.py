"""The issues of a Jira site, what it remembers of their past, and what a late index sees of them."""

import random
import threading
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal

import msgspec
from msgspec import Struct

from steward_sandbox.backlog import SprintState
from steward_sandbox.clock import Clock, Lag, Stamps, real_clock
from steward_sandbox.jira import adf_text, changelog, lexorank
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import Account, ChangeItem, Comment, History, Issue, IssueLink
from steward_sandbox.jira.options import Options
from steward_sandbox.jira.site import DEFAULT_PRIORITY, DEFAULT_TYPE, Site

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
        past: What changed lately, oldest first; a late index is built from it.
        unsettled: Issues that the next bulk read or rank reports as failed, and how often still.
        stamp: Gives the time for a change, always later than the one before.
    """

    def __init__(self, site: Site | None = None, *, clock: Clock = real_clock) -> None:
        self.site = site or Site()
        self.clock = clock
        self.lock = threading.RLock()
        self.issues: dict[int, Issue] = {}
        self.past: deque[Past] = deque(maxlen=_REMEMBERED)
        self.mails: list[Mail] = []
        self.unsettled: dict[int, int] = {}
        self.counters: dict[str, Iterator[int]] = defaultdict(lambda: count(10_000))
        self.stamp = Stamps(clock).next
        self._keys: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._owners: dict[int, int] = {}

    def find(self, ref: str | int) -> Issue | None:
        """The issue with this id or key; a key it had before it was moved finds it too."""
        text = str(ref)
        number = int(text) if text.isascii() and text.isdecimal() else self._keys.get(text.upper())
        return self.issues.get(number) if number is not None else None

    def issue(self, ref: str | int) -> Issue:
        issue = self.find(ref)
        if issue is None:
            raise KeyError(f"no issue {ref}")
        return issue

    def find_comment(self, comment: int) -> tuple[Issue, Comment] | None:
        owner = self.issues.get(self._owners.get(comment, 0))
        return next(((owner, c) for c in owner.comments if c.id == comment), None) if owner else None

    def comment(self, number: int) -> tuple[Issue, Comment]:
        pair = self.find_comment(number)
        if pair is None:
            raise KeyError(f"no comment {number}")
        return pair

    def replace_comment(self, issue: Issue, number: int, *new: Comment) -> Issue:
        """Put a new state of a comment in its place, or nothing; no timestamp of the issue moves."""
        at = next(place for place, comment in enumerate(issue.comments) if comment.id == number)
        return self.set_quietly(issue.id, comments=(*issue.comments[:at], *new, *issue.comments[at + 1 :]))

    def ordered(self) -> list[Issue]:
        return sorted(self.issues.values(), key=lambda issue: issue.rank)

    def draft(self, project: str, by: Account) -> Issue:
        """A new issue at the end of the backlog, not stored yet."""
        now, ranks = self.stamp(), self.ordered()
        return Issue(
            id=next(self.counters["issue"]),
            key=self.next_key(project),
            project=project,
            type=DEFAULT_TYPE,
            summary="-",
            status=self.site.catalogue.statuses["To Do"].name,
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
            if notify:
                self.mails.append(Mail(after.key, by.name, "edit"))
            now = self.stamp()
            return self.record(before, by, *items, at=now, updated=now, **values)

    def record(self, issue: Issue, by: Account, *items: ChangeItem, at: datetime, **values: Any) -> Issue:
        """Give an issue new values and an entry in its changelog."""
        with self.lock:
            entry = History(next(self.counters["history"]), by.id, at, items)
            return self.set_quietly(issue.id, history=(*issue.history, entry), **values)

    def set_quietly(self, ref: str | int, **values: Any) -> Issue:
        """Give an issue new values: no timestamp moves by itself, and nothing is recorded."""
        with self.lock:
            before = self.issue(ref)
            self._remember(before.id, before=before, only_rank="rank" in values)
            return self._store(msgspec.structs.replace(before, **values))

    def link(self, ref: str | int, phrase: str, other: str | int, by: Account | None) -> None:
        """Link two issues, by the phrase read from the first; without an author nothing is recorded."""
        with self.lock:
            source, target = self.issue(ref), self.issue(other)
            kind, outward = self.site.catalogue.link(phrase)
            if any(link.type == kind.name and link.other == target.id for link in source.links):
                return
            number = next(self.counters["link"])
            for end, linked, out in ((source, target, outward), (target, source, not outward)):
                issue = self.issue(end.id)
                links = (*issue.links, IssueLink(number, kind.name, out, linked.id))
                if by is None:
                    self.set_quietly(issue.id, links=links)
                else:
                    sentence = f"This issue {kind.outward if out else kind.inward} {linked.key}"
                    item, now = ChangeItem("Link", None, after=linked.key, after_text=sentence), self.stamp()
                    self.record(issue, by, item, at=now, updated=now, links=links)

    def rebalance(self) -> None:
        """Give every issue a new rank in the same order, as Jira does when ranks have grown long."""
        with self.lock:
            issues = self.ordered()
            # The bucket goes 0, 1, 2 and round again.
            ranks = lexorank.spread(len(issues), bucket=(int(issues[0].rank[0]) + 1) % 3 if issues else 0)
            for issue, rank in zip(issues, ranks, strict=False):
                self._store(msgspec.structs.replace(issue, rank=rank))

    def hide(self, ref: str | int, *, hidden: bool = True) -> Issue:
        """Take an issue out of callers' sight, or bring it back, as a permission does: no timestamp moves."""
        return self.set_quietly(ref, hidden=hidden)

    def delete(self, ref: str | int) -> None:
        """Delete an issue with its comments; links and children lose it."""
        with self.lock:
            gone = self.issue(ref)
            self._remember(gone.id, before=gone)
            del self.issues[gone.id]
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
        below: dict[int, list[Issue]] = {number: [] for number in ids}
        for issue in self.issues.values():
            if issue.parent in below:
                below[issue.parent].append(issue)
        return below

    def next_key(self, project: str) -> str:
        self._numbers[project] = self._numbers.get(project, 0) + 1
        return f"{project}-{self._numbers[project]}"

    def _remember(self, issue: int, *, before: Issue | None, only_rank: bool = False) -> None:
        self.past.append(Past(self.clock(), issue, before, only_rank))

    def _store(self, issue: Issue) -> Issue:
        self.issues[issue.id] = issue
        self._keys[issue.key.upper()] = issue.id
        for comment in issue.comments:
            self._owners[comment.id] = issue.id
        return issue


_UNSEEN = (
    "rank",
    "updated",
    "status_changed",
    "history",
    "properties",
    "comments",
    "links",
    "worklogs",
    "voters",
    "watchers",
)
"""Positions, stamps, change logs and properties: nobody reads them on an issue."""


def snapshot(world: World) -> dict[str, dict[str, Any]]:
    """By key: labels, the values of the fields, and the comments with their authors."""
    with world.lock:
        return {issue.key: _seen(world, issue) for issue in world.issues.values()}


def _seen(world: World, issue: Issue) -> dict[str, Any]:
    people = world.site.accounts.by_id
    comments = [{"author": people[c.author].name, "text": adf_text.to_wiki(c.body)} for c in issue.comments]
    fields = {name: value for name, value in msgspec.structs.asdict(issue).items() if name not in _UNSEEN}
    custom = {name: as_text(value) for name, value in sorted(issue.custom.items())}
    texts = {"description": adf_text.to_wiki(issue.description), "custom": custom}
    return {**fields, **texts, "labels": sorted(issue.labels), "comments": comments}


class Index:
    """The view of searches on a world; other reads see the world itself."""

    def __init__(self, world: World, options: Options) -> None:
        self._world, self._options = world, options
        self._random = random.Random(options.seed)

    def issues(self, fresh: Collection[int] = ()) -> list[Issue]:
        """The issues as searches see them; those in `fresh` as they are now."""
        lag, rank_lag = self._options.search_lag, self._options.rank_lag
        if not lag and not rank_lag:
            return list(self._world.issues.values())
        seen: dict[int, Issue | None] = dict(self._world.issues)
        for past in self._missed(lag):
            if past.issue not in fresh:
                seen[past.issue] = past.before
        for past in self._missed(rank_lag):
            issue = seen.get(past.issue)
            if past.only_rank and past.issue not in fresh and issue is not None and past.before is not None:
                seen[past.issue] = msgspec.structs.replace(issue, rank=past.before.rank)
        return [issue for _, issue in sorted(seen.items()) if issue is not None]

    def flickering(self, issues: Iterable[Issue], fresh: Collection[int] = ()) -> list[Issue]:
        """The issues of one reply, some of which may be missing from it by chance."""
        share = self._options.flicker
        return [i for i in issues if not share or i.id in fresh or self._random.random() >= share]

    def _missed(self, lag: Lag) -> list[Past]:
        """The changes that an index with this lag has not seen yet, latest first."""
        if not lag:
            return []
        horizon = self._world.clock() - timedelta(seconds=lag.seconds)
        late: list[Past] = []
        for number, past in enumerate(reversed(self._world.past)):
            if number >= lag.changes and (past.at <= horizon or not lag.seconds):
                break
            late.append(past)
        return late
