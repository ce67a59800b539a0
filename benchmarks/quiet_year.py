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
import dataclasses
import gzip
import json
import logging
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from rules.lifecycle import FindingState
from steward_sandbox import StoppedClock, serving
from steward_sandbox.backlog import Backlog, SeedChange, SeedItem, SeedPerson, SeedSprint, SprintState
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
from sync.writeback.planning.plan import ItemPlan

SHARED = Path(__file__).parents[2] / "shared" / "data"
LOG = "6_changelog_replay/compass_changelog_2016_2018.csv.gz"
TEXTS = "2_story_points/tawosi_with_created_date/COMPASS.csv.gz"
LIMIT = 2.0
"""New comments per 100 open items a month, at most."""

_ANSWERED = (FindingState.CLEARED, FindingState.WAIVED, FindingState.SNOOZED)
"""States of a finding in which the service asks nothing on the item."""
_PROJECT = "COMPASS"
_TO_DO = ("Needs Triage", "Open", "Ready for Work")
_FIRST_STATUS = "Needs Triage"
_USUAL_SPRINT_LENGTH = timedelta(days=7)
_ROUND_HOURS = (9, 13, 17)
"""Hours at which a round runs on each working day."""
_REPLAYED_FIELDS = {
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
"""Our names of the replayed fields, by their names in the log."""


@dataclasses.dataclass(frozen=True)
class Change:
    """One line of the log. Values are display names, except for sprints, which are ids."""

    key: str
    at: datetime
    field: str
    before: str
    after: str
    author: str


@dataclasses.dataclass
class ItemHistory:
    """One item: its values when it was created, and its changes."""

    key: str
    created: datetime
    initial: dict[str, Any]
    changes: list[Change]

    def values(self, moment: datetime) -> dict[str, Any]:
        """Its field values at a moment."""
        now = dict(self.initial)
        for change in self.changes:
            if change.at <= moment and change.field != "rank":
                now[change.field] = _value_after(change, now.get(change.field))
        return now


class Sprint(NamedTuple):
    """A sprint, with dates that are inferred from the log."""

    name: str
    start: datetime
    end: datetime


@dataclasses.dataclass
class Team:
    """The data of a team.

    Attributes:
        histories: Items whose text is known.
        sprints: Sprints by their ids in the log.
        without_text: How many items were left out, because their text is unknown.
        not_replayed: Number of changes that are not replayed, by field.
    """

    histories: list[ItemHistory]
    sprints: dict[str, Sprint]
    without_text: int
    not_replayed: Counter[str]


@dataclasses.dataclass
class Month:
    """What the service did in one month.

    Attributes:
        open_items: Number of open items in each round.
        changes: Replayed changes of people.
        created: New comments.
        next_up: Those among them on items that come next. They have a limit of their own, each week.
        edited: Comments that were edited.
        deleted: Comments that were deleted.
        labelled: Labels that were added.
        unlabelled: Labels that were removed.
        items: Keys of the items that were written.
    """

    open_items: list[int] = dataclasses.field(default_factory=list)
    changes: int = 0
    rounds: int = 0
    created: int = 0
    next_up: int = 0
    edited: int = 0
    deleted: int = 0
    labelled: int = 0
    unlabelled: int = 0
    items: set[str] = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class YearOutcome:
    """What the service did in the whole period.

    Attributes:
        approvals: Why a person had to approve a round.
        decisions: Decisions that it read although nobody made one.
        unexplained: Writes for which `steward explain` gives no reason.
        write_reasons: Number of writes by kind and by the state of the finding that they are made for.
        items_with_two_comments: Items that had more than one of our comments at any time.
        troubles: Why rounds ended early.
        not_written: Number of planned writes that were not made, by reason.
        findings: Number of findings by rule and state, summed over all rounds.
    """

    months: dict[str, Month] = dataclasses.field(default_factory=lambda: defaultdict(Month))
    approvals: list[str] = dataclasses.field(default_factory=list)
    decisions: list[str] = dataclasses.field(default_factory=list)
    unexplained: list[str] = dataclasses.field(default_factory=list)
    write_reasons: Counter[str] = dataclasses.field(default_factory=Counter)
    items_with_two_comments: set[str] = dataclasses.field(default_factory=set)
    troubles: list[str] = dataclasses.field(default_factory=list)
    not_written: Counter[str] = dataclasses.field(default_factory=Counter)
    findings: Counter[str] = dataclasses.field(default_factory=Counter)

    @property
    def new_comments_not_next(self) -> int:
        """Number of new comments on items that do not come next."""
        return sum(month.created - month.next_up for month in self.months.values())

    @property
    def open_items(self) -> float:
        """Average number of open items."""
        counts = [count for month in self.months.values() for count in month.open_items]
        return statistics.fmean(counts) if counts else 0.0

    @property
    def rate(self) -> float:
        """New comments on items that do not come next, per 100 open items a month."""
        return _monthly_rate(self.new_comments_not_next, self.open_items, len(self.months))


def _monthly_rate(comments: int, open_items: float, months: int) -> float:
    return comments / open_items * 100 / months if open_items and months else 0.0


# ---- reading the data


def read_team(shared: Path) -> Team:
    """Read the team from its change log and the texts of its items."""
    rows = sorted(_read_rows(shared / LOG), key=lambda row: row["created"])
    texts = {row["issuekey"]: row for row in _read_rows(shared / TEXTS)}
    sprints = _infer_sprints(row for row in rows if row["field"] == "Sprint")
    by_key: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if row["field"] == "Key":
            by_key[row["key"]].clear()  # earlier changes were made in another project
        by_key[row["key"]].append(row)
    team = Team([], sprints, 0, Counter())
    created = _creation_times({key: _moment(item_rows[0]) for key, item_rows in by_key.items()})
    for key in sorted(by_key, key=_number):
        changes = [_parse_change(row) for row in by_key[key] if row["field"] in _REPLAYED_FIELDS]
        initial = _initial_values(changes, texts.get(key))
        if initial is None:
            team.without_text += 1
            continue
        team.not_replayed.update(row["field"] for row in by_key[key] if row["field"] not in _REPLAYED_FIELDS)
        team.histories.append(ItemHistory(key, created[key], initial, changes))
    return team


def _read_rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moment(row: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(row["created"]).astimezone(UTC)


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def _parse_change(row: Mapping[str, str]) -> Change:
    before, after = ("from", "to") if row["field"] == "Sprint" else ("fromString", "toString")
    return Change(
        key=row["key"],
        at=_moment(row),
        field=_REPLAYED_FIELDS[row["field"]],
        before=row[before],
        after=row[after],
        author=row["author"] or "somebody",
    )


def _creation_times(first_changes: Mapping[str, datetime]) -> dict[str, datetime]:
    """The latest possible creation time of each item.

    Keys are assigned in order, so an item is older than any change of an item with a higher number.
    """
    created: dict[str, datetime] = {}
    earliest = max(first_changes.values())
    for key in sorted(first_changes, key=_number, reverse=True):
        earliest = min(earliest, first_changes[key])
        created[key] = earliest
    return created


def _initial_values(changes: Sequence[Change], text: Mapping[str, str] | None) -> dict[str, Any] | None:
    """The values that an item was created with; None if its text is unknown.

    They are inferred backwards: the value before the first change of a field is the initial one.
    """
    values: dict[str, Any] = {"type": "Story", "priority": "", "status": _FIRST_STATUS, "assignee": "", "sprint": ""}
    values |= {"labels": (), "components": (), "points": None}
    if text is not None:
        points = float(text["storypoint"]) if text["storypoint"] else None
        values |= {"title": text["title"], "description": text["description"], "points": points}
    for change in reversed(changes):
        if change.field in ("labels", "sprint"):
            values[change.field] = tuple(change.before.split()) if change.field == "labels" else change.before
        elif change.field == "components":
            values["components"] = ()
        elif change.field == "points":
            values["points"] = float(change.before) if change.before else None
        elif change.field != "rank":
            values[change.field] = change.before
    return values if values.get("title") and values.get("description") is not None else None


def _value_after(change: Change, current: Any) -> Any:
    """The value of a field after a change."""
    match change.field:
        case "labels":
            return tuple(change.after.split())
        case "components":  # the log has one line for each component added or removed
            kept = tuple(component for component in current or () if component != change.before)
            return (*kept, change.after) if change.after and change.after not in kept else kept
        case "points":
            return float(change.after) if change.after else None
        case _:
            return change.after


def _infer_sprints(rows: Iterable[Mapping[str, str]]) -> dict[str, Sprint]:
    """Infer sprints from when items were planned into them; each starts when the one before ends."""
    names: dict[str, str] = {}
    first_use: dict[str, datetime] = {}
    carried_over: dict[str, datetime] = {}  # when an item was first carried over from each sprint into another one
    for row in rows:
        before, after = _ids(row["from"]), _ids(row["to"])
        for ids, id_names in ((before, row["fromString"]), (after, row["toString"])):
            names |= dict(zip(ids, id_names.split(", "), strict=False))
        for sprint_id in after:
            first_use.setdefault(sprint_id, _moment(row))
        if set(after) - set(before):
            for sprint_id in set(before) & set(after):
                carried_over.setdefault(sprint_id, _moment(row))
    order = sorted(first_use, key=lambda sprint_id: first_use[sprint_id])
    sprints: dict[str, Sprint] = {}
    previous_end = min(first_use.values())
    for place, sprint_id in enumerate(order):
        start = max(previous_end, first_use[sprint_id])
        end = carried_over.get(sprint_id)
        # If a later sprint was left before this one, the change says nothing about the end of this one.
        if end is None or end <= start or any(carried_over.get(later, end) < end for later in order[place + 1 :]):
            end = start + _USUAL_SPRINT_LENGTH
        name = names[sprint_id]
        if name in {sprint.name for sprint in sprints.values()}:
            name = f"{name} ({sprint_id})"
        sprints[sprint_id] = Sprint(name, start, end)
        previous_end = end
    return sprints


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
        self._random = random.Random(seed)
        self.world = self._build_world()
        self.keys = {history.key: history.key for history in team.histories if history.created <= start}

    def events(self, end: datetime) -> list[tuple[datetime, Callable[[], None]]]:
        """The changes between the start and a moment, in order."""
        events: list[tuple[datetime, int, Callable[[], None]]] = []
        for number, history in enumerate(self.team.histories):
            if self.start < history.created <= end:
                events.append((history.created, number, lambda history=history: self._create(history)))
            events += [
                (change.at, number, lambda change=change: self._replay(change))
                for change in history.changes
                if self.start < change.at <= end
            ]
        somebody = Actor(self.world, "somebody")
        for sprint in self.team.sprints.values():
            for at, begin_or_end in ((sprint.start, somebody.start_sprint), (sprint.end, somebody.close_sprint)):
                if self.start < at <= end:
                    events.append((at, -1, lambda act=begin_or_end, name=sprint.name: act(name)))
        return [(at, event) for at, _, event in sorted(events, key=lambda event: event[:2])]

    def _build_world(self) -> World:
        site = Site()
        for number, name in enumerate(_TO_DO):
            site.catalogue.statuses[name] = Status(str(10200 + number), name, "new")
        items = [self._seed_item(history) for history in self.team.histories if history.created <= self.start]
        sprints = tuple(SeedSprint(sprint.name, self._state(sprint)) for sprint in self.team.sprints.values())
        for history in self.team.histories:
            for change in history.changes:  # to ask the catalogue for a name adds it
                if change.field == "type":
                    _ = site.catalogue.types[change.after]
                elif change.field == "priority":
                    _ = site.catalogue.priorities[change.after]
        world = build_world(Backlog(tuple(items), sprints), site=site, clock=self.clock)
        board = site.project(_PROJECT).board or 0
        for sprint, seed in zip(self.team.sprints.values(), sprints, strict=True):
            made = site.sprint(board, seed, self._state(sprint))
            if made.state is SprintState.ACTIVE:
                site.set_sprint(made.id, made.state, at=sprint.start)
        return world

    def _state(self, sprint: Sprint) -> SprintState:
        if sprint.end <= self.start:
            return SprintState.CLOSED
        return SprintState.ACTIVE if sprint.start <= self.start else SprintState.FUTURE

    def _seed_item(self, history: ItemHistory) -> SeedItem:
        now = history.values(self.start)
        past = [change for change in history.changes if change.at <= self.start and change.field != "sprint"]
        closed = [change.at for change in past if change.field == "status" and change.after == "Closed"]
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
            sprint=tuple(SeedSprint(self.team.sprints[sprint_id].name) for sprint_id in _ids(now["sprint"])),
            labels=now["labels"],
            components=now["components"],
            assignee=SeedPerson(now["assignee"]) if now["assignee"] else None,
            transitions=tuple(
                SeedChange(change.at, change.field, change.before, change.after, SeedPerson(change.author))
                for change in past
            ),
        )

    def _create(self, history: ItemHistory) -> None:
        initial = history.initial
        person = Actor(self.world, history.changes[0].author if history.changes else "somebody")
        values = {name: initial[name] for name in ("type", "description", "points", "priority", "labels", "components")}
        made = person.create(_PROJECT, initial["title"], **{name: value for name, value in values.items() if value})
        self.keys[history.key] = made.key
        person.transition(made.key, initial["status"])

    def _replay(self, change: Change) -> None:
        person, key = Actor(self.world, change.author), self.keys[change.key]
        match change.field:
            case "status":
                person.transition(key, change.after)
            case "labels":
                removed = set(change.before.split()) - set(change.after.split())
                person.label(key, *change.after.split(), remove=removed)
            case "components":
                person.edit(key, components=_value_after(change, self.world.issue(key).components))
            case "sprint":
                sprint_ids = _ids(change.after)
                person.edit(key, sprint=self.team.sprints[sprint_ids[-1]].name if sprint_ids else None)
            case "rank":
                self._rank_at_random(person, key, higher="higher" in change.after)
            case _:
                value = _value_after(change, None)
                person.edit(key, **{change.field: None if value == "" else value})

    def _rank_at_random(self, person: Actor, key: str, *, higher: bool) -> None:
        order = [issue.key for issue in self.world.ordered()]
        place = order.index(key)
        candidates = order[:place] if higher else order[place + 1 :]
        if candidates:
            neighbour = self._random.choice(candidates)
            person.rank(key, **{"before" if higher else "after": neighbour})


def run(
    team: Team,
    start: datetime,
    end: datetime,
    folder: Path,
    *,
    hours: Sequence[int] = _ROUND_HOURS,
    above: int | None = None,
) -> YearOutcome:
    """Run the service while the changes are replayed.

    Args:
        team: The team.
        start: The first working day.
        end: The last moment.
        folder: For the configuration and the store.
        hours: Hours at which a round runs on working days.
        above: Turn every rule on, and call stories with more points than this too large. None for the shipped rules,
            which write little for this team: its items hardly ever have criteria, and the service does not comment
            where a rule finds something on most items.
    """
    replay = Replay(team, start)
    year = YearOutcome()
    app = JiraCloud(replay.world)
    with serving(app) as url:
        service = _Service(url, folder, replay, year, above=above)
        events = deque(replay.events(end))
        for moment in _round_times(start, end, hours):
            while events and events[0][0] <= moment:
                at, event = events.popleft()
                replay.clock.move_to(at)
                event()
                year.months[f"{at:%Y-%m}"].changes += 1
            replay.clock.move_to(moment)
            service.round()
        service.close()
    return year


def _round_times(start: datetime, end: datetime, hours: Sequence[int]) -> Iterator[datetime]:
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= end:
        if day.weekday() < 5:
            yield from (moment for hour in hours if start <= (moment := day.replace(hour=hour)) <= end)
        day += timedelta(days=1)


class _Service:
    """The service in write mode, and what is counted after each round."""

    def __init__(self, url: str, folder: Path, replay: Replay, year: YearOutcome, *, above: int | None) -> None:
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
        if above is None:
            rules = (Path(__file__).parents[1] / "config" / "rules.yaml").read_text(encoding="utf-8")
        else:
            rules = json.dumps({"extends": ["all"], "rules": {"oversized-story": {"above": above}}})
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
        configuration = load(folder / "steward.yaml")
        self._database = Database(configuration.settings.store)
        migrate(self._database)
        self._context = RoundContext(configuration=configuration, database=self._database, clock=replay.clock)
        self._world, self._year = replay.world, year
        self._may_write_alone = False

    def round(self) -> None:
        """Run one round; if it needs approval, a person approves it."""
        result = self._run(WriteAuthority.BY_SERVICE if self._may_write_alone else WriteAuthority.BY_PERSON)
        self._count(result)
        if result.awaits_approval:
            self._year.approvals.append(f"{result.started:%Y-%m-%d}: {result.blocked_reason}")
            self._count(self._run(WriteAuthority.BY_PERSON))
        self._may_write_alone = True

    def close(self) -> None:
        self._database.close()

    def _run(self, writing: WriteAuthority) -> RoundResult:
        settings = self._context.configuration.settings
        tracker = open_tracker("compass", settings, self._database)
        try:
            return run_round(tracker, self._context, writing)
        finally:
            tracker.close()

    def _count(self, result: RoundResult) -> None:
        year, month = self._year, self._year.months[f"{result.started:%Y-%m}"]
        month.rounds += 1
        month.open_items.append(result.open_items)
        year.findings.update(f"{status.finding.rule}: {status.state}" for status in result.statuses)
        year.decisions += [f"{answer.key} {answer.kind} by {answer.source}" for answer in result.answers]
        if result.trouble:
            year.troubles.append(f"{result.started:%Y-%m-%d %H:%M}: {result.trouble}")
        if result.applied is None or result.plan is None:
            return
        next_ids = {item_id for next_up in result.next_up.values() for item_id in next_up.items}
        month.next_up += sum(
            1
            for item in result.plan.items
            if item.item in next_ids and item.comment is not None and item.comment.action == "add"
        )
        month.created += result.applied.comments_created
        month.edited += result.applied.comments_updated
        month.deleted += result.applied.comments_deleted
        not_written = {write.key for write in result.applied.not_written}
        year.not_written.update(write.reason for write in result.applied.not_written)
        for item in result.plan.items:
            if item.key in not_written:
                continue
            month.items.add(item.key)
            if item.edit is not None:
                month.labelled += len(item.edit.add_labels)
                month.unlabelled += len(item.edit.remove_labels)
            year.unexplained += [
                f"{item.key}: {what}" for what in unexplained(item, self._explain(item), result.round, year)
            ]
        for issue in self._world.issues.values():
            if sum("backlog-steward" in comment.properties for comment in issue.comments) > 1:
                year.items_with_two_comments.add(issue.key)

    def _explain(self, item: ItemPlan) -> Explanation:
        with self._database.reading() as transaction:
            mirrored = items.item_by_id(transaction, item.tracker, item.item)
            assert mirrored is not None
            configuration = self._context.configuration
            view = present_view(transaction, configuration, mirrored, self._context.clock())
            return explain(transaction, view, configuration)


def unexplained(item: ItemPlan, explanation: Explanation, round_id: str, year: YearOutcome) -> Iterator[str]:
    """Yield what was written on an item in a round although `steward explain` gives no reason for it."""
    history = {(write.kind, write.name) for write in explanation.history if write.round == round_id}
    open_questions = [finding for finding in explanation.findings if finding.state not in _ANSWERED]
    if item.edit is not None:
        for label in item.edit.add_labels:
            reasons = [finding for finding in open_questions if "label since" in finding.written]
            year.write_reasons.update({f"label added: {finding.state}" for finding in reasons})
            if not reasons or ("label", label) not in history:
                yield f"the label {label} that was added"
        for label in item.edit.remove_labels:
            year.write_reasons["label removed: nothing left to ask"] += not open_questions
            if open_questions or ("label", label) not in history:
                yield f"the label {label} that was removed"
        if item.edit.fields:
            yield "a field, although none is configured"
    if item.comment is not None:
        yield from _unexplained_comment(item.comment, explanation, {kind for kind, _ in history}, year)


def _unexplained_comment(
    call: CommentCall, explanation: Explanation, kinds_in_history: Collection[str], year: YearOutcome
) -> Iterator[str]:
    rules = call.content.rules if call.content is not None else ()
    earlier_rules = call.before.rules if call.before is not None else ()
    warnings = {
        finding.rule: finding
        for finding in explanation.findings
        if finding.state not in _ANSWERED and finding.severity == "warning"
    }
    if "comment" not in kinds_in_history:
        yield "a comment that is not in the history"
    for rule in rules:
        finding = warnings.get(rule)
        if finding is None or "comment since" not in finding.written:
            yield f"what the comment says about {rule}"
        else:
            year.write_reasons[f"comment {call.action}: {finding.state}"] += 1
    if not rules:
        year.write_reasons[f"comment {call.action}: nothing left to ask"] += 1
        yield from (f"the removal of what a comment said about {rule}" for rule in earlier_rules if rule in warnings)


# ---- figures


def compute_figures(team: Team, year: YearOutcome, *, above: int | None = None) -> dict[str, Any]:
    """All figures as one document."""
    months = {
        name: dataclasses.asdict(month)
        | {
            "open_items": round(statistics.fmean(month.open_items), 1) if month.open_items else 0,
            "items": len(month.items),
            "per_100_open_items": round(
                _monthly_rate(month.created - month.next_up, statistics.fmean(month.open_items or [0]), 1), 2
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
        "changes_not_replayed": dict(team.not_replayed.most_common()),
        "months": months,
        "total": total,
        "open_items": round(year.open_items, 1),
        "new_comments_per_100_open_items_a_month": round(year.rate, 2),
        "limit": LIMIT,
        "items_written": len({item for month in year.months.values() for item in month.items}),
        "items_with_two_comments": sorted(year.items_with_two_comments),
        "approvals": year.approvals,
        "decisions_that_nobody_made": year.decisions,
        "unexplained_writes": year.unexplained,
        "findings_a_round": {
            what: round(count / max(1, total["rounds"]), 1) for what, count in sorted(year.findings.items())
        },
        "reasons": dict(sorted(year.write_reasons.items())),
        "not_written": dict(year.not_written),
        "troubles": year.troubles,
    }


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print the figures as tables and lists."""
    total = figures["total"]
    print(
        f"{figures['items_with_text']} items with text, {figures['items_without_text']} without text were left out.\n"
    )
    print("month    open  changes  rounds   new  per 100  edited  deleted  labels +  labels -  items")
    for name, month in figures["months"].items():
        print(
            f"{name} {month['open_items']:6} {month['changes']:8} {month['rounds']:7} {month['created']:5}"
            f" {month['per_100_open_items']:8} {month['edited']:7} {month['deleted']:8} {month['labelled']:9}"
            f" {month['unlabelled']:9} {month['items']:6}"
        )
    print(
        f"\nall     {figures['open_items']:6} {total['changes']:8} {total['rounds']:7} {total['created']:5}"
        f" {figures['new_comments_per_100_open_items_a_month']:8} {total['edited']:7} {total['deleted']:8}"
        f" {total['labelled']:9} {total['unlabelled']:9} {figures['items_written']:6}"
    )
    print(
        f"\nNew comments per 100 open items a month, without those on items that come next:"
        f" {figures['new_comments_per_100_open_items_a_month']} (at most {figures['limit']:g};"
        f" n={total['created'] - total['next_up']} comments, {len(figures['months'])} months)."
        f"\nOn items that come next: {total['next_up']} comments."
    )
    print(f"Rules: {figures['rules']}. Average findings in a round:")
    for what, count in figures["findings_a_round"].items():
        print(f"  {count:5}  {what}")
    print("Reasons for writes, by the state of the findings:")
    for reason, count in figures["reasons"].items():
        print(f"  {count:4}  {reason}")
    for name in (
        "unexplained_writes",
        "decisions_that_nobody_made",
        "items_with_two_comments",
        "approvals",
        "troubles",
        "not_written",
    ):
        print(f"{name.replace('_', ' ').capitalize()}: {len(figures[name]) or 'none'}")
        for line in list(figures[name])[:12]:
            print(f"  {line}")


def main() -> int:
    """Replay the year and print its figures. Return 1 if too much was written, or anything without a reason."""
    parser = argparse.ArgumentParser(description="Replay a year of a real team's changes while the service works.")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder with the data")
    parser.add_argument("--start", type=datetime.fromisoformat, default=datetime(2018, 1, 2, 9, tzinfo=UTC))
    parser.add_argument("--end", type=datetime.fromisoformat, default=datetime(2018, 12, 31, 23, tzinfo=UTC))
    parser.add_argument("--above", type=int, help="turn every rule on, and flag stories above this many points")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args()
    if not (options.data / LOG).is_file():
        print(f"The change log was not found: {LOG}", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    team = read_team(options.data)
    with tempfile.TemporaryDirectory() as folder:
        year = run(team, options.start, options.end, Path(folder), above=options.above)
    figures = compute_figures(team, year, above=options.above)
    print(json.dumps(figures, indent=2)) if options.json else print_figures(figures)
    mistakes = (
        figures["unexplained_writes"] or figures["decisions_that_nobody_made"] or figures["items_with_two_comments"]
    )
    return 1 if mistakes or figures["troubles"] or year.rate > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
