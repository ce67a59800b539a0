"""Measure pulls, rounds and the store, compare them with other tools, and rewrite docs/benchmarks.md: `make bench`.

Candidates are pieces of work, ours or of other tools, in candidates.py. They run in turn, several times, each in a
process of its own, against a server that sends prepared pages. The medians are printed, with their spread, and how much
the speed of the machine itself varied meanwhile.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from candidates import CANDIDATES, install_tap_jira, prepare
from large_rounds import ROUNDS_HEADER, RoundFigures, describe_judging, judge_in_process, measure_in_turn
from targets import Measured, compare_with_targets

_FOLDER = Path(__file__).parent
_PAGE = _FOLDER.parent / "docs" / "benchmarks.md"
_INTRODUCTION = """# Benchmarks

Printed by `make bench` on {date}: Python {python}, {cores} cores, {items:,} items, {runs} runs of each row alternating,
each in its own process. The server sends prepared pages from the same machine. Meanwhile, the same calculation took
{fastest:.0f} to {slowest:.0f} ms, so treat ratios below {noise:.1f} as ties.

CPU is the processor time of the client, without imports. Connecting has its own columns, because it takes the same time
for a backlog of any size; in the table of rounds, it includes the preparation of the store. The server counts the
requests; those for comments have their own column.

No two items have the same text. A Jira issue has two comments and ten changes on average, and one in a hundred has
60 changes. In the first table, all clients receive the same pages, with all fields of the issues, 60 custom fields
among them, most of which are empty: that is what `jira` and tap-jira request by default. In the second table, all
clients receive only the 25 fields that the service uses and requests. Our rows and those of `jira` read long changelogs
completely; the others do not. "httpx and msgspec, typed objects" is the minimum of work that a program has to do to use
what it reads; "bytes only" shows how fast the server is.
"""


class Row(NamedTuple):
    """A line of a table: a candidate, and how it is run.

    Attributes:
        latency: Milliseconds that the server waits before each response.
        is_repeated: Whether it runs twice with the same store and the second run is measured, in which nothing is new.
        is_slow: Whether it is measured only once, because it takes minutes.
    """

    label: str
    candidate: str
    latency: int = 0
    is_repeated: bool = False
    is_slow: bool = False


class Run(NamedTuple):
    """The figures of one run.

    Attributes:
        connecting: Seconds that it took to connect.
        seconds: Seconds without connecting.
        cpu: Seconds of processor time without connecting.
        megabytes: Most memory that the process used.
        items: How many items were read, judged or stored.
        requests: Requests without those for connecting and for comments.
        comments: Requests for comments.
    """

    connecting: float
    connecting_requests: int
    seconds: float
    cpu: float
    megabytes: float
    items: int
    requests: int
    comments: int


# Title and rows of each table. The key names the server that `serving` starts.
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
    "jira-requested": (
        "Jira Cloud, only the requested fields",
        (
            Row("first pull, stored", "pull"),
            Row("the same, not stored", "read"),
            Row("`jira` objects, not stored", "jira-objects"),
            Row("httpx and msgspec, typed objects, not stored", "jira-floor"),
        ),
    ),
    "rounds": (
        "Rounds at Jira Cloud",
        (
            Row("first round: connect, pull, judge, plan", "first-round"),
            Row("the next round, nothing changed", "next-round"),
            Row("judge all open items again", "judge"),
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


_SERVERS = {
    "jira": ("jira",),
    "jira-requested": ("jira", "--only-requested"),
    "rounds": ("jira", "--only-requested"),
    "azure-devops": ("azure-devops",),
}
"""The arguments of loopback_server.py for each table that needs a server."""


@contextmanager
def serving(kind: str, items: int) -> Iterator[str]:
    """Start loopback_server.py for a table, and give its address."""
    command = [sys.executable, str(_FOLDER / "loopback_server.py"), *_SERVERS[kind], "--items", str(items)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def measure(row: Row, url: str, path: str, items: int) -> Run:
    """Run the candidate of a row in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--candidate", row.candidate, "--items", str(items)]
        command += ["--url", url, "--path", path, "--store", f"sqlite:///{folder}/store.db"]
        if row.is_repeated:
            subprocess.run(command, check=True, stdout=subprocess.PIPE)
        if url:
            _reset(url, row.latency)
        command += ["--latency", str(row.latency)]
        process = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        request_counts = _reset(url, 0) if url else {}
    figures = json.loads(process.stdout.splitlines()[-1])
    comments = request_counts.pop("comments", 0)
    return Run(**figures, requests=sum(request_counts.values()), comments=comments)


def _reset(url: str, latency: int) -> dict[str, int]:
    """Set the server's latency and its counts to zero; return what it had counted by then."""
    with urllib.request.urlopen(f"{url}/-/reset?latency={latency}") as reply:
        counts: dict[str, int] = json.loads(reply.read())
    return counts


def run_candidate(options: argparse.Namespace) -> None:
    """Run the named candidate in this process, and print its figures."""
    connect = prepare(options.candidate)
    started = time.perf_counter()
    work = connect(options.url + options.path, options.store, options.items)
    connecting = time.perf_counter() - started
    connecting_requests = sum(_reset(options.url, options.latency).values()) if options.url else 0
    started, cpu_before = time.perf_counter(), _processor_time()
    items = work()
    seconds, cpu = time.perf_counter() - started, _processor_time() - cpu_before
    process = resource.RUSAGE_CHILDREN if options.candidate == "tap-jira" else resource.RUSAGE_SELF
    megabytes = resource.getrusage(process).ru_maxrss / 1024
    figures = {"seconds": seconds, "cpu": cpu, "megabytes": megabytes, "items": items}
    print(json.dumps(figures | {"connecting": connecting, "connecting_requests": connecting_requests}))


def _processor_time() -> float:
    """The processor time of this process and of the processes that it has awaited."""
    return sum(os.times()[:4])


Figures = dict[Row, list[Run]]
"""The runs of each row of a table."""


class LargeRounds(NamedTuple):
    """The figures of rounds on many items, and of judging these by rules that look at items and links."""

    rounds: Sequence[RoundFigures]
    judging: dict[str, float]


def measure_large_rounds() -> LargeRounds:
    """Measure rounds on 200,000 items, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = list(measure_in_turn(_LARGE_COUNT, _LARGE_OPEN_SHARE, Path(folder)))
        return LargeRounds(rounds, judge_in_process(_LARGE_COUNT, _LARGE_OPEN_SHARE, Path(folder)))


_LARGE_COUNT = 200_000
_LARGE_OPEN_SHARE = 0.4


def format_large_rounds(measured: LargeRounds) -> Iterator[str]:
    """Yield the lines of the section about rounds on many items."""
    yield f"## Rounds on {_LARGE_COUNT:,} items"
    yield ""
    yield from textwrap.wrap(_ROUNDS_TEXT.format(open=_LARGE_OPEN_SHARE), 120)
    yield ""
    yield ROUNDS_HEADER
    yield from (figures.row for figures in measured.rounds)
    yield ""
    yield from describe_judging(measured.judging)
    yield ""
    yield from textwrap.wrap(_LIMIT_OF_ROUNDS, 120)


_ROUNDS_TEXT = """\
{open:.0%} of the items are open, and one team has finished the others within 300 days. Each round runs once. The times
are processor time, without what the imitated tracker takes to make the items.
"""
_LIMIT_OF_ROUNDS = """\
A round with few changes still goes through the backlog, without judging it. It loads and packs the open items, learns
usual sizes and the pace from the finished ones, compares a digest of each item with the one that was judged, and
compares versions in the pull. And it determines the statuses of all findings about the items that the team starts
within two sprints, because these change with the day, with the writes of other rounds and with what people answer. To
take less than 1 %, the store would need sums and statuses that every writer keeps up to date, even a process of an
earlier version. If one forgot to, nobody would notice.
"""


def measure_help() -> float:
    """The processor time of `steward --help` in seconds: the median of several runs, with compiled modules."""
    command = [str(Path(sys.executable).with_name("steward")), "--help"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(6):
        started = _processor_time()
        subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
        times.append(_processor_time() - started)
    return statistics.median(times[1:])


def _find_measured(jira: Figures, azure: Figures, large: LargeRounds, help_seconds: float) -> Measured:
    """Find the figures for which there are targets."""

    def runs(figures: Figures, candidate: str, latency: int = 0, *, is_repeated: bool = False) -> Sequence[Run]:
        key = (candidate, latency, is_repeated)
        return next(runs for row, runs in figures.items() if (row.candidate, row.latency, row.is_repeated) == key)

    azure_pull = runs(azure, "pull")[0]
    first_round, _, changed_round, *_ = (measured.figures for measured in large.rounds)
    return Measured(
        jira_pull=_items_a_second(runs(jira, "pull")) / _items_a_second(runs(jira, "jira-objects")),
        jira_read=_items_a_second(runs(jira, "read")) / _items_a_second(runs(jira, "jira-objects")),
        jira_pull_at_200_ms=_items_a_second(runs(jira, "pull", 200)) / _items_a_second(runs(jira, "jira-objects", 200)),
        jira_second_pull_requests=runs(jira, "pull", is_repeated=True)[0].requests,
        azure_requests=azure_pull.requests / azure_pull.items,
        azure_rate_at_200_ms=_items_a_second(runs(azure, "pull-default-rate", 200)),
        first_round_megabytes=first_round["megabytes"],
        changed_round=changed_round["round"] / first_round["round"],
        changed_verdicts=large.judging["hundred"] / large.judging["everything"],
        help_seconds=help_seconds,
    )


def measure_rows(
    kind: str, rows: Sequence[Row], options: argparse.Namespace, calculation_times: list[float]
) -> Figures:
    """Measure all rows in turn, several times.

    Args:
        kind: Key of `TABLES`.
        rows: Rows that are measured.
        options: Options of the command line.
        calculation_times: Is extended by how long a fixed calculation took before each turn.
    """
    figures: Figures = {row: [] for row in rows}
    path = "/fabrikam" if kind == "azure-devops" else ""
    with serving(kind, options.items) if kind in _SERVERS else nullcontext("") as url:
        for turn in range(options.runs):
            calculation_times.append(_time_fixed_calculation())
            for row in rows if turn == 0 else [row for row in rows if not row.is_slow]:
                figures[row].append(measure(row, url, path, options.items))
    return figures


def format_table(figures: Figures) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "| work | items a second | spread | CPU s per 10,000 | peak MB | requests | comments | connect | requests |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for row, runs in figures.items():
        rates = sorted(run.items / run.seconds for run in runs)
        megabytes = statistics.median(run.megabytes for run in runs)
        connecting = statistics.median(run.connecting for run in runs)
        yield (
            f"| {row.label} | {statistics.median(rates):,.0f} | {rates[0]:,.0f} to {rates[-1]:,.0f} "
            f"| {_cpu_per_10_000(runs):.1f} | {megabytes:.0f} | {runs[0].requests:,} | {runs[0].comments:,} "
            f"| {connecting:.1f} s | {runs[0].connecting_requests:,} |"
        )


def compare_with_jira_library(figures: Figures) -> Iterator[str]:
    """Yield lines that compare the pulls of Jira in a table with `jira` objects at the same latency."""
    pulls = {(row.candidate, row.latency): (row.label, runs) for row, runs in figures.items() if not row.is_repeated}
    yield "Compared with `jira` objects at the same latency:"
    yield ""
    yield "| work | items a second | items per CPU second |"
    yield "| --- | --- | --- |"
    for candidate, latency in _COMPARED:
        if (candidate, latency) in pulls:
            label, runs = pulls[candidate, latency]
            _, other_runs = pulls["jira-objects", latency]
            speed = _items_a_second(runs) / _items_a_second(other_runs)
            economy = _cpu_per_10_000(other_runs) / _cpu_per_10_000(runs)
            yield f"| {label} | {speed:.1f} times | {economy:.1f} times |"


_COMPARED = (("pull", 0), ("read", 0), ("pull", 200), ("jira-floor", 0), ("jira-floor", 200))
"""The candidate and the latency of each row that is compared."""


def describe_steps(figures: Figures) -> Iterator[str]:
    """Yield lines that show how much time each step of a first pull of Jira takes."""
    times = {
        row.candidate: _cpu_per_10_000(runs)
        for row, runs in figures.items()
        if row.latency == 0 and not row.is_repeated
    }
    yield "The steps of a first pull. Each is the difference between two rows of the first table:"
    yield ""
    yield "| step | CPU s per 10,000 | share |"
    yield "| --- | --- | --- |"
    seconds_before = 0.0
    for label, candidate in _STEPS:
        seconds = times[candidate] - seconds_before
        yield f"| {label} | {seconds:.2f} | {seconds / times['pull']:.0%} |"
        seconds_before = times[candidate]
    yield ""
    yield from textwrap.wrap(_LIMIT.format(economy=times["jira-objects"] / times["jira-floor"]), 120)


def _items_a_second(runs: Sequence[Run]) -> float:
    return statistics.median(run.items / run.seconds for run in runs)


def _cpu_per_10_000(runs: Sequence[Run]) -> float:
    return statistics.median(run.cpu / run.items * 10_000 for run in runs)


_STEPS = (
    ("receive responses (httpx)", "jira-bytes"),
    ("decode them to typed objects (msgspec)", "jira-floor"),
    ("convert texts, comments, histories and fields to items", "read"),
    ("store items and histories (SQLite)", "pull"),
)
# The steps of a pull, each with the candidate that takes it and all steps before it.
_LIMIT = """\
The threads of a Python process take turns on one core, so a pull is never faster than its CPU time. Without converting
or storing, httpx and msgspec handle {economy:.1f} times as many issues per CPU second as `jira` objects do; a pull
cannot be faster than that. Converting an issue with ten changes, two comments and a description takes about 260 calls
of short functions. Over a quarter of the time goes to the changes, a fifth to the three texts, and the rest to comments
and other fields; a tenth of all is spent on converting times to UTC.
"""


def _time_fixed_calculation() -> float:
    """The milliseconds that one and the same calculation takes now: it shows how much the machine's speed varies."""
    started = time.perf_counter()
    sum(number * number for number in range(1_000_000))
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Run the candidate named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidate", choices=CANDIDATES)
    parser.add_argument("--only", choices=TABLES, help="Print one table, and leave the page as it is.")
    parser.add_argument("--url", default="")
    parser.add_argument("--path", default="", help="The path of the tracker at this address.")
    parser.add_argument("--latency", type=int, default=0, help="Milliseconds before each response.")
    parser.add_argument("--store", default="")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if options.candidate:
        run_candidate(options)
        return
    lines: list[str] = []
    calculation_times: list[float] = []
    figures_by_kind: dict[str, Figures] = {}
    for kind, (title, all_rows) in TABLES.items():
        if options.only in (None, kind):
            rows = [row for row in all_rows if row.candidate != "tap-jira" or install_tap_jira()]
            figures = figures_by_kind[kind] = measure_rows(kind, rows, options, calculation_times)
            section = [f"## {title}", "", *format_table(figures)]
            if kind in ("jira", "jira-requested"):
                section += ["", *compare_with_jira_library(figures)]
            if kind == "jira":
                section += ["", *describe_steps(figures)]
            lines += ["", *section]
            print("\n".join(section), flush=True)
    if options.only is None:
        large = measure_large_rounds()
        measured = _find_measured(figures_by_kind["jira"], figures_by_kind["azure-devops"], large, measure_help())
        targets, last_section = ["## Targets", "", *compare_with_targets(measured)], list(format_large_rounds(large))
        lines = ["", *targets, *lines, "", *last_section]
        print("\n".join([*last_section, "", *targets]), flush=True)
    introduction = _INTRODUCTION.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        python=".".join(map(str, sys.version_info[:3])),
        cores=os.cpu_count(),
        items=options.items,
        runs=options.runs,
        fastest=min(calculation_times),
        slowest=max(calculation_times),
        noise=max(1.3, max(calculation_times) / min(calculation_times)),
    )
    print(f"\n{introduction}")
    if options.only is None:
        _PAGE.write_text("\n".join([introduction.rstrip(), *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
