"""A week of a real project, change by change: whenever it is compared, the mirror shows what a full pull would show."""

import csv
import gzip
import json
import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from contract.comparison import check_mirror
from contract.seed import BACKLOG as SEED
from contract.seed import EPICS, NOW, SPRINTS
from sync.rounds.context import WriteAuthority

pytestmark = pytest.mark.slow

LOG = "data/6_changelog_replay/compass_changelog_2016_2018.csv.gz"
FIRST_DAY = date(2018, 11, 5)
IN_PROGRESS = ("In Progress", "In Code Review", "Investigating")
DONE = ("Closed", "Resolved")
LONG = (pytest.mark.soak, pytest.mark.timeout(3600))
DAYS = [2, pytest.param(7, marks=LONG), pytest.param(21, marks=LONG)]
"""How many days are replayed."""

WORD = re.compile(r"[^\W_]+")
"""Descriptions are typed as words only: Data Center would read the markup that the project used, and Cloud would not."""

Change = dict[str, str]


@pytest.fixture(scope="module")
def log(reference_data) -> list[Change]:
    """All changes of the project, the oldest first."""
    path = reference_data / LOG
    if not path.exists():
        pytest.skip("../shared/data is not here")
    return list(read_log(path))


def read_log(path: Path) -> Iterator[Change]:
    csv.field_size_limit(sys.maxsize)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from sorted(csv.DictReader(file), key=lambda change: change["created"])


def moment(change: Change) -> datetime:
    return datetime.fromisoformat(change["created"])


def number(key: str) -> int:
    return int(key.rpartition("-")[2])


def one_of(choices: Any, text: str) -> Any:
    """One of several values, always the same for a text."""
    return choices[crc32(text.encode()) % len(choices)]


class Replay:
    """Does in a place what people did in the project; what has no counterpart there is left out."""

    def __init__(self, place: Any, known: list[str]) -> None:
        self.place = place
        self.person = place.person()
        self.ids = {key: place.id(key.replace("COMPASS", "PAY")) for key in known}
        self.done = 0

    def apply(self, change: Change) -> None:
        key, field, before, after = (change[name] for name in ("key", "field", "fromString", "toString"))
        if key not in self.ids:
            self.ids[key] = self.person.create(f"Story {key}")
        item, person, place = self.ids[key], self.person, self.place
        acts = {
            "summary": lambda: person.retitle(item, after),
            "description": lambda: person.describe(item, " ".join(WORD.findall(after)[:40])),
            "status": lambda: person.take_up(item, self._status(after)),
            "Story Points": lambda: person.estimate(item, float(after) if after else None),
            "labels": lambda: person.label(item, *after.split(), remove=tuple({*before.split()} - {*after.split()})),
            "Sprint": lambda: person.plan(item, one_of(SPRINTS[1:], after.split(",")[-1]) if after else None),
            "Epic Link": lambda: person.put_under(item, place.id(one_of(EPICS, after)) if after else None),
            "issuetype": lambda: person.retype(item, one_of(place.kinds, after)),
            "priority": lambda: person.prioritise(item, one_of(place.priorities, after)),
            "assignee": lambda: person.assign(item, one_of(("Ana Silva", "Kim Berg"), after) if after else None),
            "Rank": lambda: self._rank(item, change["created"]),
            "Link": lambda: self._link(item, after),
        }
        if field in acts and {"labels": "labels", "issuetype": "type"}.get(field, field) not in place.lacks:
            acts[field]()
            self.done += 1

    def _status(self, name: str) -> str:
        return "In Progress" if name in IN_PROGRESS else "Done" if name in DONE else "To Do"

    def _rank(self, item: str, when: str) -> None:
        others = [other for other in self.place.order() if other != item]
        if item in self.place.order() and others:
            self.person.drag(item, one_of(others, when))

    def _link(self, item: str, text: str) -> None:
        other = self.ids.get(text.rsplit(maxsplit=1)[-1]) if text else None
        if other is not None and other != item and not self.place.linked(item, other):
            self.person.link(item, other)


def backlog_of(keys: list[str]) -> str:
    """The seeded backlog, with an item for each key."""
    lines = (
        {
            "key": key.replace("COMPASS", "PAY"),
            "title": f"Story {key}",
            "created": "2024-03-09T09:00:00Z",
            "reporter": "Kim Berg",
        }
        for key in keys
    )
    return SEED + "".join(f"{json.dumps(line)}\n" for line in lines)


@pytest.mark.parametrize("days", DAYS)
def test_polls_keep_the_mirror_as_a_full_pull_would_make_it(place_of, house_in, log, days):
    until = FIRST_DAY + timedelta(days=days)
    newest = max(number(change["key"]) for change in log if moment(change).date() < FIRST_DAY)
    changes = [change for change in log if FIRST_DAY <= moment(change).date() < until]
    known = [key for key in dict.fromkeys(change["key"] for change in changes) if number(key) <= newest]
    place = place_of(backlog=backlog_of(known))
    replay, house = Replay(place, known), house_in(place)
    house.round(WriteAuthority.NOBODY)
    shift = NOW - datetime.combine(FIRST_DAY, NOW.time(), NOW.tzinfo)
    for _, day in groupby(changes, key=lambda change: moment(change).date()):
        for _, together in groupby(day, key=lambda change: moment(change).hour):
            for change in together:
                place.clock.advance(seconds=max(0, (moment(change) + shift - place.clock()).total_seconds()))
                replay.apply(change)
            place.clock.advance(minutes=5)
            outcome = house.round(WriteAuthority.BY_SERVICE, house.open(quick=True))
            assert (outcome.pulled.mass_deletion_warning, outcome.skipped) == ("", [])
        place.clock.advance(minutes=10)
        house.round(WriteAuthority.NOBODY)  # reads what the service itself has written
        check_mirror(house, house_in(place), place)
    assert replay.done >= 20
