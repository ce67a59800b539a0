"""Converts comments of Jira to the class that all trackers share."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from connectors.comments import Comment, CommentTag
from connectors.jira import rich_text
from connectors.jira.comment_tag import PROPERTY
from connectors.jira.history import JiraPeople, to_utc
from connectors.jira.payloads import JiraComment, Property

_UNKNOWN_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of comments without a date. It is earlier than any other, so that they do not count as recent."""


def map_comment(raw: JiraComment, people: JiraPeople, *, service_desk: bool = False) -> Comment:
    """Convert a comment. Its `tag` is set if it has the property that this service gives to its comments.

    Args:
        service_desk: Whether its issue is in a service-desk project. There, a comment counts as restricted unless it is
            certain that customers can read it.
    """
    last_author = raw.update_author or raw.author
    created = to_utc(raw.created or raw.updated or _UNKNOWN_DATE)
    author = people.comment_author(raw)
    text, commands = rich_text.read_comment(raw.body)
    return Comment(
        id=raw.id,
        author=author,
        created=created,
        updated=created if raw.updated is None or raw.updated == raw.created else to_utc(raw.updated),
        edited_by=people.comment_editor(raw, author),
        names=last_author.names if last_author else frozenset(),
        text=text,
        commands=commands,
        tag=_find_tag(raw.properties) if raw.properties else None,
        restricted=raw.visibility is not None or raw.jsd_public is False or (service_desk and raw.jsd_public is None),
    )


def _find_tag(properties: Iterable[Property]) -> CommentTag | None:
    """Return the tag in the property that this service gives to its comments; None if there is none."""
    value = next((entry.value for entry in properties if entry.key == PROPERTY), None)
    if not isinstance(value, Mapping):
        return None
    return CommentTag(*(str(value.get(name, "")) for name in ("installation", "round", "hash")))
