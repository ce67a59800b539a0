"""The exit codes of `steward`. Scripts rely on them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; docs/commands.md explains each code."""

    DONE = 0
    REFUSED = 1
    """Something was refused, or needs a person: `steward check` reports findings, a round needs approval, or another
    process works on the tracker."""
    MISCONFIGURED = 2
    """Wrong usage, configuration or credentials."""
    UNREACHABLE = 3
    """A tracker or Slack could not be reached."""
