"""Commands of other distributions: loaded when they are asked for, explained when they are missing."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sync.cli import app, command_group


def loaded_modules(*arguments):
    code = (
        "import sys, contextlib\n"
        "from sync.cli import app\n"
        "with contextlib.suppress(SystemExit):\n"
        f"    app({list(arguments)!r})\n"
        "print(*[name for name in sys.modules if name.startswith('steward_sandbox')], sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.split())


def test_help_lists_the_commands_of_the_sandbox():
    output = CliRunner().invoke(app, ["--help"]).output
    assert "demo" in output
    assert "sandbox" in output


@pytest.mark.slow
def test_neither_help_nor_other_commands_load_the_sandbox():
    assert loaded_modules("--help") == set()
    assert not any("sandbox" in line for line in loaded_modules("rules", "list"))


def test_without_the_sandbox_its_commands_say_how_to_install_it(monkeypatch):
    monkeypatch.setattr(command_group, "entry_points", lambda **_: [])
    for name in ("demo", "sandbox"):
        result = CliRunner().invoke(app, [name, "--serve"])
        assert result.exit_code == 2
        assert "pip install" in result.output
