"""Real backlogs as their teams saw them on one day, for benchmarks that judge them.

- `springxd`, on 2014-01-01: links and sprints come from a second data set, as they were at the end of the project. An
  item counts as planned if it was in a sprint that had begun or would begin within two weeks.
- `nexus`, on 2018-04-01: neither links nor sprints are known.
- `evergreen`, on 2019-07-01: texts and points are those at the end; neither links nor sprints are known.
- `compass`, on 2018-09-01: everything comes from the change log, except for texts that never changed.

No data set contains the order of the backlog, so the backlogs have none.
"""

import csv
import gzip
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from quiet_year import read_team

from connectors.plugin import TrackerContext
from connectors.registry import PLUGINS
from rules.model import Backlog, Link, Sprint, SprintState, WorkItem
from rules.registry import all_rules
from sync.mirror.pull import pull
from sync.store import Database, migrate
from sync.store.backlogs import load_backlog

csv.field_size_limit(10**9)
SHARED = Path(__file__).parents[2] / "shared" / "data"
_HISTORY = timedelta(days=400)
_PLANNED_AHEAD = timedelta(days=14)
_BEGUN = frozenset({"In Progress", "In Code Review", "Investigating", "Blocked"})
_OVER = frozenset({"Closed", "Resolved"})
_LINK = re.compile(r"This issue (?P<kind>.+?) (?P<target>[A-Z]+-\d+)$")

Row = dict[str, Any]


def read_backlog(name: str) -> tuple[Backlog, datetime]:
    """Read one of the backlogs, on its own day or on another one: `springxd` or `springxd@2014-07-01`.

    Returns:
        The backlog and the moment at which it is judged.
    """
    if not SHARED.is_dir():
        sys.exit(f"The backlogs are read from {SHARED}, which does not exist. They are not part of the repository.")
    name, _, chosen_day = name.partition("@")
    usual_day, read_rows, read_plan = _READERS[name]
    now = datetime.fromisoformat(chosen_day or usual_day).replace(tzinfo=UTC)
    backlog = _mirror(list(read_rows(now)), now)
    plan = read_plan(now)
    return Backlog(
        tracker=backlog.tracker,
        items=tuple(msgspec.structs.replace(item, **plan.get(item.key, {})) for item in backlog.items),
        finished=backlog.finished,
        ordered=False,
    ), now


def write_backlog(name: str, path: Path) -> None:
    """Write the items of a backlog on its own day to a file that `steward` reads."""
    day, read_rows, _read_plan = _READERS[name]
    lines = (json.dumps(row) for row in read_rows(datetime.fromisoformat(day).replace(tzinfo=UTC)))
    path.write_text("\n".join(lines), encoding="utf-8")


def _mirror(rows: list[Row], now: datetime) -> Backlog:
    """Read rows through the plugin for export files, as the service would read them at this time."""
    plugin = next(plugin for plugin in PLUGINS.values() if plugin.reads_files)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "backlog.jsonl")
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        database = Database(f"sqlite:///{folder}/mirror.db")
        try:
            migrate(database)
            tracker = plugin.open(plugin.settings(path=str(path)), TrackerContext(plugin.kind))
            pull(tracker, tracker.connect(), database, now, vanish_limit=1.0, rules=all_rules().keys())
            with database.reading() as transaction:
                return load_backlog(transaction, plugin.kind, now - _HISTORY)
        finally:
            database.close()


def _rows_of_file(file: str) -> Callable[[datetime], Iterator[Row]]:
    """Make a reader of a backlog file. It leaves out what was not known on the given day, such as later outcomes."""

    def rows(now: datetime) -> Iterator[Row]:
        for line in (SHARED / file).read_text(encoding="utf-8").split("\n"):
            row = json.loads(line) if line else {}
            if not row.get("created") or not row.get("resolved") or datetime.fromisoformat(row["created"]) > now:
                continue
            if datetime.fromisoformat(row["resolved"]) > now:
                row = {name: value for name, value in row.items() if name not in ("status", "resolution", "resolved")}
            yield row

    return rows


def _read_no_plan(now: datetime) -> Mapping[str, Row]:
    """No values, for a backlog whose links and sprints are unknown."""
    del now
    return {}


def _springxd_plan(now: datetime) -> Mapping[str, Row]:
    """The sprints and links of Spring XD's items, by key."""
    sprints: dict[str, list[Sprint]] = defaultdict(list)
    with gzip.open(SHARED / "3_sprint_outcomes/issue_sprint_membership.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["project"] == "xd" and row["sprint.startDate"]:
                start, end = (_moment(row[f"sprint.{name}"]) for name in ("startDate", "endDate"))
                if start <= now + _PLANNED_AHEAD:
                    sprint = Sprint(row["sprint.id"], row["sprint.name"], _state(start, end, now), start, end)
                    sprints[row["key"]].append(sprint)
    links: dict[str, list[Link]] = defaultdict(list)
    path = SHARED / "3_sprint_outcomes/spring_issuelink_without_duplicates.csv"
    with path.open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            links[row["issuekey"]].append(Link(row["name"], row["linkedIssueKey"]))
    return {
        key: {"sprints": tuple(dict.fromkeys(sprints[key])), "links": tuple(links[key])}
        for key in sprints.keys() | links.keys()
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _state(start: datetime, end: datetime, now: datetime) -> SprintState:
    if start > now:
        return SprintState.FUTURE
    return SprintState.ACTIVE if end > now else SprintState.CLOSED


def _evergreen_rows(now: datetime) -> Iterator[Row]:
    with gzip.open(SHARED / "2_story_points/tawosi_with_created_date/EVG.csv.gz", "rt", encoding="utf-8") as file:
        texts = {row["issuekey"]: row for row in csv.DictReader(file)}
    with (SHARED / "5_points_vs_time/EVG.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            created, resolved = (_day(row[name]) for name in ("Creation_Date", "Resolution_Date"))
            if row["Issue_Key"] in texts and created <= now:
                yield {
                    "key": row["Issue_Key"],
                    "type": row["Type"],
                    "title": texts[row["Issue_Key"]]["title"],
                    "description": texts[row["Issue_Key"]]["description"],
                    "points": float(row["Story_Point"]),
                    "created": created.isoformat(),
                } | ({"resolved": resolved.isoformat()} if resolved <= now else {})


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _compass_rows(now: datetime) -> Iterator[Row]:
    for history in read_team(SHARED).histories:
        if history.created > now:
            continue
        values = history.values(now)
        moves = [change for change in history.changes if change.field == "status" and change.at <= now]
        begun = any(change.after in _BEGUN for change in moves)
        row: Row = {
            "key": history.key,
            "type": values["type"],
            "title": values["title"],
            "description": values["description"],
            "status": "In Progress" if values["status"] in _BEGUN else "Open",
            "created": history.created.isoformat(),
            "updated": max((change.at for change in history.changes if change.at <= now), default=now).isoformat(),
            "labels": list(values["labels"]),
            "components": list(values["components"]),
            "transitions": [
                {
                    "at": change.at.isoformat(),
                    "field": "status",
                    "from": change.before,
                    "to": "In Progress" if change.after in _BEGUN else change.after,
                }
                for change in moves
            ]
            if begun
            else [],
        }
        if values["points"] is not None:
            row["points"] = values["points"]
        if values["assignee"]:
            row["assignee"] = values["assignee"]
        if values["status"] in _OVER:
            row |= {"status": "Done", "resolved": moves[-1].at.isoformat() if moves else history.created.isoformat()}
        yield row


def _compass_plan(now: datetime) -> Mapping[str, Row]:
    """The sprints, the links and the times of changes of Compass's items, by key."""
    team = read_team(SHARED)
    links = _compass_links(now)
    values_by_key: dict[str, Row] = {}
    for history in team.histories:
        changes = [change for change in history.changes if change.at <= now]
        ids = [part.strip() for part in str(history.values(now)["sprint"]).split(",") if part.strip()]
        sprints = tuple(
            Sprint(sprint_id, name, _state(start, end, now), start, end)
            for sprint_id in ids
            if sprint_id in team.sprints
            for name, start, end in (team.sprints[sprint_id],)
        )
        changed = max((change.at for change in changes), default=history.created)
        values_by_key[history.key] = {
            "sprints": sprints,
            "links": tuple(links.get(history.key, ())),
            "changed_by_person": changed,
            "text_changed": max(
                (change.at for change in changes if change.field == "description" and change.before), default=None
            ),
        }
    return values_by_key


def _compass_links(now: datetime) -> dict[str, list[Link]]:
    """The links of Compass's items at a time, by key, from the link changes in the log."""
    links: dict[str, list[Link]] = defaultdict(list)
    with gzip.open(SHARED / "6_changelog_replay/compass_changelog_2016_2018.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["field"] == "Link"]
    for row in sorted(rows, key=lambda row: row["created"]):
        if datetime.fromisoformat(row["created"]) > now:
            continue
        for name, edit in (("fromString", links[row["key"]].remove), ("toString", links[row["key"]].append)):
            match = _LINK.match(row[name])
            link = Link(match["kind"], match["target"]) if match else None
            if link and (name == "toString" or link in links[row["key"]]):
                edit(link)
    return links


_READERS: dict[str, tuple[str, Callable[[datetime], Iterable[Row]], Callable[[datetime], Mapping[str, Row]]]] = {
    "springxd": ("2014-01-01", _rows_of_file("springxd_backlog.jsonl"), _springxd_plan),
    "nexus": ("2018-04-01", _rows_of_file("nexus_backlog.jsonl"), _read_no_plan),
    "evergreen": ("2019-07-01", _evergreen_rows, _read_no_plan),
    "compass": ("2018-09-01", _compass_rows, _compass_plan),
}
"""For each backlog its usual day, a reader of its items on a day, and a reader of their links, sprints and the like."""
NAMES = tuple(_READERS)


def describe(item: WorkItem) -> str:
    """An item in a few lines, for a person who reads findings."""
    text = " / ".join(block.text for block in item.text)
    return f"{item.key} [{item.type}] {item.title}\n      {text[:600]}"


if __name__ == "__main__":
    for chosen in sys.argv[1:] or NAMES:
        read, at = read_backlog(chosen)
        print(chosen, f"{at:%Y-%m-%d}", len(read.items), "open", len(read.finished), "finished")
