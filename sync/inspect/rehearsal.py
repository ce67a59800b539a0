"""Tries to write a label and a comment on a test item, for `steward doctor --rehearse`, and undoes both."""

from collections.abc import Callable, Iterator

from connectors.comments import CommentTag
from connectors.document import Document, Paragraph, Span
from connectors.errors import ConnectorError
from connectors.tracker import Target
from connectors.writes import Edit, Notification
from sync.inspect.check import CheckStatus, DoctorCheck

_REHEARSAL_LABEL = "steward-rehearsal"
"""The label that is set and removed when writes are tried on a test item."""


REHEARSAL_NOTICE = (
    "The rehearsal adds a label and a comment to {key} and takes both back. The tracker may send mail about this to "
    "people who watch the item."
)
"""What to know before `rehearse_writes` begins."""
_POSSIBLE_MAIL = (Notification.SENT, Notification.UNKNOWN)
"""The results of a write about which people may have got mail."""
_MAIL_SENTENCES = {
    Notification.NONE: "The tracker sends no mail about this.",
    Notification.SUPPRESSED: "The tracker was told to send no mail.",
    Notification.SENT: "The tracker sent mail about this to people who watch the item.",
    Notification.UNKNOWN: "The tracker may have sent mail about this to people who watch the item.",
}


def rehearse_writes(target: Target, item_id: str, installation: str) -> Iterator[DoctorCheck]:
    """Try to write a label and a comment on a test item, and undo both.

    Args:
        target: The part of a connected tracker that writes. Writes have to be allowed.
        installation: Id of this installation, for the hidden tag of the comment.
    """
    before = target.get_snapshot(item_id)
    yield from _rehearse("label", lambda: _rehearse_label(target, item_id))
    yield from _rehearse("comment", lambda: _rehearse_comment(target, item_id, installation))
    after = target.get_snapshot(item_id)
    has_same_comments = len(before.own_comments) == len(after.own_comments)
    # A rehearsal that was interrupted may have left its label.
    if before.labels - {_REHEARSAL_LABEL} == after.labels and before.fields == after.fields and has_same_comments:
        yield DoctorCheck("rehearse.restored", CheckStatus.GOOD, "The item is back in its original state.")
    else:
        yield DoctorCheck(
            "rehearse.restored", CheckStatus.BAD, "The item is not in its original state.", "Check it by hand."
        )


def _rehearse(kind: str, write: Callable[[], tuple[str, Notification]]) -> Iterator[DoctorCheck]:
    """Try one kind of write. `write` returns a sentence about its result, and whether mail was sent about it."""
    try:
        sentence, notification = write()
    except ConnectorError as error:
        yield DoctorCheck(f"rehearse.{kind}", CheckStatus.BAD, error.message, error.hint)
        return
    mail = _MAIL_SENTENCES[notification]
    status = CheckStatus.WARNING if notification in _POSSIBLE_MAIL else CheckStatus.GOOD
    yield DoctorCheck(f"rehearse.{kind}", status, f"{sentence} {mail}".strip())


def _rehearse_label(target: Target, item_id: str) -> tuple[str, Notification]:
    """Add a label and remove it. First remove the label if an interrupted rehearsal has left it."""
    if _REHEARSAL_LABEL in target.get_snapshot(item_id).labels:
        target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    label_result = target.edit(target.get_snapshot(item_id), Edit(add_labels=(_REHEARSAL_LABEL,)))
    target.edit(target.get_snapshot(item_id), Edit(remove_labels=(_REHEARSAL_LABEL,)))
    return "A label can be added and removed.", label_result.notification


def _rehearse_comment(target: Target, item_id: str, installation: str) -> tuple[str, Notification]:
    """Add a comment, edit it, and delete it."""
    first, second = _rehearsal_text("1 of 2"), _rehearsal_text("2 of 2")
    tags = [CommentTag(installation, "rehearsal", target.content_key(document)) for document in (first, second)]
    snapshot = target.get_snapshot(item_id)
    add_result = target.add_comment(snapshot, first, tags[0])
    edit_result = target.replace_comment(snapshot, add_result.comment_id, second, tags[1])
    target.delete_comment(snapshot, add_result.comment_id)
    # No tracker can be told to send no mail about a new comment, so the edit counts only if that sent none.
    notification = add_result.notification if add_result.notification in _POSSIBLE_MAIL else edit_result.notification
    return "A comment can be written, edited and deleted.", notification


def _rehearsal_text(part: str) -> Document:
    """The text of the comment that is written and edited."""
    sentence = f"Backlog Steward is testing its permissions ({part}); this comment is deleted at once."
    return Document((Paragraph((Span(sentence),)),))
