"""Writes to Azure DevOps, Services or Server."""

import contextlib
from collections.abc import Callable
from typing import Any

from connectors.azure_devops import history, mapping
from connectors.azure_devops.connect import AzureSession
from connectors.azure_devops.payloads import AzureComment
from connectors.document import Document
from connectors.errors import Gone, Refused
from connectors.markup import Markup, plain_text, render
from connectors.tracker import Author, CommentTag, Edit, FieldValue, Notification, Snapshot, WriteResult

_PERMISSION_ERRORS = ("AccessCheckException", "PermissionDeniedException")


class AzureTarget:
    """One team of one project, to write to."""

    def __init__(self, session: Callable[[], AzureSession]) -> None:
        self._open_session = session
        self._with_mail = False

    def get_snapshot(self, item: str) -> Snapshot:
        """The item's current state, with our comments."""
        session = self._session
        current = session.client.item(item)
        project = mapping.project_of(current)
        if session.site.leaves_out(project):
            raise Refused(f"{session.site.tracker}: {item} is in a project that `projects` leaves out.")
        raw_comments = session.client.comments(project, item)
        people = session.site.people
        if not isinstance(current.fields.get(history.TAGS, ""), str) or any(
            comment.unread and ("createdBy" in comment.unread or people.comment_author(comment) is Author.US)
            for comment in raw_comments
        ):
            raise Refused(f"{session.site.tracker}: {item} contains unexpected data. Nothing is written to it.")
        comments = [mapping.map_comment(comment, session.site) for comment in raw_comments]
        undated = any(comment.unread and people.comment_author(comment).is_human for comment in raw_comments)
        recorded = people.own_comment_ids
        ours = tuple(comment for comment in comments if comment.tag is not None or comment.id in recorded)
        return Snapshot(
            id=str(current.id),
            version=str(current.rev),
            project=project,
            labels=frozenset(mapping.tags(current.fields.get(history.TAGS), session.site)),
            fields={
                field.reference: mapping.field_value(current.fields.get(field.reference))
                for field in session.site.process.all_written_fields
            },
            own_comments=ours,
            comment_ids=frozenset(comment.id for comment in comments),
            answered_comment_ids=frozenset(
                our.id
                for our in ours
                if undated or any(other.author.is_human and other.created > our.created for other in comments)
            ),
        )

    def content_key(self, document: Document) -> str:
        """The words of a comment, by which it is recognised: the tracker keeps no hidden tags."""
        return mapping.content_key(plain_text(mapping.read(self._render(document), self._markup)))

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Let the tracker check an edit by its rules without saving it."""
        self._session.client.edit(snapshot.id, self._patch(snapshot, edit), notify=True, only_check=True)

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change tags and fields in one save, if the item is still as in the snapshot."""
        client, patch = self._session.client, self._patch(snapshot, edit)
        if not self._with_mail:
            try:
                client.edit(snapshot.id, patch, notify=False)
            except Refused as error:
                if error.status != 403 and error.code not in _PERMISSION_ERRORS:
                    raise
                client.edit(snapshot.id, patch, notify=True)
                self._with_mail = True
            else:
                return WriteResult(notification=Notification.SUPPRESSED)
        else:
            client.edit(snapshot.id, patch, notify=True)
        return WriteResult(notification=Notification.SENT)

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Write a comment. It is recognised by its words."""
        del tag
        text = self._render(document)
        return self._written(self._session.client.add_comment(snapshot.project, snapshot.id, text))

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment of ours."""
        del tag
        text = self._render(document)
        return self._written(self._session.client.replace_comment(snapshot.project, snapshot.id, comment, text))

    def delete_comment(self, snapshot: Snapshot, comment: str) -> WriteResult:
        """Delete a comment of ours."""
        with contextlib.suppress(Gone):
            self._session.client.delete_comment(snapshot.project, snapshot.id, comment)
        return WriteResult(comment_id=comment, notification=Notification.UNKNOWN)

    @property
    def _session(self) -> AzureSession:
        return self._open_session()

    @property
    def _markup(self) -> Markup:
        return Markup.MARKDOWN if self._session.client.writes_markdown else Markup.HTML

    def _render(self, document: Document) -> str:
        return str(render(document, self._markup))

    def _written(self, comment: AzureComment) -> WriteResult:
        stored = mapping.map_comment(comment, self._session.site)
        return WriteResult(
            comment_id=stored.id, text=stored.text, created=stored.created, notification=Notification.UNKNOWN
        )

    def _patch(self, snapshot: Snapshot, edit: Edit) -> list[dict[str, Any]]:
        patch: list[dict[str, Any]] = [{"op": "test", "path": "/rev", "value": int(snapshot.version)}]
        if edit.add_labels or edit.remove_labels:
            removed = {label.casefold() for label in edit.remove_labels}
            tags = {label.casefold(): label for label in sorted(snapshot.labels) if label.casefold() not in removed}
            tags |= {label.casefold(): label for label in edit.add_labels if label.casefold() not in tags}
            # `add` merges with the existing tags; only `replace` can remove one.
            op = "replace" if snapshot.labels else "add"
            patch.append({"op": op, "path": f"/fields/{history.TAGS}", "value": "; ".join(tags.values())})
        kinds = {field.reference: field.kind for field in self._session.site.process.all_written_fields}
        for name, value in edit.fields.items():
            path = f"/fields/{name}"
            if value is None:
                patch.append({"op": "remove", "path": path})
            else:
                patch.append({"op": "add", "path": path, "value": _outgoing(value, kinds.get(name, ""))})
        return patch


def _outgoing(value: FieldValue, kind: str) -> Any:
    return round(value) if kind == "integer" and isinstance(value, float) else value
