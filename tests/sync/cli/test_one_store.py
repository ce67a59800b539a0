"""Commands find the one store, name its absolute path, and only those that read trackers create it."""

import pytest
from ruamel.yaml import YAML

from sync.cli.init_files import FirstConfiguration, find_store, write_files

NEW = "new.db"


@pytest.fixture
def nowhere(desk, tmp_path, monkeypatch):
    """A configuration without a store yet, used from another folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    desk.configure(store=f"sqlite:///{NEW}")
    return folder


def stores(desk, folder):
    return sorted(path for place in (desk.folder, folder) for path in place.rglob(f"{NEW}*"))


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "PAY-1"),
        ("preview", "PAY-1"),
        ("waive", "PAY-1", "oversized-story"),
        ("snooze", "PAY-1"),
        ("wrong", "PAY-1", "oversized-story"),
        ("decide", "PAY-1", "accept"),
        ("resume", "PAY-1"),
        ("decisions",),
        ("undo", "--all"),
        ("undo", "--item", "PAY-1"),
        ("undo", "--round", "20240101-000000-abcdef"),
        ("report",),
        ("rules", "promote", "unranked-item"),
    ],
)
def test_a_command_that_reads_no_tracker_creates_no_store(steward_fresh, desk, nowhere, words):
    said = steward_fresh.errors(*words, code=2)
    assert stores(desk, nowhere) == []
    assert f"There is no store at {desk.folder / NEW} yet" in said


def test_doctor_creates_none_and_examines_the_rest(steward_fresh, desk, nowhere):
    checks = {check["id"]: check for check in steward_fresh.json("doctor")}
    assert stores(desk, nowhere) == []
    assert checks["store"]["verdict"] == "warning"
    assert str(desk.folder / NEW) in checks["store"]["said"]
    assert checks["team.connect"]["verdict"] == "good"


def test_a_pull_creates_it_beside_the_configuration_and_messages_name_it(steward_fresh, desk, nowhere):
    steward_fresh("pull")
    assert (desk.folder / NEW).is_file()
    assert list(nowhere.iterdir()) == []
    said = steward_fresh.errors("explain", "PAY-99", code=2).replace(" ", "")  # a long path is broken into lines
    assert f'Noitem"PAY-99"isinthestore{desk.folder / NEW}' in said
    checks = {check["id"]: check for check in steward_fresh.json("doctor")}
    assert str(desk.folder / NEW) in checks["store"]["said"]


def test_a_store_in_the_working_folder_is_used_and_named_by_doctor(steward_fresh, desk, nowhere):
    (desk.folder / "desk.db").rename(nowhere / NEW)
    steward_fresh("pull")
    assert not (desk.folder / NEW).exists()
    checks = {check["id"]: check for check in steward_fresh.json("doctor")}
    assert str(nowhere / NEW) in checks["store"]["said"]
    assert str(desk.folder / NEW) in checks["store.place"]["said"]


def test_two_stores_stop_every_command(steward_fresh, desk, nowhere):
    (desk.folder / "desk.db").rename(nowhere / NEW)
    (desk.folder / NEW).touch()
    for words in (("pull",), ("plan",), ("undo", "--all"), ("doctor",)):
        assert "There are two stores" in steward_fresh.errors(*words, code=2)
    assert (desk.folder / NEW).stat().st_size == 0


def test_init_writes_an_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "a: strange # folder"
    write_files(folder, FirstConfiguration(name="team", section={"kind": "jira"}, store=find_store(folder)))
    text = (folder / "steward.yaml").read_text(encoding="utf-8")
    assert YAML(typ="safe").load(text)["store"] == f"sqlite:///{folder}/steward.db"


def test_init_again_keeps_the_store_that_knows_what_was_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "config"
    folder.mkdir()
    (tmp_path / "steward.db").touch()
    assert find_store(folder) == f"sqlite:///{tmp_path}/steward.db"
    (folder / "steward.yaml").write_text("store: sqlite:////var/lib/steward.db\n", encoding="utf-8")
    assert find_store(folder) == "sqlite:////var/lib/steward.db"
