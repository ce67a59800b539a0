"""What finished work and links tell about durations, sizes and order."""

from rules.flow.dependencies import blocking_links, find_dependencies, waits_in_circle
from rules.flow.durations import Clock, percentile
from rules.flow.sizes import Reason, SizeLimit, Unknown, size_limit, size_of

__all__ = [
    "Clock",
    "Reason",
    "SizeLimit",
    "Unknown",
    "blocking_links",
    "find_dependencies",
    "percentile",
    "size_limit",
    "size_of",
    "waits_in_circle",
]
