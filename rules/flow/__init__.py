"""How work flows: durations, sizes, dependencies and the planned order of items, results of sprints, and forecasts."""

from rules.flow.dependencies import blocking_links, find_dependencies, is_in_dependency_cycle
from rules.flow.durations import DurationKind, cycle_days, percentile
from rules.flow.sizes import NoLimitReason, NoSizeLimit, SlowSize, UsualSize, learn_size, learn_slow_shares, parse_size

__all__ = [
    "DurationKind",
    "NoLimitReason",
    "NoSizeLimit",
    "SlowSize",
    "UsualSize",
    "blocking_links",
    "cycle_days",
    "find_dependencies",
    "is_in_dependency_cycle",
    "learn_size",
    "learn_slow_shares",
    "parse_size",
    "percentile",
]
