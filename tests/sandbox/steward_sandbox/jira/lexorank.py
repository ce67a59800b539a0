"""LexoRank: positions as strings that sort by their ASCII bytes, with room for another between any two.

A rank reads `bucket|whole:fraction`; whole and fraction are base 36. The colon sorts between digits and letters,
so the whole part always has the same width.
"""

from collections.abc import Iterator

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 6
_STEP = 8
_FIRST = int("i0000f", 36)
_TOP = 36**_WIDTH - 1
TOO_LONG = 254
"""From this length on Jira refuses to rank until it has rebalanced."""


def spread(count: int, *, bucket: int = 0) -> Iterator[str]:
    """Ranks for a whole list, in order, with gaps."""
    for number in range(count):
        yield f"{bucket}|{_base36(_FIRST + number * _STEP)}:"


def between(low: str | None, high: str | None) -> str:
    """A rank after `low` and before `high`; None stands for the end of the list on that side."""
    bucket = (low or high or "0|")[0]
    if low is None and high is None:
        return next(spread(1))
    if low is None:
        whole = _whole(high or "") - _STEP
        return f"{bucket}|{_base36(whole)}:" if whole >= 0 else f"{bucket}|{_middle('0' * _WIDTH, _digits(high or ''))}"
    if high is None:
        whole = _whole(low) + _STEP
        return f"{bucket}|{_base36(whole)}:" if whole <= _TOP else f"{bucket}|{_middle(_digits(low), None)}"
    below, above = _whole(low), _whole(high)
    if above - below > 1:
        return f"{bucket}|{_base36((below + above) // 2)}:"
    return f"{bucket}|{_middle(_digits(low), _digits(high))}"


def next_bucket(rank: str) -> int:
    """Where a rebalance moves all ranks to: 0, 1, 2 and round again."""
    return (int(rank[0]) + 1) % 3


def _whole(rank: str) -> int:
    return int(rank[2 : 2 + _WIDTH], 36)


def _digits(rank: str) -> str:
    return rank[2:].replace(":", "").rstrip("0").ljust(_WIDTH, "0")


def _middle(low: str, high: str | None) -> str:
    """Digits strictly between two others, read as fractions; `high` None stands for one."""
    digits = ""
    for place in range(TOO_LONG):
        below = _DIGITS.index(low[place]) if place < len(low) else 0
        above = 36 if high is None else _DIGITS.index(high[place]) if place < len(high) else 0
        if above - below > 1:
            digits += _DIGITS[(below + above) // 2]
            break
        digits += _DIGITS[below]
        if above > below:
            high = None
    digits = digits.ljust(_WIDTH, "0")
    return f"{digits[:_WIDTH]}:{digits[_WIDTH:]}"


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text.rjust(_WIDTH, "0")
