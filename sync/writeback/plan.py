"""Plans what is written, item by item, with the exact text. Pure: no I/O.

What an item already has and should keep is left alone, and a comment is rewritten only when its findings have changed.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec import UNSET, Struct

from connectors.tracker import Capabilities, FieldValue
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Decision, Finding, WorkItem
from rules.priority import Score, WsjfOptions, wsjf
from rules.registry import all_rules
from rules.rule import ALWAYS_NEEDED
from sync.messages import Messages, shipped_messages
from sync.settings import Write
from sync.store.records import Annotation, CommentCall, CommentContent, EditCall, Value
from sync.writeback import refusals
from sync.writeback.comment import build_question_comment, build_settled_comment
from sync.writeback.labels import BY_REASON, labels_for_rules
from sync.writeback.recording import same_value
from sync.writeback.write_budget import within_budget

GIVEN_UP = "The tracker accepted it twice and did not keep it, so it is not tried again."
NOT_KEPT = "not kept"
"""The value of `SkippedWrite.what` for what the tracker accepted and did not keep."""
EDIT_WAR = "It was undone twice after we wrote it, so it is not written again."
UNANSWERED = "The same was done to many items at once. Until the team says what it means, nothing is written on it."
EVERYTHING, COMMENT = "everything", "our comment"
"""The values of `SkippedWrite.what` for everything on an item, and for its comment."""
PROJECT = "refused in the project"
"""The value of `SkippedWrite.what` for what the tracker refuses in a whole project; the key is the project's."""
UNKNOWN = "Something about it could not be read. What is written on it stays as it is until it can."
MISSING = "The last read of the tracker left this item out. It is kept, and nothing is written on it."


class ItemPlan(Struct, frozen=True, kw_only=True):
    """What is written on one item in one round: at most one edit and one call about its comment.

    Attributes:
        version: The item's version that the plan is based on; empty for an undo, which checks each value by itself.
    """

    tracker: str
    item: str
    key: str
    version: str = ""
    edit: EditCall | None = None
    comment: CommentCall | None = None


class SkippedWrite(Struct, frozen=True):
    """Something that is not written, and why."""

    key: str
    what: str
    because: str


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that one round writes to one tracker.

    Attributes:
        items: The items to write, in this order.
        waiting: Keys of items over the budget, left for later rounds.
        skipped_writes: What is not written, and why.
        names: The configured names of the fields that are written, by field id.
    """

    tracker: str
    items: tuple[ItemPlan, ...]
    waiting: tuple[str, ...] = ()
    skipped_writes: tuple[SkippedWrite, ...] = msgspec.field(name="held", default=())
    names: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def id(self) -> str:
        """Equal for plans that would write the same."""
        return hashlib.sha256(msgspec.json.encode(self.items)).hexdigest()[:12]

    @property
    def writes(self) -> int:
        """The number of changes, counted like `ApplyResult.writes`."""
        edits = [item.edit for item in self.items if item.edit is not None]
        changed = sum(len(edit.add_labels) + len(edit.remove_labels) + len(edit.fields) for edit in edits)
        return changed + sum(item.comment is not None for item in self.items)


@dataclass(frozen=True)
class PlanInputs:
    """Everything that planning looks at.

    Attributes:
        items: Items that have findings, scores or annotations, in rank order.
        statuses: By item id.
        decisions: Decisions in force at `now`, by item id.
        annotations: Our annotations, by item id.
        missing: Ids of items that were missing from the last read of the tracker; nothing is written on them.
        notices: What our comments say about commands that were not accepted, by item id.
        unanswered: Ids of items about which the team is asked what the same change on many at once means.
        edit_wars: Kinds of annotation that are no longer written ("label", "field", "comment"), by item id.
        project_refusals: What the tracker recently refused in a whole project; it is left out there.
        refused: Ids of items on which the tracker recently refused a write; they come last, after the other items.
        label: The label setting in force.
        label_allowed_without_comment: Whether a label that names no reason may stand without a comment.
        messages: The texts to use.
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
class _Draft:
    """The plan of one item in the making."""

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
    def left(self) -> set[str]:
        """Rules of a comment that was left to a program; they are not raised by label either."""
        return {rule for annotation in self.annotations if annotation.changed_by_program for rule in annotation.rules}

    def hold(self, what: str, because: str) -> None:
        self.skipped_writes.append(SkippedWrite(self.item.key, what, because))


def make_plan(inputs: PlanInputs, *, budget: int | None = None) -> Plan:
    """Make the plan for one tracker.

    Args:
        inputs: Everything that planning looks at.
        budget: How many items may be written; None for the configured number.
    """
    planned: list[ItemPlan] = []
    skipped: list[SkippedWrite] = []
    for item in sorted(inputs.items, key=lambda item: item.id in inputs.refused):
        draft = _Draft(
            item,
            inputs.annotations.get(item.id, ()),
            inputs.statuses.get(item.id, ()),
            inputs.decisions.get(item.id, ()),
            inputs.edit_wars.get(item.id, ()),
        )
        skipped += [
            SkippedWrite(item.key, status.finding.rule, status.because)
            for status in draft.statuses
            if not (status.wants_label or status.wants_comment)
        ]
        if because := _reason_not_to_write(item, inputs):
            draft.hold(EVERYTHING, because)
            skipped += draft.skipped_writes
            continue
        comment = _duplicate_comment(draft) or _comment(draft, inputs)
        edit = _edit(draft, inputs, comment)
        skipped += draft.skipped_writes
        if edit or comment:
            planned.append(
                ItemPlan(
                    tracker=inputs.tracker, item=item.id, key=item.key, version=item.version, edit=edit, comment=comment
                )
            )
    chosen, waiting = within_budget(planned, inputs.write.budget, budget)
    names = {
        ident: inputs.write.fields[name]
        for name, ident in inputs.capabilities.fields.items()
        if name in inputs.write.fields
    }
    skipped += [SkippedWrite(refusal.project, PROJECT, refusal.sentence(names)) for refusal in inputs.project_refusals]
    return Plan(
        tracker=inputs.tracker,
        items=chosen,
        waiting=tuple(later.key for later in waiting),
        skipped_writes=tuple(skipped),
        names=names,
    )


def _reason_not_to_write(item: WorkItem, inputs: PlanInputs) -> str:
    """Why nothing at all may be written on an item; empty where something may."""
    if item.public:
        return "Customers can read comments in this project."
    if item.id in inputs.missing:
        return MISSING
    if item.id in inputs.unanswered:
        return UNANSWERED
    needed = ALWAYS_NEEDED.union(*(rule.needs for rule in all_rules().values()))
    if inputs.annotations.get(item.id) and not all(item.is_known(name) for name in needed):
        return UNKNOWN
    return ""


def _edit(draft: _Draft, inputs: PlanInputs, comment: CommentCall | None) -> EditCall | None:
    add, remove = _labels(draft, inputs, comment)
    fields, before = _fields(draft, inputs)
    call = EditCall(
        add_labels=tuple(add),
        remove_labels=remove,
        fields=fields,
        before=before,
        rules=tuple(sorted({rule for rules in add.values() for rule in rules})),
        label_rules=add if add and inputs.label == BY_REASON else UNSET,
        beside_comment=True if add and _needs_comment(inputs) else UNSET,
    )
    return None if call.is_empty else call


def _labels(
    draft: _Draft, inputs: PlanInputs, comment: CommentCall | None
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The labels to add, each with its rules, and those to remove.

    A label that names no reason is only added beside our comment, and is removed with it.
    """
    setting = inputs.label if inputs.capabilities.labels else None
    explained = not _needs_comment(inputs) or _comment_asks(draft, comment)
    statuses = [status for status in draft.statuses if not (status.is_answered or status.finding.rule in draft.left)]
    justified = labels_for_rules({status.finding.rule for status in statuses}, setting)
    wanted = labels_for_rules({status.finding.rule for status in statuses if status.wants_label}, setting)
    if inputs.is_refused(draft.item, refusals.LABELS):
        return {}, ()
    ours = {annotation.name: annotation for annotation in draft.annotations if annotation.kind == "label"}
    present = {label.casefold() for label in draft.item.labels}
    add = {label: rules for label, rules in wanted.items() if explained and label.casefold() not in present}
    remove = [label for label in ours if label in draft.item.labels and (label not in justified or not explained)]
    for label, annotation in ours.items():
        if annotation.is_given_up and label in (add if annotation.value else remove):
            draft.hold(f"label {label}", GIVEN_UP)
            add = {other: rules for other, rules in add.items() if other != label}
            remove = [other for other in remove if other != label]
    if add and "label" in draft.edit_wars:
        for label in add:
            draft.hold(f"label {label}", EDIT_WAR)
        add = {}
    return add, tuple(remove)


def _needs_comment(inputs: PlanInputs) -> bool:
    return inputs.label != BY_REASON and not inputs.label_allowed_without_comment


def _comment_asks(draft: _Draft, comment: CommentCall | None) -> bool:
    """Whether our comment on the item asks something once the plan is applied."""
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


def _fields(draft: _Draft, inputs: PlanInputs) -> tuple[dict[str, FieldValue], dict[str, FieldValue]]:
    """New values by field id, and the current ones."""
    fields, before = _no_longer_configured(draft, inputs)
    field_id = inputs.capabilities.fields.get("wsjf")
    if field_id is None or inputs.is_refused(draft.item, field_id):
        return fields, before
    annotation = draft.annotation("field", field_id)
    why = _reason_not_to_score(draft, inputs, annotation)
    if why:
        draft.hold("wsjf", why)
        return fields, before
    score = wsjf(draft.item, inputs.wsjf)
    if field_id not in draft.item.fields:
        if isinstance(score, Score):
            draft.hold("wsjf", "The tracker does not show the field on this item.")
        return fields, before
    current = wanted = draft.item.fields[field_id]
    if isinstance(score, Score) and annotation is None and current is not None and not same_value(current, score.value):
        draft.hold("wsjf", "The field holds a value that we did not write.")
    elif isinstance(score, Score):
        wanted = score.value
    elif annotation is not None and not isinstance(annotation.before, CommentContent | bool):
        wanted = annotation.before
    if score is not None and not isinstance(score, Score):
        draft.hold("wsjf", inputs.messages.score(score))
    if same_value(wanted, current) or _is_rounded(annotation, wanted, current):
        return fields, before
    return {**fields, field_id: wanted}, {**before, field_id: current}


def _reason_not_to_score(draft: _Draft, inputs: PlanInputs, annotation: Annotation | None) -> str:
    """Why the score is not written; empty where it may be."""
    if "field" in draft.edit_wars:
        return EDIT_WAR
    if annotation is not None and annotation.changed_by_others:
        return "A person changed the field; their value stays."
    if annotation is not None and annotation.is_given_up:
        return GIVEN_UP
    if any(decision.applies_to("wsjf", inputs.now) for decision in draft.decisions):
        return "A decision waives the score."
    return ""


def _no_longer_configured(draft: _Draft, inputs: PlanInputs) -> tuple[dict[str, FieldValue], dict[str, FieldValue]]:
    """Restore the fields that the configuration no longer names. One that merely cannot be found stays as it is."""
    current = inputs.capabilities.fields.get("wsjf")
    if "wsjf" in inputs.write.fields and current is None:
        return {}, {}
    stale = {
        annotation.name: annotation
        for annotation in draft.annotations
        if annotation.kind == "field"
        and annotation.name != current
        and annotation.name in draft.item.fields
        and not (
            annotation.changed_by_others or annotation.is_given_up or inputs.is_refused(draft.item, annotation.name)
        )
    }
    before = {name: _field_value(annotation.before) for name, annotation in stale.items()}
    return before, {name: draft.item.fields[name] for name in stale}


def _is_rounded(annotation: Annotation | None, wanted: FieldValue, current: FieldValue) -> bool:
    """Whether the field holds what the tracker made of the wanted value."""
    return (
        annotation is not None
        and annotation.stored_value is not None
        and same_value(annotation.value, wanted)
        and same_value(annotation.stored_value, current)
    )


def _field_value(value: Value) -> FieldValue:
    return None if isinstance(value, CommentContent | bool) else value


def _comment(draft: _Draft, inputs: PlanInputs) -> CommentCall | None:
    annotation = draft.annotation("comment")
    if not inputs.capabilities.comments or (annotation is not None and annotation.changed_by_others):
        return None
    if annotation is not None and annotation.is_given_up:
        draft.hold(COMMENT, GIVEN_UP)
        return None
    old = annotation.value if annotation is not None and isinstance(annotation.value, CommentContent) else None
    shown = [status for status in draft.statuses if inputs.write.comment and _belongs_in_comment(status, old)]
    if annotation is None or annotation.is_missing:
        return _first_comment(draft, shown, inputs) if shown else None
    if not shown:
        return _close_comment(draft, annotation, old, inputs.messages)
    content = _content(draft, _without_shadow(shown), inputs)
    kept = old is not None and not annotation.unconfirmed_writes
    if kept and old is not None and (content.basis == old.basis or _only_shadow_differs(shown, old)):
        return None
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _duplicate_comment(draft: _Draft) -> CommentCall | None:
    """Delete a second comment: the first may have taken effect after its reply was lost and it was written again."""
    comments = [
        annotation
        for annotation in draft.annotations
        if annotation.kind == "comment"
        and not (
            annotation.changed_by_others or annotation.is_missing or annotation.is_given_up or annotation.value is None
        )
    ]
    last = max(
        comments, key=lambda annotation: (annotation.posted or annotation.written, annotation.name), default=None
    )
    if len(comments) < 2 or last is None or not isinstance(last.value, CommentContent):
        return None
    return CommentCall(action="delete", comment=last.name, before=last.value)


def _first_comment(draft: _Draft, shown: Sequence[FindingStatus], inputs: PlanInputs) -> CommentCall | None:
    if not any(status.wants_comment for status in shown) or inputs.is_refused(draft.item, refusals.COMMENT):
        return None
    if "comment" in draft.edit_wars:
        draft.hold(COMMENT, EDIT_WAR)
        return None
    return CommentCall(action="add", content=_content(draft, shown, inputs))


def _only_shadow_differs(shown: Sequence[FindingStatus], old: CommentContent) -> bool:
    """Whether the comment includes a rule in shadow, and names the same rules as before.

    The comment then stays as it is until the changed rule is promoted.
    """
    held = any(status.state is FindingState.SHADOW for status in shown)
    return held and {status.finding.rule for status in shown} == set(old.rules)


def _without_shadow(shown: Sequence[FindingStatus]) -> Sequence[FindingStatus]:
    """Leave findings of rules in shadow out of a comment that is rewritten for other reasons."""
    return [status for status in shown if status.state is not FindingState.SHADOW] or shown


def _belongs_in_comment(status: FindingStatus, old: CommentContent | None) -> bool:
    """Whether a finding belongs in the comment: it may be raised now, or was raised before and is not answered."""
    present = old is not None and status.finding.rule in old.rules
    return status.wants_comment or (present and status.stays_in_comment)


def _close_comment(
    draft: _Draft, annotation: Annotation, old: CommentContent | None, messages: Messages
) -> CommentCall | None:
    """Delete a comment with nothing left to ask, or reduce it to one line where people wrote after it."""
    if old is None:
        return CommentCall(action="delete", comment=annotation.name)
    if not old.rules:
        return _corrected_settled_line(draft, annotation, old, messages)
    discussed = (
        draft.item.discussed is not None and annotation.posted is not None and draft.item.discussed > annotation.posted
    )
    if not discussed:
        return CommentCall(action="delete", comment=annotation.name, before=old)
    content = build_settled_comment(
        [decision for decision in draft.decisions if decision.rule in ("", *old.rules)], messages
    )
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _corrected_settled_line(
    draft: _Draft, annotation: Annotation, old: CommentContent, messages: Messages
) -> CommentCall | None:
    """Rewrite the one line that a comment was reduced to where a reply that it quotes says something else now."""
    content = build_settled_comment(draft.decisions, messages)
    if content.basis == old.basis or not any(decision.replaces for decision in draft.decisions):
        return None
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _is_shown(decision: Decision) -> bool:
    """Whether the comment names a decision: one about another finding, or about the item."""
    return bool(decision.rule) or decision.kind.is_about_the_item


def _content(draft: _Draft, shown: Sequence[FindingStatus], inputs: PlanInputs) -> CommentContent:
    return content_of(draft.item, [status.finding for status in shown], draft.decisions, inputs)


def content_of(
    item: WorkItem, findings: Sequence[Finding], decisions: Sequence[Decision], inputs: PlanInputs
) -> CommentContent:
    """The comment about findings of an item, the most important first, up to the configured number."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.weight, finding.rule))
    limit = inputs.write.budget.findings_per_item
    rules = {finding.rule for finding in ordered}
    return build_question_comment(
        ordered[:limit],
        hidden=ordered[limit:],
        score=wsjf(item, inputs.wsjf),
        decided=[decision for decision in decisions if _is_shown(decision) and decision.rule not in rules],
        rule_pages=inputs.rule_pages,
        messages=inputs.messages,
        notices=inputs.notices.get(item.id, ()),
    )


def unhindered_content(item: WorkItem, inputs: PlanInputs) -> CommentContent | None:
    """What the comment would say if only decisions held findings back; None if there is nothing to ask."""
    asked = [status.finding for status in inputs.statuses.get(item.id, ()) if status.stays_in_comment]
    return content_of(item, asked, inputs.decisions.get(item.id, ()), inputs) if asked else None
