"""Writes tags, fields and comments of items of Azure DevOps."""

import contextlib
from collections.abc import Callable
from typing import Any

from connectors.azure_devops import comment_tag, history, mapping
from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.payloads import AzureComment
from connectors.comments import Author, CommentTag
from connectors.document import Document
from connectors.errors import Gone, Refused
from connectors.markup import Markup, plain_text, render
from connectors.plugin import TrackerContext
from connectors.repeated_writes import check_no_comment_added
from connectors.writes import Edit, Notification, Snapshot, WriteResult

_PERMISSION_ERROR_TYPES = ("AccessCheckException", "PermissionDeniedException")


class AzureTarget:
    """Writes to the items of one team.

    A `CommentTag` names the installation and the round (pass over the tracker) that wrote a comment of this service. It
    is in the text of the comment, where people do not see it.
    """

    label_names = (history.TAGS, "field Tags")
    """What error messages of Azure DevOps call the field for tags."""

    def __init__(self, open_session: Callable[[], AzureSession], context: TrackerContext) -> None:
        self._open_session = open_session
        self._context = context
        self._must_notify = False
        """Whether the account lacks the permission to suppress e-mail notifications, which the first edit shows."""

    def get_snapshot(self, item_id: str) -> Snapshot:
        """Read the current state of an item, with the comments of this service.

        Raises:
            Refused: The item is in an excluded project, or its data has an unexpected format, so that writing to it
                could overwrite something.
        """
        session = self._session
        current_item = session.client.fetch_item(item_id)
        project = mapping.get_project(current_item)
        if session.site.is_excluded_project(project):
            raise Refused(f"{session.site.tracker}: {item_id} is in a project that `projects` leaves out.")
        raw_comments = session.client.fetch_comments(project, item_id)
        people = session.site.people
        has_unreadable_tags = not isinstance(current_item.fields.get(history.TAGS, ""), str)
        has_unreadable_own_comment = any(
            comment.unreadable_members
            and ("createdBy" in comment.unreadable_members or people.comment_author(comment) is Author.THIS_SERVICE)
            for comment in raw_comments
        )
        if has_unreadable_tags or has_unreadable_own_comment:
            raise Refused(f"{session.site.tracker}: {item_id} contains unexpected data. Nothing is written to it.")
        comments = [mapping.map_comment(comment, session.site) for comment in raw_comments]
        # An unreadable comment may be newer than those of this service, so it counts as an answer to each of them.
        has_unreadable_human_comment = any(
            comment.unreadable_members and people.comment_author(comment).is_human for comment in raw_comments
        )
        # Only comments of this account are mapped with a tag. Without an installation, it is of an earlier version.
        own_comments = tuple(
            comment
            for comment in comments
            if comment.id in people.own_comment_ids
            or (comment.tag is not None and (self._context.owns(comment.tag) or not comment.tag.installation))
        )
        return Snapshot(
            id=str(current_item.id),
            version=str(current_item.rev),
            project=project,
            labels=frozenset(mapping.parse_tags(current_item.fields.get(history.TAGS), session.site)),
            fields={
                field.reference: mapping.field_value(current_item.fields.get(field.reference))
                for field in session.site.process.all_written_fields
            },
            own_comments=own_comments,
            comment_ids=frozenset(comment.id for comment in comments),
            answered_comment_ids=frozenset(
                own_comment.id
                for own_comment in own_comments
                if has_unreadable_human_comment
                or any(comment.author.is_human and comment.created > own_comment.created for comment in comments)
            ),
        )

    def content_key(self, document: Document) -> str:
        """The text of a comment with this content. The texts are compared, because the hidden tag contains no hash."""
        return mapping.content_key(plain_text(mapping.parse_rich_text(self._render(document), self._markup)))

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the server check an edit without saving it. It sends no e-mail, so `notify` does not matter."""
        self._session.client.edit(snapshot.id, self._make_patch(snapshot, edit), notify=True, validate_only=True)

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change tags and fields in one save, if possible without e-mail notifications."""
        client, patch = self._session.client, self._make_patch(snapshot, edit)
        if not self._must_notify:
            try:
                client.edit(snapshot.id, patch, notify=False)
            except Refused as error:
                if error.status != 403 and error.code not in _PERMISSION_ERROR_TYPES:
                    raise
            else:
                return WriteResult(notification=Notification.SUPPRESSED)
        client.edit(snapshot.id, patch, notify=True)
        self._must_notify = True
        return WriteResult(notification=Notification.SENT)

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        text = comment_tag.insert(self._render(document), tag.installation, tag.round)
        comment = self._session.client.add_comment(
            snapshot.project,
            snapshot.id,
            text,
            before_repeat=lambda: check_no_comment_added(self.get_snapshot, snapshot),
        )
        return self._to_write_result(comment)

    def replace_comment(self, snapshot: Snapshot, comment_id: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text and the tag of a comment of this service."""
        text = comment_tag.insert(self._render(document), tag.installation, tag.round)
        return self._to_write_result(
            self._session.client.replace_comment(snapshot.project, snapshot.id, comment_id, text)
        )

    def delete_comment(self, snapshot: Snapshot, comment_id: str) -> WriteResult:
        with contextlib.suppress(Gone):
            self._session.client.delete_comment(snapshot.project, snapshot.id, comment_id)
        return WriteResult(comment_id=comment_id, notification=Notification.UNKNOWN)

    @property
    def _session(self) -> AzureSession:
        return self._open_session()

    @property
    def _markup(self) -> Markup:
        return Markup.MARKDOWN if self._session.client.api.writes_markdown else Markup.HTML

    def _render(self, document: Document) -> str:
        return str(render(document, self._markup))

    def _to_write_result(self, comment: AzureComment) -> WriteResult:
        mapped = mapping.map_comment(comment, self._session.site)
        return WriteResult(
            comment_id=mapped.id, text=mapped.text, created=mapped.created, notification=Notification.UNKNOWN
        )

    def _make_patch(self, snapshot: Snapshot, edit: Edit) -> list[dict[str, Any]]:
        """Make the JSON Patch (RFC 6902) for an edit. Its first operation fails if the item has another revision."""
        patch: list[dict[str, Any]] = [{"op": "test", "path": "/rev", "value": int(snapshot.version)}]
        if edit.add_labels or edit.remove_labels:
            removed = {label.casefold() for label in edit.remove_labels}
            tags = {label.casefold(): label for label in sorted(snapshot.labels) if label.casefold() not in removed}
            tags |= {label.casefold(): label for label in edit.add_labels if label.casefold() not in tags}
            # `add` merges with the existing tags; only `replace` can remove a tag.
            op = "replace" if snapshot.labels else "add"
            patch.append({"op": op, "path": f"/fields/{history.TAGS}", "value": "; ".join(tags.values())})
        value_types = {field.reference: field.value_type for field in self._session.site.process.all_written_fields}
        for name, value in edit.fields.items():
            path = f"/fields/{name}"
            if value is None:
                patch.append({"op": "remove", "path": path})
                continue
            # A field of whole numbers rejects decimal numbers.
            rounded = round(value) if value_types.get(name) == "integer" and isinstance(value, float) else value
            patch.append({"op": "add", "path": path, "value": rounded})
        return patch
