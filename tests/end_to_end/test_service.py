"""The service as a process: it works by itself, stands by, takes up changes of its configuration, and stops in order."""

import json
import signal
import time

import pytest

from sync.run.lease import SERVICE, at_work
from sync.store import Database

QUICK = "schedule: {pull: every 10 minutes, timezone: UTC}\n"


@pytest.fixture
def start(at_desk):
    """Starts `steward run`; whatever still runs at the end is ended."""
    started = []

    def begin():
        process = at_desk.start("run")
        at_desk.proxy.victim = None
        started.append(process)
        return process

    path = at_desk.folder / "steward.yaml"
    path.write_text(path.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


def wait_for(true, what, seconds=40):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.1)


def lines(process):
    """What a service that has ended said, as its log lines."""
    _, said = process.communicate(timeout=30)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_it_writes_by_itself_refuses_others_stands_by_and_stops_in_order(at_desk, start):
    first = start()
    wait_for(lambda: at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}, "nothing was written")
    second = start()
    wait_for(lambda: _stands_by(second, at_desk), "the second did not stand by")

    refused = at_desk.steward("once")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert "is at work on this store as the service" in refused.stderr

    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    told = lines(first)
    assert [one["event"] for one in told if one["event"].startswith("service")] == [
        "service started",
        "service stopped",
    ]

    wait_for(lambda: at_desk.proxy.seen[-1:] and second.poll() is None and _took_over(at_desk), "nobody took over")
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0
    events = [one["event"] for one in lines(second)]
    assert events.index("another service works on this store; standing by") < events.index("service started")
    assert at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}


def _stands_by(process, desk):
    database = Database(f"sqlite:///{desk.folder / 'steward.db'}")
    try:
        return process.poll() is None and bool(at_work(database, SERVICE)) and time.sleep(8) is None
    finally:
        database.close()


def _took_over(desk):
    """Whether the tracker was read again since the first service ended."""
    count = sum(path.endswith("/myself") for _, path, _ in desk.proxy.seen)
    return count >= 2


def test_it_takes_up_a_changed_rule_and_keeps_the_old_one_when_the_file_is_broken(at_desk, start):
    process = start()
    wait_for(lambda: at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}, "nothing was written")
    rules = at_desk.folder / "rules.yaml"
    rules.write_text("rules: {oversized-story: {above: many}}\n", encoding="utf-8")
    time.sleep(2)
    rules.write_text("rules: {oversized-story: {above: 30}}\n", encoding="utf-8")
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    said = json.dumps(lines(process))
    assert "rules.yaml:1:" in said, "what is wrong is told"
    assert "is not history or a number" in said
