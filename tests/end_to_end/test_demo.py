"""What a stranger sees first: the demo, on the shipped backlog and on a real one as it stood on a day."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from steward_sandbox import StoppedClock, parse_backlog, serving
from steward_sandbox.commands.loop import running_demo
from steward_sandbox.jira import JiraCloud, build_world
from sync.rounds.context import WriteAuthority

pytestmark = pytest.mark.slow


def demo(*arguments, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "sync.cli", "demo", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_shows_the_whole_way_and_is_quiet_the_second_time(tmp_path):
    found = json.loads(demo("--json", cwd=tmp_path))
    assert found["items"] >= 120
    assert found["skipped"] == 0
    assert all(count > 0 for count in found["findings"].values())
    assert found["comments_created"] > 0
    assert found["fields_written"] > 0
    assert found["second_run_writes"] == 0
    assert found["slack_messages"] == 1
    assert found["seconds"] < 20
    assert list(tmp_path.iterdir()) == [], "the demo leaves nothing behind"


def test_the_demo_tells_what_it_does(tmp_path):
    told = demo(cwd=tmp_path)
    for part in ("mode: write", "Planned:", "Written:", "comments created", "127.0.0.1"):
        assert part in told


def test_a_jira_and_an_azure_devops_come_into_one_report_in_the_same_words():
    with running_demo(None, None) as show:
        harbour, quay = show.run_rounds(WriteAuthority.BY_PERSON)
        asked_of_both = {"missing-acceptance-criteria", "oversized-story", "unranked-item"}
        assert quay.finding_counts.keys() == asked_of_both
        assert harbour.finding_counts.keys() == asked_of_both | {
            *("blocked-by-later", "split-candidate", "unanswered-question", "unestimated-near-top")
        }
        questions = [{one.finding.question for one in side.statuses} for side in (harbour, quay)]
        assert len(questions[0] & questions[1]) >= 3, "the same question is asked in the same words"
        assert show.send_report() == 1
        (message,) = show.slack.messages("refinement")
        said = json.dumps([reply.blocks for reply in message.replies])
        assert "harbour: 64 open items" in said
        assert "quay: 18 open items" in said
        linked = {link.target for item in quay.items.values() for link in item.links if link.tracker == "harbour"}
        assert {"HRB-44", "HRB-59"} <= linked


def quoted(page):
    """The excerpts of a page, each as its lines without markup."""
    for block in re.findall(r"(?:^> ?.*\n)+", page, re.MULTILINE):
        lines = (re.sub(r"^> ?(?:- )?|\*\*|`|\\(?=\W)", "", line).strip() for line in block.splitlines())
        yield [line for line in lines if line]


def test_the_readme_shows_what_the_demo_makes(repository):
    comment, message = quoted((repository / "README.md").read_text(encoding="utf-8"))
    with running_demo(None, None) as show:
        _, quay = show.run_rounds(WriteAuthority.BY_PERSON)
        [made] = [item.comment.content.document.plain_text for item in quay.plan.items if item.key == "139"]
        assert " ".join(comment) == " ".join(made.replace("• ", "").split())
        show.send_report()
        [report] = show.slack.messages("refinement")
        told = "".join(words(report.blocks)).splitlines()
        for line in message:
            assert any(line in one for one in told), line


def words(block):
    """The texts of some blocks, list entries on lines of their own."""
    if isinstance(block, list):
        return [word for one in block for word in words(one)]
    if not isinstance(block, dict):
        return []
    if isinstance(block.get("text"), str):
        return [block["text"]]
    inner = [word for value in block.values() for word in words(value)]
    return [*inner, "\n"] if block.get("type") in ("rich_text_section", "header", "context") else inner


def test_everything_the_demo_wrote_is_taken_back():
    with running_demo(None, None) as show:
        assert all(one.writes > 0 for one in show.run_rounds(WriteAuthority.BY_PERSON))
        assert show.changed == ["harbour", "quay"]
        show.undo()
        assert show.changed == []


def test_a_real_backlog_as_it_stood_on_a_day(shared, tmp_path):
    backlog = shared / "data" / "springxd_backlog.jsonl"
    found = json.loads(demo("--backlog", str(backlog), "--as-of", "2014-01-01", "--json", cwd=tmp_path))
    assert (found["items"], found["open_items"], found["skipped"]) == (885, 150, 1161)
    assert found["second_run_writes"] == 0
    with running_demo(backlog, date(2014, 1, 1)) as show:
        (outcome,) = show.run_rounds(WriteAuthority.BY_PERSON)
        assert sum(outcome.finding_counts.values()) > 0, (
            "saturated rules ask one question each, and by default no label is written"
        )
        assert outcome.questions.keys() == {"missing-acceptance-criteria", "unranked-item"}
        (side,) = show.trackers
        assert side.app.calls, "it was read over HTTP"
        show.undo()
        assert show.changed == []


_PULL = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from sync.cli.session import open_session
from sync.rounds.context import WriteAuthority
from sync.rounds.round import run_round

with open_session(Path(sys.argv[1]), without_store="create") as this:
    this.clock = lambda: datetime(2017, 6, 1, tzinfo=UTC)
    with this.working_on("team") as (tracker, context):
        outcome = run_round(tracker, context, WriteAuthority.NOBODY)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps([outcome.pulled.items, outcome.pulled.read, outcome.trouble, int(peak.split()[1]) / 1024]))
"""


def test_a_whole_real_backlog_is_read_in_bounded_memory_and_never_twice(shared, tmp_path):
    text = (shared / "data" / "springxd_backlog.jsonl").read_text(encoding="utf-8")
    jira = JiraCloud(build_world(parse_backlog(text), clock=StoppedClock(datetime(2017, 6, 1, tzinfo=UTC))))
    with serving(jira) as url:
        path = tmp_path / "steward.yaml"
        tracker = {"kind": "jira", "url": url, "email": "a@example.com", "token": "any", "scope": "project = XD"}
        path.write_text(
            json.dumps({"trackers": {"team": tracker | {"rate": 1000}}, "store": f"sqlite:///{tmp_path}/steward.db"}),
            encoding="utf-8",
        )

        def pull():
            done = subprocess.run(
                [sys.executable, "-c", _PULL, str(path)], cwd=tmp_path, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, done.stderr[-2000:]
            return json.loads(done.stdout)

        items, read, trouble, megabytes = pull()
        assert (items, read, trouble) == (3565, 3565, "")
        assert megabytes < 150, megabytes
        before = len(jira.calls)
        items, read, trouble, _ = pull()
        assert (items, read, trouble) == (3565, 0, "")
        assert not [call.path for call in jira.calls[before:] if "bulkfetch" in call.path or "/comment" in call.path]
