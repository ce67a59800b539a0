"""Apply a plan, item by item. What has changed since the plan was made is skipped and reported."""

from collections.abc import Callable
from typing import Protocol

import structlog
from msgspec import UNSET, Struct, field

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
        refused: What was not written, and why.
        reconciled: What became of interrupted writes, one sentence each.
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
        """The number of changes of each kind."""
        return {
            "comments created": self.comments_created,
            "comments updated": self.comments_updated,
            "comments deleted": self.comments_deleted,
            "fields written": self.fields_written,
            "labels changed": self.labels_changed,
        }

    @property
    def writes(self) -> int:
        """The total number of changes."""
        return sum(self.counts().values())


ContentKey = Callable[[Document], str]
"""As `Target.content_key`."""


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

    An item that cannot be written does not stop the others. If the tracker cannot be reached or asks us to back off,
    the round ends, and the next round plans the remaining items again.

    Args:
        plan: What to write.
        outbox: Sends every write.
        round_id: The round that the ledger records.
        stop: Called before each item; returns true to end the round.
        progress: Called with the number of items done and the total.
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
            what = "reply lost" if isinstance(unsure, Uncertain) else "unexpected response"
            done.refused.append(HeldBack(item.key, what, unsure.message))
            if not _reconcile(outbox, done):
                break
    progress(len(plan.items), len(plan.items))
    return done


def _reconcile(outbox: Outbox, done: Applied) -> bool:
    """Find out what became of a write whose reply was lost. Returns false if the tracker cannot be reached."""
    try:
        done.reconciled += outbox.reconcile()
    except ConnectorError as trouble:
        done.stopped = str(trouble)
        return False
    return True


def _write(item: ItemPlan, outbox: Outbox, round_id: str, done: Applied) -> None:
    snapshot = outbox.target.get_snapshot(item.item)
    edit, comment, changes = _recheck(item, snapshot, outbox.target.content_key)
    done.refused += [HeldBack(item.key, "changed since the plan", why) for why in changes]
    if edit is not None:
        outbox.send(round_id, item.key, snapshot, edit)
        done.labels_changed += len(edit.add_labels) + len(edit.remove_labels)
        done.fields_written += len(edit.fields)
    if comment is not None:
        outbox.send(round_id, item.key, snapshot, comment)
        done.comments_created += comment.action == "add"
        done.comments_updated += comment.action == "replace"
        done.comments_deleted += comment.action == "delete"


def _recheck(
    item: ItemPlan, snapshot: Snapshot, content_key: ContentKey
) -> tuple[EditCall | None, CommentCall | None, list[str]]:
    """Return the calls that are still valid, and why the others are not.

    A plan is based on one version of the item, so any change invalidates all of it. An undo has no version: each value
    is checked by itself.
    """
    whole = bool(item.version)
    if whole and item.version != snapshot.version:
        return None, None, ["The item has changed since the plan was made. The next round plans it again."]
    edit_changed = _edit_changed(item.edit, snapshot) if item.edit is not None else ""
    comment_changed = (
        _comment_changed(item.comment, snapshot, content_key, answers_matter=whole) if item.comment else ""
    )
    changes = [why for why in (edit_changed, comment_changed) if why]
    if whole and changes:
        return None, None, changes
    edit = item.edit if item.edit is None or whole else _still_ours(item.edit, snapshot)
    return edit, None if comment_changed else item.comment, changes


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


def _edit_changed(edit: EditCall, snapshot: Snapshot) -> str:
    for name, before in edit.before.items():
        if snapshot.fields.get(name) != before:
            return f"The field {name} now holds {snapshot.fields.get(name)!r}, not {before!r}."
    for label in edit.remove_labels:
        if label not in snapshot.labels:
            return f'The label "{label}" has already been removed.'
    return ""


def _comment_changed(call: CommentCall, snapshot: Snapshot, content_key: ContentKey, *, answers_matter: bool) -> str:
    ours = {comment.id: comment for comment in snapshot.ours}
    if call.action == "add":
        return "We already have a comment on this item." if ours else ""
    if call.comment not in ours:
        return "Our comment no longer exists."
    if ours[call.comment].edited_by not in (None, Author.US):
        return "Somebody else edited our comment."
    if call.before is not None:
        tag = ours[call.comment].tag
        expected = content_key(call.before.document) if call.before.key is UNSET else call.before.key
        if tag is None or tag.hash != expected:
            return "Our comment differs from what we last wrote."
    if call.action == "delete" and answers_matter and call.comment in snapshot.answered:
        return "Somebody has replied to our comment since the plan was made."
    return ""
