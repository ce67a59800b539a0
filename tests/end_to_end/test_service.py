"""The service as a process: it works by itself, stands by, takes up changes of its configuration, and stops in order."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

pytestmark = pytest.mark.slow

QUICK = "schedule: {pull: every 10 minutes, timezone: UTC}\n"


class Running:
    """A service in a process of its own, heard while it runs.

    Attributes:
        told: Its log lines so far.
    """

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.told: list[dict] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for line in self.process.stderr:
            if line.startswith("{"):
                self.told.append(json.loads(line))

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in list(self.told)]

    def says(self, event: str, seconds: float = 90) -> dict:
        """The first line about an event, which must come before long."""
        wait_for(lambda: event in self.events or self.process.poll() is not None, f"never said: {event}", seconds)
        assert event in self.events, f"it ended without saying: {event}"
        return self.told[self.events.index(event)]

    def stop(self) -> None:
        """Asks it to end, and waits until it has said its last word."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self._listener.join(60)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        self._listener.join(60)
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture
def start(at_desk):
    """Starts `steward run`; whatever still runs at the end is ended."""
    started = []

    def begin():
        started.append(Running(at_desk.start("run")))
        at_desk.proxy.victim = None
        return started[-1]

    path = at_desk.folder / "steward.yaml"
    path.write_text(path.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    yield begin
    for service in started:
        service.end()


def wait_for(true, what, seconds=90):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.1)


def test_it_writes_by_itself_refuses_others_stands_by_and_stops_in_order(at_desk, start):
    first = start()
    wait_for(lambda: at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}, "nothing was written")
    second = start()
    second.says("another service runs on this store; this one is on standby")
    assert second.process.poll() is None
    assert "service started" not in second.events

    refused = at_desk.steward("once")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "is working on this store as the service" in refused.stderr

    read = _readings(at_desk)
    first.stop()
    assert [event for event in first.events if event.startswith("service")] == ["service started", "service stopped"]

    second.says("service started")
    wait_for(lambda: _readings(at_desk) > read, "nobody took over")
    second.stop()
    events = second.events
    assert events.index("another service runs on this store; this one is on standby") < events.index("service started")
    assert at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}


def _readings(desk):
    """How often somebody began to read the tracker."""
    return sum("/search/jql" in path for _, path, _ in desk.proxy.seen)


def test_it_takes_up_a_changed_rule_and_keeps_the_old_one_when_the_file_is_broken(at_desk, start):
    service = start()
    wait_for(lambda: at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}, "nothing was written")
    rules = at_desk.folder / "rules.yaml"
    rules.write_text("rules: {oversized-story: {above: many}}\n", encoding="utf-8")
    refused = service.says("the edited configuration is invalid; the previous one stays in use")
    assert "rules.yaml:1:" in refused["mistake"], "what is wrong is told"
    assert "Expected history or a number" in refused["mistake"]
    assert "configuration reloaded" not in service.events
    rules.write_text("rules: {oversized-story: {above: 30}}\n", encoding="utf-8")
    assert str(rules) in service.says("configuration reloaded")["files"]
    assert service.process.poll() is None
    service.stop()


def test_on_a_terminal_each_event_is_a_line_in_words(at_desk):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "sync.cli", "run", "--config", str(at_desk.folder / "steward.yaml")]
    service = subprocess.Popen(command, stderr=theirs, stdout=theirs, cwd=at_desk.folder)
    os.close(theirs)
    text, interrupted = "", False
    with contextlib.suppress(OSError):  # the terminal is gone when the service is
        while part := os.read(ours, 4096).decode():
            text += part
            if "Next round" in text and not interrupted:
                interrupted = True
                service.send_signal(signal.SIGINT)
    os.close(ours)
    assert service.wait(30) == 0
    lines = text.splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d  \S", line) for line in lines), lines
    said = [line[10:] for line in lines if "Health checks" not in line]
    assert (
        said[0]
        == "Started. Trackers: pay. The first rounds run now. Ctrl-C stops the service. Times are in the zone UTC."
    )
    assert re.fullmatch(r"pay: 6 items, 6 read, \d+ findings, \d+ writes\. Next round (at|on) [-\d: at]+\.", said[1])
    assert said[2:] == ["stopping when rounds in progress have ended", "Stopped."]
