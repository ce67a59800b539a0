"""Writes labels, fields and comments of issues of Jira, Cloud or Data Center."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from connectors import lenient_json
from connectors.comments import SERVICE_NAME, Author, Comment, CommentTag
from connectors.document import Document, Paragraph, Span
from connectors.errors import Gone, Refused
from connectors.jira import comment_tag, history, mapping, payloads, rich_text
from connectors.jira.comment_mapping import map_comment
from connectors.jira.session import JiraSession
from connectors.jira.settings import JiraSettings
from connectors.plugin import TrackerContext
from connectors.repeated_writes import check_no_comment_added
from connectors.writes import Edit, FieldValue, Notification, Snapshot, WriteResult

T = TypeVar("T")

_SNAPSHOT_FIELDS = ("updated", "labels", "project", "comment")
"""The standard fields to read before an issue is written to."""


class JiraTarget:
    """Writes to the issues of one Jira site."""

    label_names = ("labels",)
    """What error messages of Jira call the field for labels."""

    def __init__(
        self, open_session: Callable[[], JiraSession], settings: JiraSettings, context: TrackerContext
    ) -> None:
        self._open_session = open_session
        self._internal_comments = settings.internal_comments
        self._context = context
        self._projects_with_notifications: set[str] = set()
        """The projects in which Jira has not allowed the account to write without e-mail notifications."""

    def get_snapshot(self, item_id: str) -> Snapshot:
        """Read the current state of an issue, with the comments of this service.

        Raises:
            Refused: Nothing may be written to the issue, or its data has an unexpected format.
        """
        name, kinds = self._context.name, self._field_kinds
        issue = self._session.client.fetch_issue(item_id, [*_SNAPSHOT_FIELDS, *kinds])
        try:
            return self._make_snapshot(_LazyIssue(issue), kinds)
        except lenient_json.DECODE_ERRORS as error:
            raise Refused(f"{name}: {item_id} contains unexpected data ({error}). Nothing is written to it.") from error

    def _make_snapshot(self, issue: "_LazyIssue", kinds: Mapping[str, str]) -> Snapshot:
        project = issue.field("project", payloads.Project)
        if project is None or not project.key:
            raise Refused(
                f"{self._context.name}: the response lacks the project of {issue.key}. Nothing is written to it."
            )
        if self._session.site.is_excluded_project(project.key):
            raise Refused(f"{self._context.name}: {issue.key} is in a project that `projects` leaves out.")
        is_service_desk = project.project_type_key == "service_desk"
        if is_service_desk and not self._internal_comments:
            raise Refused(
                f"{self._context.name}: {issue.key} is in a service-desk project, where customers read comments.",
                hint="Set `internal_comments: true` for this tracker to write internal comments there.",
            )
        labels = issue.field("labels", list[Any]) or []
        comments = self._all_comments(issue)
        own_comments = self._find_own_comments(issue.id, comments)
        people = self._session.site.people
        comments_by_people = [comment for comment in comments if people.comment_author(comment).is_human]
        return Snapshot(
            id=issue.id,
            version=mapping.issue_version(issue.field("updated", datetime)),
            project=project.key,
            labels=frozenset(label for label in labels if isinstance(label, str)),
            fields={
                field_id: mapping.field_value(issue.field(field_id, Any), kind)
                for field_id, kind in kinds.items()
                if field_id in issue.fields
            },
            own_comments=own_comments,
            comment_ids=frozenset(comment.id for comment in comments),
            answered_comment_ids=frozenset(
                own_comment.id
                for own_comment in own_comments
                if any(_may_be_after(comment, own_comment) for comment in comments_by_people)
            ),
        )

    def content_key(self, document: Document) -> str:
        """The hash of the document, which the hidden tag of the comment contains."""
        return document.hash

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Do nothing: Jira cannot check an edit without saving it."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        body: dict[str, Any] = {}
        labels = [{"add": label} for label in edit.add_labels] + [{"remove": label} for label in edit.remove_labels]
        if labels:
            body["update"] = {"labels": labels}
        if edit.fields:
            kinds = self._field_kinds
            body["fields"] = {
                name: self._to_field_value(value, kinds.get(name, "text")) for name, value in edit.fields.items()
            }
        client = self._session.client
        notification = self._write_quietly(snapshot, lambda notify: client.edit(snapshot.id, body, notify=notify))
        return WriteResult(notification=notification)

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        comment = self._session.client.add_comment(
            snapshot.id,
            document,
            self._properties(tag),
            before_repeat=lambda: check_no_comment_added(self.get_snapshot, snapshot),
        )
        return _to_write_result(comment, Notification.SENT)

    def replace_comment(self, snapshot: Snapshot, comment_id: str, document: Document, tag: CommentTag) -> WriteResult:
        client, properties = self._session.client, self._properties(tag)
        responses: list[payloads.WrittenComment] = []

        def replace(notify: bool) -> None:
            responses.append(client.replace_comment(snapshot.id, comment_id, document, properties, notify=notify))

        if client.can_edit_without_notifying:
            notification = self._write_quietly(snapshot, replace)
        else:
            replace(notify=True)
            notification = Notification.SENT
        return _to_write_result(responses[-1], notification)

    def delete_comment(self, snapshot: Snapshot, comment_id: str) -> WriteResult:
        with contextlib.suppress(Gone):
            self._session.client.delete_comment(snapshot.id, comment_id)
        return WriteResult(comment_id=comment_id, notification=Notification.NONE)

    @property
    def _session(self) -> JiraSession:
        return self._open_session()

    @property
    def _field_kinds(self) -> dict[str, str]:
        """The kinds of the fields that the service writes or has written, by the id of the field."""
        return {field.id: field.kind for field in self._session.site.fields.all_written_fields}

    def _all_comments(self, issue: "_LazyIssue") -> list[payloads.JiraComment]:
        """Read all comments, without their unreadable members.

        Raises:
            Refused: A comment of this service has an unreadable member, or the author of any comment is unreadable.
        """
        page = issue.field("comment", payloads.CommentPage)
        is_complete = page is not None and page.is_complete
        raw_comments = (
            page.comments if page is not None and is_complete else self._session.client.fetch_comments(issue.id)
        )
        comments, _ = payloads.decode_comments(raw_comments)
        people = self._session.site.people
        for comment in comments:
            if comment.unreadable_members and (
                "author" in comment.unreadable_members or people.comment_author(comment) is Author.THIS_SERVICE
            ):
                raise Refused(
                    f"{self._context.name}: a comment on {issue.key} contains unexpected data. Nothing is written."
                )
        return comments

    def _find_own_comments(self, issue_id: str, comments: Sequence[payloads.JiraComment]) -> tuple[Comment, ...]:
        """Find the comments of this installation of the service: those that it has recorded as its own
        (`JiraPeople.own_comment_ids`), and those by this account with the installation's tag.

        The tag in a comment by another account proves nothing, because people copy text.

        Raises:
            Refused: A comment by this account contains the name of the service, which all comments of the service
                contain, but its tag could not be read.
        """
        client, people = self._session.client, self._session.site.people
        candidates = [comment for comment in comments if people.comment_author(comment) is Author.THIS_SERVICE]
        if not candidates:
            return ()
        comments_with_tags = {
            comment.id: comment for comment in client.read_tags(issue_id, candidates) if not comment.unreadable_members
        }
        mapped_comments = [map_comment(comments_with_tags.get(comment.id, comment), people) for comment in candidates]
        recorded_ids = people.own_comment_ids
        if any(
            comment.id not in comments_with_tags and comment.id not in recorded_ids and SERVICE_NAME in comment.text
            for comment in mapped_comments
        ):
            raise Refused(
                f"{self._context.name}: could not determine whether this service wrote a comment on issue {issue_id}. "
                "Nothing is written."
            )
        return tuple(
            comment for comment in mapped_comments if comment.id in recorded_ids or self._context.owns(comment.tag)
        )

    def _properties(self, tag: CommentTag) -> dict[str, Any]:
        return comment_tag.properties(tag, internal=self._internal_comments)

    def _to_field_value(self, value: FieldValue, kind: str) -> Any:
        """Convert a value to the JSON that Jira expects for this kind of field, as in `JiraWriteField`."""
        if value is None:
            return None
        if kind == "option":
            return {"value": value}
        return self._session.client.render(_to_document(str(value))) if kind == "rich" else value

    def _write_quietly(self, snapshot: Snapshot, write: Callable[[bool], None]) -> Notification:
        """Write without e-mail notifications, or with them in projects where the account may not suppress them.

        In such a project, Jira rejects the first attempt completely, so nothing is written twice.

        Args:
            write: Writes to the issue; its argument says whether Jira may send notifications.
        """
        project = snapshot.project or snapshot.id
        if project not in self._projects_with_notifications:
            try:
                write(False)
            except Refused:
                write(True)
                self._projects_with_notifications.add(project)
                return Notification.SENT
            return Notification.SUPPRESSED
        write(True)
        return Notification.SENT


class _LazyIssue:
    """An issue whose fields are decoded when they are needed."""

    def __init__(self, raw: Mapping[str, Raw]) -> None:
        self.id = msgspec.json.decode(raw.get("id", b"null"), type=str)
        self.key = msgspec.json.decode(raw.get("key", b"null"), type=str | None) or self.id
        self.fields = msgspec.json.decode(raw.get("fields", b"null"), type=dict[str, Raw] | None) or {}

    def field(self, field_id: str, expected_type: type[T]) -> T | None:
        """Decode the value of a field as a type; None if it is empty or absent.

        Raises:
            One of `lenient_json.DECODE_ERRORS`: The value has an unexpected format.
        """
        return (
            msgspec.json.decode(self.fields[field_id], type=expected_type | None) if field_id in self.fields else None
        )


def _may_be_after(comment: payloads.JiraComment, own_comment: Comment) -> bool:
    """Whether a comment is later than a comment of this service, or has no date."""
    return comment.created is None or history.to_utc(comment.created) > own_comment.created


def _to_write_result(comment: payloads.WrittenComment, notification: Notification) -> WriteResult:
    text, created = rich_text.plain_text(comment.body), history.to_utc(comment.created)
    return WriteResult(comment_id=comment.id, text=text, created=created, notification=notification)


def _to_document(text: str) -> Document:
    return Document(tuple(Paragraph((Span(line),)) for line in text.splitlines()))
