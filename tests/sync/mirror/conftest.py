"""The command line, for what people do about the mirror."""

import json
from pathlib import Path

import pytest
from end_to_end.command_line import run_here


@pytest.fixture
def command(desk_of, request):
    """Runs a command on the desk that the test uses; its JSON, or what it complains about."""

    def run(*words, code=0):
        desk = next(
            value for name in ("many", "lost", "changed", "desk") if (value := _used(request, name)) is not None
        )
        done = run_here(*words, "--config", str(desk.file), cwd=Path.cwd())
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout + done.stderr

    return run


def _used(request, name):
    return request.getfixturevalue(name) if name in request.fixturenames else None
