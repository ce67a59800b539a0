"""A tracker in memory: all that `sync` asks of a tracker, without requests, so that tests of `sync` are fast."""

from memory_tracker.faults import MemoryFaults
from memory_tracker.people import MemoryPerson
from memory_tracker.tracker import MemoryTracker
from memory_tracker.world import MemoryWorld

__all__ = ["MemoryFaults", "MemoryPerson", "MemoryTracker", "MemoryWorld"]
