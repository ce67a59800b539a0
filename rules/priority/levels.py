"""Converts the priorities of trackers to levels on one scale, from 1 for the most urgent to 5 for the least urgent."""

import re
from functools import cache

HIGH_LEVEL = 2
"""The largest level number that counts as high."""
_NAMES_BY_LEVEL = {
    1: "blocker highest urgent immediate p0 1 höchste dringend sofort",
    2: "critical high p1 2 kritisch hoch",
    3: "major medium normal moderate p2 3 mittel",
    4: "minor low p3 4 niedrig gering",
    5: "trivial lowest p4 5 niedrigste trivial",
}
"""The names of priorities in trackers, in lower case, by level."""
_LEVEL_BY_NAME = {name: level for level, names in _NAMES_BY_LEVEL.items() for name in names.split()}


@cache
def priority_level(name: str | None) -> int | None:
    """Return the level of a priority by its name in the tracker, in English or German; None if the name is unknown.

    If the name contains both a word and a number, as in "Major - P3" or "2 - High", the word counts.
    """
    if not name:
        return None
    words = re.findall(r"[^\W\d_]{2,}", name.casefold())
    if (level := _LEVEL_BY_NAME.get(name.strip().casefold())) is not None or len(words) != 1:
        return level
    return _LEVEL_BY_NAME.get(words[0])
