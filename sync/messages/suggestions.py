"""What was probably meant by an unknown name, for the end of an error message."""

import difflib
from collections.abc import Iterable

_MOST_LISTED = 12


def did_you_mean(word: object, known: Iterable[object], shown: str = '"%s"') -> str:
    """The nearest known name as a question with a leading space; empty when none is near.

    Args:
        word: The unknown name.
        known: The names that exist.
        shown: How a name is written in the message.
    """
    near = nearest(word, known)
    return f" Did you mean {shown % near}?" if near else ""


def nearest(word: object, known: Iterable[object]) -> str:
    """The nearest known name; empty when none is near."""
    return next(iter(difflib.get_close_matches(str(word), [str(name) for name in known], n=1)), "")


def did_you_mean_or_list(word: object, known: Iterable[object], shown: str = '"%s"') -> str:
    """The nearest known name as a question, else a list of the known names."""
    names = [str(name) for name in known]
    listed = ", ".join(names[:_MOST_LISTED]) + (", …" if len(names) > _MOST_LISTED else "")
    return did_you_mean(word, names, shown) or (f" Expected one of: {listed}." if listed else "")
