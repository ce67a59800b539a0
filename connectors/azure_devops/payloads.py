"""The shapes of Azure DevOps' answers: only what is read.

Source: Microsoft's OpenAPI descriptions of work item tracking and work 7.1 and of Server 7.0, and recorded answers. A
field without a value is absent, never null; dates have zero to seven digits of a second.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field


class Identity(Struct, rename="camel"):
    """Somebody. `descriptor` begins with the kind of account."""

    id: str = ""
    unique_name: str = ""
    display_name: str = ""
    descriptor: str = ""


class QueriedItem(Struct):
    """An item in the result of a query."""

    id: int


class QueryResult(Struct, rename="camel"):
    """A query's result: ids, and nothing else whatever was select_ids."""

    work_items: list[QueriedItem] = field(default_factory=list)


class Relation(Struct):
    """A link of an item, seen from it."""

    rel: str = ""
    url: str = ""
    attributes: dict[str, Any] | None = None


class Item(Struct, rename="camel"):
    """A work item. `multiline_fields_format` says which long texts are Markdown; the others are HTML."""

    id: int
    rev: int
    fields: dict[str, Any] = field(default_factory=dict)
    relations: list[Relation] | None = None
    multiline_fields_format: dict[str, str] | None = None


class Items(Struct):
    """A batch; with `errorPolicy: omit` an item that is gone or hidden is null."""

    value: list[msgspec.Raw] = field(default_factory=list)

    @property
    def present(self) -> list[msgspec.Raw]:
        """Those that are there, not yet decoded, so that one bad item spoils no other."""
        return [one for one in self.value if bytes(one) != b"null"]


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
    """A link that was made or removed; here `rel` has no direction, and source is the parent."""

    rel: str = ""
    source_id: int = 0
    target_id: int = 0


class LinkPage(Struct, rename="camel"):
    """A page of the links feed; some servers give the token only inside the next link."""

    values: list[ChangedLink] = field(default_factory=list)
    continuation_token: str | None = None
    next_link: str | None = None
    is_last_batch: bool = False


class FieldUpdate(Struct, rename="camel"):
    """A field before and after."""

    old_value: Any = None
    new_value: Any = None


class Update(Struct, rename="camel"):
    """One save of an item. Its id is no revision: a save of links alone shares the revision before it."""

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
    """A comment. `format` says what its text is; servers that do not say keep HTML. Old servers say `commentId`."""

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
        """Its id, under whichever name."""
        return self.id or self.comment_id


class AzureComments(Struct, rename="camel"):
    """A page of comments."""

    comments: list[AzureComment] = field(default_factory=list)
    continuation_token: str | None = None


class Resource(Struct, rename="camel"):
    """What a server offers at one route, and in which versions."""

    area: str = ""
    resource_name: str = ""
    min_version: str = "1.0"
    max_version: str = "1.0"


class Resources(Struct):
    """Everything a server offers."""

    value: list[Resource] = field(default_factory=list)


class ConnectionData(Struct, rename="camel"):
    """Who the server takes us for."""

    authenticated_user: dict[str, Any] = field(default_factory=dict)
