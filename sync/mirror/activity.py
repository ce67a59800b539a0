"""Derives two attributes of an item from its history and its comments, so that the comments need not be stored."""

from datetime import datetime

import msgspec

from connectors.comments import Comment
from connectors.tracker import FetchedItem

_QUESTION_MARKS = ("?", "？")
"""The question marks of western and of East Asian languages."""
_CLOSING_CHARACTERS = " \n\"'”)»"
"""Characters that may follow the question mark at the end of a comment."""
_TEXT_FIELDS = frozenset(
    {
        "description",
        "acceptance criteria",
        "acceptance criterion",
        "akzeptanzkriterien",
        "abnahmekriterien",
        "system.description",
    }
)
"""Names of long-text fields in the histories of items, in lower case: English and German ones, and "System.Description"
in exports from Azure DevOps."""


def with_activity(fetched: FetchedItem) -> FetchedItem:
    """Return the item with the times at which its text last changed and its last open question was asked."""
    item, text_changed, question_asked = fetched.item, _last_text_change(fetched), _last_question(fetched.comments)
    if item.text_changed == text_changed and item.question_asked == question_asked:
        return fetched
    item = msgspec.structs.replace(item, text_changed=text_changed, question_asked=question_asked)
    return msgspec.structs.replace(fetched, item=item)


def _last_text_change(fetched: FetchedItem) -> datetime | None:
    """The time at which a person last changed a long text that was not empty; None if nobody did, or if the tracker's
    histories omit long texts, as those of Azure DevOps do.
    """
    times = [
        change.at
        for change in fetched.field_changes
        if change.by_person and change.before and change.field.casefold() in _TEXT_FIELDS
    ]
    return max(times, default=None)


def _last_question(comments: tuple[Comment, ...]) -> datetime | None:
    """The time of the last comment by a person if it ends in a question and everybody can read it; otherwise None."""
    human_comments = [comment for comment in comments if comment.author.is_human]
    last = max(human_comments, key=lambda comment: comment.created, default=None)
    # A comment with a command to the service is an answer, not a question.
    if (
        last is None
        or last.restricted
        or last.commands
        or not last.text.rstrip(_CLOSING_CHARACTERS).endswith(_QUESTION_MARKS)
    ):
        return None
    return last.created
