"""Azure DevOps' JSON, as far as it is used.

Source: Microsoft's OpenAPI descriptions of work item tracking and work 7.1 and of Server 7.0, and recorded responses. A
field without a value is absent, never null. Dates have zero to seven fractional digits.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field


class Identity(Struct, rename="camel"):
    """An account. `descriptor` starts with the kind of account."""

    id: str = ""
    unique_name: str = ""
    display_name: str = ""
    descriptor: str = ""


class QueriedItem(Struct):
    """An item in the result of a query."""

    id: int


class QueryResult(Struct, rename="camel"):
    """A query's result: ids only, whatever was selected."""

    work_items: list[QueriedItem] = field(default_factory=list)


class Relation(Struct):
    """A link, seen from this item."""

    rel: str = ""
    url: str = ""
    attributes: dict[str, Any] | None = None


class Item(Struct, rename="camel"):
    """A work item. Long texts are HTML unless `multiline_fields_format` says Markdown."""

    id: int
    rev: int
    fields: dict[str, Any] = field(default_factory=dict)
    relations: list[Relation] | None = None
    multiline_fields_format: dict[str, str] | None = None


class Items(Struct):
    """A batch. With `errorPolicy: omit` items that are gone or hidden are null."""

    value: list[msgspec.Raw] = field(default_factory=list)

    @property
    def present(self) -> list[msgspec.Raw]:
        """The items that exist, not yet decoded, so that one bad item does not affect the others."""
        return [raw for raw in self.value if bytes(raw) != b"null"]


class Revision(Struct):
    """One state of an item in the revision feed."""

    id: int
    rev: int
    fields: dict[str, Any] = field(default_factory=dict)


class RevisionPage(Struct, rename="camel"):
    """A page of the revision feed."""

    values: list[Revision] = field(default_factory=list)
    continuation_token: str | None = None
    next_link: str | None = None
    is_last_batch: bool = False


class ChangedLink(Struct, rename="camel"):
    """A link that was added or removed. `rel` has no direction here; the source is the parent."""

    rel: str = ""
    source_id: int = 0
    target_id: int = 0


class LinkPage(Struct, rename="camel"):
    """A page of the links feed. Some servers give the token only in the next link."""

    values: list[ChangedLink] = field(default_factory=list)
    continuation_token: str | None = None
    next_link: str | None = None
    is_last_batch: bool = False


class FieldUpdate(Struct, rename="camel"):
    """A field before and after."""

    old_value: Any = None
    new_value: Any = None


class Update(Struct, rename="camel"):
    """One save of an item. Its id is not a revision: a save of links keeps the revision."""

    id: int
    rev: int = 0
    revised_by: Identity | None = None
    revised_date: str = ""
    fields: dict[str, FieldUpdate] | None = None
    relations: dict[str, Any] | None = None


class Updates(Struct):
    """A page of saves."""

    value: list[Update] = field(default_factory=list)


class AzureComment(Struct, rename="camel"):
    """A comment. Servers that leave out `format` use HTML. Old servers call the id `commentId`."""

    id: int = 0
    comment_id: int = 0
    text: str = ""
    format: str = "html"
    created_by: Identity | None = None
    created_date: datetime | None = None
    modified_by: Identity | None = None
    modified_date: datetime | None = None
    is_deleted: bool = False

    @property
    def number(self) -> int:
        """Its id."""
        return self.id or self.comment_id


class AzureComments(Struct, rename="camel"):
    """A page of comments."""

    comments: list[AzureComment] = field(default_factory=list)
    continuation_token: str | None = None


class Resource(Struct, rename="camel"):
    """A resource of the server's API, with its versions."""

    area: str = ""
    resource_name: str = ""
    min_version: str = "1.0"
    max_version: str = "1.0"


class Resources(Struct):
    """All resources of the server's API."""

    value: list[Resource] = field(default_factory=list)


class ConnectionData(Struct, rename="camel"):
    """The account behind our credentials."""

    authenticated_user: dict[str, Any] = field(default_factory=dict)
