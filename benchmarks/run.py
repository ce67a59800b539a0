"""Measures pulls and writes against other tools, and rewrites docs/benchmarks.md: `make bench`.

Candidates run in turn, several times, each in a process of its own, against a server that sends prepared pages. The
medians are printed, with their spread and how much the machine itself varied meanwhile.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from candidates import CANDIDATES, install_tap_jira, prepare

_FOLDER = Path(__file__).parent
_PAGE = _FOLDER.parent / "docs" / "benchmarks.md"
_INTRODUCTION = """# Benchmarks

Printed by `make bench` on {date}: Python {python}, {cores} cores, {items:,} items, {runs} runs of each in turn, each in
a process of its own. The server sends prepared pages on loopback. A fixed loop took {fastest:.0f} to {slowest:.0f} ms
meanwhile, so treat ratios below {noise:.1f} as ties. CPU is that of the client, without imports. Connecting is counted
apart, with its requests, as it takes the same time for a backlog of any size; in the table of rounds it includes what
has to be stored before. Requests are those that the server counted, with those for comments apart.

No two items have the same text. An issue of Jira has two comments and ten changes on average, and one in a hundred has
60 changes. All rows of Jira request the same fields, comments and changelogs, only tap-jira always all fields. Ours
and that of `jira` read long changelogs to their end; the others do not. Decoding to typed objects is the least that a
program can do that uses what it reads; bytes only shows how fast the server is.
"""


class Row(NamedTuple):
    """A line of a table: a candidate under some conditions."""

    label: str
    candidate: str
    latency: int = 0
    is_repeated: bool = False
    """Whether the same has just been done with the same store, so that nothing has changed."""
    is_slow: bool = False
    """Whether it is measured only once, because it takes minutes."""


class Run(NamedTuple):
    """The figures of one run."""

    connecting: float
    connecting_requests: int
    seconds: float
    cpu: float
    megabytes: float
    items: int
    requests: int
    comments: int


TABLES: dict[str, tuple[str, Sequence[Row]]] = {
    "jira": (
        "Jira Cloud",
        (
            Row("first pull, stored", "pull"),
            Row("the same, not stored", "read"),
            Row("`jira` objects, not stored", "jira-objects"),
            Row("tap-jira, 1,000 issues exported to a file, one run", "tap-jira", is_slow=True),
            Row("httpx and msgspec, typed objects, not stored", "jira-floor"),
            Row("httpx, bytes only", "jira-bytes"),
            Row("second pull, nothing changed", "pull", is_repeated=True),
            Row("first pull, stored, 200 ms a request", "pull", latency=200),
            Row("`jira` objects, 200 ms a request", "jira-objects", latency=200),
            Row("httpx and msgspec, typed objects, 200 ms a request", "jira-floor", latency=200),
        ),
    ),
    "rounds": (
        "Rounds at Jira Cloud",
        (
            Row("first round: connect, pull, judge, plan", "first-round"),
            Row("the next round, nothing changed", "next-round"),
            Row("judge all open items anew", "judge"),
            Row("suggest an order", "order"),
            Row("report page", "report"),
        ),
    ),
    "azure-devops": (
        "Azure DevOps",
        (
            Row("first pull, stored", "pull"),
            Row("the same, not stored", "read"),
            Row("`azure-devops` models, no history or comments", "azure-models"),
            Row("httpx and msgspec, no history or comments", "azure-floor"),
            Row("second pull, nothing changed", "pull", is_repeated=True),
            Row("first pull, stored, 200 ms, default rate", "pull-default-rate", latency=200),
        ),
    ),
    "": (
        "Store",
        (
            Row("items with ten changes each", "save-core"),
            Row("without changes, SQLModel's merge", "save-merge"),
        ),
    ),
}


@contextmanager
def serving(kind: str, items: int) -> Iterator[str]:
    """Serve a backlog and give its address."""
    command = [sys.executable, str(_FOLDER / "loopback_server.py"), kind, "--items", str(items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def measure(row: Row, url: str, path: str, items: int) -> Run:
    """Run a candidate in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--candidate", row.candidate, "--items", str(items)]
        command += ["--url", url, "--path", path, "--store", f"sqlite:///{folder}/store.db"]
        if row.is_repeated:
            subprocess.run(command, check=True, stdout=subprocess.PIPE)
        if url:
            _reset(url, row.latency)
        command += ["--latency", str(row.latency)]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        counts = _reset(url, 0) if url else {}
    figures = json.loads(ran.stdout.splitlines()[-1])
    comments = counts.pop("comments", 0)
    return Run(**figures, requests=sum(counts.values()), comments=comments)


def _reset(url: str, latency: int) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/-/reset?latency={latency}") as reply:
        counts: dict[str, int] = json.loads(reply.read())
    return counts


def run_candidate(given: argparse.Namespace) -> None:
    """Run the named candidate in this process, and print its figures."""
    open_candidate = prepare(given.candidate)
    started = time.perf_counter()
    work = open_candidate(given.url + given.path, given.store, given.items)
    connecting = time.perf_counter() - started
    connecting_requests = sum(_reset(given.url, given.latency).values()) if given.url else 0
    started, cpu_before = time.perf_counter(), _processor_time()
    items = work()
    seconds, cpu = time.perf_counter() - started, _processor_time() - cpu_before
    who = resource.RUSAGE_CHILDREN if given.candidate == "tap-jira" else resource.RUSAGE_SELF
    megabytes = resource.getrusage(who).ru_maxrss / 1024
    figures = {"seconds": seconds, "cpu": cpu, "megabytes": megabytes, "items": items}
    print(json.dumps(figures | {"connecting": connecting, "connecting_requests": connecting_requests}))


def _processor_time() -> float:
    """The processor time of this process and of the processes that it has awaited."""
    return sum(os.times()[:4])


def measure_table(kind: str, rows: Sequence[Row], given: argparse.Namespace, loops: list[float]) -> Iterator[str]:
    """Measure all rows in turn, several times, and yield the lines of the table."""
    figures: dict[Row, list[Run]] = {row: [] for row in rows}
    path = "/fabrikam" if kind == "azure-devops" else ""
    site = "jira" if kind == "rounds" else kind
    with serving(site, given.items) if site else nullcontext("") as url:
        for number in range(given.runs):
            loops.append(_fixed_loop())
            for row in rows if number == 0 else [row for row in rows if not row.is_slow]:
                figures[row].append(measure(row, url, path, given.items))
    yield "| work | items a second | spread | CPU s per 10,000 | peak MB | requests | comments | connect | requests |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for row, runs in figures.items():
        rates = sorted(run.items / run.seconds for run in runs)
        cpu = statistics.median(run.cpu / run.items * 10_000 for run in runs)
        megabytes = statistics.median(run.megabytes for run in runs)
        connecting = statistics.median(run.connecting for run in runs)
        yield (
            f"| {row.label} | {statistics.median(rates):,.0f} | {rates[0]:,.0f} to {rates[-1]:,.0f} | {cpu:.1f} "
            f"| {megabytes:.0f} | {runs[0].requests:,} | {runs[0].comments:,} "
            f"| {connecting:.1f} s | {runs[0].connecting_requests:,} |"
        )


def _fixed_loop() -> float:
    """The milliseconds that a fixed piece of work takes now."""
    started = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Run the candidate named on the command line, or all of them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--candidate", choices=CANDIDATES)
    options.add_argument("--only", choices=TABLES, help="Print one table, and leave the page as it is.")
    options.add_argument("--url", default="")
    options.add_argument("--path", default="", help="The path of the tracker at this address.")
    options.add_argument("--latency", type=int, default=0, help="Milliseconds before each response.")
    options.add_argument("--store", default="")
    options.add_argument("--items", type=int, default=10_000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    if given.candidate:
        run_candidate(given)
        return
    lines: list[str] = []
    loops: list[float] = []
    for kind, (title, all_rows) in TABLES.items():
        if given.only in (None, kind):
            rows = [row for row in all_rows if row.candidate != "tap-jira" or install_tap_jira()]
            lines += ["", f"## {title}", "", *measure_table(kind, rows, given, loops)]
            print("\n".join(lines[-len(rows) - 4 :]), flush=True)
    introduction = _INTRODUCTION.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        python=".".join(map(str, sys.version_info[:3])),
        cores=os.cpu_count(),
        items=given.items,
        runs=given.runs,
        fastest=min(loops),
        slowest=max(loops),
        noise=max(1.3, max(loops) / min(loops)),
    )
    print(f"\n{introduction}")
    if given.only is None:
        _PAGE.write_text("\n".join([introduction.rstrip(), *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
