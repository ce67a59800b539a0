"""Plans the edit of one item: the labels to add and remove, and the field values to write.

An annotation is a comment, label or field value that the service put on an item. It is given up, which means that it is
no longer written, when the tracker has twice accepted the write without keeping it. In an edit war, others have undone
the service's changes of one kind twice, so that this kind is no longer written. Opt-in fields are those that the
settings allow the service to write.
"""

from collections.abc import Collection, Mapping

from msgspec import UNSET, UnsetType

from connectors.writes import FieldValue, find_label
from rules.model import WorkItem
from rules.priority.wsjf import Refusal
from sync.opt_in_fields.fields import OptInField
from sync.store.records import Annotation, CommentCall, EditCall, as_field_value
from sync.writeback import refusals
from sync.writeback.labels import BY_REASON, labels_for_rules
from sync.writeback.planning.inputs import EDIT_WAR, NOT_KEPT_TWICE, ItemDraft, PlanInputs
from sync.writeback.recording import same_value


def plan_edit(draft: ItemDraft, inputs: PlanInputs, comment: CommentCall | None) -> EditCall | None:
    """Plan the edit of labels and fields.

    Args:
        comment: The planned call about the service's comment, because some labels are only set on items with that
            comment.

    Returns:
        The edit; None if nothing changes. `label_rules` is unset if it would only repeat `rules`, and `beside_comment`
        if it would be false.
    """
    add, remove = _plan_labels(draft, inputs, comment)
    fields = _restore_unconfigured_fields(draft, inputs)
    names: dict[str, str] = {}
    for name, field_id in inputs.capabilities.writable_fields.items():
        is_planned = field_id in names
        if name not in inputs.opt_in_fields or is_planned or inputs.is_refused_in_project(draft.item, field_id):
            continue
        names[field_id] = name
        fields |= _plan_field(draft, inputs, inputs.opt_in_fields[name], field_id)
    call = EditCall(
        add_labels=tuple(add),
        remove_labels=remove,
        fields=fields,
        before={field_id: draft.item.fields[field_id] for field_id in fields},
        rules=tuple(sorted({rule for rules in add.values() for rule in rules})),
        label_rules=add if add and (inputs.label_setting.label == BY_REASON or inputs.ready_labels) else UNSET,
        beside_comment=True if add.keys() - inputs.ready_labels.keys() and _label_needs_comment(inputs) else UNSET,
        field_names=_names_to_record(fields, names),
    )
    return None if call.is_empty else call


def _plan_labels(
    draft: ItemDraft, inputs: PlanInputs, comment: CommentCall | None
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The labels to add, each with the rules whose findings it is for, and the labels to remove."""
    if inputs.is_refused_in_project(draft.item, refusals.LABELS):
        return {}, ()
    to_set, to_keep = _choose_labels(draft, inputs, comment) if inputs.capabilities.can_label else ({}, set())
    own_labels = {annotation.name: annotation for annotation in draft.annotations if annotation.kind == "label"}
    present = draft.item.labels
    add = {label: rules for label, rules in to_set.items() if find_label(label, present) is None}
    remove = [label for label in own_labels if label not in to_keep and find_label(label, present) is not None]
    # The value of a label's annotation is whether the service last added the label.
    reasons_to_skip = {
        label: NOT_KEPT_TWICE
        for label, annotation in own_labels.items()
        if annotation.is_given_up and label in (add if annotation.value else remove)
    }
    if "label" in draft.edit_wars:
        reasons_to_skip |= {label: EDIT_WAR for label in add if label not in reasons_to_skip}
    for label, reason in reasons_to_skip.items():
        draft.skip(f"label {label}", reason)
    return (
        {label: rules for label, rules in add.items() if label not in reasons_to_skip},
        tuple(label for label in remove if label not in reasons_to_skip),
    )


def _choose_labels(
    draft: ItemDraft, inputs: PlanInputs, comment: CommentCall | None
) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Choose the labels to set, each with the rules whose findings it is for, and those that stay if the item has them.

    If the team has chosen one label for all findings, it is only set beside the service's comment, and is removed
    together with it. In stores in which earlier versions set labels without a comment, it needs none. Labels of
    readiness profiles, which say that an item is ready for a purpose, depend on neither the comment nor findings.
    """
    to_set: dict[str, tuple[str, ...]] = {}
    to_keep: set[str] = set()
    if not _label_needs_comment(inputs) or _comment_has_questions(draft, comment):
        # No label is set for findings about which a program has changed what the service wrote.
        excluded = {
            rule for annotation in draft.annotations if annotation.changed_by_program for rule in annotation.rules
        }
        statuses = [status for status in draft.statuses if not (status.is_answered or status.finding.rule in excluded)]
        setting = inputs.label_setting.label
        to_set = labels_for_rules({status.finding.rule for status in statuses if status.allows_label}, setting)
        to_keep = set(labels_for_rules({status.finding.rule for status in statuses}, setting))
    for label, ready in inputs.ready_labels.items():
        if any(decision.applies_to(ready.rule, inputs.now) for decision in draft.decisions):
            continue
        if draft.item.id in ready.ready_ids:
            to_set[label] = (ready.rule,)
        if draft.item.is_open and ready.may_stay(draft.item.id, inputs.now):
            to_keep.add(label)
    return to_set, to_keep


def _label_needs_comment(inputs: PlanInputs) -> bool:
    """Whether a label for findings is only set on items with the service's comment.

    This is never so with the setting `BY_REASON`, which stands for one label for each reason.
    """
    return inputs.label_setting.label != BY_REASON and not inputs.label_setting.allowed_without_comment


def _comment_has_questions(draft: ItemDraft, comment: CommentCall | None) -> bool:
    """Whether the item has the service's comment, with questions, after the plan has been applied."""
    rules_by_comment = {annotation.name: annotation.rules for annotation in draft.comments}
    if comment is not None:
        rules_by_comment[comment.comment_id] = comment.content.rules if comment.content is not None else ()
    return any(rules_by_comment.values())


def _names_to_record(fields: Collection[str], names: Mapping[str, str]) -> dict[str, str] | UnsetType:
    """The configured names of the fields in an edit, by field id; unset if the WSJF score is the only one.

    Earlier versions wrote only the score and stored no names, so that an edit of the score alone is stored as it was
    by them.
    """
    written = {field_id: names[field_id] for field_id in fields if field_id in names}
    return written if set(written.values()) - {"wsjf"} else UNSET


def _plan_field(draft: ItemDraft, inputs: PlanInputs, opt_in: OptInField, field_id: str) -> dict[str, FieldValue]:
    """The field's new value, as {field id: value}; empty if the field stays as it is."""
    annotation = draft.find_annotation("field", field_id)
    if reason := _reason_not_to_write_field(draft, inputs, annotation, opt_in):
        draft.skip(opt_in.name, reason)
        return {}
    value = opt_in.compute(draft.item)
    if field_id not in draft.item.fields:
        if not (value is None or isinstance(value, Refusal)):
            draft.skip(opt_in.name, "The tracker does not show the field on this item.")
        return {}
    current = new = draft.item.fields[field_id]
    if isinstance(value, Refusal) and set(value.missing).isdisjoint(inputs.absent_score_inputs):
        draft.skip(opt_in.name, inputs.messages.score(value))
    if value is None or isinstance(value, Refusal):
        new = as_field_value(annotation.before) if annotation is not None else current
    elif annotation is None and current is not None and not same_value(current, value):
        draft.skip(opt_in.name, "The field holds a value that we did not write.")
    elif annotation is None or not _is_noise(draft.item, annotation, current, value, opt_in):
        new = value
    return {} if same_value(new, current) or _is_rounded(annotation, new, current) else {field_id: new}


def _is_noise(
    item: WorkItem, annotation: Annotation, current: FieldValue, value: FieldValue, opt_in: OptInField
) -> bool:
    """Whether the field holds what the service wrote, and the new value differs too little to be written."""
    return same_value(annotation.expected_value, current) and opt_in.is_noise(
        item, as_field_value(annotation.value), value
    )


def _reason_not_to_write_field(
    draft: ItemDraft, inputs: PlanInputs, annotation: Annotation | None, opt_in: OptInField
) -> str:
    """Why a field may not be written; empty if it may."""
    if "field" in draft.edit_wars:
        return EDIT_WAR
    if annotation is not None and annotation.changed_by_others:
        return "Somebody else changed the field; that value stays."
    if annotation is not None and annotation.is_given_up:
        return NOT_KEPT_TWICE
    if any(decision.applies_to(opt_in.name, inputs.now) for decision in draft.decisions):
        return f"A decision waives {opt_in.description}."
    return ""


def _restore_unconfigured_fields(draft: ItemDraft, inputs: PlanInputs) -> dict[str, FieldValue]:
    """The former values of fields that the service wrote and the settings no longer name, by field id.

    If a field that the settings name cannot be found, what was written under that name stays.
    """
    writable = inputs.capabilities.writable_fields
    # The `rules` of a field's annotation contain the name of the field in the settings.
    not_found = inputs.write.fields.keys() - writable.keys()
    return {
        annotation.name: as_field_value(annotation.before)
        for annotation in draft.annotations
        if annotation.kind == "field"
        and annotation.name not in writable.values()
        and annotation.name in draft.item.fields
        and not not_found.intersection(annotation.rules)
        and not (
            annotation.changed_by_others
            or annotation.is_given_up
            or inputs.is_refused_in_project(draft.item, annotation.name)
        )
    }


def _is_rounded(annotation: Annotation | None, new: FieldValue, current: FieldValue) -> bool:
    """Whether the field already holds the new value, as the tracker rounded it when it was written."""
    return (
        annotation is not None
        and annotation.stored_value is not None
        and same_value(annotation.value, new)
        and same_value(annotation.stored_value, current)
    )
