"""Decodes the fields of issues that are in use, including custom fields.

A value of an unexpected type is left out, and the id of its field is returned.
"""

import contextlib
import re
from datetime import date, datetime
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct, UnsetType

from connectors import lenient_json
from connectors.jira import payloads
from connectors.jira.fields import FieldMap

_LIST_INDEX = re.compile(r"\[(\d+)\]")
_PARTLY_USABLE_LISTS = frozenset({"labels", "components", "issuelinks", "fixVersions"})
"""Lists that are useful even without an unreadable entry."""
_NUMBER_PATTERN = re.compile(r"-?\d+(?:[.,]\d+)?")
_CUSTOM_FIELD_ID = re.compile(r"customfield_\d+")
CHANGELOG = "changelog"
"""Stands for the changelog among the ids of unreadable fields."""


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
    """A value that has a name."""

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


class VersionValue(Struct, rename="camel"):
    """A version of the project. Jira writes its date without a time."""

    name: str = ""
    release_date: date | None = None
    released: bool | None = None


class Votes(Struct):
    """How many people voted."""

    votes: int = 0


class Fields(Struct):
    """The standard fields. Decoded issues also have an attribute for each custom field in use."""

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
    duedate: date | None = None
    fix_versions: list[VersionValue] | None = msgspec.field(name="fixVersions", default=None)
    labels: list[str] | None = None
    components: list[NamedValue] | None = None
    parent: IssueKey | None = None
    issuelinks: list[LinkValue] | None = None
    votes: Votes | None = None
    assignee: payloads.User | None = None
    creator: payloads.User | None = None
    security: NamedValue | None = None
    comment: payloads.CommentPage | None = None

    def custom_value(self, field_id: str | None) -> Any:
        """The value of a custom field; None if the site or the issue does not have it."""
        value = getattr(self, _attribute_name(field_id), None) if field_id else None
        return None if value is UNSET else value

    def contains(self, field_id: str) -> bool:
        """Whether the response contains a field, even if the field is empty."""
        return getattr(self, _attribute_name(field_id), UNSET) is not UNSET


_STANDARD_FIELD_IDS = Fields.__struct_encode_fields__


class Issue(Struct):
    """An issue, with the part of its history that the response contains."""

    id: str
    key: str
    fields: Fields
    changelog: payloads.Changelog | None = None


class IssueDecoder:
    """Decodes issues of one site.

    Attributes:
        requested_fields: The fields to request.
    """

    def __init__(self, fields: FieldMap) -> None:
        self._numbers = frozenset(fields.numbers)
        types_by_field_id: dict[str, Any] = dict.fromkeys((write.id for write in fields.all_written_fields), Any)
        types_by_field_id |= dict.fromkeys(fields.numbers, float | None)
        types_by_field_id |= dict.fromkeys(fields.criteria, payloads.JiraText)
        # These come in several forms; the mapping reads them.
        in_several_forms = (fields.sprint, fields.flagged, fields.epic_link, fields.team)
        types_by_field_id |= dict.fromkeys((field_id for field_id in in_several_forms if field_id), Any)
        if fields.rank:
            types_by_field_id[fields.rank] = str | None
        # A configured field may be a standard field, which keeps its type.
        types_by_field_id = {
            field_id: kind for field_id, kind in types_by_field_id.items() if field_id not in _STANDARD_FIELD_IDS
        }
        site_fields = msgspec.defstruct(
            "SiteFields",
            [(_attribute_name(field_id), kind | UnsetType, UNSET) for field_id, kind in types_by_field_id.items()],
            bases=(Fields,),
            rename={_attribute_name(field_id): field_id for field_id in types_by_field_id},
        )
        self._type: type[Issue] = cast(
            "type[Issue]", msgspec.defstruct("SiteIssue", [("fields", site_fields)], bases=(Issue,), kw_only=True)
        )
        self.requested_fields: tuple[str, ...] = (*_STANDARD_FIELD_IDS, *types_by_field_id)

    def decode(self, raw: bytes | msgspec.Raw) -> tuple[Issue, frozenset[str]]:
        """Decode an issue; also returns the ids of fields that are partly or entirely unreadable.

        Raises:
            msgspec.DecodeError: It is not JSON, or a value outside of fields has an unexpected format.
        """
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.json.decode(raw, type=self._type), frozenset()
        unreadable_fields: set[str] = set()

        def repair(issue: Any, path: str) -> bool:
            if path.startswith("$.fields."):
                return self._repair_field(issue["fields"], path.removeprefix("$.fields."), unreadable_fields)
            if path.startswith(f"$.{CHANGELOG}"):
                del issue[CHANGELOG]
                unreadable_fields.add(CHANGELOG)
                return True
            return False

        return lenient_json.decode_with_repairs(raw, self._type, repair), frozenset(unreadable_fields)

    def _repair_field(self, fields: dict[str, Any], path: str, unreadable_fields: set[str]) -> bool:
        """Convert a number that was sent as text; otherwise remove an entry of a list, or the whole field."""
        # Ids of fields may contain dots and brackets.
        field_id = max((field_id for field_id in fields if path.startswith(field_id)), key=len, default=None)
        if field_id is None:
            return False
        value, list_index = fields[field_id], _LIST_INDEX.match(path.removeprefix(field_id))
        if field_id in self._numbers and isinstance(value, str) and _NUMBER_PATTERN.fullmatch(value.strip()):
            fields[field_id] = float(value.replace(",", "."))
            return True
        if list_index and field_id in _PARTLY_USABLE_LISTS:
            del value[int(list_index[1])]
        else:
            del fields[field_id]
        unreadable_fields.add(field_id)
        return True


def _attribute_name(field_id: str) -> str:
    """The attribute for a field, because the id of a custom field may not be a valid name in Python."""
    is_attribute_name = field_id in Fields.__struct_fields__ or _CUSTOM_FIELD_ID.fullmatch(field_id)
    return field_id if is_attribute_name else f"field_{field_id.encode().hex()}"
