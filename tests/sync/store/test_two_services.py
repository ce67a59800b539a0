"""Two workers on one store: nothing is written twice, nothing is lost, and who was taken for dead stays silent."""

import importlib.util
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from sync.store import leases, writes
from sync.store.statements import get_table
from sync.store.tables import LeaseRow

pytestmark = [pytest.mark.slow, pytest.mark.on_jira]

WORKER = Path(__file__).with_name("worker.py")
MOMENT = datetime(2024, 5, 20, 9, 0, tzinfo=UTC)
LABEL = "refine-criteria"
STORIES = ("PAY-1", "PAY-2", "PAY-3", "PAY-4")
CHANGES = {"PUT", "POST", "DELETE", "PATCH"}
ONLY_READ = ("/search/jql", "/bulkfetch", "/comment/list")


class Gate:
    """Stands before the tracker: counts what changes something, and freezes a process when it is told to.

    Attributes:
        done: Changes that the tracker made, as verb and path.
        freeze: Asked when a request comes ("asked") and before its reply leaves ("done"), with whether it changes
            something and how many changes were made by then; gives the process to freeze.
    """

    def __init__(self, app):
        self._app = app
        self.done = []
        self.freeze = lambda moment, call, changes, made: None

    async def __call__(self, scope, receive, send):
        call = f"{scope['method']} {scope['path']}"
        changes = scope["method"] in CHANGES and not call.endswith(ONLY_READ)
        self._perhaps_freeze("asked", call, changes)

        async def watched(message):
            if message["type"] == "http.response.start":
                if changes and message["status"] < 400:
                    self.done.append((scope["method"], scope["path"]))
                self._perhaps_freeze("done", call, changes)
            await send(message)

        await self._app(scope, receive, watched)

    def _perhaps_freeze(self, moment, call, changes):
        victim = self.freeze(moment, call, changes, len(self.done))
        if victim is not None:
            self.freeze = lambda moment, call, changes, made: None
            os.kill(victim, signal.SIGSTOP)

    def made(self, method, part):
        return sum(1 for verb, path in self.done if verb == method and part in path)


@pytest.fixture
def shop(desk_of, database, store_url, _jira_switch):
    """A team whose service keeps its memory in the store that is under test, with a gate before their Jira."""
    desk = desk_of()
    desk.database.close()
    desk.database = database
    desk.configure(
        store=store_url, write={"quiet": {"hours": "always", "after_activity": "0 days", "after_answer": "0 days"}}
    )
    desk.clock.move_to(MOMENT)
    desk.gate = _jira_switch[0].app = Gate(desk.site.app)
    return desk


def worker(shop, rounds, seed=0):
    """A worker in a process of its own."""
    command = [sys.executable, str(WORKER), str(shop.file), str(rounds), MOMENT.isoformat(), str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process):
    out, err = process.communicate(timeout=2000)
    assert process.returncode == 0, err
    *troubles, written = out.splitlines()
    return int(written), troubles


def people(shop, seed, stop):
    """Changes that give the service something to write, until it is enough."""
    dice, person = random.Random(seed), shop.person()
    while not stop.is_set():
        if dice.random() < 0.5:
            person.edit("PAY-5", business_value=dice.choice([3, 8, 13, 20]))
        else:
            person.edit(dice.choice(STORIES), acceptance_criteria=dice.choice([None, "Both prices are shown."]))
        time.sleep(dice.uniform(0.0, 0.1))


def ledger(shop):
    with shop.database.reading() as transaction:
        assert writes.unsettled_calls(transaction, "team") == []
        return writes.effects(transaction, tracker="team")


def whole(shop):
    """What was written down is what the tracker was made to do, and what stands is what is known to stand."""
    effects = ledger(shop)
    comments = Counter(
        "add" if effect.before is None else "delete" if effect.after is None else "replace"
        for effect in effects
        if effect.kind == "comment"
    )
    assert comments["add"] == shop.gate.made("POST", "/comment")
    assert comments["delete"] == shop.gate.made("DELETE", "/comment/")
    changes = sum(1 for verb, path in shop.gate.done if verb == "PUT" and path.rpartition("/")[0].endswith("/issue"))
    edits = {(effect.round, effect.item) for effect in effects if effect.kind != "comment"}
    assert len(edits) == changes, "one edit an item a round"
    annotations = {(annotation.kind, annotation.key, annotation.name) for annotation in shop.annotations()}
    for key in STORIES:
        assert {name for kind, where, name in annotations if (kind, where) == ("comment", key)} == {
            str(comment.id) for comment in shop.ours(key)
        }
        assert len(shop.ours(key)) <= 1, key
        assert (("label", key, LABEL) in annotations) is (LABEL in shop.labels(key)), key
    return effects


def together(shop, rounds, kind):
    stop = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        busy = pool.submit(people, shop, 7, stop)
        try:
            if kind == "processes":
                results = [finished(process) for process in [worker(shop, rounds, seed) for seed in (1, 2)]]
            else:
                spec = importlib.util.spec_from_file_location("worker", WORKER)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                begun = [pool.submit(module.work, shop.configuration, rounds, MOMENT, seed) for seed in (1, 2)]
                results = [one.result() for one in begun]
        finally:
            stop.set()
            busy.result()
    assert [troubles for _, troubles in results] == [[], []]
    shop.round()
    effects = whole(shop)
    assert shop.round().writes == 0
    return sum(written for written, _ in results), effects


@pytest.mark.parametrize("kind", ["processes", "threads"])
def test_two_workers_write_everything_once(shop, kind):
    written = 0
    for _ in range(5):  # on a busy machine, people change less while the workers go through their rounds
        more, effects = together(shop, 28, kind)
        written += more
        if written > 10:
            break
    assert written > 10
    assert len({effect.round for effect in effects}) > 5, "they wrote in many rounds"


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_a_thousand_rounds_of_two_workers(shop):
    written, _ = together(shop, 500, "processes")
    assert written > 300


def time_is_up(shop):
    """Every lease runs out, as it does two minutes later."""
    table = get_table(LeaseRow)
    with shop.database.writing() as transaction:
        transaction.execute(update(table).values(expires=leases.current_time(transaction) - timedelta(seconds=1)))


def state(process):
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def frozen_at(shop, when):
    """Freezes a worker, lets another one take over, and thaws the first; says what it still did."""
    first = worker(shop, 1)
    shop.gate.freeze = lambda *seen: first.pid if when(*seen) else None
    until = time.monotonic() + 60
    while state(first) != "T":
        assert first.poll() is None, first.communicate()
        assert time.monotonic() < until, "it was never frozen"
        time.sleep(0.02)
    time_is_up(shop)
    written, troubles = finished(worker(shop, 1))
    assert troubles == []
    before = list(shop.gate.done)
    os.kill(first.pid, signal.SIGCONT)
    _, said = finished(first)
    return written, said, shop.gate.done[len(before) :]


def checks(shop, when, *, late=0, last=False):
    """What must hold after a worker woke: it sent nothing more, but for what had half left when it was frozen."""
    written, said, after = frozen_at(shop, when)
    assert len(after) <= late, "who wakes late writes nothing"
    assert written > 0 or last, "what the first left was written by the second"
    if late:
        shop.round()
    assert [len(shop.ours(key)) for key in ("PAY-1", "PAY-3", "PAY-4")] == [1, 1, 0]
    labels = [shop.labels(key) for key in ("PAY-1", "PAY-3", "PAY-4")]
    assert labels == [(LABEL,), ("finance", LABEL), (LABEL, "refine-order")]
    assert shop.score("PAY-5") == 4
    if not late:
        places = Counter((effect.item, effect.kind, effect.name) for effect in ledger(shop))
        assert set(places.values()) == {1}, "written down once"
        whole(shop)
    again = shop.round()
    assert (again.writes, again.answers) == (0, [])
    return said


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see a process stand still")


@needs_proc
def test_frozen_while_it_looks_at_an_item_it_writes_nothing_when_it_wakes(shop):
    def looks(moment, _call, changes, made):
        return moment == "asked" and not changes and made == 2

    assert len(checks(shop, looks)) <= 1


@needs_proc
def test_frozen_before_the_reply_to_a_comment_it_writes_it_down_once(shop):
    checks(shop, lambda moment, call, changes, made: moment == "done" and changes and call.endswith("/comment"))


@needs_proc
def test_frozen_with_a_comment_half_sent_there_is_one_in_the_end(shop):
    checks(
        shop, lambda moment, call, changes, made: moment == "asked" and changes and call.endswith("/comment"), late=1
    )


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("moment", ["asked", "done"])
def test_frozen_at_any_write(shop, number, moment):
    sent = number - (moment == "asked")
    checks(
        shop,
        lambda at, call, changes, made: at == moment and changes and made == sent,
        late=int(moment == "asked"),
        last=number == 6,
    )
