"""Which configuration is taken, from a checkout and from an installed wheel."""

import subprocess
import sys
import zipfile

import pytest

from sync.settings import ConfigurationError, find_configuration


def test_the_file_that_is_named_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_CONFIG", "/elsewhere.yaml")
    assert find_configuration(tmp_path / "mine.yaml") == tmp_path / "mine.yaml"


def test_then_the_environment_and_then_the_usual_places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "steward.yaml").touch()
    assert str(find_configuration(None)) == "steward.yaml"
    (tmp_path / "config" / "steward.yaml").touch()
    assert str(find_configuration(None)) == "config/steward.yaml"
    monkeypatch.setenv("STEWARD_CONFIG", "/elsewhere.yaml")
    assert str(find_configuration(None)) == "/elsewhere.yaml"


def test_where_there_is_none_it_is_said_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="steward init"):
        find_configuration(None)


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this environment has no pip to build a wheel with")
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, repository],
        capture_output=True,
        check=False,
        text=True,
        timeout=240,
    )
    if "No matching distribution found for hatchling" in ran.stderr:
        pytest.skip("the build backend cannot be fetched from here")
    assert ran.returncode == 0, ran.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_a_wheel_holds_the_defaults_and_nothing_that_is_no_product(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "connectors",
        "rules",
        "sync",
        "backlog_steward",
    }
    assert "sync/_defaults/presets/scrum.yaml" in names
    assert "sync/_defaults/messages/en.yaml" in names
    assert "sync/_defaults/messages/de.findings.yaml" in names
    assert "sync/store/migrations/versions/0001_the_first_shape.py" in names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name or name.endswith(".db")]


@pytest.mark.slow
def test_an_installed_wheel_finds_its_presets_and_its_migrations(wheel, tmp_path):
    target = tmp_path / "target"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=240)
    # Isolated from the checkout, which an editable install would bring in first.
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from sync.messages import shipped_folder, shipped_messages\n"
        "from sync.settings import merge_into_presets\n"
        "from sync.store import Database, migrate\n"
        "database = Database('sqlite:///' + sys.argv[2]); migrate(database); database.close()\n"
        "print(shipped_folder()); print(sorted(merge_into_presets({'extends': ['all']})['rules']))\n"
        "print(shipped_messages('de').text('report.no-round'))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", program, target, tmp_path / "store.db"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
    )
    folder, rules, said = ran.stdout.splitlines()
    assert folder == str(target / "sync" / "_defaults")
    assert "unranked-item" in rules
    assert said == "Noch keine Runde"
