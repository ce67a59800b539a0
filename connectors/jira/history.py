"""Derives the history of a Jira issue from its changelog: who changed what, and when work began and ended."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct, field

from connectors.comments import LABEL_COMMAND_PREFIX, Author, LabelChange, LastEditors
from connectors.jira.fields import FieldMap
from connectors.jira.payloads import History, JiraComment, User
from rules.model import FieldChange

_MAX_VALUE_CHARACTERS = 200
"""Longer values are truncated in the history."""
_LONG_TEXT_FIELDS = frozenset({"description", "environment", "comment"})
"""Fields whose values are left out of the history. It only says whether there was one."""
_LEFT_OUT = "…"
"""Stands in the history for a value that is left out."""
_CRITERIA_NAME = "acceptance criteria"
"""The name of fields for acceptance criteria in the history."""
_POINTS_NAMES = frozenset({"story points", "story point estimate"})
"""Names of fields for story points, in lower case. Old changes contain no field id, so the name has to identify it."""
_MAX_REMEMBERED_ACCOUNTS = 10_000
_NON_CONTENT_FIELDS = frozenset({"rank", "labels"})
"""The fields that do not count as content. All others do, even the status."""


class JiraPeople:
    """Distinguishes people from programs: by account id on Cloud, by key or name on Data Center.

    Args:
        account_id: The id or key of the account that this service uses.
        bots: Ids, keys or names of the accounts of other programs, from the configuration.
        name: The user name of this service's account, because old servers do not return the key; empty on Cloud.
        own_comment_ids: Ids of the comments that this service wrote, possibly with other accounts.
    """

    def __init__(
        self,
        account_id: str,
        bots: frozenset[str] = frozenset(),
        name: str = "",
        own_comment_ids: frozenset[str] = frozenset(),
    ) -> None:
        self.own_comment_ids = own_comment_ids
        self._own_names = frozenset({account_id, name})
        self._bots = bots
        # A site has few accounts, which occur in thousands of changes.
        self._find_author = lru_cache(_MAX_REMEMBERED_ACCOUNTS)(self._classify)

    def author(self, user: User | None) -> Author:
        """The kind of author of a change by this account. If there is no account, Jira itself made the change."""
        if user is None:
            return Author.OTHER_PROGRAM
        return self._find_author(user.account_type, user.account_id, user.key, user.name)

    def _classify(self, account_type: str | None, *ids: str | None) -> Author:
        """Classify an account by its type, and its id, key and name."""
        names = {*ids} - {None, ""}
        if names & self._own_names:
            return Author.THIS_SERVICE
        if account_type == "app" or self._bots & names or not names:
            return Author.OTHER_PROGRAM
        return Author.CUSTOMER if account_type == "customer" else Author.PERSON

    def comment_author(self, comment: JiraComment) -> Author:
        """The kind of author that wrote a comment."""
        return Author.THIS_SERVICE if comment.id in self.own_comment_ids else self.author(comment.author)

    def comment_editor(self, comment: JiraComment, author: Author) -> Author | None:
        """The kind of author that last edited a comment; None if it was never edited.

        Args:
            author: The result of `comment_author`.
        """
        if comment.update_author is None:
            return None
        by_author = comment.author is not None and (
            comment.update_author == comment.author or comment.update_author.names == comment.author.names
        )
        return author if by_author else self.author(comment.update_author)


class JiraHistory(Struct, frozen=True):
    """The history of an issue. Times are in UTC.

    Attributes:
        field_changes: The changes of fields, oldest first.
        started: When work began; None if it has not begun, or if the time is unknown.
        changed_by_person: When a person or a customer last changed the content.
        ranked_by_person: When a person or a customer last changed the rank.
        done: When the issue last became done; None if it never did.
        label_changes: Who added the labels that are commands to this service, by label.
        last_editors: Who last removed labels, changed fields that the service may write, and deleted comments.
    """

    field_changes: tuple[FieldChange, ...] = ()
    started: datetime | None = None
    changed_by_person: datetime | None = None
    ranked_by_person: datetime | None = None
    done: datetime | None = None
    label_changes: dict[str, LabelChange] = field(default_factory=dict)
    last_editors: LastEditors = field(default_factory=LastEditors)


def to_utc(time: datetime | int) -> datetime:
    """Convert a time to UTC. Bulk changelogs contain milliseconds since 1970."""
    if isinstance(time, int):
        return datetime.fromtimestamp(time / 1000, UTC)
    if time.tzinfo is UTC:
        return time
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:  # a placeholder such as the year 1 or 9999
        return time.replace(tzinfo=UTC)


def _sort_by_time(histories: Sequence[History]) -> list[tuple[datetime, History]]:
    """Return changes with their times, oldest first."""
    try:
        # Nearly all times are of this kind, and there are many of them.
        with_times = [
            (created.astimezone(UTC) if isinstance(created, datetime) and created.tzinfo else to_utc(created), history)
            for history in histories
            for created in (history.created,)
        ]
    except OverflowError:
        with_times = [(to_utc(history.created), history) for history in histories]
    return sorted(with_times, key=itemgetter(0))


class _ChangedField(NamedTuple):
    """A field in a changelog, and how its changes are evaluated.

    Attributes:
        name: The name of the field in the history: the attribute of `WorkItem`, or else the field's id or name in lower
            case.
        placeholder: The text that replaces its values in the history; empty if they are kept.
        is_content: Whether it counts as content; see `_NON_CONTENT_FIELDS`.
        is_comment: Whether it is the pseudo-field under which Jira records changed and deleted comments.
        written_id: The id of the field if the service may write it; None if it may not.
    """

    name: str
    placeholder: str
    is_content: bool
    is_labels: bool
    is_comment: bool
    written_id: str | None


class ChangelogReader:
    """Evaluates the changelogs of the issues of one site.

    Args:
        fields: The purposes of the site's fields.
        categories: The key of the category of each status ("new", "indeterminate" or "done"), by the id of the status.
            "indeterminate" means that work is in progress.
    """

    def __init__(self, fields: FieldMap, people: JiraPeople, categories: Mapping[str, str]) -> None:
        self._people = people
        self._categories = categories
        self._names_by_field_id = _names_by_field_id(fields)
        # Old changes have no field id, but only the name of the field.
        self._written_ids = {written.id: written.id for written in fields.write_fields.values()}
        self._written_ids |= {written.name.casefold(): written.id for written in fields.write_fields.values()}
        # A site has few fields, and their names occur in thousands of changes.
        self._find_field = cache(self._classify_field)

    def read(
        self, histories: Sequence[History], *, labels: Collection[str] = (), created: datetime | None = None
    ) -> JiraHistory:
        """Evaluate the whole changelog of an issue.

        Args:
            histories: All changes, in any order.
            labels: The labels that the issue has now.
            created: When the issue was created.
        """
        command_labels = {label for label in labels if label.casefold().startswith(LABEL_COMMAND_PREFIX)}
        field_changes: list[FieldChange] = []
        changed_by_person = ranked_by_person = None
        progress = _WorkProgress(self._categories, created)
        label_changes: dict[str, LabelChange] = {}
        removed_labels: dict[str, Author] = {}
        field_editors: dict[str, Author] = {}
        deleted_comments: list[tuple[datetime, Author]] = []
        find_author, find_field = self._people.author, self._find_field
        for at, history in _sort_by_time(histories):
            author = find_author(history.author)
            by_person = author.is_human
            for item in history.items:
                name, placeholder, is_content, is_labels, is_comment, written_id = find_field(item.field, item.field_id)
                before, after = item.before or "", item.after or ""
                kept_before = before and (placeholder or before[:_MAX_VALUE_CHARACTERS])
                kept_after = after and (placeholder or after[:_MAX_VALUE_CHARACTERS])
                field_changes.append(FieldChange(at, name, kept_before, kept_after, by_person))
                if name == "status":
                    progress.move(at, item.before_id or "", item.after_id or "")
                if by_person and name == "rank":
                    ranked_by_person = at
                if by_person and is_content:
                    changed_by_person = at
                if is_labels:
                    labels_before, labels_after = set(before.split()), set(after.split())
                    removed_labels.update(dict.fromkeys(labels_before - labels_after, author))
                    if added := command_labels & labels_after - labels_before:
                        names = history.author.names if history.author else frozenset()
                        label_changes |= dict.fromkeys(added, LabelChange(at, author, names))
                elif is_comment and not after:
                    deleted_comments.append((at, author))
                elif written_id is not None:
                    field_editors[written_id] = author
        return JiraHistory(
            tuple(field_changes),
            progress.started,
            changed_by_person,
            ranked_by_person,
            progress.done,
            label_changes,
            LastEditors(removed_labels=removed_labels, fields=field_editors, deleted_comments=tuple(deleted_comments)),
        )

    def _classify_field(self, field_name: str, field_id: str | None) -> _ChangedField:
        """Decide how changes of the field with this name and id are evaluated."""
        casefolded = field_name.casefold()
        name = _name_in_history(casefolded, field_id or "", self._names_by_field_id)
        return _ChangedField(
            name,
            placeholder=_LEFT_OUT if name in _LONG_TEXT_FIELDS else "",
            is_content=name not in _NON_CONTENT_FIELDS,
            is_labels=casefolded == "labels",
            is_comment=casefolded == "comment",
            written_id=self._written_ids.get(field_id or casefolded),
        )


class _WorkProgress:
    """Determines when work began and ended, from the moves of an issue between statuses, oldest first.

    Work may have begun in a status that the site no longer has. If the issue was in such a status before any other in
    which work is in progress, the start of work stays unknown.

    Attributes:
        started, done: As in `JiraHistory`.
    """

    def __init__(self, categories: Mapping[str, str], created: datetime | None) -> None:
        self._categories = categories
        self._first_status_since: datetime | None = created
        """When the issue entered its first status; None after the first move."""
        self._is_start_decided = False
        self.started: datetime | None = None
        self.done: datetime | None = None

    def move(self, at: datetime, before: str, after: str) -> None:
        """Add a move from the status with the id `before` to that with the id `after`."""
        if before:
            self._enter(before, self._first_status_since)
        self._first_status_since = None
        self._enter(after, at)
        if self._category(after) == "done" and self._category(before) != "done":
            self.done = at

    def _enter(self, status: str, entered: datetime | None) -> None:
        """Record that the issue entered a status. Work began with the first status in which it may have begun."""
        category = self._category(status)
        if not self._is_start_decided and category not in ("new", "done"):
            self._is_start_decided = True
            self.started = entered if category == "indeterminate" else None

    def _category(self, status: str) -> str:
        return self._categories.get(status, "")


def _names_by_field_id(fields: FieldMap) -> dict[str, str]:
    """The names of custom fields in the history: those of the attributes of `WorkItem`, and `_CRITERIA_NAME`."""
    names_by_id = dict.fromkeys(fields.points, "points")
    # A team can also configure the description as a field for criteria.
    names_by_id |= {field_id: _CRITERIA_NAME for field_id in fields.criteria if field_id != "description"}
    single_fields = (
        (fields.sprint, "sprint"),
        (fields.rank, "rank"),
        (fields.flagged, "flagged"),
        (fields.epic_link, "parent"),
    )
    return names_by_id | {field_id: name for field_id, name in single_fields if field_id}


def _name_in_history(name: str, field_id: str, names_by_field_id: Mapping[str, str]) -> str:
    """The name of a field in the history, from its name in lower case and its id, which is empty in old changes."""
    if name in ("parent", "issueparentassociation", "epic link"):
        return "parent"
    if not field_id and name in _POINTS_NAMES:
        return "points"
    return names_by_field_id.get(field_id) or (name if not field_id or field_id == name else field_id.casefold())


def latest(times: Collection[datetime | None]) -> datetime | None:
    """The latest of the times that are known."""
    return max(filter(None, times), default=None)
