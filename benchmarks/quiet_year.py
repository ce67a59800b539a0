"""Count what the service writes while it works beside a real team for a year: `make quiet`.

The changes of MongoDB's Compass team are replayed on a sandbox Jira, at their times and by pseudonymous authors. A
round runs three times each working day with the shipped settings, except for `mode: write`. Where the change log is
incomplete, the replay assumes whatever makes the service write more, not less:

- An item starts with the old values of its first changes. An item without a type is a story, the only kind that needs
  acceptance criteria. Items whose text is unknown are left out and counted.
- The log says that an item was ranked higher or lower, but not where: it is moved to a random place above or below.
- Sprints follow one another. A sprint ends when items that were in it are carried over into another one or, if none
  are, after the usual length.
- Comments of people, links, and fields that the sandbox lacks are not replayed, so items look less discussed than they
  were.
- Whenever the service asks for approval, a person approves within the hour.
"""

import argparse
import csv
import gzip
import json
import logging
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from rules.lifecycle import FindingState
from rules.model import SprintState
from steward_sandbox import StoppedClock, serving
from steward_sandbox.backlog import Backlog, SeedChange, SeedItem, SeedPerson, SeedSprint
from steward_sandbox.jira import Actor, JiraCloud, Site, World, build_world
from steward_sandbox.jira.model import Status
from sync.inspect.explain import Explanation, explain
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.item_view import present_view
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.settings import load
from sync.store import Database, items, migrate
from sync.store.records import CommentCall
from sync.writeback.planning import ItemPlan

SHARED = Path(__file__).parents[2] / "shared" / "data"
LOG = "6_changelog_replay/compass_changelog_2016_2018.csv.gz"
TEXTS = "2_story_points/tawosi_with_created_date/COMPASS.csv.gz"
LIMIT = 2.0
"""New comments per 100 open items a month, at most."""

_OVER = (FindingState.CLEARED, FindingState.WAIVED, FindingState.SNOOZED)
"""States in which nothing is asked any more."""
_PROJECT = "COMPASS"
_TO_DO = ("Needs Triage", "Open", "Ready for Work")
_FIRST_STATUS = "Needs Triage"
_USUAL_SPRINT = timedelta(days=7)
_HOURS = (9, 13, 17)
_CARRIED = {
    "status": "status",
    "issuetype": "type",
    "priority": "priority",
    "Story Points": "points",
    "summary": "title",
    "description": "description",
    "assignee": "assignee",
    "labels": "labels",
    "Component": "components",
    "Sprint": "sprint",
    "Rank": "rank",
}
"""The replayed fields, by their names in the log."""


@dataclass(frozen=True)
class Change:
    """One line of the log. Values are display names, except for sprints, which are ids."""

    key: str
    at: datetime
    what: str
    before: str
    after: str
    by: str


@dataclass
class ItemHistory:
    """One item: its initial values and its changes."""

    key: str
    created: datetime
    first: dict[str, Any]
    changes: list[Change]

    def values(self, moment: datetime) -> dict[str, Any]:
        """Its field values at a moment."""
        now = dict(self.first)
        for change in self.changes:
            if change.at <= moment and change.what != "rank":
                now[change.what] = _value_after(change, now.get(change.what))
        return now


@dataclass
class Team:
    """The data of a team.

    Attributes:
        histories: Items whose text is known.
        sprints: Name, start and end of sprints, by id.
        without_text: How many items were left out.
        not_carried: Number of changes that are not replayed, by field.
    """

    histories: list[ItemHistory]
    sprints: dict[str, tuple[str, datetime, datetime]]
    without_text: int
    not_carried: Counter[str]


@dataclass
class Month:
    """Figures of one month."""

    open_items: list[int] = field(default_factory=list)
    changes: int = 0
    rounds: int = 0
    created: int = 0
    next_up: int = 0
    """New comments on items that come next; they are capped by the week and counted apart."""
    edited: int = 0
    deleted: int = 0
    labelled: int = 0
    unlabelled: int = 0
    items: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """What the service did in the whole period.

    Attributes:
        approvals: Why a person had to approve a round.
        answers: What it took for a decision although nobody made one.
        unexplained: Writes for which `steward explain` gives no reason.
        states: State of the findings behind each write.
        doubled: Items that had more than one of our comments at any time.
        troubles: Rounds that ended early.
        refused: Why planned writes were not made.
        statuses: Number of findings by rule and state, summed over all rounds.
    """

    months: dict[str, Month] = field(default_factory=lambda: defaultdict(Month))
    approvals: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    doubled: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def new_comments(self) -> int:
        """Number of comments written."""
        return sum(month.created for month in self.months.values())

    @property
    def beside_next_up(self) -> int:
        """New comments on items that do not come next."""
        return sum(month.created - month.next_up for month in self.months.values())

    @property
    def open_items(self) -> float:
        """Average number of open items."""
        seen = [count for month in self.months.values() for count in month.open_items]
        return statistics.fmean(seen) if seen else 0.0

    @property
    def rate(self) -> float:
        """New comments on items that do not come next, per 100 open items a month."""
        return _rate(self.beside_next_up, self.open_items, len(self.months))


def _rate(comments: int, open_items: float, months: int) -> float:
    return comments / open_items * 100 / months if open_items and months else 0.0


# ---- reading the data


def read_team(shared: Path) -> Team:
    """Read the team from its change log and the texts of its items."""
    rows = sorted(_rows(shared / LOG), key=lambda row: row["created"])
    texts = {row["issuekey"]: row for row in _rows(shared / TEXTS)}
    sprints = _sprints(row for row in rows if row["field"] == "Sprint")
    by_key: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if row["field"] == "Key":
            by_key[row["key"]].clear()  # earlier changes were made in another project
        by_key[row["key"]].append(row)
    team = Team([], sprints, 0, Counter())
    created = _creation_times({key: _moment(some[0]) for key, some in by_key.items()})
    for key in sorted(by_key, key=_number):
        changes = [_change(row) for row in by_key[key] if row["field"] in _CARRIED]
        first = _initial_values(changes, texts.get(key))
        if first is None:
            team.without_text += 1
            continue
        team.not_carried.update(row["field"] for row in by_key[key] if row["field"] not in _CARRIED)
        team.histories.append(ItemHistory(key, created[key], first, changes))
    return team


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moment(row: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(row["created"]).astimezone(UTC)


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _change(row: Mapping[str, str]) -> Change:
    names = ("from", "to") if row["field"] == "Sprint" else ("fromString", "toString")
    return Change(
        row["key"], _moment(row), _CARRIED[row["field"]], row[names[0]], row[names[1]], row["author"] or "somebody"
    )


def _creation_times(first: Mapping[str, datetime]) -> dict[str, datetime]:
    """The latest possible creation times: keys are assigned in order, so before any change of a later key."""
    found: dict[str, datetime] = {}
    earliest = max(first.values())
    for key in sorted(first, key=_number, reverse=True):
        earliest = min(earliest, first[key])
        found[key] = earliest
    return found


def _initial_values(changes: Sequence[Change], text: Mapping[str, str] | None) -> dict[str, Any] | None:
    """The initial values of an item; None if its text is unknown."""
    began = {"type": "Story", "priority": "", "status": _FIRST_STATUS, "assignee": "", "labels": (), "components": ()}
    known: dict[str, Any] = began | {"sprint": "", "points": None}
    if text is not None:
        points = float(text["storypoint"]) if text["storypoint"] else None
        known |= {"title": text["title"], "description": text["description"], "points": points}
    for change in reversed(changes):
        if change.what in ("labels", "sprint"):
            known[change.what] = tuple(change.before.split()) if change.what == "labels" else change.before
        elif change.what == "components":
            known["components"] = ()
        elif change.what == "points":
            known["points"] = float(change.before) if change.before else None
        elif change.what != "rank":
            known[change.what] = change.before
    return known if known.get("title") and known.get("description") is not None else None


def _value_after(change: Change, now: Any) -> Any:
    """The value of a field after a change."""
    match change.what:
        case "labels":
            return tuple(change.after.split())
        case "components":  # the log has one line for each one added or removed
            kept = tuple(one for one in now or () if one != change.before)
            return (*kept, change.after) if change.after and change.after not in kept else kept
        case "points":
            return float(change.after) if change.after else None
        case _:
            return change.after


def _sprints(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, datetime, datetime]]:
    """Name, start and end of sprints, inferred from when items were planned; each starts when the one before ends."""
    names: dict[str, str] = {}
    first: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    for row in rows:
        before, after = _ids(row["from"]), _ids(row["to"])
        for ids, called in ((before, row["fromString"]), (after, row["toString"])):
            names |= dict(zip(ids, called.split(", "), strict=False))
        for ident in after:
            first.setdefault(ident, _moment(row))
        if set(after) - set(before):
            for ident in set(before) & set(after):
                ended.setdefault(ident, _moment(row))
    order = sorted(first, key=lambda ident: first[ident])
    found: dict[str, tuple[str, datetime, datetime]] = {}
    free = min(first.values())
    for place, ident in enumerate(order):
        begin = max(free, first[ident])
        end = ended.get(ident)
        overtaken = any(ended.get(other, end) < end for other in order[place + 1 :]) if end is not None else True
        free = begin + _USUAL_SPRINT if overtaken or end is None or end <= begin else end
        name = names[ident] if names[ident] not in {one[0] for one in found.values()} else f"{names[ident]} ({ident})"
        found[ident] = name, begin, free
    return found


def _ids(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


# ---- replaying


class Replay:
    """A sandbox Jira on which a team's changes are replayed.

    Args:
        team: The team.
        start: Earlier changes are part of the initial state.
        seed: Seed of the random places to which items are ranked.
    """

    def __init__(self, team: Team, start: datetime, *, seed: int = 0) -> None:
        self.team = team
        self.clock = StoppedClock(start)
        self.start = start
        self._chance = random.Random(seed)
        self.world = self._world()
        self.keys = {history.key: history.key for history in team.histories if history.created <= start}

    def events(self, end: datetime) -> list[tuple[datetime, Callable[[], None]]]:
        """The changes between the start and a moment, in order."""
        found: list[tuple[datetime, int, Callable[[], None]]] = []
        for number, history in enumerate(self.team.histories):
            if self.start < history.created <= end:
                found.append((history.created, number, lambda history=history: self._create(history)))
            found += [
                (change.at, number, lambda change=change: self._repeat(change))
                for change in history.changes
                if self.start < change.at <= end
            ]
        for name, begin, finish in self.team.sprints.values():
            for at, what in ((begin, self._whole_team.start_sprint), (finish, self._whole_team.close_sprint)):
                if self.start < at <= end:
                    found.append((at, -1, lambda what=what, name=name: what(name)))
        return [(at, event) for at, _, event in sorted(found, key=lambda one: one[:2])]

    @property
    def _whole_team(self) -> Actor:
        return Actor(self.world, "the team")

    def _world(self) -> World:
        site = Site()
        for number, name in enumerate(_TO_DO):
            site.catalogue.statuses[name] = Status(str(10200 + number), name, "new")
        items = [self._seed(history) for history in self.team.histories if history.created <= self.start]
        sprints = tuple(SeedSprint(name, self._state(ident)) for ident, (name, _, _) in self.team.sprints.items())
        for history in self.team.histories:
            for change in history.changes:
                if change.what == "type":
                    _ = site.catalogue.types[change.after]
                elif change.what == "priority":
                    _ = site.catalogue.priorities[change.after]
        world = build_world(Backlog(tuple(items), sprints), site=site, clock=self.clock)
        board = site.project(_PROJECT).board or 0
        for ident, sprint in zip(self.team.sprints, sprints, strict=True):
            made = site.sprint(board, sprint, self._state(ident))
            if made.state is SprintState.ACTIVE:
                site.set_sprint(made.id, made.state, at=self.team.sprints[ident][1])
        return world

    def _state(self, ident: str) -> SprintState:
        _, begin, end = self.team.sprints[ident]
        if end <= self.start:
            return SprintState.CLOSED
        return SprintState.ACTIVE if begin <= self.start else SprintState.FUTURE

    def _seed(self, history: ItemHistory) -> SeedItem:
        now = history.values(self.start)
        past = [change for change in history.changes if change.at <= self.start and change.what != "sprint"]
        closed = [change.at for change in past if change.what == "status" and change.after == "Closed"]
        return SeedItem(
            key=history.key,
            title=now["title"],
            type=now["type"],
            description=now["description"] or None,
            points=now["points"],
            priority=now["priority"] or None,
            status=now["status"],
            created=history.created,
            updated=max((change.at for change in past), default=history.created),
            resolved=closed[-1] if closed and now["status"] == "Closed" else None,
            sprint=tuple(SeedSprint(self.team.sprints[ident][0]) for ident in _ids(now["sprint"])),
            labels=now["labels"],
            components=now["components"],
            assignee=SeedPerson(now["assignee"]) if now["assignee"] else None,
            transitions=tuple(
                SeedChange(change.at, change.what, change.before, change.after, SeedPerson(change.by))
                for change in past
            ),
        )

    def _create(self, history: ItemHistory) -> None:
        first = history.first
        by = Actor(self.world, history.changes[0].by if history.changes else "somebody")
        values = {name: first[name] for name in ("type", "description", "points", "priority", "labels", "components")}
        made = by.create(_PROJECT, first["title"], **{name: value for name, value in values.items() if value})
        self.keys[history.key] = made.key
        by.transition(made.key, first["status"])

    def _repeat(self, change: Change) -> None:
        by, key = Actor(self.world, change.by), self.keys[change.key]
        match change.what:
            case "status":
                by.transition(key, change.after)
            case "labels":
                gone = set(change.before.split()) - set(change.after.split())
                by.label(key, *change.after.split(), remove=gone)
            case "components":
                by.edit(key, components=_value_after(change, self.world.issue(key).components))
            case "sprint":
                planned = _ids(change.after)
                by.edit(key, sprint=self.team.sprints[planned[-1]][0] if planned else None)
            case "rank":
                self._drop(by, key, higher="higher" in change.after)
            case _:
                value = _value_after(change, None)
                by.edit(key, **{change.what: None if value == "" else value})

    def _drop(self, by: Actor, key: str, *, higher: bool) -> None:
        order = [issue.key for issue in self.world.ordered()]
        place = order.index(key)
        others = order[:place] if higher else order[place + 1 :]
        if others:
            other = self._chance.choice(others)
            by.rank(key, **{"before" if higher else "after": other})


def run(
    team: Team,
    start: datetime,
    end: datetime,
    folder: Path,
    *,
    hours: Sequence[int] = _HOURS,
    above: int | None = None,
) -> Outcome:
    """Run the service while the changes are replayed.

    Args:
        team: The team.
        start: The first working day.
        end: The last moment.
        folder: For the configuration and the store.
        hours: Hours at which a round runs on working days.
        above: The points above which a story is too large, with every rule on; None for the shipped rules. The criteria
            rule is saturated for this team, so the shipped rules write little.
    """
    replay = Replay(team, start)
    year = Outcome()
    app = JiraCloud(replay.world)
    with serving(app) as url:
        service = _Service(url, folder, replay, year, above=above)
        waiting = replay.events(end)
        done = 0
        for moment in _rounds(start, end, hours):
            while done < len(waiting) and waiting[done][0] <= moment:
                at, event = waiting[done]
                replay.clock.move_to(at)
                event()
                year.months[f"{at:%Y-%m}"].changes += 1
                done += 1
            replay.clock.move_to(moment)
            service.round()
        service.close()
    return year


def _rounds(start: datetime, end: datetime, hours: Sequence[int]) -> Iterator[datetime]:
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= end:
        if day.weekday() < 5:
            yield from (moment for hour in hours if start <= (moment := day.replace(hour=hour)) <= end)
        day += timedelta(days=1)


class _Service:
    """The service with its shipped settings, in write mode."""

    def __init__(self, url: str, folder: Path, replay: Replay, year: Outcome, *, above: int | None) -> None:
        settings = {
            "trackers": {
                "compass": {
                    "url": url,
                    "email": "steward@example.com",
                    "token": "any-token-will-do",
                    "scope": f"project = {_PROJECT}",
                    "rate": 1000,  # the sandbox is asked as fast as it can answer
                }
            },
            "write": {"mode": "write"},
            "store": f"sqlite:///{folder / 'steward.db'}",
        }
        (folder / "steward.yaml").write_text(json.dumps(settings), encoding="utf-8")
        shipped = Path(__file__).parents[1] / "config" / "rules.yaml"
        wish = {"extends": ["all"], "rules": {"oversized-story": {"above": above}}}
        rules = shipped.read_text(encoding="utf-8") if above is None else json.dumps(wish)
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        configuration = load(folder / "steward.yaml")
        self._database = Database(configuration.settings.store)
        migrate(self._database)
        self._context = RoundContext(configuration=configuration, database=self._database, clock=replay.clock)
        self._world, self._year = replay.world, year
        self._approved = False

    def round(self) -> None:
        """Run one round; if it needs approval, a person approves it."""
        outcome = self._run(WriteAuthority.BY_ITSELF if self._approved else WriteAuthority.BY_PERSON)
        self._count(outcome)
        if outcome.awaits_approval:
            self._year.approvals.append(f"{outcome.started:%Y-%m-%d}: {outcome.blocked_reason}")
            self._count(self._run(WriteAuthority.BY_PERSON))
        self._approved = True

    def close(self) -> None:
        self._database.close()

    def _run(self, writing: WriteAuthority) -> RoundResult:
        settings = self._context.configuration.settings
        tracker = open_tracker("compass", settings, self._database)
        try:
            return run_round(tracker, self._context, writing)
        finally:
            tracker.close()

    def _count(self, outcome: RoundResult) -> None:
        year, month = self._year, self._year.months[f"{outcome.started:%Y-%m}"]
        month.rounds += 1
        month.open_items.append(outcome.open_items)
        year.statuses.update(f"{one.finding.rule}: {one.state}" for one in outcome.statuses)
        year.answers += [f"{answer.key} {answer.kind} by {answer.source}" for answer in outcome.answers]
        if outcome.trouble:
            year.troubles.append(f"{outcome.started:%Y-%m-%d %H:%M}: {outcome.trouble}")
        if outcome.applied is None or outcome.plan is None:
            return
        next_ids = {item_id for next_up in outcome.next_up.values() for item_id in next_up.items}
        month.next_up += sum(
            1
            for item in outcome.plan.items
            if item.item in next_ids and item.comment is not None and item.comment.action == "add"
        )
        month.created += outcome.applied.comments_created
        month.edited += outcome.applied.comments_updated
        month.deleted += outcome.applied.comments_deleted
        refused = {held.key for held in outcome.applied.not_written}
        year.refused.update(held.reason for held in outcome.applied.not_written)
        for item in outcome.plan.items:
            if item.key in refused:
                continue
            month.items.add(item.key)
            if item.edit is not None:
                month.labelled += len(item.edit.add_labels)
                month.unlabelled += len(item.edit.remove_labels)
            year.unexplained += [
                f"{item.key}: {what}" for what in unexplained(item, self._told(item), outcome.round, year)
            ]
        for issue in self._world.issues.values():
            if sum("backlog-steward" in comment.properties for comment in issue.comments) > 1:
                year.doubled.add(issue.key)

    def _told(self, item: ItemPlan) -> Explanation:
        with self._database.reading() as transaction:
            known = items.item_by_id(transaction, item.tracker, item.item)
            assert known is not None
            configuration = self._context.configuration
            view = present_view(transaction, configuration, known, self._context.clock())
            return explain(transaction, view, configuration)


def unexplained(item: ItemPlan, explanation: Explanation, round_id: str, year: Outcome) -> Iterator[str]:
    """What was written on an item although `steward explain` gives no reason for it."""
    done = {(one.kind, one.name) for one in explanation.history if one.round == round_id}
    open_questions = [one for one in explanation.findings if one.state not in _OVER]
    if item.edit is not None:
        for label in item.edit.add_labels:
            reasons = [one for one in open_questions if "label since" in one.written]
            year.states.update({f"label added: {one.state}" for one in reasons})
            if not reasons or ("label", label) not in done:
                yield f"the label {label} that was put on"
        for label in item.edit.remove_labels:
            year.states["label removed: nothing is left"] += not open_questions
            if open_questions or ("label", label) not in done:
                yield f"the label {label} that was taken off"
        if item.edit.fields:
            yield "a field, although none is configured"
    if item.comment is not None:
        yield from _unexplained_comment(item.comment, explanation, {kind for kind, _ in done}, year)


def _unexplained_comment(
    call: CommentCall, explanation: Explanation, done: Collection[str], year: Outcome
) -> Iterator[str]:
    rules = call.content.rules if call.content is not None else ()
    before = call.before.rules if call.before is not None else ()
    states = {one.rule: one for one in explanation.findings if one.state not in _OVER and one.severity == "warning"}
    if "comment" not in done:
        yield "a comment that is not in the history"
    for rule in rules:
        reasons = states.get(rule)
        if reasons is None or "comment since" not in reasons.written:
            yield f"what the comment says about {rule}"
        else:
            year.states[f"comment {call.action}: {reasons.state}"] += 1
    if not rules:
        year.states[f"comment {call.action}: nothing is left"] += 1
        yield from (f"the end of what was said about {rule}" for rule in before if rule in states)


# ---- figures


def compute_figures(team: Team, year: Outcome, *, above: int | None = None) -> dict[str, Any]:
    """All figures as one document."""
    months = {
        name: asdict(month)
        | {
            "open_items": round(statistics.fmean(month.open_items), 1) if month.open_items else 0,
            "items": len(month.items),
            "per_100_open_items": round(
                _rate(month.created - month.next_up, statistics.fmean(month.open_items or [0]), 1), 2
            ),
        }
        for name, month in sorted(year.months.items())
    }
    total = {
        name: sum(month[name] for month in months.values())
        for name in ("changes", "rounds", "created", "next_up", "edited", "deleted", "labelled", "unlabelled")
    }
    return {
        "rules": "as shipped" if above is None else f"all of them; stories above {above} points are too large",
        "items_with_text": len(team.histories),
        "items_without_text": team.without_text,
        "changes_not_made_again": dict(team.not_carried.most_common()),
        "months": months,
        "total": total,
        "open_items": round(year.open_items, 1),
        "new_comments_per_100_open_items_a_month": round(year.rate, 2),
        "limit": LIMIT,
        "items_written": len({item for month in year.months.values() for item in month.items}),
        "items_with_two_comments": sorted(year.doubled),
        "approvals": year.approvals,
        "answers_read_where_none_were_given": year.answers,
        "unexplained_writes": year.unexplained,
        "findings_a_round": {
            what: round(count / max(1, total["rounds"]), 1) for what, count in sorted(year.statuses.items())
        },
        "reasons": dict(sorted(year.states.items())),
        "not_written": dict(year.refused),
        "troubles": year.troubles,
    }


def print_figures(said: Mapping[str, Any]) -> None:
    """Print the figures."""
    total = said["total"]
    print(f"{said['items_with_text']} items with text, {said['items_without_text']} without text were left out.\n")
    print("month    open  changes  rounds   new  per 100  edited  deleted  labels +  labels -  items")
    for name, month in said["months"].items():
        print(
            f"{name} {month['open_items']:6} {month['changes']:8} {month['rounds']:7} {month['created']:5}"
            f" {month['per_100_open_items']:8} {month['edited']:7} {month['deleted']:8} {month['labelled']:9}"
            f" {month['unlabelled']:9} {month['items']:6}"
        )
    print(
        f"\nall     {said['open_items']:6} {total['changes']:8} {total['rounds']:7} {total['created']:5}"
        f" {said['new_comments_per_100_open_items_a_month']:8} {total['edited']:7} {total['deleted']:8}"
        f" {total['labelled']:9} {total['unlabelled']:9} {said['items_written']:6}"
    )
    print(
        f"\nNew comments per 100 open items a month, beside those on items that come next:"
        f" {said['new_comments_per_100_open_items_a_month']} (at most {said['limit']:g};"
        f" n={total['created'] - total['next_up']} comments, {len(said['months'])} months)."
        f"\nOn items that come next: {total['next_up']} comments."
    )
    print(f"Rules: {said['rules']}. Average findings in a round:")
    for what, count in said["findings_a_round"].items():
        print(f"  {count:5}  {what}")
    print("Reasons for writes, by the state of the findings:")
    for reason, count in said["reasons"].items():
        print(f"  {count:4}  {reason}")
    for name in (
        "unexplained_writes",
        "answers_read_where_none_were_given",
        "items_with_two_comments",
        "approvals",
        "troubles",
        "not_written",
    ):
        print(f"{name.replace('_', ' ').capitalize()}: {len(said[name]) or 'none'}")
        for line in list(said[name])[:12]:
            print(f"  {line}")


def main() -> int:
    """Replay the year and print its figures. Return 1 if too much was written, or something without a reason."""
    options = argparse.ArgumentParser(description="Replay a year of a real team's changes while the service works.")
    options.add_argument("--data", type=Path, default=SHARED, help="folder with the data")
    options.add_argument("--start", type=datetime.fromisoformat, default=datetime(2018, 1, 2, 9, tzinfo=UTC))
    options.add_argument("--end", type=datetime.fromisoformat, default=datetime(2018, 12, 31, 23, tzinfo=UTC))
    options.add_argument("--above", type=int, help="turn every rule on, and flag stories above this many points")
    options.add_argument("--json", action="store_true", help="one JSON document")
    given = options.parse_args()
    if not (given.data / LOG).is_file():
        print(f"The change log was not found: {LOG}", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    team = read_team(given.data)
    with tempfile.TemporaryDirectory() as folder:
        year = run(team, given.start, given.end, Path(folder), above=given.above)
    said = compute_figures(team, year, above=given.above)
    print(json.dumps(said, indent=2)) if given.json else print_figures(said)
    wrong = said["unexplained_writes"] or said["answers_read_where_none_were_given"] or said["items_with_two_comments"]
    return 1 if wrong or said["troubles"] or year.rate > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
