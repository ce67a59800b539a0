"""Maps an issue's changelog to field changes, and to when people worked on the issue."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from connectors.jira.fields import FieldMap
from connectors.jira.payloads import History, HistoryItem, JiraComment, User
from connectors.tracker import LABEL_COMMAND, Author, LabelChange, LastEditors
from rules.model import FieldChange

_LONGEST_VALUE = 200
_LONG_TEXTS = frozenset({"description", "environment", "comment"})
_POINTS_NAMES = frozenset({"story points", "story point estimate"})
_NO_CONTENT = frozenset({"rank", "labels"})
"""Changes that leave the content alone: re-ranking and labels."""


class JiraPeople(Struct, frozen=True):
    """Tells people and programs apart: by account id on Cloud, by key or name on Data Center.

    Attributes:
        account: Our own id or key.
        bots: Ids, keys or names of other programs.
        name: Our own user name, because old servers leave out the key; empty on Cloud.
        own_comment_ids: Ids of comments that we wrote, whatever account was used then.
    """

    account: str
    bots: frozenset[str] = frozenset()
    name: str = ""
    own_comment_ids: frozenset[str] = frozenset()

    def author(self, user: User | None) -> Author:
        """Who is behind an account; no account means the tracker itself."""
        if user is None:
            return Author.SERVICE
        names = {user.account_id, user.key, user.name} - {None, ""}
        if names & {self.account, self.name}:
            return Author.US
        if user.account_type == "app" or self.bots & names or not names:
            return Author.SERVICE
        return Author.CUSTOMER if user.account_type == "customer" else Author.PERSON

    def comment_author(self, comment: JiraComment) -> Author:
        """Who wrote a comment."""
        return Author.US if comment.id in self.own_comment_ids else self.author(comment.author)

    def comment_editor(self, comment: JiraComment) -> Author | None:
        """Who edited a comment last; None if nobody did."""
        if comment.update_author is None:
            return None
        by_author = comment.author is not None and comment.update_author.names == comment.author.names
        return self.comment_author(comment) if by_author else self.author(comment.update_author)


class JiraPast(Struct, frozen=True):
    """What a changelog says. Times in UTC.

    Attributes:
        started: When work first began; None if it did not, or if that is not known.
        done: When the issue last moved into a status that means done, from one that does not.
    """

    transitions: tuple[FieldChange, ...]
    started: datetime | None
    changed_by_person: datetime | None
    ranked_by_person: datetime | None
    done: datetime | None = None


def utc(moment: datetime | int) -> datetime:
    """A time in UTC. Bulk changelogs contain milliseconds since 1970."""
    if isinstance(moment, int):
        return datetime.fromtimestamp(moment / 1000, UTC)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # a placeholder such as the year 1 or 9999
        return moment.replace(tzinfo=UTC)


def past(
    histories: Iterable[History],
    fields: FieldMap,
    people: JiraPeople,
    categories: Mapping[str, str],
    created: datetime | None = None,
) -> JiraPast:
    """Evaluate the whole changelog of an issue, in any order.

    Args:
        histories: All changes.
        fields: The purposes of the site's fields.
        people: Tells people and programs apart.
        categories: Category key by status id; "indeterminate" means that work has begun.
        created: When the issue was created.
    """
    vocabulary = _vocabulary(fields)
    transitions: list[FieldChange] = []
    changed = ranked = None
    progress = _Progress(categories, created)
    for history in sorted(histories, key=lambda history: utc(history.created)):
        at = utc(history.created)
        by_person = people.author(history.author).is_human
        for item in history.items:
            name = _name(item, vocabulary)
            transitions.append(_transition(at, name, item, by_person=by_person))
            if name == "status":
                progress.move(at, item.before_id or "", item.after_id or "")
            if by_person and name == "rank":
                ranked = at
            if by_person and name not in _NO_CONTENT:
                changed = at
    return JiraPast(tuple(transitions), progress.started, changed, ranked, progress.done)


class _Progress:
    """Follows an issue through its statuses, oldest move first.

    A status that the site no longer lists may have meant anything: work may have begun in it. What comes after it is
    not known to be the start.
    """

    def __init__(self, categories: Mapping[str, str], created: datetime | None) -> None:
        self._categories = categories
        self._since: datetime | None = created
        """Since when the issue was in the status before the first move; None for later moves."""
        self._decided = False
        self.started: datetime | None = None
        self.done: datetime | None = None

    def move(self, at: datetime, before: str, after: str) -> None:
        """Follow one move; a status is given by its id."""
        if before:
            self._stay(before, self._since)
        self._since = None
        self._stay(after, at)
        if self._category(after) == "done" and self._category(before) != "done":
            self.done = at

    def _stay(self, status: str, since: datetime | None) -> None:
        category = self._category(status)
        if not self._decided and category not in ("new", "done"):
            self._decided = True
            self.started = since if category == "indeterminate" else None

    def _category(self, status: str) -> str:
        return self._categories.get(status, "")


def label_changes(histories: Iterable[History], labels: Collection[str], people: JiraPeople) -> dict[str, LabelChange]:
    """Who added the labels that are addressed to the service, as far as the changelog tells."""
    addressed = {label for label in labels if label.casefold().startswith(LABEL_COMMAND)}
    changes: dict[str, LabelChange] = {}
    for history in sorted(histories, key=lambda history: utc(history.created)) if addressed else ():
        for item in history.items:
            if item.field.casefold() == "labels":
                added = addressed & {*(item.after or "").split()} - {*(item.before or "").split()}
                names = history.author.names if history.author else frozenset()
                changes |= {
                    label: LabelChange(utc(history.created), people.author(history.author), names) for label in added
                }
    return changes


def last_editors(histories: Iterable[History], fields: FieldMap, people: JiraPeople) -> LastEditors:
    """Who last removed labels, changed fields that the service may write, and deleted comments."""
    writes = {write.id: write.id for write in fields.writes.values()}
    writes |= {write.name.casefold(): write.id for write in fields.writes.values()}
    editors = LastEditors()
    deleted: list[tuple[datetime, Author]] = []
    for history in sorted(histories, key=lambda history: utc(history.created)):
        author = people.author(history.author)
        for item in history.items:
            name = item.field.casefold()
            if name == "labels":
                removed = {*(item.before or "").split()} - {*(item.after or "").split()}
                editors.removed_labels.update(dict.fromkeys(removed, author))
            elif name == "comment" and not item.after:
                deleted.append((utc(history.created), author))
            elif changed := writes.get(item.field_id or name):
                editors.fields[changed] = author
    return msgspec.structs.replace(editors, deleted_comments=tuple(deleted))


def _vocabulary(fields: FieldMap) -> dict[str, str]:
    known = dict.fromkeys(fields.points, "points")
    pairs = (
        (fields.sprint, "sprint"),
        (fields.rank, "rank"),
        (fields.flagged, "flagged"),
        (fields.epic_link, "parent"),
    )
    return known | {ident: name for ident, name in pairs if ident}


def _name(item: HistoryItem, vocabulary: Mapping[str, str]) -> str:
    ident = item.field_id or ""
    name = item.field.casefold()
    if name in ("parent", "issueparentassociation", "epic link"):
        return "parent"
    if not ident and name in _POINTS_NAMES:
        return "points"
    return vocabulary.get(ident) or (name if not ident or ident == name else ident.casefold())


def _transition(at: datetime, name: str, item: HistoryItem, *, by_person: bool) -> FieldChange:
    if name in _LONG_TEXTS:
        return FieldChange(at, name, by_person=by_person)
    return FieldChange(at, name, _short(item.before), _short(item.after), by_person)


def _short(value: str | None) -> str:
    return (value or "")[:_LONGEST_VALUE]


def latest(moments: Collection[datetime | None]) -> datetime | None:
    """The latest of the known times."""
    return max((moment for moment in moments if moment is not None), default=None)
