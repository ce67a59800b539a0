"""The command line, run on a team's desk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from end_to_end.command_line import run_here
from typer.testing import CliRunner

from sync.cli import app


@dataclass
class Steward:
    """Runs commands with a desk's configuration."""

    desk: Any

    def __call__(self, *words: str, code: int = 0, **more: Any) -> str:
        """What a command prints, which ends with this exit code."""
        result = CliRunner().invoke(app, [*words, "--config", str(self.desk.file)], **more)
        assert result.exit_code == code, result.output
        return result.output if code == 2 else result.stdout

    def json(self, *words: str, code: int = 0, **more: Any) -> Any:
        return json.loads(self(*words, "--json", code=code, **more))

    def errors(self, *words: str, code: int) -> str:
        """What a command complains about."""
        done = run_here(*words, "--config", str(self.desk.file), cwd=Path.cwd())
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        return " ".join(printed.replace("│", " ").split())


@pytest.fixture
def steward(desk) -> Steward:
    """The command line, with the backlog in the mirror."""
    desk.pull()
    return Steward(desk)


@pytest.fixture
def steward_fresh(desk) -> Steward:
    """The command line, with nothing in the mirror yet."""
    return Steward(desk)
