"""An installation of the service in a folder, with the command line at a moment of the test's choice."""

import json
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import time_machine
from compatibility.people import everywhere
from compatibility.store_text import restore
from compatibility.trackers import Hub, hub
from end_to_end.command_line import run_here

from rules.registry import all_rules

DATA = Path(__file__).parent / "data"
Comments = dict[str, dict[str, list[dict[str, Any]]]]
CONFIGURATION = ("steward.yaml", "rules.yaml", "wording.yaml", "archive.jsonl")


def moment(text: str) -> datetime:
    """A time in March 2026, as "11 10:00"; UTC."""
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@contextmanager
def time_stands(at: datetime) -> Iterator[None]:
    """The time is this moment, for the program as for the trackers."""
    with time_machine.travel(at, tick=False):
        yield


class Installation:
    """A folder with the stored configuration.

    Args:
        folder: An empty folder.
        hub: The trackers.
        random: From where the numbers count that stand in place of random ones.
    """

    def __init__(self, folder: Path, hub: Hub, *, random: int = 0) -> None:
        self.folder, self.hub = folder, hub
        self.store = folder / "steward.db"
        self._random = count(random)
        for name in CONFIGURATION:
            shutil.copy(DATA / name, folder / name)
        settings = folder / "steward.yaml"
        text = settings.read_text(encoding="utf-8")
        # Comments of saturated rules on what comes next are new (ADR 20).
        settings.write_text(text.replace("findings_per_item: 1", "findings_per_item: 1, next_up: 0"), encoding="utf-8")

    def steward(self, at: datetime, *arguments: str) -> subprocess.CompletedProcess:
        """Runs the command line to its end."""
        with time_stands(at), pytest.MonkeyPatch.context() as patch:
            patch.delenv("STEWARD_CONFIG", raising=False)
            patch.setattr(secrets, "token_hex", lambda size=32: f"{next(self._random):0{2 * size}x}")
            for rule in all_rules().values():
                # Rules whose verdicts have changed since then would wait in shadow: see test_fingerprints.
                patch.setattr(rule, "version", 1)
            return run_here(
                *arguments, cwd=self.folder, http_proxy=self.hub.url, no_proxy="", STEWARD_TOKEN="good-token"
            )

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What a query finds in the store."""
        connection = sqlite3.connect(self.store)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


@contextmanager
def stored(folder: Path) -> Iterator[Installation]:
    """The stored installation in an empty folder, with its trackers as they stood."""
    with time_stands(moment("02 08:00")), hub(DATA / "backlog.jsonl") as trackers:
        replay(trackers, "journal.jsonl")
        this = Installation(folder, trackers, random=1_000_000)
        restore((DATA / "store.sql").read_text(encoding="utf-8"), this.store)
        yield this


def replay(trackers: Hub, name: str) -> None:
    """Sends the requests of a journal again, each at the moment and in the name in which it was sent."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        with time_stands(datetime.fromisoformat(one["at"])):
            trackers.request(one["host"], one["method"], one["path"], one["body"], by=one["by"], kind=one["type"])
    trackers.journal.clear()


def comments(trackers: Hub) -> Comments:
    """Every comment as its tracker holds it, by host and item."""
    found: Comments = {}
    for person in everywhere(trackers):
        said = {item: person.comments(item) for item in person.items()}
        found[person.host] = {item: some for item, some in said.items() if some}
    return found


def changed(before: Comments, after: Comments) -> Comments:
    """The comments on items where they are not what they were; where all are gone, none."""
    return {
        host: {
            item: after[host].get(item, [])
            for item in sorted(before[host].keys() | after[host].keys())
            if after[host].get(item) != before[host].get(item)
        }
        for host in before
    }


_STOOD = {
    "findings": "SELECT tracker, key, rule, id, severity, state, evidence_hash, first_seen, cleared, stands, baseline,"
    " since FROM finding ORDER BY 1, 2, 3",
    "ours": "SELECT tracker, key, kind, name, written FROM mark ORDER BY 1, 2, 3, 4",
    "outbox": "SELECT tracker, state, count(*) FROM outbox GROUP BY 1, 2 ORDER BY 1, 2",
    "decisions": "SELECT tracker, id FROM decision ORDER BY 1, 2",
    "trackers": "SELECT tracker, fingerprint, approved FROM tracker_state ORDER BY 1",
}


def stood(this: Installation) -> dict[str, list[list[object]]]:
    """What is remembered of findings, of what stands on items, and of the trackers; without any sentences."""
    return {name: [list(row) for row in this.rows(query)] for name, query in _STOOD.items()}
