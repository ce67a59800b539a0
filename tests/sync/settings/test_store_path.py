"""One configuration has one store, whatever folder a command runs in."""

import json

import pytest

from sync.settings import ConfigurationError, load


@pytest.fixture
def configured(tmp_path, good, monkeypatch):
    """Loads a steward.yaml in one folder from another one."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    def configuration(store=None):
        text = good if store is None else f"{good}store: {json.dumps(store)}\n"
        (home / "steward.yaml").write_text(text, encoding="utf-8")
        return load(home / "steward.yaml")

    configuration.home, configuration.elsewhere = home, elsewhere
    return configuration


@pytest.mark.parametrize("store", [None, "sqlite:///steward.db"])
def test_a_relative_store_is_beside_the_file(configured, store):
    assert configured(store).settings.store == f"sqlite:///{configured.home}/steward.db"
    assert configured(store).notes == ()


def test_a_folder_within_a_relative_path_is_kept(configured):
    assert configured("sqlite:///data/s.db").settings.store == f"sqlite:///{configured.home}/data/s.db"


@pytest.mark.parametrize(
    "store", ["sqlite:////var/lib/steward.db", "postgresql+psycopg://steward@db/x", "sqlite://", "sqlite:///~/s.db"]
)
def test_any_other_address_stays_as_it_is(configured, store):
    assert configured(store).settings.store == store


def test_a_file_named_from_within_its_own_folder_means_the_same(configured, good, monkeypatch):
    configured()
    monkeypatch.chdir(configured.home)
    (configured.home / "steward.db").touch()
    configuration = load(configured.home.relative_to(configured.home) / "steward.yaml")
    assert (configuration.settings.store, configuration.notes) == (f"sqlite:///{configured.home}/steward.db", ())


def test_a_store_where_earlier_versions_kept_it_is_used_and_named(configured):
    earlier = configured.elsewhere / "steward.db"
    earlier.touch()
    configuration = configured()
    assert configuration.settings.store == f"sqlite:///{earlier}"
    (note,) = configuration.notes
    assert str(earlier) in note
    assert str(configured.home / "steward.db") in note


def test_two_stores_stop_everything_and_both_are_named_with_line_and_key(configured):
    for folder in (configured.home, configured.elsewhere):
        (folder / "steward.db").touch()
    with pytest.raises(ConfigurationError) as caught:
        configured("sqlite:///steward.db")
    (issue,) = caught.value.issues
    assert (issue.key, issue.line) == ("store", 7)
    assert str(configured.home / "steward.db") in issue.message
    assert str(configured.elsewhere / "steward.db") in issue.message


def test_one_store_under_two_names_is_one(configured):
    (configured.home / "steward.db").touch()
    (configured.elsewhere / "steward.db").symlink_to(configured.home / "steward.db")
    assert configured().settings.store == f"sqlite:///{configured.home}/steward.db"
