"""Trackers to try things on: real HTTP servers on loopback that are filled from a backlog file."""

from steward_sandbox.backlog import Backlog, BacklogError, as_of, parse_backlog, read_backlog
from steward_sandbox.clock import Clock, StoppedClock, real_clock, running_from
from steward_sandbox.faults import FaultError, Faults
from steward_sandbox.server import serve_forever, serving

__all__ = [
    "Backlog",
    "BacklogError",
    "Clock",
    "FaultError",
    "Faults",
    "StoppedClock",
    "as_of",
    "parse_backlog",
    "read_backlog",
    "real_clock",
    "running_from",
    "serve_forever",
    "serving",
]
