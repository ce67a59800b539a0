"""The types of the JSON that Azure DevOps returns, with the members that are used.

Source: Microsoft's OpenAPI descriptions of the areas "work item tracking" and "work", versions 7.1 and Server 7.0, and
recorded responses. A field without a value is missing, never null. The seconds of dates have zero to seven fractional
digits. Members whose JSON name is "-" are not in the JSON; `connectors.lenient_json` or this module sets them.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from connectors import lenient_json


class Identity(Struct, rename="camel"):
    """An account of a person or a program. The start of `descriptor` identifies the kind of account."""

    id: str = ""
    unique_name: str = ""
    display_name: str = ""
    descriptor: str = ""


T = TypeVar("T")


class Entries(Struct, Generic[T]):
    """A list, or a page of it."""

    value: list[T] = field(default_factory=list)


class NameEntry(Struct):
    """The name of a project or a team."""

    name: str


class SavedQuery(Struct, rename="camel"):
    """A query that somebody has saved under "Queries".

    Attributes:
        query_type: "flat" for a list of items; "tree" or "oneHop" for items with their links.
        wiql: The query in WIQL; empty for a folder.
    """

    name: str = ""
    query_type: str = "flat"
    wiql: str = ""


class TeamMember(Struct):
    """A member of a team."""

    identity: Identity


class ItemRef(Struct):
    """The id of a work item."""

    id: int


class QueryResult(Struct, rename="camel"):
    """The ids that a query finds, and the number of entries that could not be decoded (`left_out`)."""

    work_items: list[ItemRef] = field(default_factory=list)
    left_out: int = field(default=0, name="-")


class FlatQueryResult(QueryResult, kw_only=True, rename="camel"):
    """The result of a query for items, not for links.

    A response without `workItems` is an error, not an empty result.
    """

    work_items: list[ItemRef]


class Relation(Struct):
    """A link of an item. The type `rel` includes the direction as seen from this item."""

    rel: str = ""
    url: str = ""


class Item(Struct, rename="camel"):
    """A work item.

    Attributes:
        rev: The number of its latest revision.
        fields: Values by the reference names of the fields. Fields without a value are missing.
        multiline_fields_format: The format of long texts, by field: "markdown"; HTML if a field is not listed.
    """

    id: int
    rev: int
    fields: dict[str, Any] = field(default_factory=dict)
    relations: list[Relation] | None = None
    multiline_fields_format: Any = None


class Items(Entries[Raw]):
    """A batch of items. With `errorPolicy: omit`, items that are gone or hidden are null."""

    @property
    def existing_items(self) -> list[Raw]:
        """The items that exist, not yet decoded, so that one malformed item does not affect the others."""
        return [raw for raw in self.value if bytes(raw) != b"null"]


class Revision(Struct):
    """One revision of an item in the revision feed."""

    id: int
    rev: Any = None
    fields: Any = None

    @property
    def version(self) -> str | None:
        """The number of the revision as text, as in `WorkItem.version`; None if it has an unexpected format."""
        return str(self.rev) if isinstance(self.rev, int) else None


class ChangedLink(Struct, rename="camel"):
    """A link between two items that was added or removed. The source of a link to a child is the parent."""

    rel: Any = None
    source_id: Any = None
    target_id: Any = None

    @property
    def linked_item_ids(self) -> list[str]:
        """The ids of the two linked items, without those of an unexpected format."""
        return [str(item_id) for item_id in (self.source_id, self.target_id) if isinstance(item_id, int) and item_id]


class FeedPage(Struct, Generic[T], rename="camel"):
    """A page of a feed. Some servers return the continuation token only as part of `next_link`."""

    values: list[T] = field(default_factory=list)
    continuation_token: str | None = None
    next_link: str | None = None
    is_last_batch: bool = False


class FieldUpdate(Struct, rename="camel"):
    """The old and the new value of a field."""

    old_value: Any = None
    new_value: Any = None


class Update(Struct, rename="camel"):
    """One save of an item. Its id is not the number of a revision, because a save of links creates no revision."""

    id: int
    revised_by: Identity | None = None
    revised_date: str = ""
    fields: dict[str, FieldUpdate] | None = None


class AzureComment(Struct, rename="camel"):
    """A comment. Servers that leave out `format` return HTML. Old servers call the id `commentId`.

    Attributes:
        unreadable_members: Names of the members that have an unexpected format and are left out.
    """

    id: int = 0
    comment_id: int = 0
    text: str = ""
    format: str = "html"
    created_by: Identity | None = None
    created_date: datetime | None = None
    modified_by: Identity | None = None
    modified_date: datetime | None = None
    is_deleted: bool = False
    unreadable_members: frozenset[str] = field(default=frozenset(), name="-")

    @property
    def number(self) -> int:
        """The id of the comment, under whichever name the server returned it."""
        return self.id or self.comment_id


class AzureComments(Struct, rename="camel"):
    """A page of comments, each of which is decoded by `decode_comment`."""

    comments: list[Raw] = field(default_factory=list)
    continuation_token: str | None = None


def decode_comment(raw: Raw) -> AzureComment | None:
    """Decode a comment without its unreadable members; None if it is not a comment."""
    comment, unreadable = lenient_json.decode_members(raw, AzureComment)
    if comment is None or not comment.number:
        return None
    return msgspec.structs.replace(comment, unreadable_members=unreadable) if unreadable else comment


class Resource(Struct, rename="camel"):
    """A resource of the server's API, such as "workitems", with the versions that it supports."""

    area: str = ""
    resource_name: str = ""
    min_version: str = "1.0"
    max_version: str = "1.0"
    released_version: str = ""
    """0.0 if every version is a preview; empty if the server does not return it."""


class ConnectionData(Struct, rename="camel"):
    """The account to which the credentials belong."""

    authenticated_user: dict[str, Any] = field(default_factory=dict)
