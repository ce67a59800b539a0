"""Output that cannot be written ends in one sentence or in order; a JSON log holds nothing but JSON."""

import contextlib
import io
import json
import logging
import os
import sys
import threading
from zoneinfo import ZoneInfo

import pytest
import structlog

from sync.cli import main
from sync.cli.logs import log_to_stderr
from sync.cli.output import out
from sync.cli.service_lines import LineRenderer

LONG = ("rules", "list", "--json")


@pytest.fixture
def run(monkeypatch):
    """Runs the command line with a standard output of one's own; its exit code and what it complained about."""

    def run(stdout, *words):
        complaints = io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["steward", *words])
            patch.setattr(sys, "stdout", stdout)
            patch.setattr(sys, "stderr", complaints)
            with pytest.raises(SystemExit) as ended:
                main()
        return ended.value.code or 0, complaints.getvalue()

    yield run
    with contextlib.redirect_stdout(io.StringIO()):
        out.print()  # what could not be written is still in the buffer, and would appear in the next test


@pytest.fixture
def closed_pipe():
    """A pipe whose reader has seen enough."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield stream


@pytest.mark.parametrize("words", [LONG, ("rules", "list"), ("rules", "show", "unranked-item"), ("--help",)])
def test_a_reader_that_has_seen_enough_is_no_error(run, closed_pipe, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(closed_pipe, *words) == (0, "")


@pytest.mark.parametrize("words", [LONG, ("rules", "list"), ("--help",)])
def test_a_full_disk_is_one_sentence(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        code, said = run(full, *words)
    assert code == 1
    assert said.strip() == "steward: The output cannot be written: No space left on device."


def test_an_exit_code_is_kept_where_all_could_be_written(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = run(io.StringIO(), "plan")
    assert code == 2
    assert "steward init" in said


def test_nothing_to_complain_on_is_no_trouble(closed_pipe, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["steward", "plan"])
    monkeypatch.setattr(sys, "stderr", closed_pipe)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


@pytest.fixture
def json_log(monkeypatch):
    """What is written to standard error while the log is JSON."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    handlers, configuration = logging.root.handlers[:], structlog.get_config()
    structlog.reset_defaults()
    log_to_stderr(as_json=True)
    yield written
    log_to_stderr()
    structlog.configure(**configuration)
    logging.captureWarnings(capture=False)
    logging.root.handlers[:] = handlers


def test_complaints_and_unexpected_errors_are_entries_of_a_json_log(json_log):
    from sync.cli.output import print_error  # noqa: PLC0415

    print_error("The store cannot be used.")
    error = RuntimeError("a mistake of ours")
    sys.excepthook(RuntimeError, error, None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join(30)
    entries = [json.loads(line) for line in json_log.getvalue().splitlines()]
    assert [entry["event"] for entry in entries] == [
        "The store cannot be used.",
        "unexpected error",
        "unexpected error",
    ]
    assert "a mistake of ours" in json.dumps(entries[1])


@pytest.fixture
def logged():
    """Logs entries with the given options; the lines that are written to standard error."""
    handlers, configuration = logging.root.handlers[:], structlog.get_config()
    structlog.reset_defaults()

    def log(*entries, **options):
        with contextlib.redirect_stderr(io.StringIO()) as written:
            log_to_stderr(**options)
            for logger, level, entry in entries:
                getattr(structlog.get_logger(logger), level)(**entry)
        return written.getvalue().splitlines()

    yield log
    log_to_stderr()
    structlog.configure(**configuration)
    logging.root.handlers[:] = handlers


@pytest.mark.parametrize(
    ("verbosity", "events"),
    [(0, ["a warning"]), (1, ["a warning", "a round"]), (2, ["a warning", "a round", "a request"])],
)
def test_requests_are_only_logged_when_asked_for_twice(logged, verbosity, events):
    lines = logged(
        ("sync.rounds", "warning", {"event": "a warning"}),
        ("sync.rounds", "info", {"event": "a round"}),
        ("connectors.http", "debug", {"event": "a request"}),
        verbosity=verbosity,
    )
    assert [line.split("] ")[1].strip() for line in lines] == events


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            {"event": "service started", "trackers": ["pay", "ops"]},
            "Started. Trackers: pay, ops. The first rounds run now. Ctrl-C stops the service. Times are in the zone Asia/Tokyo.",
        ),
        (
            {"event": "round", "tracker": "pay", "items": 64, "read": 2, "found": {"oversized-story": 1}, "writes": 0}
            | {"held": "Shadow mode.", "trouble": "", "next": None},
            "pay: 64 items, 2 read, 1 finding, nothing written. Shadow mode.",
        ),
        (
            {"event": "round", "tracker": "pay", "trouble": "Jira returned 503.", "next": "2020-01-02T12:00:00+00:00"},
            "pay: the round stopped early. Jira returned 503. Next round on 2020-01-02 at 21:00.",
        ),
        ({"event": "reports", "channels": {"#team": "posted"}, "troubles": []}, "Reports: #team posted."),
        ({"event": "round skipped", "tracker": "pay", "reason": "Busy."}, "pay: round skipped. Busy."),
        ({"event": "it\x1b[2J", "level": "warning", "reason": "why"}, "it [2J (reason: why)"),
    ],
)
def test_what_the_service_does_is_said_in_words(logged, entry, line):
    [said] = logged(("sync.run", "info", entry), render_line=LineRenderer(ZoneInfo("Asia/Tokyo")))
    assert said[10:].startswith(line)
