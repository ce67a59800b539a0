"""What a person sees when something is wrong: one message, the right exit code, nothing lost, and the rest goes on."""

import contextlib
import json
import re
import socket
import threading
import time
from contextlib import closing

import pytest

from sync.run.lease import hold_tracker_lease
from sync.store import Database


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def change(desk, old, new, *, file="steward.yaml"):
    path = desk.folder / file
    text = path.read_text(encoding="utf-8")
    changed = re.sub(old, new, text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def complaint(done, code):
    """The one message of a command that failed; nobody is shown a traceback."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "kept-secret" not in lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("410@*/search/jql", 2, "removed the search API"),
        ("html", 2, "returned a web page instead of data"),
        ("429-nowait", 3, "limits how often it may be called"),
        ("429-long", 3, "asked us to wait until"),
        ("429", 3, "limits how often it may be called"),
        ("500", 3, "returned 500"),
        ("drop-before", 3, "no response"),
        ("truncate@*/search/jql", 3, "search/jql returned truncated"),
    ],
)
def test_a_tracker_that_fails_is_one_message_and_what_was_known_stays(at_desk, fault, code, said):
    assert at_desk.steward("pull").returncode == 0
    at_desk.site.app.faults.add(fault)
    failed = at_desk.steward("plan")
    assert said in complaint(failed, code)
    at_desk.site.app.faults.clear()
    before = len(at_desk.proxy.seen)
    again = at_desk.steward("plan", "--json")
    assert again.returncode == 0, again.stderr
    [shown] = json.loads(again.stdout)
    assert shown["summary"]["items"] == 6
    assert not any(path.endswith("/bulkfetch") for _, path, _ in at_desk.proxy.seen[before:]), "nothing was lost"


def test_a_page_that_breaks_off_once_is_asked_for_again(at_desk):
    at_desk.site.app.faults.add("truncate#1@*/bulkfetch")
    done = at_desk.steward("plan", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["summary"]["items"] == 6


def test_a_host_that_cannot_be_reached(at_desk):
    change(at_desk, r"url: \S+", f"url: http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in complaint(at_desk.steward("plan"), 3)


def test_a_wrong_token(at_desk):
    change(at_desk, "token: .*", "token: wrong\n    gateway: " + at_desk.proxy.url)
    message = complaint(at_desk.steward("plan"), 2)
    assert "rejected the credentials of steward@example.com" in message


def test_a_field_that_is_missing_is_a_note_and_the_rest_goes_on(at_desk):
    change(at_desk, "wsjf: WSJF", "wsjf: Delivery Score")
    done = at_desk.steward("plan")
    assert done.returncode == 0
    assert 'Note: `write.fields.wsjf`: this site has no field "Delivery Score".' in done.stdout
    assert "Planned: " in done.stdout


def test_a_broken_line_of_yaml_is_told_with_its_place(at_desk):
    (at_desk.folder / "rules.yaml").write_text("rules:\n  oversized-story: {above: 13\n", encoding="utf-8")
    assert "rules.yaml:3:1: Invalid YAML: expected ',' or '}'" in complaint(at_desk.steward("plan"), 2)
    assert at_desk.proxy.seen == [], "nothing was asked of anybody"


def test_a_key_that_is_misspelled_is_told_with_what_was_meant(at_desk):
    (at_desk.folder / "rules.yaml").write_text("rules:\n  unranked-itm: off\n", encoding="utf-8")
    message = complaint(at_desk.steward("plan"), 2)
    assert 'rules.yaml:2:3: rules.unranked-itm: Unknown key "unranked-itm". Did you mean "unranked-item"?' in message


def test_one_tracker_that_is_away_does_not_keep_the_other_from_being_written(at_desk):
    away = f"""trackers:
  away:
    kind: jira
    url: http://127.0.0.1:{free_port()}
    email: steward@example.com
    token: kept-secret-token
    scope: project = AWAY
"""
    change(at_desk, "trackers:\n", away)
    done = at_desk.steward("apply")
    assert "away: " in complaint(done, 3)
    assert at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}


@pytest.fixture
def silent_until():
    """Starts servers that accept connections and answer nothing until a condition holds, or for thirty seconds."""
    open_sockets = []

    def serve(condition):
        listener = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(listener)
        held = []

        def listen():
            with contextlib.suppress(OSError):
                while True:
                    held.append(listener.accept()[0])

        def wait():
            end = time.monotonic() + 30
            while time.monotonic() < end and not condition():
                time.sleep(0.02)
            listener.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()

        for work in (listen, wait):
            threading.Thread(target=work, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for one in open_sockets:
        one.close()


def test_trackers_that_never_answer_do_not_delay_the_others(at_desk, silent_until):
    everything = {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}
    in_time = []

    def is_written():
        if at_desk.ours() == everything:
            in_time.append(True)
        return bool(in_time)

    url = silent_until(is_written)
    section = "    kind: jira\n    url: {}\n    email: a@example.com\n    token: t0ken\n    scope: project = A\n"
    silent = "".join(f"  silent-{number}:\n{section.format(url)}" for number in range(12))
    change(at_desk, "trackers:\n", f"trackers:\n{silent}")
    done = at_desk.steward("apply")
    assert done.returncode == 3
    assert done.stderr.count("the round stopped early") == 12
    assert in_time, "the others were only read after the silent ones had failed"


def test_a_tracker_on_which_another_process_works_does_not_keep_the_others_waiting(at_desk):
    change(
        at_desk, "trackers:\n", "trackers:\n  busy: {kind: jira, url: 'http://127.0.0.1:9', token: x, scope: a = b}\n"
    )
    at_desk.steward("pull", "--tracker", "pay")
    with closing(Database(f"sqlite:///{at_desk.folder}/steward.db")) as database, hold_tracker_lease(database, "busy"):
        done = at_desk.steward("plan", "--json")
    message = complaint(done, 1)
    assert "busy: nothing was done. Process " in message
    by_tracker = {result["tracker"]: result for result in json.loads(done.stdout)}
    assert by_tracker["pay"]["plan"]["items"]
    assert "is working on tracker busy" in by_tracker["busy"]["trouble"]


def test_a_storm_in_the_middle_of_writing_loses_nothing_and_doubles_nothing(at_desk):
    at_desk.site.app.faults.add("429#2-9@PUT *", "drop-after#2@POST */comment", "503#3@POST */comment")
    for _ in range(4):
        done = at_desk.steward("apply")
        assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert at_desk.ours() == {"PAY-1": 1, "PAY-2": 1, "PAY-3": 1}


def test_a_store_that_cannot_be_opened(at_desk):
    (at_desk.folder / "file").write_text("This is no folder.", encoding="utf-8")
    change(at_desk, r"store: \S+", f"store: sqlite:///{at_desk.folder}/file/steward.db")
    assert "file/steward.db" in complaint(at_desk.steward("plan"), 2)


def test_slack_that_is_away_is_told_and_the_round_stands(at_desk):
    path = at_desk.folder / "steward.yaml"
    slack = f"""slack:
  token: xoxb-kept-secret
  url: http://127.0.0.1:{free_port()}/api
  reports: [{{channel: "#refinement"}}]
"""
    path.write_text(path.read_text(encoding="utf-8") + slack, encoding="utf-8")
    at_desk.steward("apply")
    done = at_desk.steward("once")
    assert "#refinement" in complaint(done, 3)
