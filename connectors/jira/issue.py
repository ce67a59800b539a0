"""Decodes issues of Jira, with the standard and custom fields that are used.

A value of an unexpected format is left out, and the id of its field is returned as unreadable.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from connectors import lenient_json
from connectors.jira import payloads
from connectors.jira.fields import FieldMap

_LIST_INDEX = re.compile(r"\[(\d+)\]")
"""Matches the index of a list in the path that `msgspec` gives for an error, such as `$.fields.labels[0]`."""
_PARTLY_USABLE_LISTS = frozenset({"labels", "components", "issuelinks", "fixVersions"})
"""Lists from which only the unreadable entries are removed. Other lists are left out as a whole."""
_NUMBER_AS_TEXT = re.compile(r"-?\d+(?:[.,]\d+)?")
_CUSTOM_FIELD_ID = re.compile(r"customfield_\d+")
CHANGELOG = "changelog"
"""The key of the changelog. It is also used as a field id in the sets of unreadable fields."""


class TypeValue(Struct, rename="camel"):
    """An issue type. Level 0 of the hierarchy contains stories, level 1 epics, and level -1 subtasks."""

    name: str
    untranslated_name: str | None = None
    subtask: bool = False
    hierarchy_level: int | None = None


class _StatusCategory(Struct):
    key: str = ""


class StatusValue(Struct, rename="camel"):
    """A status with its category."""

    name: str
    status_category: _StatusCategory | None = None


class NamedValue(Struct):
    """A value that has a name."""

    name: str


class ParentValue(Struct):
    """The parent of an issue."""

    key: str


class IssueKey(Struct):
    """The key of an issue; empty if the issue is linked and the account cannot see it."""

    key: str = ""


class _LinkType(Struct, frozen=True):
    inward: str = ""
    outward: str = ""


class LinkValue(Struct, rename="camel"):
    """A link to another issue, which is either `inward_issue` or `outward_issue`."""

    type: _LinkType = _LinkType()
    inward_issue: IssueKey | None = None
    outward_issue: IssueKey | None = None


class VersionValue(Struct, rename="camel"):
    """A version of a project, which is a release. Its date has no time."""

    name: str
    release_date: date | None = None
    released: bool | None = None


class ProjectValue(payloads.Project, kw_only=True):
    """The project of an issue, which always has a key."""

    key: str


class Votes(Struct):
    """How many people voted."""

    votes: int = 0


class Fields(Struct):
    """The standard fields. Decoded issues also have an attribute for each custom field that is used."""

    summary: str | None = None
    description: payloads.JiraText = None
    issuetype: TypeValue | None = None
    status: StatusValue | None = None
    priority: NamedValue | None = None
    project: ProjectValue | None = None
    created: datetime | None = None
    updated: datetime | None = None
    resolution: NamedValue | None = None
    resolutiondate: datetime | None = None
    statuscategorychangedate: datetime | None = None
    duedate: date | None = None
    fix_versions: list[VersionValue] | None = msgspec.field(name="fixVersions", default=None)
    labels: list[str] | None = None
    components: list[NamedValue] | None = None
    parent: ParentValue | None = None
    issuelinks: list[LinkValue] | None = None
    votes: Votes | None = None
    assignee: payloads.User | None = None
    creator: payloads.User | None = None
    security: NamedValue | None = None
    comment: payloads.DecodedComments | None = None
    absent: ClassVar[UnsetType] = UNSET
    """The value of a field that the site does not have."""

    def custom_value(self, field_id: str) -> Any:
        """The value of a custom field; None if the field is empty, or if the site or the issue does not have it."""
        value = getattr(self, _attribute_name(field_id), None)
        return None if value is UNSET else value

    def contains(self, field_id: str) -> bool:
        """Whether the response contains a custom field, even if the field is empty."""
        return getattr(self, _attribute_name(field_id), UNSET) is not UNSET


def make_custom_values_reader(*field_ids: str | None) -> Callable[[Fields], list[Any]]:
    """Make a function that returns the values of several custom fields, faster than `Fields.custom_value`.

    A field that the site does not have is None in `field_ids`, and its value is None.
    """
    read_values = attrgetter(*(_attribute_name(field_id) if field_id else "absent" for field_id in field_ids))
    return lambda fields: [None if value is UNSET else value for value in read_values(fields)]


_STANDARD_FIELD_IDS = Fields.__struct_encode_fields__


class Issue(Struct):
    """An issue, with the part of its history that the response contains."""

    id: str
    key: str
    fields: Fields
    changelog: payloads.DecodedChangelog | None = None


class IssueDecoder:
    """Decodes issues of one site, whose custom fields are `fields`.

    Attributes:
        struct_type: The Python type to which an issue is decoded if all its values have the expected format.
        requested_fields: The ids of the fields to request.
    """

    def __init__(self, fields: FieldMap) -> None:
        self._number_ids = frozenset(fields.number_ids)
        types_by_field_id: dict[str, Any] = dict.fromkeys((field.id for field in fields.all_written_fields), Any)
        types_by_field_id |= dict.fromkeys(fields.number_ids, float | None)
        types_by_field_id |= dict.fromkeys(fields.criteria, payloads.JiraText)
        # The format of these fields differs between sites. `connectors.jira.mapping` parses them.
        fields_of_any_format = (fields.sprint, fields.flagged, fields.epic_link, fields.team)
        types_by_field_id |= dict.fromkeys((field_id for field_id in fields_of_any_format if field_id), Any)
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
        site_issue = msgspec.defstruct("SiteIssue", [("fields", site_fields)], bases=(Issue,), kw_only=True)
        self.struct_type: type[Any] = site_issue
        self._decoder: msgspec.json.Decoder[Issue] = msgspec.json.Decoder(site_issue)
        lenient_fields = msgspec.defstruct(
            "LenientFields", [("comment", payloads.CommentPage | None, None)], bases=(site_fields,)
        )
        self._lenient_type: type[Any] = msgspec.defstruct(
            "LenientIssue",
            [("fields", lenient_fields), ("changelog", payloads.Changelog | None, None)],
            bases=(Issue,),
            kw_only=True,
        )
        self.requested_fields: tuple[str, ...] = (*_STANDARD_FIELD_IDS, *types_by_field_id)

    def decode(self, raw: bytes | msgspec.Raw) -> tuple[Issue, frozenset[str]]:
        """Decode an issue. Also return the ids of fields that are partly or entirely unreadable.

        Raises:
            msgspec.DecodeError: It is not JSON, or a value outside of fields has an unexpected format.
        """
        try:
            return self._decoder.decode(raw), frozenset()
        except lenient_json.DECODE_ERRORS:
            return self._decode_leniently(raw)

    def _decode_leniently(self, raw: bytes | msgspec.Raw) -> tuple[Issue, frozenset[str]]:
        """Decode an issue with values of an unexpected format. An unreadable change or comment affects no others."""
        unreadable_fields: set[str] = set()

        def repair(issue: Any, path: str) -> bool:
            if path.startswith("$.fields."):
                return self._repair_field(issue["fields"], path.removeprefix("$.fields."), unreadable_fields)
            if path.startswith(f"$.{CHANGELOG}"):
                del issue[CHANGELOG]
                unreadable_fields.add(CHANGELOG)
                return True
            return False

        issue = lenient_json.decode_with_repairs(raw, self._lenient_type, repair)
        if issue.changelog is not None:
            histories, undecodable_count = lenient_json.decode_entries(issue.changelog.histories, payloads.History)
            issue.changelog = payloads.DecodedChangelog(issue.changelog.total, histories, undecodable_count)
        if issue.fields.comment is not None:
            page = issue.fields.comment
            issue.fields.comment = payloads.decode_comment_page(page.comments, page.total)
        return issue, frozenset(unreadable_fields)

    def _repair_field(self, fields: dict[str, Any], path: str, unreadable_fields: set[str]) -> bool:
        """Convert a number that was sent as text; otherwise remove an entry of a list, or the whole field.

        Args:
            fields: The fields of the issue, which are changed.
            path: The path of the error within the fields, such as `labels[0]`. Field ids may contain dots and brackets.
            unreadable_fields: Receives the id of a field that was changed by removing something.

        Returns:
            Whether the fields were changed.
        """
        field_id = max((field_id for field_id in fields if path.startswith(field_id)), key=len, default=None)
        if field_id is None:
            return False
        value, list_index = fields[field_id], _LIST_INDEX.match(path.removeprefix(field_id))
        if field_id in self._number_ids and isinstance(value, str) and _NUMBER_AS_TEXT.fullmatch(value.strip()):
            fields[field_id] = float(value.replace(",", "."))
            return True
        if list_index and field_id in _PARTLY_USABLE_LISTS:
            del value[int(list_index[1])]
        else:
            del fields[field_id]
        unreadable_fields.add(field_id)
        return True


@cache
def _attribute_name(field_id: str) -> str:
    """The name of the attribute for a field. The id of a custom field may not be a valid name in Python."""
    is_attribute_name = field_id in Fields.__struct_fields__ or _CUSTOM_FIELD_ID.fullmatch(field_id)
    return field_id if is_attribute_name else f"field_{field_id.encode().hex()}"
