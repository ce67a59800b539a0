"""The command line as a person would run it, without the seconds in which Python starts."""

import contextlib
import io
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from support.no_back_off import no_back_off
from sync.cli import main


def run_here(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Runs the command line to its end in this process: the same, without the seconds in which Python starts.

    Logs are left out, and nobody waits between repeats.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        no_back_off(),
    ):
        patch.setattr(sys, "argv", ["steward", *arguments])
        patch.setattr("sync.cli.session.log_to_stderr", lambda **_: None)
        patch.setattr("sync.cli.init_wizard.log_to_stderr", lambda **_: None)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
