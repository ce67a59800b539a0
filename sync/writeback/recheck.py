"""Checks whether planned writes still fit the item as just read, and removes the parts that do not.

A write is stale if the item has changed since the plan was made, so that the write no longer fits. A comment of the
service has a content key: a hash of its content, or its text. If it is not the key of what the service last wrote, the
comment was changed.
"""

from collections.abc import Collection, Mapping

import msgspec
from msgspec import UNSET

from connectors.writes import Snapshot, find_label
from sync.store.records import CommentCall, EditCall
from sync.writeback.planning.plan import ItemPlan
from sync.writeback.recording import GetContentKey, same_value


def without_parts(edit: EditCall, *, labels: bool = False, fields: Collection[str] = ()) -> EditCall | None:
    """Return an edit without some of its parts; None if nothing is left.

    Args:
        labels: Whether to remove all labels, and what the edit says only about them: the rules that they are for
            (`rules` and `label_rules`), and whether they may only be on an item that also has the service's comment
            (`beside_comment`).
        fields: Ids of the fields to remove.
    """
    remaining = msgspec.structs.replace(
        edit,
        fields={name: value for name, value in edit.fields.items() if name not in fields},
        before={name: value for name, value in edit.before.items() if name not in fields},
    )
    if labels:
        remaining = msgspec.structs.replace(
            remaining, add_labels=(), remove_labels=(), rules=(), label_rules=UNSET, beside_comment=UNSET
        )
    return None if remaining.is_empty else remaining


def without_absent_annotations(item_plan: ItemPlan, absent: Collection[tuple[str, str]]) -> ItemPlan:
    """Return the plan of an undo without the annotations that are no longer on the item.

    Args:
        absent: Kinds and names of these annotations.
    """
    edit, comment = item_plan.edit, item_plan.comment
    if edit is not None:
        labels = tuple(label for label in edit.remove_labels if ("label", label) not in absent)
        edit = without_parts(
            msgspec.structs.replace(edit, remove_labels=labels),
            fields={name for name in edit.fields if ("field", name) in absent},
        )
    if comment is not None and ("comment", comment.comment_id) in absent:
        comment = None
    return msgspec.structs.replace(item_plan, edit=edit, comment=comment)


def recheck(
    item_plan: ItemPlan, snapshot: Snapshot, get_content_key: GetContentKey, recorded_texts: Mapping[str, str]
) -> tuple[EditCall | None, CommentCall | None, list[str]]:
    """Return the edit and the comment call that still fit the item, and the reasons why the others do not.

    A round's plan is based on one version of the item, so any change invalidates all of it. An undo, which removes what
    the service wrote, has no version, so each value is checked separately.

    Args:
        snapshot: The item as just read.
        get_content_key: `Target.content_key`.
        recorded_texts: The texts of the service's comments as they were written, by comment id.
    """
    is_undo = item_plan.is_undo
    if not is_undo and item_plan.version != snapshot.version:
        return None, None, ["The item has changed since the plan was made. The next round plans it again."]
    stale_edit_reason = why_edit_is_stale(item_plan.edit, snapshot) if item_plan.edit is not None else ""
    stale_comment_reason = (
        _why_comment_is_stale(item_plan.comment, snapshot, get_content_key, recorded_texts, check_replies=not is_undo)
        if item_plan.comment
        else ""
    )
    reasons = [reason for reason in (stale_edit_reason, stale_comment_reason) if reason]
    if not is_undo and reasons:
        return None, None, reasons
    edit = item_plan.edit
    if is_undo and edit is not None:
        edit = _without_changed_values(edit, snapshot)
    return edit, None if stale_comment_reason else item_plan.comment, reasons


def _without_changed_values(edit: EditCall, snapshot: Snapshot) -> EditCall | None:
    """Return the part of an undo's edit whose values nobody has changed since; None if nothing is left."""
    unchanged_names = [name for name, before in edit.before.items() if same_value(snapshot.fields.get(name), before)]
    remaining = msgspec.structs.replace(
        edit,
        add_labels=tuple(label for label in edit.add_labels if find_label(label, snapshot.labels) is None),
        remove_labels=tuple(label for label in edit.remove_labels if find_label(label, snapshot.labels) is not None),
        fields={name: edit.fields[name] for name in unchanged_names},
        before={name: edit.before[name] for name in unchanged_names},
    )
    return None if remaining.is_empty else remaining


def why_edit_is_stale(edit: EditCall, snapshot: Snapshot) -> str:
    """Why an edit no longer fits the item, as a sentence; empty if it still fits."""
    for name, before in edit.before.items():
        if not same_value(snapshot.fields.get(name), before):
            return f"The field {name} now holds {snapshot.fields.get(name)!r}, not {before!r}."
    for label in edit.remove_labels:
        if find_label(label, snapshot.labels) is None:
            return f'The label "{label}" has already been removed.'
    return ""


def _why_comment_is_stale(
    call: CommentCall,
    snapshot: Snapshot,
    get_content_key: GetContentKey,
    recorded_texts: Mapping[str, str],
    *,
    check_replies: bool,
) -> str:
    """Why a call about the service's comment no longer fits the item, as a sentence; empty if it still fits.

    A comment that somebody else saved without changing its text still fits.
    """
    own_comments = {comment.id: comment for comment in snapshot.own_comments}
    if call.action == "add":
        return "We already have a comment on this item." if own_comments else ""
    if call.comment_id not in own_comments:
        return "Our comment no longer exists."
    own_comment = own_comments[call.comment_id]
    if own_comment.is_edited_by_others and own_comment.text != recorded_texts.get(call.comment_id):
        return "Somebody else edited our comment."
    if call.before is not None:
        tag = own_comment.tag
        if tag is None or tag.content_key != call.before.content_key(get_content_key):
            return "Our comment differs from what we last wrote."
    if call.action == "delete" and check_replies and call.comment_id in snapshot.answered_comment_ids:
        return "Somebody has replied to our comment since the plan was made."
    return ""
