"""What the configuration is made of is watched, wherever it lies; an invalid edit changes nothing."""

import os
import threading
import time
from types import SimpleNamespace

import pytest
import structlog
from structlog.testing import capture_logs

from sync.run import reload as reload_module
from sync.run.reload import ConfigurationWatch
from sync.settings import load

INVALID = "the edited configuration is invalid; the previous one stays in use"
STEWARD = """\
trackers:
  pay: {url: https://a.example, email: a@example.com, token: "%s", scope: project = PAY}
rules: %s
"""


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Watches a configuration in a folder; what was taken up is in `taken`."""
    monkeypatch.setattr(reload_module, "_POLL_SECONDS", 0.03)
    (tmp_path / "etc").mkdir()
    (tmp_path / "shared").mkdir()
    begun = []

    def watch(token="plain", rules="rules.yaml"):
        file = tmp_path / "etc" / "steward.yaml"
        file.write_text(STEWARD % (token, rules), encoding="utf-8")
        if not (file.parent / rules).exists():
            (file.parent / rules).write_text("extends: [scrum]\n", encoding="utf-8")
        stop, taken = threading.Event(), []
        watch = ConfigurationWatch(load(file), taken.append, stop)
        thread = threading.Thread(target=watch.run, daemon=True)
        thread.start()
        begun.append((stop, thread))
        return SimpleNamespace(file=file, rules=file.parent / rules, taken=taken, watch=watch, thread=thread)

    structlog.reset_defaults()
    with capture_logs() as told:
        watch.told = told
        yield watch
    for stop, thread in begun:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def wait_for(true, seconds=30.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def severity(configuration):
    return configuration.rules_document["rules"]["unranked-item"]["severity"]


def test_rules_outside_the_folder_are_watched(watched):
    here = watched(rules="../shared/rules.yaml")
    here.rules.write_text("rules: {unranked-item: off}\n", encoding="utf-8")
    wait_for(lambda: here.taken)
    assert severity(here.taken[0]) == "off"


def test_a_symbolic_link_that_is_swapped_is_noticed(watched, tmp_path):
    # Of the same size and age, as a deployment may make them: only the file itself is another one.
    for name, text in (("one", "extends: [scrum]           \n"), ("two", "rules: {unranked-item: off}\n")):
        file = tmp_path / "shared" / name
        file.write_text(text, encoding="utf-8")
        os.utime(file, (1_700_000_000, 1_700_000_000))
    link = tmp_path / "etc" / "rules.yaml"
    link.symlink_to(tmp_path / "shared" / "one")
    here = watched()
    (tmp_path / "etc" / "next").symlink_to(tmp_path / "shared" / "two")
    (tmp_path / "etc" / "next").rename(link)
    wait_for(lambda: here.taken)
    assert severity(here.taken[0]) == "off"


def test_a_folder_that_cannot_be_read_ends_nothing(watched, tmp_path):
    (tmp_path / "etc" / "lost+found").mkdir(mode=0)
    here = watched()
    here.rules.write_text("rules: {unranked-item: off}\n", encoding="utf-8")
    wait_for(lambda: here.taken)
    assert here.thread.is_alive()


class EventWithEdits(threading.Event):
    """An event on which every wait returns at once after the next line was written; it is set after some more waits."""

    def __init__(self, file, lines, *, quiet_waits=5):
        super().__init__()
        self._file, self._lines, self._quiet_waits = file, list(lines), quiet_waits

    def wait(self, timeout=None):
        if self._lines:
            self._file.write(self._lines.pop(0))
            self._file.flush()
        elif self._quiet_waits:
            self._quiet_waits -= 1
        else:
            self.set()
        return self.is_set()


def test_a_file_that_is_written_in_steps_is_taken_up_once_it_is_quiet(tmp_path):
    lines = ("rules:\n", "  oversized-story: {above: 8}\n", "  unranked-item: off\n")
    (tmp_path / "steward.yaml").write_text(STEWARD % ("plain", "rules.yaml"), encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("extends: [scrum]\n", encoding="utf-8")
    configuration, taken = load(tmp_path / "steward.yaml"), []
    with (tmp_path / "rules.yaml").open("w", encoding="utf-8") as file, capture_logs() as told:
        ConfigurationWatch(configuration, taken.append, EventWithEdits(file, lines)).run()
    assert [severity(one) for one in taken] == ["off"]
    assert INVALID not in [line["event"] for line in told]


def test_an_emptied_rules_file_is_an_error_and_not_the_defaults(watched):
    here = watched()
    here.rules.write_text("", encoding="utf-8")
    wait_for(lambda: INVALID in [line["event"] for line in watched.told])
    assert "The file is empty" in watched.told[0]["mistake"]
    assert here.taken == []
    here.rules.write_text("rules: {unranked-item: off}\n", encoding="utf-8")
    wait_for(lambda: here.taken)


def test_a_deleted_rules_file_is_an_error_and_not_the_defaults(watched):
    it = watched(rules="rules.yaml")
    it.file.write_text(it.file.read_text(encoding="utf-8").replace("rules: rules.yaml\n", ""), encoding="utf-8")
    wait_for(lambda: it.taken)
    it.rules.unlink()
    wait_for(lambda: INVALID in [line["event"] for line in watched.told])
    assert len(it.taken) == 1
    [line] = [line for line in watched.told if line["event"] == INVALID]
    assert line["mistake"].startswith(f"{it.rules}: File not found.")
    it.rules.write_text("extends: [minimal]\n", encoding="utf-8")
    wait_for(lambda: len(it.taken) == 2)


def test_an_edit_that_is_made_while_another_is_taken_up_is_taken_up_too(watched, monkeypatch):
    it = watched()
    read = ConfigurationWatch._read

    def read_and_edit(watch):
        configuration = read(watch)
        if not it.taken:
            it.rules.write_text("rules: {unranked-item: off}\n", encoding="utf-8")
        return configuration

    monkeypatch.setattr(ConfigurationWatch, "_read", read_and_edit)
    it.rules.write_text("extends: [minimal]\n", encoding="utf-8")
    wait_for(lambda: len(it.taken) == 2)
    assert severity(it.taken[1]) == "off"


def test_a_token_file_is_read_again_when_it_changes(watched, tmp_path):
    token = tmp_path / "etc" / "token"
    token.write_text("old", encoding="utf-8")
    here = watched(token="file:token")
    token.write_text("renewed", encoding="utf-8")
    wait_for(lambda: here.taken)
    assert here.taken[0].settings.trackers["pay"].token.get_secret_value() == "renewed"


def test_a_token_that_a_tracker_refused_is_asked_for_again(watched, tmp_path):
    (tmp_path / "vault").write_text("old", encoding="utf-8")
    here = watched(token=f"command:cat {tmp_path / 'vault'}")
    here.watch.request_check()
    time.sleep(0.2)
    assert here.taken == [], "the same token again is no change"
    (tmp_path / "vault").write_text("renewed", encoding="utf-8")
    here.watch.request_check()
    wait_for(lambda: here.taken)
    assert here.taken[0].settings.trackers["pay"].token.get_secret_value() == "renewed"


def test_an_edit_that_names_a_file_which_appears_later_is_taken_up_then(watched):
    here = watched()
    text = here.file.read_text(encoding="utf-8")
    here.file.write_text(text.replace("rules.yaml", "later.yaml"), encoding="utf-8")
    wait_for(lambda: INVALID in [line["event"] for line in watched.told])
    (here.file.parent / "later.yaml").write_text("rules: {unranked-item: off}\n", encoding="utf-8")
    wait_for(lambda: here.taken)
    assert severity(here.taken[0]) == "off"
    assert [line["event"] for line in watched.told].count(INVALID) == 1
