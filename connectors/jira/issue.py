"""Decodes issues into the fields in use, including the site's own.

A value of an unexpected type would fail the whole issue. Such a value is left out instead, and its field named.
"""

import contextlib
import re
from datetime import datetime
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from connectors import lenient_json
from connectors.jira import payloads
from connectors.jira.fields import FieldMap

_ENTRY = re.compile(r"\[(\d+)\]")
_LISTS = frozenset({"labels", "components", "issuelinks"})
"""Lists that are of use without one of their entries."""
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_USUAL_ID = re.compile(r"customfield_\d+")
CHANGELOG = "changelog"
"""The name of an unread changelog among the names of unread fields."""


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
    resolution: NamedValue | None = None
    resolutiondate: datetime | None = None
    statuscategorychangedate: datetime | None = None
    labels: list[str] | None = None
    components: list[NamedValue] | None = None
    parent: IssueKey | None = None
    issuelinks: list[LinkValue] | None = None
    votes: Votes | None = None
    assignee: payloads.User | None = None
    creator: payloads.User | None = None
    security: NamedValue | None = None
    comment: payloads.CommentPage | None = None

    def own(self, ident: str | None) -> Any:
        """Value of one of the site's own fields; None if the site or the issue has none."""
        value = getattr(self, _attribute(ident), None) if ident else None
        return None if value is UNSET else value

    def has(self, ident: str) -> bool:
        """Whether the response told the value of a field, if only that it is empty."""
        return getattr(self, _attribute(ident), UNSET) is not UNSET


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
        self._numbers = frozenset(fields.numbers)
        own: dict[str, Any] = dict.fromkeys((write.id for write in fields.all_written_fields), Any)
        own |= dict.fromkeys(fields.numbers, float | None)
        own |= dict.fromkeys(fields.criteria, payloads.JiraText)
        # These come in several forms; the mapping reads them.
        in_several_forms = (fields.sprint, fields.flagged, fields.epic_link, fields.team)
        own |= dict.fromkeys((ident for ident in in_several_forms if ident), Any)
        if fields.rank:
            own[fields.rank] = str | None
        # A name in the configuration may be that of a field that every site has, and keeps its own type.
        own = {ident: kind for ident, kind in own.items() if ident not in Fields.__struct_fields__}
        site_fields = msgspec.defstruct(
            "SiteFields",
            [(_attribute(ident), kind | UnsetType, UNSET) for ident, kind in own.items()],
            bases=(Fields,),
            rename={_attribute(ident): ident for ident in own},
        )
        self._type: type[Issue] = cast(
            "type[Issue]", msgspec.defstruct("SiteIssue", [("fields", site_fields)], bases=(Issue,), kw_only=True)
        )
        self.wanted: tuple[str, ...] = (*Fields.__struct_fields__, *own)

    def decode(self, raw: bytes | msgspec.Raw) -> tuple[Issue, frozenset[str]]:
        """Decode an issue; returns also the ids of fields that could not be read, or not entirely.

        Raises:
            msgspec.DecodeError: It is not JSON, or something else than a field has an unexpected format.
        """
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.json.decode(raw, type=self._type), frozenset()
        unread: set[str] = set()

        def repair(issue: Any, place: str) -> bool:
            if place.startswith("$.fields."):
                return self._repair_field(issue["fields"], place.removeprefix("$.fields."), unread)
            if place.startswith(f"$.{CHANGELOG}"):
                del issue[CHANGELOG]
                unread.add(CHANGELOG)
                return True
            return False

        return lenient_json.decode_with_repairs(raw, self._type, repair), frozenset(unread)

    def _repair_field(self, fields: dict[str, Any], place: str, unread: set[str]) -> bool:
        """Read a number that was sent as text; otherwise leave out an entry of a list, or a whole field."""
        # Ids of fields may contain dots and brackets.
        ident = max((ident for ident in fields if place.startswith(ident)), key=len, default=None)
        if ident is None:
            return False
        value, entry = fields[ident], _ENTRY.match(place.removeprefix(ident))
        if ident in self._numbers and isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            fields[ident] = float(value.replace(",", "."))
            return True
        if entry and ident in _LISTS:
            del value[int(entry[1])]
        else:
            del fields[ident]
        unread.add(ident)
        return True


def _attribute(ident: str) -> str:
    """The attribute for a field. The id of a site's own field need not be a name in Python."""
    usual = ident in Fields.__struct_fields__ or _USUAL_ID.fullmatch(ident)
    return ident if usual else f"field_{ident.encode().hex()}"
