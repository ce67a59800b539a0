"""Carries out a plan, item by item, except for what has changed since it was made."""

from collections.abc import Callable
from typing import Protocol

import structlog
from msgspec import Struct, field

from connectors.document import Document
from connectors.errors import Conflict, ConnectorError, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.tracker import Author, Snapshot
from sync.store.records import CommentCall, EditCall
from sync.writeback.outbox import Outbox
from sync.writeback.plan import HeldBack, ItemPlan, Plan

_log = structlog.get_logger(__name__)


class Applied(Struct, kw_only=True):
    """What applying a plan did.

    Attributes:
        comments_created, comments_updated, comments_deleted: Calls about comments.
        fields_written: Fields that were set or cleared.
        labels_changed: Labels that were added or removed.
        refused: Items that were left as they are, and why.
        reconciled: What was found out about interrupted writes of earlier rounds.
        stopped: Why the round ended early, if it did.
    """

    comments_created: int = 0
    comments_updated: int = 0
    comments_deleted: int = 0
    fields_written: int = 0
    labels_changed: int = 0
    refused: list[HeldBack] = field(default_factory=list)
    reconciled: list[str] = field(name="cleared_up", default_factory=list)
    stopped: str = ""

    def counts(self) -> dict[str, int]:
        """Everything that was changed, by what it was."""
        return {
            "comments created": self.comments_created,
            "comments updated": self.comments_updated,
            "comments deleted": self.comments_deleted,
            "fields written": self.fields_written,
            "labels changed": self.labels_changed,
        }

    @property
    def writes(self) -> int:
        """How many changes that is."""
        return sum(self.counts().values())


KnownBy = Callable[[Document], str]
"""Gives the key by which a tracker recognises the content of a comment."""


class _Progress(Protocol):
    def __call__(self, done: int, of: int, /) -> None: ...


def apply(
    plan: Plan,
    outbox: Outbox,
    round_id: str,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: _Progress = lambda _done, _of: None,
) -> Applied:
    """Write a plan.

    One item that cannot be written stops no other. A tracker that cannot be reached, or wants to be left alone, ends
    the round; what is left is planned again in the next.

    Args:
        plan: What to write.
        outbox: Sends every write.
        round_id: Under which it is written down.
        stop: Asked between two writes; true ends the round.
        progress: Told how many items are done.
    """
    done = Applied()
    for number, item in enumerate(plan.items):
        progress(number, len(plan.items))
        if stop():
            done.stopped = "The service was asked to stop."
            break
        try:
            _write(item, outbox, round_id, done)
        except (Retriable, Misconfigured) as trouble:
            done.stopped = str(trouble)
            break
        except (Refused, Gone, Conflict) as refused:
            done.refused.append(HeldBack(item.key, "not written", refused.message))
            _log.info("not written", item=item.key, because=refused.message)
        except ConnectorError as unsure:
            what = "reply lost" if isinstance(unsure, Uncertain) else "not understood"
            done.refused.append(HeldBack(item.key, what, unsure.message))
            if not _settled(outbox, done):
                break
    progress(len(plan.items), len(plan.items))
    return done


def _settled(outbox: Outbox, done: Applied) -> bool:
    """Looks at once what became of a write whose reply was lost; false when the tracker cannot be asked."""
    try:
        done.reconciled += outbox.reconcile()
    except ConnectorError as trouble:
        done.stopped = str(trouble)
        return False
    return True


def _write(item: ItemPlan, outbox: Outbox, round_id: str, done: Applied) -> None:
    snapshot = outbox.target.get_snapshot(item.item)
    edit, comment, moved = _still_right(item, snapshot, outbox.target.content_key)
    done.refused += [HeldBack(item.key, "changed since the plan", why) for why in moved]
    if edit is not None:
        outbox.send(round_id, item.key, snapshot, edit)
        done.labels_changed += len(edit.add_labels) + len(edit.remove_labels)
        done.fields_written += len(edit.fields)
    if comment is not None:
        outbox.send(round_id, item.key, snapshot, comment)
        done.comments_created += comment.action == "add"
        done.comments_updated += comment.action == "replace"
        done.comments_deleted += comment.action == "delete"


def _still_right(
    item: ItemPlan, snapshot: Snapshot, content_key: KnownBy
) -> tuple[EditCall | None, CommentCall | None, list[str]]:
    """What of a plan may still be done, and why the rest may not.

    A plan was made on one state of the item, and any change invalidates it as a whole. An undo has no such state: each
    of its values is checked by itself.
    """
    whole = bool(item.version)
    if whole and item.version != snapshot.version:
        return None, None, ["The item was changed since; it is looked at again in the next round."]
    edit_moved = _edit_moved(item.edit, snapshot) if item.edit is not None else ""
    comment_moved = _comment_moved(item.comment, snapshot, content_key, answers_matter=whole) if item.comment else ""
    moved = [why for why in (edit_moved, comment_moved) if why]
    if whole and moved:
        return None, None, moved
    edit = item.edit if item.edit is None or whole else _still_ours(item.edit, snapshot)
    return edit, None if comment_moved else item.comment, moved


def _still_ours(edit: EditCall, snapshot: Snapshot) -> EditCall | None:
    kept = [name for name, before in edit.before.items() if snapshot.fields.get(name) == before]
    left = EditCall(
        add_labels=tuple(label for label in edit.add_labels if label not in snapshot.labels),
        remove_labels=tuple(label for label in edit.remove_labels if label in snapshot.labels),
        fields={name: edit.fields[name] for name in kept},
        before={name: edit.before[name] for name in kept},
        rules=edit.rules,
    )
    return None if left.is_empty else left


def _edit_moved(edit: EditCall, snapshot: Snapshot) -> str:
    for name, before in edit.before.items():
        if snapshot.fields.get(name) != before:
            return f"The field {name} holds {snapshot.fields.get(name)!r} and not {before!r} any more."
    for label in edit.remove_labels:
        if label not in snapshot.labels:
            return f'The label "{label}" is gone already.'
    return ""


def _comment_moved(call: CommentCall, snapshot: Snapshot, content_key: KnownBy, *, answers_matter: bool) -> str:
    ours = {comment.id: comment for comment in snapshot.ours}
    if call.action == "add":
        return "There is a comment of ours already." if ours else ""
    if call.comment not in ours:
        return "Our comment is gone."
    if ours[call.comment].edited_by not in (None, Author.US):
        return "Somebody else changed our comment."
    if call.before is not None:
        tag = ours[call.comment].tag
        if tag is None or tag.hash != content_key(call.before.document):
            return "Our comment is not what we wrote last."
    if call.action == "delete" and answers_matter and call.comment in snapshot.answered:
        return "Somebody wrote after our comment since the plan was made."
    return ""
