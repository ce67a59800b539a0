"""Tries every kind of write on a test item, for `steward doctor --rehearse`, and undoes each."""

from collections.abc import Callable, Iterator

from connectors.comments import CommentTag
from connectors.document import Document, Paragraph, Span
from connectors.errors import ConnectorError
from connectors.tracker import Target
from connectors.writes import Edit
from sync.inspect.check import CheckStatus, DoctorCheck

_REHEARSAL_LABEL = "steward-rehearsal"
"""The label that is set and removed when writes are tried on a test item."""


def rehearse_writes(target: Target, item_id: str, installation: str) -> Iterator[DoctorCheck]:
    """Try every kind of write on a test item, and undo each.

    Args:
        target: The target of a connected tracker that may write.
        item_id: The id of the test item.
        installation: Id of this installation, for the hidden tag of the comment.
    """
    before = target.get_snapshot(item_id)
    yield from _rehearse("label", lambda: _rehearse_label(target, item_id))
    yield from _rehearse("comment", lambda: _rehearse_comment(target, item_id, installation))
    after = target.get_snapshot(item_id)
    has_same_comments = len(before.own_comments) == len(after.own_comments)
    if before.labels == after.labels and before.fields == after.fields and has_same_comments:
        yield DoctorCheck("rehearse.restored", CheckStatus.GOOD, "The item is back in its original state.")
    else:
        yield DoctorCheck(
            "rehearse.restored", CheckStatus.BAD, "The item is not in its original state.", "Check it by hand."
        )


def _rehearse(kind: str, write: Callable[[], str]) -> Iterator[DoctorCheck]:
    """Try one kind of write. `write` returns a sentence about its result."""
    try:
        yield DoctorCheck(f"rehearse.{kind}", CheckStatus.GOOD, write())
    except ConnectorError as error:
        yield DoctorCheck(f"rehearse.{kind}", CheckStatus.BAD, error.message, error.hint)


def _rehearse_label(target: Target, item_id: str) -> str:
    """Add a label and remove it. First remove the label if an interrupted rehearsal has left it."""
    if _REHEARSAL_LABEL in target.get_snapshot(item_id).labels:
        target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    written = target.edit(target.get_snapshot(item_id), Edit(add_labels=(_REHEARSAL_LABEL,)))
    target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    return f"A label can be added and removed (mail: {written.notification.value})."


def _rehearse_comment(target: Target, item_id: str, installation: str) -> str:
    """Add a comment, edit it, and delete it."""
    first, second = _rehearsal_text("1 of 2"), _rehearsal_text("2 of 2")
    tags = [CommentTag(installation, "rehearsal", target.content_key(document)) for document in (first, second)]
    snapshot = target.get_snapshot(item_id)
    written = target.add_comment(snapshot, first, tags[0])
    edited = target.replace_comment(snapshot, written.comment_id, second, tags[1])
    target.delete_comment(snapshot, written.comment_id)
    return f"A comment can be written, edited (mail: {edited.notification.value}) and deleted."


def _rehearsal_text(part: str) -> Document:
    """The text of the comment that is written and edited."""
    sentence = f"Backlog Steward is testing its permissions ({part}); this comment is deleted at once."
    return Document((Paragraph((Span(sentence),)),))
