"""Adds to an item what its history and its discussion say, so that neither has to be stored for the rules."""

from datetime import datetime

import msgspec

from connectors.tracker import Comment, FetchedItem

_TEXT_FIELDS = frozenset({"description", "acceptance criteria", "akzeptanzkriterien", "system.description"})
"""Names of long texts in histories, in lower case. Histories that leave long texts out say nothing about them."""


def with_activity(fetched: FetchedItem) -> FetchedItem:
    """The item with when its text last changed and since when a question in its discussion is open."""
    item = msgspec.structs.replace(
        fetched.item, text_changed=_text_changed(fetched), question_asked=_question_asked(fetched.comments)
    )
    return msgspec.structs.replace(fetched, item=item)


def _text_changed(fetched: FetchedItem) -> datetime | None:
    """When a person last changed a long text; None if nobody did, or the history does not say."""
    changes = (change for change in fetched.transitions if change.field.casefold() in _TEXT_FIELDS)
    return max((change.at for change in changes if change.by_person and change.before), default=None)


def _question_asked(comments: tuple[Comment, ...]) -> datetime | None:
    """When the last comment of a person was written, if it ends in a question; everybody can read it."""
    human = [comment for comment in comments if comment.author.is_human]
    last = max(human, key=lambda comment: comment.created, default=None)
    if last is None or last.restricted or last.commands or not last.text.rstrip(" \n\"'”)»").endswith(("?", "？")):
        return None
    return last.created
