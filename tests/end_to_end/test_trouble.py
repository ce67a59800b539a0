"""What a person sees when something is wrong: one message, the right exit code, nothing lost, and the rest goes on."""

import json
import re
import socket

import pytest


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
        ("truncate@*/serverInfo", 3, "serverInfo returned truncated"),
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
