"""LexoRank: ranks as strings that sort by their bytes, with room for another between any two.

A rank reads `bucket|number:`; the number is base 36 and always has the same width.
"""

from collections.abc import Iterator

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 40
_PLACE_VALUES = [36**place for place in reversed(range(_WIDTH))]
_TOP, _STEP = 36**_WIDTH, 36**36


def spread(count: int, *, bucket: int = 0) -> Iterator[str]:
    """Ranks for a whole list, in order, with gaps."""
    return (_rank(str(bucket), _TOP // 2 + number * _STEP) for number in range(count))


def between(low: str | None, high: str | None) -> str:
    """A rank after `low` and before `high`; None stands for the end of the list on that side."""
    if low is None and high is None:
        return next(spread(1))
    bucket = (low or high or "")[0]
    if low is None:
        return _rank(bucket, max(_number(high or "") - _STEP, _number(high or "") // 2))
    if high is None:
        return _rank(bucket, min(_number(low) + _STEP, (_number(low) + _TOP) // 2))
    return _rank(bucket, (_number(low) + _number(high)) // 2)


def _number(rank: str) -> int:
    return int(rank[2 : 2 + _WIDTH], 36)


def _rank(bucket: str, number: int) -> str:
    digits = (_DIGITS[number // value % 36] for value in _PLACE_VALUES)
    return f"{bucket}|{''.join(digits)}:"
