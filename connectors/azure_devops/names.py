"""Lists names of projects and teams in messages."""

from collections.abc import Sequence

_MAX_LISTED = 20
"""How many names a message lists, so that it fits on a screen."""


def list_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - _MAX_LISTED
    return f"{', '.join(names[:_MAX_LISTED])}{f' and {more} more' if more > 0 else ''}"
