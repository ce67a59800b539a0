"""Checks whether the first attempt of a write took effect, before the write is repeated."""

from collections.abc import Callable

from connectors.errors import ConnectorError, Uncertain
from connectors.writes import Snapshot


def check_no_comment_added(get_snapshot: Callable[[str], Snapshot], before: Snapshot) -> None:
    """Check that the first attempt to add a comment to an item added none.

    Args:
        get_snapshot: Reads the current state of an item by id.
        before: The item before the comment was sent for the first time.

    Raises:
        Uncertain: The item has a new comment of this service, or its comments could not be read.
    """
    try:
        comments = get_snapshot(before.id).own_comments
    except ConnectorError as error:
        raise Uncertain(f"A comment may or may not have been added; the item could not be read: {error}") from error
    if any(comment.id not in before.comment_ids for comment in comments):
        raise Uncertain(f"A comment on item {before.id} was added although the response was an error.")
