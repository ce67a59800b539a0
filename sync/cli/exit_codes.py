"""The exit codes of `steward`. Scripts rely on them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; docs/commands.md explains each code."""

    DONE = 0
    REFUSED = 1
    """Also: `steward check` reports findings, a round needs approval, another process holds the lease."""
    MISCONFIGURED = 2
    """Wrong usage, configuration or credentials."""
    UNREACHABLE = 3
