"""Keeps the last results of a function, because several rules read the same text of an item one after the other."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


_KEPT_RESULTS = 4
"""The number of results to keep: for the description and the criteria, each also without completed tasks."""


def keep_last_results(function: Callable[[Argument], Result]) -> Callable[[Argument], Result]:
    """Decorate a function of one immutable argument, so that it keeps its last results.

    If it is called again with the same object, compared by identity, it returns the result that it kept.
    """
    last_calls: tuple[tuple[Argument, Result], ...] = ()

    @wraps(function)
    def call(argument: Argument) -> Result:
        nonlocal last_calls
        for earlier_argument, result in last_calls:
            if earlier_argument is argument:
                return result
        result = function(argument)
        last_calls = ((argument, result), *last_calls[: _KEPT_RESULTS - 1])
        return result

    return call
