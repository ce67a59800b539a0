"""Comments on items and their authors, and how this service recognises its own comments and commands."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

SERVICE_NAME = "Backlog Steward"
"""The name of this service, which every comment that it writes contains."""

COMMAND = "/steward"
"""The first word of a line of a comment that is a command to this service, such as "/steward snooze 2 weeks"."""

LABEL_COMMAND_PREFIX = "steward-"
"""The prefix of a label that is a command to this service, such as "steward-waive"."""


class Author(StrEnum):
    """The kind of author of a comment or a change. The values are stored."""

    THIS_SERVICE = "us"
    PERSON = "person"
    CUSTOMER = "customer"
    """An external person, such as a customer of a service desk. Their comments count as activity, but commands in
    them are not followed."""
    OTHER_PROGRAM = "service"
    """Another program, or the tracker itself."""

    is_human: bool
    """Whether the author is a person or a customer."""

    def __init__(self, value: str) -> None:
        self.is_human = value in ("person", "customer")


class CommentTag(Struct, frozen=True, rename={"content_key": "hash"}):
    """The hidden tag by which this service recognises its comments.

    Attributes:
        installation: The id of the installation of the service that wrote the comment.
        round: The id of the round in which it was written. A round is one pass over a tracker.
        content_key: The `Target.content_key` of its content, by which the service notices whether somebody has edited
            the comment: in Jira a hash, in Azure DevOps the text itself.
    """

    installation: str
    round: str
    content_key: str


class Comment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comment on an item.

    Attributes:
        created, updated: When it was written and last edited.
        text: The text without markup, one block per line.
        commands: The lines that are commands to this service, except those in quotations or code.
        edited_by: The kind of author that edited it last; None if it was not edited, or if the editor is unknown.
        names: All names (account id, e-mail address, name) of whoever edited it last, or else of its author. If it
            contains a command, they are looked up in the configuration, which lists who may give commands. They are
            never stored.
        tag: The hidden tag; None if this service did not write the comment.
        restricted: Whether only some of the people who see the item can read the comment. Its commands are followed,
            but it is never quoted.
    """

    id: str
    author: Author
    created: datetime
    updated: datetime
    text: str
    commands: tuple[str, ...] = ()
    edited_by: Author | None = None
    names: frozenset[str] = frozenset()
    tag: CommentTag | None = None
    restricted: bool = False

    @property
    def is_edited_by_others(self) -> bool:
        """Whether somebody other than this service is known to have edited it last."""
        return self.edited_by not in (None, Author.THIS_SERVICE)


class LabelChange(Struct, frozen=True):
    """Who added a label, and when.

    Attributes:
        names: All names of the author, as in `Comment`.
        at_creation: Whether the item was created with the label, which may then be copied from another item.
    """

    at: datetime
    author: Author
    names: frozenset[str] = frozenset()
    at_creation: bool = False


class LastEditors(Struct, frozen=True, kw_only=True):
    """Who last changed labels, fields and comments that this service may have written. Missing entries are unknown.

    Attributes:
        removed_labels: Who last removed a label, by label.
        fields: Who last changed a field, by field id.
        deleted_comments: When a comment was deleted, and by whom. Trackers do not record which comment it was.
    """

    removed_labels: dict[str, Author] = field(default_factory=dict)
    fields: dict[str, Author] = field(default_factory=dict)
    deleted_comments: tuple[tuple[datetime, Author], ...] = ()
