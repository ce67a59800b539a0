"""Derives the history of a Jira issue from its changelog: who changed what, and when work began and ended."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter

import msgspec
from msgspec import Struct

from connectors.comments import LABEL_COMMAND, Author, LabelChange, LastEditors
from connectors.jira.fields import FieldMap
from connectors.jira.payloads import History, HistoryItem, JiraComment, User
from rules.model import FieldChange

_MAX_VALUE_CHARACTERS = 200
"""Longer values are truncated in the history."""
_LONG_TEXT_FIELDS = frozenset({"description", "environment", "comment"})
"""Fields whose values are left out of the history."""
_POINTS_NAMES = frozenset({"story points", "story point estimate"})
"""Names of fields for story points, in lower case. Old changes have no field id."""
_NON_CONTENT_FIELDS = frozenset({"rank", "labels"})
"""Fields whose changes do not change the content of an issue."""


class JiraPeople(Struct, frozen=True):
    """Distinguishes people from programs: by account id on Cloud, by key or name on Data Center.

    Attributes:
        account: The id or key of the account that this service uses.
        bots: Ids, keys or names of the accounts of other programs, from the configuration.
        name: The user name of this service's account, because old servers do not return the key; empty on Cloud.
        own_comment_ids: Ids of the comments that this service wrote, possibly with other accounts.
    """

    account: str
    bots: frozenset[str] = frozenset()
    name: str = ""
    own_comment_ids: frozenset[str] = frozenset()

    def author(self, user: User | None) -> Author:
        """The kind of author that an account is. Without an account, the tracker itself made the change."""
        if user is None:
            return Author.OTHER_PROGRAM
        names = {user.account_id, user.key, user.name} - {None, ""}
        if names & {self.account, self.name}:
            return Author.THIS_SERVICE
        if user.account_type == "app" or self.bots & names or not names:
            return Author.OTHER_PROGRAM
        return Author.CUSTOMER if user.account_type == "customer" else Author.PERSON

    def comment_author(self, comment: JiraComment) -> Author:
        """Who wrote a comment."""
        return Author.THIS_SERVICE if comment.id in self.own_comment_ids else self.author(comment.author)

    def comment_editor(self, comment: JiraComment) -> Author | None:
        """Who edited a comment last; None if nobody did."""
        if comment.update_author is None:
            return None
        by_author = comment.author is not None and comment.update_author.names == comment.author.names
        return self.comment_author(comment) if by_author else self.author(comment.update_author)


class JiraHistory(Struct, frozen=True):
    """The history of an issue. Times are in UTC.

    Attributes:
        transitions: The changes of fields.
        started: When work began; None if it has not begun, or if that is unknown.
        changed_by_person: When a person last changed the content.
        ranked_by_person: When a person last changed the rank.
        done: When the issue last became done; None if it never did.
    """

    transitions: tuple[FieldChange, ...]
    started: datetime | None
    changed_by_person: datetime | None
    ranked_by_person: datetime | None
    done: datetime | None = None


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


def _in_order(histories: Iterable[History]) -> list[tuple[datetime, History]]:
    """The changes with their times, oldest first."""
    return sorted([(to_utc(history.created), history) for history in histories], key=itemgetter(0))


def evaluate_changelog(
    histories: Iterable[History],
    fields: FieldMap,
    people: JiraPeople,
    categories: Mapping[str, str],
    created: datetime | None = None,
) -> JiraHistory:
    """Evaluate the whole changelog of an issue. The changes may be in any order.

    Args:
        fields: The purposes of the site's fields.
        people: Distinguishes people from programs.
        categories: The key of the category of each status ("new", "indeterminate" or "done"), by the id of the status.
            "indeterminate" means that work is in progress.
        created: When the issue was created.
    """
    names_by_field_id = _names_by_field_id(fields)
    transitions: list[FieldChange] = []
    changed_by_person = ranked_by_person = None
    progress = _Progress(categories, created)
    for at, history in _in_order(histories):
        by_person = people.author(history.author).is_human
        for item in history.items:
            name = _transition_name(item, names_by_field_id)
            transitions.append(_transition(at, name, item, by_person=by_person))
            if name == "status":
                progress.move(at, item.before_id or "", item.after_id or "")
            if by_person and name == "rank":
                ranked_by_person = at
            if by_person and name not in _NON_CONTENT_FIELDS:
                changed_by_person = at
    return JiraHistory(tuple(transitions), progress.started, changed_by_person, ranked_by_person, progress.done)


class _Progress:
    """Determines when work began and ended, from the moves of an issue between statuses, oldest first.

    Work may have begun in a status that the site no longer has. After such a status, the start of work stays unknown.

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
        """Add a move between two statuses, which are given by their ids."""
        if before:
            self._enter(before, self._first_status_since)
        self._first_status_since = None
        self._enter(after, at)
        if self._category(after) == "done" and self._category(before) != "done":
            self.done = at

    def _enter(self, status: str, entered: datetime | None) -> None:
        """Record that the issue entered a status. The first one in which work may have begun decides when it began."""
        category = self._category(status)
        if not self._is_start_decided and category not in ("new", "done"):
            self._is_start_decided = True
            self.started = entered if category == "indeterminate" else None

    def _category(self, status: str) -> str:
        return self._categories.get(status, "")


def label_changes(histories: Iterable[History], labels: Collection[str], people: JiraPeople) -> dict[str, LabelChange]:
    """Who added the labels that are commands to this service, according to the changelog, by label."""
    command_labels = {label for label in labels if label.casefold().startswith(LABEL_COMMAND)}
    changes: dict[str, LabelChange] = {}
    if not command_labels:
        return changes
    for at, history in _in_order(histories):
        for item in history.items:
            if item.field.casefold() == "labels":
                added = command_labels & {*(item.after or "").split()} - {*(item.before or "").split()}
                names = history.author.names if history.author else frozenset()
                changes |= {label: LabelChange(at, people.author(history.author), names) for label in added}
    return changes


def last_editors(histories: Iterable[History], fields: FieldMap, people: JiraPeople) -> LastEditors:
    """Who last removed labels, changed fields that the service may write, and deleted comments."""
    # Old changes have no field id, but only the name of the field.
    written_field_ids = {field.id: field.id for field in fields.write_fields.values()}
    written_field_ids |= {field.name.casefold(): field.id for field in fields.write_fields.values()}
    editors = LastEditors()
    deleted: list[tuple[datetime, Author]] = []
    for at, history in _in_order(histories):
        author = people.author(history.author)
        for item in history.items:
            name = item.field.casefold()
            if name == "labels":
                removed = {*(item.before or "").split()} - {*(item.after or "").split()}
                editors.removed_labels.update(dict.fromkeys(removed, author))
            elif name == "comment" and not item.after:
                deleted.append((at, author))
            elif changed_field := written_field_ids.get(item.field_id or name):
                editors.fields[changed_field] = author
    return msgspec.structs.replace(editors, deleted_comments=tuple(deleted))


def _names_by_field_id(fields: FieldMap) -> dict[str, str]:
    """The names of custom fields in the history: those of the attributes of `WorkItem`."""
    names_by_id = dict.fromkeys(fields.points, "points")
    single_fields = (
        (fields.sprint, "sprint"),
        (fields.rank, "rank"),
        (fields.flagged, "flagged"),
        (fields.epic_link, "parent"),
    )
    return names_by_id | {field_id: name for field_id, name in single_fields if field_id}


def _transition_name(item: HistoryItem, names_by_field_id: Mapping[str, str]) -> str:
    """The name of a field in the history: that of an attribute of `WorkItem`, or else its id or name in lower case."""
    field_id = item.field_id or ""
    name = item.field.casefold()
    if name in ("parent", "issueparentassociation", "epic link"):
        return "parent"
    if not field_id and name in _POINTS_NAMES:
        return "points"
    return names_by_field_id.get(field_id) or (name if not field_id or field_id == name else field_id.casefold())


def _transition(at: datetime, name: str, item: HistoryItem, *, by_person: bool) -> FieldChange:
    if name in _LONG_TEXT_FIELDS:
        return FieldChange(at, name, by_person=by_person)
    return FieldChange(at, name, _truncate(item.before), _truncate(item.after), by_person)


def _truncate(value: str | None) -> str:
    return (value or "")[:_MAX_VALUE_CHARACTERS]


def latest(times: Collection[datetime | None]) -> datetime | None:
    """The latest of the times that are known."""
    return max((time for time in times if time is not None), default=None)
