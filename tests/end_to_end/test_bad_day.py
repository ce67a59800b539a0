"""Bad days of the service: whatever happens to store, clock, configuration and tracker, it is there afterwards.

Prints how much memory, how many files and threads it holds after each day.
"""

import contextlib
import json
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from support.postgres import PostgresServer, is_postgres_here

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

DAYS = 3
FAILS, WORKS = (
    "the store cannot be used; nothing is written to trackers, and the service keeps trying",
    "the store can be used again",
)
INVALID = "the edited configuration is invalid; the previous one stays in use"
COMMENTS = {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}


class Day:
    """A service in a process of its own, and everything that can happen to it.

    Attributes:
        entries: The entries of its log.
    """

    def __init__(self, desk, store):
        self.desk, self.store, self.entries = desk, store, []
        self.clock = desk.folder / "clock"
        self.clock.write_text("0", encoding="ascii")
        script = Path(__file__).parent / "hurried_service.py"
        command = [sys.executable, str(script), str(self.clock), "run", "--config", str(desk.folder / "steward.yaml")]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=desk.folder)
        self.no_entries = []
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self):
        for line in self.process.stderr:
            try:
                self.entries.append(json.loads(line))
            except ValueError:
                self.no_entries.append(line)

    def wait_for(self, what, true, seconds=60):
        end = time.monotonic() + seconds
        while not true():
            assert self.process.poll() is None, f"the service ended: {self.entries[-3:]} {self.no_entries}"
            assert time.monotonic() < end, f"{what}: {self.entries[-5:]}"
            time.sleep(0.05)

    def says(self, event, since, **values):
        """Waits for an entry after a number of others."""

        def is_said():
            return any(
                entry["event"] == event and all(bool(entry[name]) is value for name, value in values.items())
                for entry in self.entries[since:]
            )

        self.wait_for(f"never said: {event} {values}", is_said)

    def goes_on(self):
        """Waits for two rounds without trouble; nothing was doubled, and nothing is written again."""
        for _ in range(2):
            self.says("round", len(self.entries), trouble=False)
        assert self.desk.ours() == COMMENTS

    def figures(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        memory, threads = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) for name in ("VmRSS", "Threads"))
        files = len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))
        return {"MiB": round(memory / 1024, 1), "files": files, "threads": threads}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.listener.join(10)
        self.process.stderr.close()
        assert self.no_entries == []

    # ---- what happens

    def store_fails(self):
        since = len(self.entries)
        with self.store.failing(self.process.pid):
            self.says(FAILS, since)
            time.sleep(2)
        self.says(WORKS, since)
        events = [entry["event"] for entry in self.entries[since:]]
        assert events.count(FAILS) == events.count(WORKS) == 1

    def store_is_locked(self):
        with self.store.locked():
            time.sleep(3)

    def clock_is_set(self):
        for ahead in ("-3600", "0", "7200", "0"):
            self.clock.write_text(ahead, encoding="ascii")
            time.sleep(0.5)
            self.goes_on()

    def configuration_is_broken(self):
        rules, since = self.desk.folder / "rules.yaml", len(self.entries)
        before = rules.read_text(encoding="utf-8")
        rules.write_text("rules: {oversized-story: {above: many}}\n", encoding="utf-8")
        self.says(INVALID, since)
        self.goes_on()
        rules.write_text(before, encoding="utf-8")
        self.says("configuration reloaded", since)

    def tracker_fails(self, fault):
        faults, since = self.desk.site.app.faults, len(self.entries)
        faults.add(fault)
        self.says("round", since, trouble=True)
        time.sleep(2)
        faults.clear()


class SqliteStore:
    """What can happen to a SQLite file."""

    def __init__(self, folder):
        self.url = f"sqlite:///{folder / 'steward.db'}"
        self._file = folder / "steward.db"

    @contextlib.contextmanager
    def failing(self, process):
        """Lets the process write to no file, as if the disk were full."""
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
        yield
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))

    @contextlib.contextmanager
    def locked(self):
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def close(self):
        pass


class PostgresStore:
    """What can happen to a PostgreSQL server."""

    def __init__(self, _folder):
        if not is_postgres_here():
            pytest.skip("no PostgreSQL is here")
        self._server = PostgresServer()
        self.url = self._server.url

    @contextlib.contextmanager
    def failing(self, _process):
        """Takes the server away, as a crash does."""
        self._server.kill()
        yield
        self._server.start()

    @contextlib.contextmanager
    def locked(self):
        """Ends the connections of everybody else again and again."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as admin:
            for _ in range(5):
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                admin.execute(text(f"{others} AND usename IS NOT NULL"))
                time.sleep(0.2)
        engine.dispose()
        yield

    def close(self):
        self._server.remove()


@pytest.mark.parametrize("kind", [SqliteStore, PostgresStore])
def test_the_service_outlives_bad_days_and_keeps_its_promises(kind, at_desk, capsys):
    store = kind(at_desk.folder)
    file = at_desk.folder / "steward.yaml"
    lines = re.sub(r"(?m)^store: .*$", f"store: {store.url}", file.read_text(encoding="utf-8"))
    file.write_text(lines, encoding="utf-8")
    day = Day(at_desk, store)
    try:
        day.wait_for("nothing was written", lambda: at_desk.ours() == COMMENTS)
        day.goes_on()
        writes, held = len(at_desk.written()), [day.figures()]
        for _ in range(DAYS):
            for happens in (
                day.store_fails,
                day.store_is_locked,
                day.clock_is_set,
                day.configuration_is_broken,
                lambda: day.tracker_fails("drop-before"),
                lambda: day.tracker_fails("401"),
                lambda: day.tracker_fails("html"),
            ):
                happens()
                day.goes_on()
            held.append(day.figures())
        assert len(at_desk.written()) == writes, "nothing was written a second time"
        rounds = sum(entry["event"] == "round" for entry in day.entries)
        day.stop()
    finally:
        day.process.kill()
        store.close()
    lines = [", ".join(f"{value} {name}" for name, value in figures.items()) for figures in held]
    title = f"{kind.__name__}, {rounds} rounds; at first, and after each of {DAYS} bad days:"
    with capsys.disabled():
        sys.stdout.write("\n  ".join(["", title, *lines, ""]))
    first, second, last = held[0], held[1], held[-1]
    assert last["files"] <= first["files"] + 5
    assert last["threads"] <= first["threads"] + 5
    assert last["MiB"] <= second["MiB"] * 1.1, "memory does not grow from day to day"
