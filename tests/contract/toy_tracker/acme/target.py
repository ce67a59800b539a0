"""Writes to Acme."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.acme.version import version_of
from connectors.comments import Author, Comment, CommentTag
from connectors.document import Document
from connectors.errors import Gone, ShadowBreach
from connectors.markup import Markup, find_commands, markdown, plain_text, render
from connectors.plugin import TrackerContext
from connectors.writes import Edit, Notification, Snapshot, WriteResult


class AcmeTarget:
    """One file of items, to write to."""

    label_names = ("labels",)

    def __init__(self, path: Path, context: TrackerContext) -> None:
        self._path = path
        self._context = context

    def comments(self, item: str) -> tuple[Comment, ...]:
        """The comments of an item."""
        return tuple(_comment(ident, raw) for ident, raw in self._read()[item]["comments"].items())

    def get_snapshot(self, item: str) -> Snapshot:
        """The item's current state, with our comments."""
        items = self._read()
        if item not in items:
            raise Gone(f"{self._context.name}: there is no item {item}.")
        comments = self.comments(item)
        ours = tuple(one for one in comments if one.tag and one.tag.installation == self._context.installation)
        answered = (our.id for our in ours if any(other.id > our.id and other not in ours for other in comments))
        version = version_of(items[item])
        return Snapshot(
            id=item,
            version=version,
            labels=frozenset(items[item]["labels"]),
            fields={},
            own_comments=ours,
            comment_ids=frozenset(one.id for one in comments),
            answered_comment_ids=frozenset(answered),
        )

    def content_key(self, document: Document) -> str:
        """The hash of the document, which the tag carries."""
        return document.hash

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Do nothing: Acme cannot check an edit without saving it."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels."""

        def change(item: dict[str, Any]) -> None:
            item["labels"] = sorted({*item["labels"], *edit.add_labels} - {*edit.remove_labels})

        self._write(snapshot.id, change)
        return WriteResult(notification=Notification.NONE)

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Write a comment with its tag."""
        return self._put(snapshot, str(len(self._read()[snapshot.id]["comments"]) + 1), document, tag)

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment."""
        return self._put(snapshot, comment, document, tag)

    def delete_comment(self, snapshot: Snapshot, comment: str) -> WriteResult:
        """Delete a comment."""
        self._write(snapshot.id, lambda item: item["comments"].pop(comment, None))
        return WriteResult(comment_id=comment, notification=Notification.NONE)

    def _put(self, snapshot: Snapshot, ident: str, document: Document, tag: CommentTag) -> WriteResult:
        raw = {
            "text": render(document, Markup.MARKDOWN),
            "at": datetime.now(UTC).isoformat(),
            "tag": [tag.installation, tag.round, tag.content_key],
        }
        self._write(snapshot.id, lambda item: item["comments"].update({ident: raw}))
        written = _comment(ident, raw)
        return WriteResult(comment_id=ident, text=written.text, created=written.created, notification=Notification.NONE)

    def _read(self) -> dict[str, Any]:
        return json.loads(self._path.read_text(encoding="utf-8"))

    def _write(self, item: str, change: Callable[[dict[str, Any]], object]) -> None:
        # A tracker behind `HttpClient` gets these two lines from it.
        if not self._context.allow_writes:
            raise ShadowBreach(f"{self._context.name} is in shadow mode.")
        self._context.before_write()
        items = self._read()
        change(items[item])
        self._path.write_text(json.dumps(items), encoding="utf-8")


def _comment(ident: str, raw: dict[str, Any]) -> Comment:
    blocks = markdown.parse(raw["text"])
    at = datetime.fromisoformat(raw["at"])
    tag = CommentTag(*raw["tag"]) if "tag" in raw else None
    author = Author.THIS_SERVICE if tag else Author.PERSON
    return Comment(
        id=ident,
        author=author,
        created=at,
        updated=at,
        text=plain_text(blocks),
        commands=find_commands(blocks),
        tag=tag,
    )
