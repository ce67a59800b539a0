"""Compare our pulls and writes with alternatives, in one run: `make bench`.

The candidates run in turn, several times, each in a process of its own, against one sandbox Jira. Medians and ratios
are printed. Timings on two busy cores vary: treat a ratio below 1.3 as a tie.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

DEMO = Path(__file__).parent.parent / "tests" / "sandbox" / "steward_sandbox" / "commands" / "data" / "harbour.jsonl"


def backlog(count: int, folder: Path) -> Path:
    """Write the sample backlog, repeated under new keys until it has `count` items."""
    lines = [json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines()]
    sprints, items = lines[0], lines[1:]
    path = folder / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(sprints) + "\n")
        for number in range(count):
            item = dict(items[number % len(items)])
            item.pop("links", None)
            item.pop("parent", None)
            file.write(json.dumps(item | {"key": f"BIG-{number + 1}"}) + "\n")
    return path


def pull_ours(url: str, store: str) -> int:
    """Pull into the store, like the service."""
    from connectors.plugin import TrackerContext
    from connectors.registry import PLUGINS
    from sync.mirror import pull
    from sync.store import Database, migrate

    database = Database(store)
    migrate(database)
    plugin = PLUGINS["jira"]
    settings = plugin.settings(url=url, email="a@example.com", token="token", scope="project = BIG", rate=10_000)
    tracker = plugin.open(settings, TrackerContext("big"))
    connection = tracker.connect()
    pulled = pull(tracker, connection, database, datetime.now(UTC), vanish_limit=0.2, rules=())
    return pulled.read


def pull_library(url: str, _store: str) -> int:
    """Read all pages with the `jira` library, with changelog and comments."""
    from jira import JIRA

    client = JIRA(server=url, basic_auth=("a@example.com", "token"), options={"rest_api_version": "3"})
    found = client.enhanced_search_issues("project = BIG", maxResults=0, fields="*all", expand="changelog")
    return len(found)


def pull_again(url: str, store: str) -> int:
    """Pull a second time, with nothing changed."""
    pull_ours(url, store)
    started = time.perf_counter()
    read = pull_ours(url, store)
    print(json.dumps({"seconds": time.perf_counter() - started}), file=sys.stderr)
    return read


def save_core(_url: str, store: str) -> int:
    """Save 20,000 work items with our bulk upsert."""
    from connectors.tracker import FetchedItem
    from sync.store import Database, items, migrate

    database = Database(store)
    migrate(database)
    many = [FetchedItem(item=one) for one in _items(20_000)]
    for start in range(0, len(many), 2000):
        with database.writing() as transaction:
            items.save(transaction, many[start : start + 2000])
    return len(many)


def save_merge(_url: str, store: str) -> int:
    """Save the same items with SQLModel's session, one merge for each row."""
    import msgspec
    from sqlmodel import Session

    from sync.store import Database, migrate
    from sync.store.tables import ItemRow

    database = Database(store)
    migrate(database)
    many = _items(20_000)
    with Session(database.engine) as session:
        for one in many:
            session.merge(
                ItemRow(
                    tracker=one.tracker,
                    id=one.id,
                    key=one.key,
                    version=one.version,
                    is_open=one.is_open,
                    payload=msgspec.json.encode(one),
                )
            )
        session.commit()
    return len(many)


def _items(count: int) -> list:
    from rules.model import Block, BlockKind, ItemKind, StatusCategory, WorkItem

    text = tuple(Block(BlockKind.PARAGRAPH, "A guest pays the rest of the bill at the berth. " * 8) for _ in range(4))
    return [
        WorkItem(
            tracker="big",
            id=str(n),
            key=f"BIG-{n}",
            kind=ItemKind.STORY,
            title="Pay",
            text=text,
            category=StatusCategory.TO_DO,
            version="1",
        )
        for n in range(count)
    ]


CANDIDATES: dict[str, Callable[[str, str], int]] = {
    "pull-ours": pull_ours,
    "pull-library": pull_library,
    "pull-again": pull_again,
    "save-core": save_core,
    "save-merge": save_merge,
}


def measure(candidate: str, url: str, folder: Path) -> tuple[float, float, int]:
    """Run one candidate in a process of its own. Return seconds, peak megabytes and items."""
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        store = f"sqlite:///{inside}/store.db"
        ran = subprocess.run(
            [sys.executable, __file__, "--candidate", candidate, "--url", url, "--store", store],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    said = json.loads(ran.stdout.splitlines()[-1])
    return said["seconds"], said["megabytes"], said["items"]


def compare(ours: str, theirs: str, url: str, folder: Path, runs: int) -> None:
    """Run two candidates in turn and print their medians and ratio."""
    figures: dict[str, list[tuple[float, float, int]]] = {ours: [], theirs: []}
    for _ in range(runs):
        for candidate in (ours, theirs):
            figures[candidate].append(measure(candidate, url, folder))
    rates = {}
    for candidate, measured in figures.items():
        seconds = statistics.median(one[0] for one in measured)
        megabytes = statistics.median(one[1] for one in measured)
        rates[candidate] = measured[0][2] / seconds
        print(f"{candidate:14} {rates[candidate]:10,.0f} items/s  {megabytes:6.0f} MB peak  (n={runs})")
    print(f"{ours} / {theirs}: {rates[ours] / rates[theirs]:.1f} times as fast\n")


def main() -> None:
    """Run the candidate named on the command line, or all of them."""
    options = argparse.ArgumentParser()
    options.add_argument("--candidate", choices=CANDIDATES)
    options.add_argument("--url", default="")
    options.add_argument("--store", default="")
    options.add_argument("--items", type=int, default=5000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    if given.candidate:
        started = time.perf_counter()
        count = CANDIDATES[given.candidate](given.url, given.store)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "megabytes": peak, "items": count}))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = backlog(given.items, folder)
        command = [sys.executable, "-m", "sync.cli", "sandbox", "jira", "--backlog", str(path), "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                url = server.stderr.readline().split()[-1]
                print(f"{given.items} items; each candidate in a process of its own\n")
                compare("pull-ours", "pull-library", url, folder, given.runs)
                compare("save-core", "save-merge", url, folder, given.runs)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
