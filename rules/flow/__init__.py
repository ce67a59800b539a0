"""What finished work and links tell about durations, sizes and order."""

from rules.flow.dependencies import blocking_links, find_dependencies, waits_in_circle
from rules.flow.durations import Clock, cycle_days, percentile
from rules.flow.sizes import Reason, SlowSize, Unknown, UsualSize, learn_size, size_of

__all__ = [
    "Clock",
    "Reason",
    "SlowSize",
    "Unknown",
    "UsualSize",
    "blocking_links",
    "cycle_days",
    "find_dependencies",
    "learn_size",
    "percentile",
    "size_of",
    "waits_in_circle",
]
