"""`steward doctor` examines all trackers at the same time."""

import threading

import pytest
from typer.testing import CliRunner

from connectors.connection import Account, Capabilities, Connection
from connectors.errors import Retriable
from sync.cli import app
from sync.inspect.doctor import DoctorContext, run_checks
from sync.settings import load


class DeadTracker:
    """A tracker that only fails when all others are being examined as well."""

    directory = None

    def __init__(self, name, together):
        self.name = name
        self._together = together

    def connect(self):
        self._together.wait(timeout=30)
        raise Retriable(f"{self.name} does not respond.")

    def close(self):
        pass


@pytest.fixture
def configuration(tmp_path):
    site = "{url: https://example.atlassian.net, email: a@example.com, token: t, scope: project = PAY}"
    lines = ["trackers:", *(f"  {name}: {site}" for name in ("c", "a", "b")), ""]
    (tmp_path / "steward.yaml").write_text("\n".join(lines), encoding="utf-8")
    return load(tmp_path / "steward.yaml")


def test_trackers_are_examined_at_once_and_told_in_their_order(configuration, desk):
    together = threading.Barrier(3)
    context = DoctorContext(configuration, desk.database, lambda name: DeadTracker(name, together))
    connects = [check for check in run_checks(context) if check.id.endswith(".connect")]
    assert [check.message for check in connects if check.id != "slack.connect"] == [
        f"{name} does not respond." for name in ("c", "a", "b")
    ]


class DescribedTracker(DeadTracker):
    """A tracker with a field for points and none for the effort."""

    target = None

    def connect(self):
        fields = {"points": ("Effort",), "effort": (), "risk_reduction": ()}
        return Connection(account=Account("1", "S"), capabilities=Capabilities(), fingerprint="1", fields=fields)


def test_a_field_with_a_stand_in_is_not_said_to_be_missing(configuration, desk):
    context = DoctorContext(configuration, desk.database, lambda name: DescribedTracker(name, None))
    messages = [check.message for check in run_checks(context) if check.id.startswith("a.fields")]
    assert messages == ["points: Effort.", "Optional fields not found: risk_reduction."]


def test_a_rehearsal_announces_mail_before_it_writes(desk):
    desk.pull()
    result = CliRunner().invoke(app, ["doctor", "--rehearse", "PAY-1", "--config", str(desk.file)])
    assert "The rehearsal adds a label and a comment to PAY-1 and takes both back." in result.stderr
    assert "may send mail about this to people who watch the item." in result.stderr
    assert "note  rehearse.comment" in result.stdout
    assert "deleted. The tracker sent mail about this to people who watch the item." in result.stdout
    assert "ok    rehearse.restored" in result.stdout


def test_a_rehearsal_removes_the_label_of_an_interrupted_one(desk):
    desk.pull()
    desk.person().label("PAY-1", "steward-rehearsal")
    result = CliRunner().invoke(app, ["doctor", "--rehearse", "PAY-1", "--config", str(desk.file)])
    assert "ok    rehearse.restored" in result.stdout
    assert "steward-rehearsal" not in desk.labels("PAY-1")


@pytest.mark.parametrize(
    ("write", "words"),
    [
        ({"label": None, "fields": {}}, "Write mode: comments."),
        ({"label": "by-reason", "fields": {"wsjf": "WSJF"}}, "Write mode: comments, labels, fields (WSJF)."),
        ({"label": None, "comment": False, "fields": {}}, "comments, labels and fields are all off."),
    ],
)
def test_the_mode_names_what_may_be_written(desk, write, words):
    desk.configure(write=write)
    context = DoctorContext(desk.configuration, desk.database, lambda _name: desk.open())
    [check] = [check for check in run_checks(context) if check.id.endswith(".mode")]
    assert check.message.endswith(words)
