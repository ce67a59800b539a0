"""Trackers to try things on: real HTTP servers on loopback that are filled from a backlog file."""

from steward_sandbox.backlog import Backlog as Backlog
from steward_sandbox.backlog import BacklogError as BacklogError
from steward_sandbox.backlog import as_of as as_of
from steward_sandbox.backlog import parse_backlog as parse_backlog
from steward_sandbox.backlog import read_backlog as read_backlog
from steward_sandbox.clock import StoppedClock as StoppedClock
from steward_sandbox.clock import real_clock as real_clock
from steward_sandbox.clock import running_from as running_from
from steward_sandbox.faults import FaultError as FaultError
from steward_sandbox.faults import Faults as Faults
from steward_sandbox.server import serve_forever as serve_forever
from steward_sandbox.server import serving as serving
