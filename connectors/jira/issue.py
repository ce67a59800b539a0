"""Decodes issues into the fields in use, including the site's own.

A value of an unexpected type would fail the whole issue. Such a field is ignored and reported instead.
"""

import re
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import Struct

from connectors.jira import payloads
from connectors.jira.fields import FieldMap


class TypeValue(Struct, rename="camel"):
    """An issue type."""

    name: str = ""
    untranslated_name: str | None = None
    subtask: bool = False
    hierarchy_level: int | None = None


class _StatusCategory(Struct):
    key: str = ""


class StatusValue(Struct, rename="camel"):
    """A status with its category."""

    name: str = ""
    status_category: _StatusCategory | None = None


class NamedValue(Struct):
    """Anything of which only the name matters."""

    name: str = ""


class IssueKey(Struct):
    """Another issue."""

    key: str = ""


class _LinkType(Struct, frozen=True):
    inward: str = ""
    outward: str = ""


class LinkValue(Struct, rename="camel"):
    """A link, seen from this issue."""

    type: _LinkType = _LinkType()
    inward_issue: IssueKey | None = None
    outward_issue: IssueKey | None = None


class SprintValue(Struct, rename="camel"):
    """A sprint as Cloud and newer versions of Data Center send it; older versions send text."""

    id: int
    name: str = ""
    state: str = ""
    goal: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None


class Votes(Struct):
    """How many people voted."""

    votes: int = 0


class Fields(Struct):
    """The fields of every site. Decoded issues also have an attribute for each of the site's own fields."""

    summary: str | None = None
    description: payloads.JiraText = None
    issuetype: TypeValue | None = None
    status: StatusValue | None = None
    priority: NamedValue | None = None
    project: payloads.Project | None = None
    created: datetime | None = None
    updated: datetime | None = None
    resolutiondate: datetime | None = None
    labels: list[str] | None = None
    components: list[NamedValue] | None = None
    parent: IssueKey | None = None
    issuelinks: list[LinkValue] | None = None
    votes: Votes | None = None
    assignee: payloads.User | None = None
    creator: payloads.User | None = None
    security: NamedValue | None = None
    comment: payloads.CommentPage | None = None

    def own(self, name: str | None) -> Any:
        """Value of one of the site's own fields; None if the site or the issue has none."""
        return getattr(self, name, None) if name else None


class Issue(Struct):
    """An issue with its history, as far as the response contains it."""

    id: str
    key: str
    fields: Fields
    changelog: payloads.Changelog | None = None


class IssueDecoder:
    """Decodes issues of one site.

    Attributes:
        wanted: The fields to request.
    """

    def __init__(self, fields: FieldMap) -> None:
        own: dict[str, Any] = dict.fromkeys((write.id for write in fields.writes.values()), Any)
        own |= dict.fromkeys(fields.numbers, float | None)
        own |= dict.fromkeys(fields.criteria, payloads.JiraText)
        for name, kind in (
            (fields.sprint, list[SprintValue | str] | None),
            (fields.rank, str | None),
            (fields.flagged, list[Any] | None),
            (fields.epic_link, str | None),
        ):
            if name:
                own[name] = kind
        # A name in the configuration may be that of a field that every site has, and keeps its own type.
        own = {name: kind for name, kind in own.items() if name not in Fields.__struct_fields__}
        site_fields = msgspec.defstruct(
            "SiteFields", [(name, kind, None) for name, kind in own.items()], bases=(Fields,)
        )
        self._type: type[Issue] = cast(
            "type[Issue]", msgspec.defstruct("SiteIssue", [("fields", site_fields)], bases=(Issue,), kw_only=True)
        )
        self.wanted: tuple[str, ...] = (*Fields.__struct_fields__, *own)

    def decode(self, raw: bytes | msgspec.Raw) -> tuple[Issue, tuple[str, ...]]:
        """Decode an issue; returns also the names of ignored fields.

        Raises:
            msgspec.DecodeError: It is not JSON, or something else than a field has an unexpected format.
        """
        try:
            return msgspec.json.decode(raw, type=self._type), ()
        except msgspec.ValidationError as error:
            return self._without_unreadable_fields(msgspec.json.decode(raw), error)

    def _without_unreadable_fields(self, issue: Any, error: msgspec.ValidationError) -> tuple[Issue, tuple[str, ...]]:
        ignored: list[str] = []
        while True:
            place = re.search(r"\$\.fields\.([\w-]+)", str(error))
            if place is None or place[1] in ignored:
                raise error
            ignored.append(place[1])
            issue["fields"].pop(place[1], None)
            try:
                return msgspec.convert(issue, self._type), tuple(ignored)
            except msgspec.ValidationError as another:
                error = another
