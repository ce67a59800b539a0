"""Plans what is written, item by item, with the exact text. Pure functions without I/O.

A plan contains only changes: what an item already has is not written again, and a comment is rewritten only when its
findings have changed.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from connectors.tracker import Capabilities, FieldValue
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Decision, Finding, WorkItem
from rules.priority import Refusal, WsjfOptions, wsjf
from rules.registry import all_rules
from rules.rule import ALWAYS_NEEDED
from sync.messages import Messages, shipped_messages
from sync.opt_in_fields import OptInField
from sync.settings import Write
from sync.store.records import Annotation, CommentCall, CommentContent, EditCall, Value
from sync.writeback import refusals
from sync.writeback.comment import build_question_comment, build_settled_comment
from sync.writeback.labels import BY_REASON, labels_for_rules
from sync.writeback.recording import same_value
from sync.writeback.write_budget import split_by_budget

NOT_KEPT_TWICE = "The tracker accepted it twice and did not keep it, so it is not tried again."
NOT_KEPT = "not kept"
"""The value of `SkippedWrite.what` for a write that the tracker accepted but did not keep."""
EDIT_WAR = "It was undone twice after we wrote it, so it is not written again."
UNANSWERED = "The same was done to many items at once. Until the team says what it means, nothing is written on it."
EVERYTHING, COMMENT = "everything", "our comment"
"""The values of `SkippedWrite.what` for all writes on an item, and for its comment."""
PROJECT = "refused in the project"
"""The value of `SkippedWrite.what` for a refusal in a whole project; the key is then the project's key."""
UNKNOWN = "Something about it could not be read. What is written on it stays as it is until it can."
MISSING = "The last read of the tracker left this item out. It is kept, and nothing is written on it."


class ItemPlan(Struct, frozen=True, kw_only=True):
    """The writes on one item in one round: at most one edit and one call about our comment.

    Attributes:
        version: The version of the item that the plan is based on; empty for an undo, which checks each value.
    """

    tracker: str
    item: str
    key: str
    version: str = ""
    edit: EditCall | None = None
    comment: CommentCall | None = None

    @property
    def is_undo(self) -> bool:
        """Whether it removes what the service wrote, whatever the version of the item is."""
        return not self.version


class SkippedWrite(Struct, frozen=True):
    """Something that is not written.

    Attributes:
        key: The key of the item or project.
        what: What is not written.
        because: Why it is not written.
    """

    key: str
    what: str
    because: str


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that one round writes to one tracker.

    Attributes:
        items: The items to write, in this order.
        waiting: Keys of the items over the budget, which wait for later rounds.
        skipped_writes: What is not written, and why.
        names: The configured names of the written fields, by field id.
    """

    tracker: str
    items: tuple[ItemPlan, ...]
    waiting: tuple[str, ...] = ()
    skipped_writes: tuple[SkippedWrite, ...] = msgspec.field(name="held", default=())
    names: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def id(self) -> str:
        """An id that is equal for plans with the same writes."""
        return hashlib.sha256(msgspec.json.encode(self.items)).hexdigest()[:12]

    @property
    def writes(self) -> int:
        """The number of changes, counted like `ApplyResult.writes`."""
        edits = [item.edit for item in self.items if item.edit is not None]
        changes = sum(len(edit.add_labels) + len(edit.remove_labels) + len(edit.fields) for edit in edits)
        return changes + sum(item.comment is not None for item in self.items)


@dataclass(frozen=True)
class PlanInputs:
    """Everything that a plan depends on.

    Attributes:
        items: Items that have findings, scores or annotations, in rank order.
        statuses: The status of each finding, by item id.
        decisions: Decisions in force at `now`, by item id.
        annotations: Our annotations, by item id.
        missing: Ids of items that were missing when the tracker was last read. Nothing is written on them.
        notices: Lines for our comments about rejected commands, by item id.
        unanswered: Ids of items that the team is asked about, because somebody made the same change on many at once.
        edit_wars: Kinds of annotation that are no longer written ("label", "field", "comment"), by item id.
        project_refusals: What the tracker has recently refused in a whole project. It is not written there.
        refused: Ids of items on which the tracker has recently refused a write. They are planned last.
        opt_in_fields: The fields that may be written, by their name in the configuration.
        label: The label setting in force.
        label_allowed_without_comment: Whether a configured label may be set without a comment.
        messages: The messages to use.
    """

    tracker: str
    items: Sequence[WorkItem]
    statuses: Mapping[str, Sequence[FindingStatus]]
    decisions: Mapping[str, Sequence[Decision]]
    annotations: Mapping[str, Sequence[Annotation]]
    capabilities: Capabilities
    write: Write
    label: str | None
    wsjf: WsjfOptions
    now: datetime
    opt_in_fields: Mapping[str, OptInField] = field(default_factory=dict)
    refused: Collection[str] = ()
    missing: Collection[str] = ()
    label_allowed_without_comment: bool = False
    project_refusals: Sequence[refusals.ProjectRefusal] = ()
    unanswered: Collection[str] = ()
    rule_pages: str | None = None
    edit_wars: Mapping[str, Collection[str]] = field(default_factory=dict)
    notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    messages: Messages = field(default_factory=shipped_messages)

    def is_refused(self, item: WorkItem, part: str) -> bool:
        """Whether the tracker refuses a part in the item's project."""
        return any((refusal.project, refusal.part) == (item.project, part) for refusal in self.project_refusals)


@dataclass
class _ItemDraft:
    """One item while it is planned: its inputs, and the writes that are skipped."""

    item: WorkItem
    annotations: Sequence[Annotation]
    statuses: Sequence[FindingStatus]
    decisions: Sequence[Decision]
    edit_wars: Collection[str] = ()
    skipped_writes: list[SkippedWrite] = field(default_factory=list)

    def annotation(self, kind: str, name: str | None = None) -> Annotation | None:
        matching = (
            annotation for annotation in self.annotations if annotation.kind == kind and name in (None, annotation.name)
        )
        return next(matching, None)

    @property
    def rules_changed_by_programs(self) -> set[str]:
        """Rules of annotations that a program has changed. Their findings are not shown by a label either."""
        return {rule for annotation in self.annotations if annotation.changed_by_program for rule in annotation.rules}

    def skip(self, what: str, because: str) -> None:
        self.skipped_writes.append(SkippedWrite(self.item.key, what, because))


def make_plan(inputs: PlanInputs, *, budget: int | None = None) -> Plan:
    """Make the plan for one tracker.

    Args:
        inputs: Everything that the plan depends on.
        budget: How many items may be written; None for the configured number.
    """
    planned: list[ItemPlan] = []
    skipped: list[SkippedWrite] = []
    for item in sorted(inputs.items, key=lambda item: item.id in inputs.refused):
        draft = _ItemDraft(
            item,
            inputs.annotations.get(item.id, ()),
            inputs.statuses.get(item.id, ()),
            inputs.decisions.get(item.id, ()),
            inputs.edit_wars.get(item.id, ()),
        )
        skipped += [
            SkippedWrite(item.key, status.finding.rule, status.reason)
            for status in draft.statuses
            if not (status.wants_label or status.wants_comment)
        ]
        if reason := _reason_not_to_write(item, inputs):
            draft.skip(EVERYTHING, reason)
            skipped += draft.skipped_writes
            continue
        comment = _plan_duplicate_removal(draft) or _plan_comment(draft, inputs)
        edit = _plan_edit(draft, inputs, comment)
        skipped += draft.skipped_writes
        if edit or comment:
            planned.append(
                ItemPlan(
                    tracker=inputs.tracker, item=item.id, key=item.key, version=item.version, edit=edit, comment=comment
                )
            )
    chosen, waiting = split_by_budget(planned, inputs.write.budget, budget)
    names = {
        field_id: inputs.write.fields[name]
        for name, field_id in inputs.capabilities.writable_fields.items()
        if name in inputs.write.fields
    }
    skipped += [SkippedWrite(refusal.project, PROJECT, refusal.sentence(names)) for refusal in inputs.project_refusals]
    return Plan(
        tracker=inputs.tracker,
        items=chosen,
        waiting=tuple(planned_item.key for planned_item in waiting),
        skipped_writes=tuple(skipped),
        names=names,
    )


def _reason_not_to_write(item: WorkItem, inputs: PlanInputs) -> str:
    """Why nothing may be written on an item; empty if writing is allowed."""
    if item.public:
        return "Customers can read comments in this project."
    if item.id in inputs.missing:
        return MISSING
    if item.id in inputs.unanswered:
        return UNANSWERED
    annotations = inputs.annotations.get(item.id, ())
    if annotations and not all(item.is_known(name) for name in _needed_by(annotations)):
        return UNKNOWN
    return ""


def _needed_by(annotations: Sequence[Annotation]) -> frozenset[str]:
    """The attributes that the rules behind annotations need; those of all rules where the rules are not known."""
    known = all_rules()
    named = {rule for annotation in annotations for rule in annotation.rules if rule in known}
    return ALWAYS_NEEDED.union(*(known[rule].needs for rule in named or known))


def _plan_edit(draft: _ItemDraft, inputs: PlanInputs, comment: CommentCall | None) -> EditCall | None:
    add, remove = _plan_labels(draft, inputs, comment)
    fields = _restore_unconfigured_fields(draft, inputs)
    names: dict[str, str] = {}
    for name, field_id in inputs.capabilities.writable_fields.items():
        if name in inputs.opt_in_fields and not (field_id in names or inputs.is_refused(draft.item, field_id)):
            names[field_id] = name
            fields |= _plan_field(draft, inputs, inputs.opt_in_fields[name], field_id)
    call = EditCall(
        add_labels=tuple(add),
        remove_labels=remove,
        fields=fields,
        before={field_id: draft.item.fields[field_id] for field_id in fields},
        rules=tuple(sorted({rule for rules in add.values() for rule in rules})),
        label_rules=add if add and inputs.label == BY_REASON else UNSET,
        beside_comment=True if add and _label_needs_comment(inputs) else UNSET,
        field_names=_names_to_record(fields, names),
    )
    return None if call.is_empty else call


def _plan_labels(
    draft: _ItemDraft, inputs: PlanInputs, comment: CommentCall | None
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The labels to add, each with its rules, and those to remove.

    A configured label is only added beside our comment, and is removed together with it.
    """
    setting = inputs.label if inputs.capabilities.can_label else None
    is_label_allowed = not _label_needs_comment(inputs) or _comment_has_questions(draft, comment)
    excluded = draft.rules_changed_by_programs
    statuses = [status for status in draft.statuses if not (status.is_answered or status.finding.rule in excluded)]
    kept = labels_for_rules({status.finding.rule for status in statuses}, setting)
    wanted = labels_for_rules({status.finding.rule for status in statuses if status.wants_label}, setting)
    if inputs.is_refused(draft.item, refusals.LABELS):
        return {}, ()
    ours = {annotation.name: annotation for annotation in draft.annotations if annotation.kind == "label"}
    present = {label.casefold() for label in draft.item.labels}
    add = {label: rules for label, rules in wanted.items() if is_label_allowed and label.casefold() not in present}
    remove = [label for label in ours if label in draft.item.labels and (label not in kept or not is_label_allowed)]
    for label, annotation in ours.items():
        if annotation.is_given_up and label in (add if annotation.value else remove):
            draft.skip(f"label {label}", NOT_KEPT_TWICE)
            add.pop(label, None)
            remove = [other for other in remove if other != label]
    if add and "label" in draft.edit_wars:
        for label in add:
            draft.skip(f"label {label}", EDIT_WAR)
        add = {}
    return add, tuple(remove)


def _label_needs_comment(inputs: PlanInputs) -> bool:
    return inputs.label != BY_REASON and not inputs.label_allowed_without_comment


def _comment_has_questions(draft: _ItemDraft, comment: CommentCall | None) -> bool:
    """Whether the item has a comment of ours with questions after the plan has been applied."""
    rules = {
        annotation.name: annotation.rules
        for annotation in draft.annotations
        if annotation.kind == "comment"
        and annotation.value is not None
        and not (annotation.changed_by_others or annotation.is_missing)
    }
    if comment is not None:
        rules[comment.comment] = comment.content.rules if comment.content is not None else ()
    return any(rules.values())


def _names_to_record(fields: Collection[str], names: Mapping[str, str]) -> dict[str, str] | UnsetType:
    """The configured names of the fields in an edit; unset if it has no other field than the score."""
    written = {field_id: names[field_id] for field_id in fields if field_id in names}
    return written if set(written.values()) - {"wsjf"} else UNSET


def _plan_field(draft: _ItemDraft, inputs: PlanInputs, opt_in: OptInField, field_id: str) -> dict[str, FieldValue]:
    """The new value by field id; empty if the field stays as it is."""
    annotation = draft.annotation("field", field_id)
    if reason := _reason_not_to_write_field(draft, inputs, annotation, opt_in):
        draft.skip(opt_in.name, reason)
        return {}
    value = opt_in.compute(draft.item)
    if field_id not in draft.item.fields:
        if not (value is None or isinstance(value, Refusal)):
            draft.skip(opt_in.name, "The tracker does not show the field on this item.")
        return {}
    current = wanted = draft.item.fields[field_id]
    if isinstance(value, Refusal):
        draft.skip(opt_in.name, inputs.messages.score(value))
    if value is None or isinstance(value, Refusal):
        wanted = _field_value(annotation.before) if annotation is not None else current
    elif annotation is None and current is not None and not same_value(current, value):
        draft.skip(opt_in.name, "The field holds a value that we did not write.")
    elif annotation is None or not _is_noise(draft.item, annotation, current, value, opt_in):
        wanted = value
    return {} if same_value(wanted, current) or _is_rounded(annotation, wanted, current) else {field_id: wanted}


def _is_noise(
    item: WorkItem, annotation: Annotation, current: FieldValue, value: FieldValue, opt_in: OptInField
) -> bool:
    """Whether the field holds what we wrote, and the new value is hardly different."""
    return same_value(annotation.expected_value, current) and opt_in.is_noise(
        item, _field_value(annotation.value), value
    )


def _reason_not_to_write_field(
    draft: _ItemDraft, inputs: PlanInputs, annotation: Annotation | None, opt_in: OptInField
) -> str:
    """Why a field may not be written; empty if it may."""
    if "field" in draft.edit_wars:
        return EDIT_WAR
    if annotation is not None and annotation.changed_by_others:
        return "A person changed the field; their value stays."
    if annotation is not None and annotation.is_given_up:
        return NOT_KEPT_TWICE
    if any(decision.applies_to(opt_in.name, inputs.now) for decision in draft.decisions):
        return f"A decision waives {opt_in.description}."
    return ""


def _restore_unconfigured_fields(draft: _ItemDraft, inputs: PlanInputs) -> dict[str, FieldValue]:
    """Restore fields that the configuration no longer names. A configured field that cannot be found stays as it is."""
    writable = inputs.capabilities.writable_fields
    not_found = inputs.write.fields.keys() - writable.keys()
    return {
        annotation.name: _field_value(annotation.before)
        for annotation in draft.annotations
        if annotation.kind == "field"
        and annotation.name not in writable.values()
        and annotation.name in draft.item.fields
        and not not_found.intersection(annotation.rules)
        and not (
            annotation.changed_by_others or annotation.is_given_up or inputs.is_refused(draft.item, annotation.name)
        )
    }


def _is_rounded(annotation: Annotation | None, wanted: FieldValue, current: FieldValue) -> bool:
    """Whether the field holds the wanted value as the tracker rounded it."""
    return (
        annotation is not None
        and annotation.stored_value is not None
        and same_value(annotation.value, wanted)
        and same_value(annotation.stored_value, current)
    )


def _field_value(value: Value) -> FieldValue:
    return None if isinstance(value, CommentContent | bool) else value


def _plan_comment(draft: _ItemDraft, inputs: PlanInputs) -> CommentCall | None:
    annotation = draft.annotation("comment")
    if not inputs.capabilities.can_comment or (annotation is not None and annotation.changed_by_others):
        return None
    if annotation is not None and annotation.is_given_up:
        draft.skip(COMMENT, NOT_KEPT_TWICE)
        return None
    old = annotation.value if annotation is not None and isinstance(annotation.value, CommentContent) else None
    shown_statuses = [status for status in draft.statuses if inputs.write.comment and _belongs_in_comment(status, old)]
    if annotation is None or annotation.is_missing:
        return _add_comment(draft, shown_statuses, inputs) if shown_statuses else None
    if not shown_statuses:
        return _close_comment(draft, annotation, old, inputs.messages)
    content = _content(draft, _without_shadow(shown_statuses), inputs)
    is_confirmed = old is not None and not annotation.unconfirmed_writes
    if is_confirmed and old is not None and (content.basis == old.basis or _only_shadow_differs(shown_statuses, old)):
        return None
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _plan_duplicate_removal(draft: _ItemDraft) -> CommentCall | None:
    """Plan to delete a second comment. The first one took effect after its reply was lost and it was written again."""
    comments = [
        annotation
        for annotation in draft.annotations
        if annotation.kind == "comment"
        and not (
            annotation.changed_by_others or annotation.is_missing or annotation.is_given_up or annotation.value is None
        )
    ]
    newest = max(
        comments, key=lambda annotation: (annotation.posted or annotation.written, annotation.name), default=None
    )
    if len(comments) < 2 or newest is None or not isinstance(newest.value, CommentContent):
        return None
    return CommentCall(action="delete", comment=newest.name, before=newest.value)


def _add_comment(draft: _ItemDraft, shown_statuses: Sequence[FindingStatus], inputs: PlanInputs) -> CommentCall | None:
    if not any(status.wants_comment for status in shown_statuses) or inputs.is_refused(draft.item, refusals.COMMENT):
        return None
    if "comment" in draft.edit_wars:
        draft.skip(COMMENT, EDIT_WAR)
        return None
    return CommentCall(action="add", content=_content(draft, shown_statuses, inputs))


def _only_shadow_differs(shown_statuses: Sequence[FindingStatus], old: CommentContent) -> bool:
    """Whether the comment includes a rule in shadow mode, and the same rules as before.

    The comment then stays as it is until the changed rule is promoted.
    """
    has_shadow = any(status.state is FindingState.SHADOW for status in shown_statuses)
    return has_shadow and {status.finding.rule for status in shown_statuses} == set(old.rules)


def _without_shadow(statuses: Sequence[FindingStatus]) -> Sequence[FindingStatus]:
    """Omit findings of rules in shadow mode from a comment that is rewritten for other reasons."""
    return [status for status in statuses if status.state is not FindingState.SHADOW] or statuses


def _belongs_in_comment(status: FindingStatus, old: CommentContent | None) -> bool:
    """Whether a finding belongs in the comment: it may be raised now, or was raised before and is not answered."""
    is_in_old_comment = old is not None and status.finding.rule in old.rules
    return status.wants_comment or (is_in_old_comment and status.stays_in_comment)


def _close_comment(
    draft: _ItemDraft, annotation: Annotation, old: CommentContent | None, messages: Messages
) -> CommentCall | None:
    """Delete a comment without open questions, or reduce it to one line if people have commented after it."""
    if old is None:
        return CommentCall(action="delete", comment=annotation.name)
    if not old.rules:
        return _correct_settled_comment(draft, annotation, old, messages)
    has_replies = (
        draft.item.discussed is not None and annotation.posted is not None and draft.item.discussed > annotation.posted
    )
    if not has_replies:
        return CommentCall(action="delete", comment=annotation.name, before=old)
    content = build_settled_comment(
        [decision for decision in draft.decisions if decision.rule in ("", *old.rules)], messages
    )
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _correct_settled_comment(
    draft: _ItemDraft, annotation: Annotation, old: CommentContent, messages: Messages
) -> CommentCall | None:
    """Rewrite a comment that was reduced to one line, if a reply that it quotes has been edited."""
    content = build_settled_comment(draft.decisions, messages)
    if content.basis == old.basis or not any(decision.replaces for decision in draft.decisions):
        return None
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _is_listed(decision: Decision) -> bool:
    """Whether the comment mentions a decision: one about another finding, or about the item."""
    return bool(decision.rule) or decision.kind.is_about_the_item


def _content(draft: _ItemDraft, shown_statuses: Sequence[FindingStatus], inputs: PlanInputs) -> CommentContent:
    return build_content(draft.item, [status.finding for status in shown_statuses], draft.decisions, inputs)


def build_content(
    item: WorkItem, findings: Sequence[Finding], decisions: Sequence[Decision], inputs: PlanInputs
) -> CommentContent:
    """Build the comment about findings of an item, the most important first, up to the configured number."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.weight, finding.rule))
    limit = inputs.write.budget.findings_per_item
    rules = {finding.rule for finding in ordered}
    return build_question_comment(
        ordered[:limit],
        hidden=ordered[limit:],
        score=wsjf(item, inputs.wsjf),
        decisions=[decision for decision in decisions if _is_listed(decision) and decision.rule not in rules],
        rule_pages_url=inputs.rule_pages,
        messages=inputs.messages,
        notices=inputs.notices.get(item.id, ()),
    )


def content_without_waiting(item: WorkItem, inputs: PlanInputs) -> CommentContent | None:
    """The comment if findings did not have to wait, only decisions counted; None without questions."""
    findings = [status.finding for status in inputs.statuses.get(item.id, ()) if status.stays_in_comment]
    return build_content(item, findings, inputs.decisions.get(item.id, ()), inputs) if findings else None
