"""What would be written, item by item, with the exact text: pure, from what is known to what should stand there.

Nothing is written for its own sake: what an item already carries and still should carry is left alone, and a comment is
rewritten only when the findings behind it have changed.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.tracker import Capabilities, FieldValue
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Decision, Finding, WorkItem
from rules.priority import Score, WsjfOptions, wsjf
from sync.messages import Messages, shipped_messages
from sync.settings import Write
from sync.store.records import Annotation, CommentCall, CommentContent, EditCall
from sync.writeback.comment import asking, settled

EDIT_WAR = "Somebody undid it twice after us, so we leave it alone."
EVERYTHING, COMMENT = "everything", "our comment"
"""What is held back: all that would be written on an item, or its comment."""
MISSING = "It was missing with many others when the tracker was last read; it is kept as it was and not written to."


class ItemPlan(Struct, frozen=True, kw_only=True):
    """All that would be written on one item in one round: at most one edit and one call about its comment.

    Attributes:
        version: The item's state that this was planned on; empty for an undo, which looks at each value by itself.
    """

    tracker: str
    item: str
    key: str
    version: str = ""
    edit: EditCall | None = None
    comment: CommentCall | None = None


class HeldBack(Struct, frozen=True):
    """Something that is not written, and why."""

    key: str
    what: str
    because: str


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that one round would write to one tracker.

    Attributes:
        items: Nearest the top first.
        waiting: Keys of items over the budget; they come in later rounds.
        held: What is not written, and why.
        names: What the admin calls the fields that are written, by the tracker's id of a field.
    """

    tracker: str
    items: tuple[ItemPlan, ...]
    waiting: tuple[str, ...] = ()
    held: tuple[HeldBack, ...] = ()
    names: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def id(self) -> str:
        """Equal for plans that would write the same."""
        return hashlib.sha256(msgspec.json.encode(self.items)).hexdigest()[:12]

    @property
    def writes(self) -> int:
        """How many changes it holds, counted as they are counted when they are made."""
        edits = [item.edit for item in self.items if item.edit is not None]
        changed = sum(len(edit.add_labels) + len(edit.remove_labels) + len(edit.fields) for edit in edits)
        return changed + sum(item.comment is not None for item in self.items)


@dataclass(frozen=True)
class PlanInputs:
    """All that planning looks at.

    Attributes:
        items: Items that have findings, scores or annotations, the one nearest the top first.
        statuses: By item id.
        decisions: Answers that hold at `now`, by item id.
        annotations: What items carry of ours, by item id.
        missing: Items that the tracker lately did not show, by id; nothing is written on what cannot be seen.
        edit_wars: What is not put on an item any more ("label", "field", "comment"), by item id.
        refused: Items that the tracker lately refused to have written; they come last, so that they use up no budget.
        messages: What people read.
    """

    tracker: str
    items: Sequence[WorkItem]
    statuses: Mapping[str, Sequence[FindingStatus]]
    decisions: Mapping[str, Sequence[Decision]]
    annotations: Mapping[str, Sequence[Annotation]]
    capabilities: Capabilities
    write: Write
    wsjf: WsjfOptions
    now: datetime
    refused: Collection[str] = ()
    missing: Collection[str] = ()
    rule_pages: str | None = None
    edit_wars: Mapping[str, Collection[str]] = field(default_factory=dict)
    messages: Messages = field(default_factory=shipped_messages)


@dataclass
class _Draft:
    """One item's plan in the making."""

    item: WorkItem
    annotations: Sequence[Annotation]
    statuses: Sequence[FindingStatus]
    decisions: Sequence[Decision]
    edit_wars: Collection[str] = ()
    held: list[HeldBack] = field(default_factory=list)

    def annotation(self, kind: str, name: str | None = None) -> Annotation | None:
        found = (
            annotation for annotation in self.annotations if annotation.kind == kind and name in (None, annotation.name)
        )
        return next(found, None)

    def hold(self, what: str, because: str) -> None:
        self.held.append(HeldBack(self.item.key, what, because))


def make_plan(about: PlanInputs, *, budget: int | None = None) -> Plan:
    """The plan for one tracker.

    Args:
        about: All that is looked at.
        budget: Items that may be written; None for the configured number.
    """
    planned: list[ItemPlan] = []
    held: list[HeldBack] = []
    for item in sorted(about.items, key=lambda one: one.id in about.refused):
        draft = _Draft(
            item,
            about.annotations.get(item.id, ()),
            about.statuses.get(item.id, ()),
            about.decisions.get(item.id, ()),
            about.edit_wars.get(item.id, ()),
        )
        held += [
            HeldBack(item.key, one.finding.rule, one.because)
            for one in draft.statuses
            if not (one.wants_label or one.wants_comment)
        ]
        if because := _untouchable(item, about):
            draft.hold(EVERYTHING, because)
            held += draft.held
            continue
        edit, comment = _edit(draft, about), _surplus(draft) or _comment(draft, about)
        held += draft.held
        if edit or comment:
            planned.append(
                ItemPlan(
                    tracker=about.tracker, item=item.id, key=item.key, version=item.version, edit=edit, comment=comment
                )
            )
    limit = about.write.budget.per_round if budget is None else budget
    return Plan(
        tracker=about.tracker,
        items=tuple(planned[:limit]),
        waiting=tuple(one.key for one in planned[limit:]),
        held=tuple(held),
        names={
            ident: about.write.fields[name]
            for name, ident in about.capabilities.fields.items()
            if name in about.write.fields
        },
    )


def _untouchable(item: WorkItem, about: PlanInputs) -> str:
    """Why nothing at all is written on an item; empty where something may be."""
    if item.public:
        return "Customers can read comments in this project."
    if item.id in about.missing:
        return MISSING
    return ""


def _edit(draft: _Draft, about: PlanInputs) -> EditCall | None:
    add, remove = _labels(draft, about)
    fields, before = _fields(draft, about)
    rules = {one.finding.rule for one in draft.statuses if one.wants_label} if add else set()
    call = EditCall(
        add_labels=add,
        remove_labels=remove,
        fields=fields,
        before=before,
        rules=tuple(sorted(rules)),
    )
    return None if call.is_empty else call


def _labels(draft: _Draft, about: PlanInputs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    label = about.write.label if about.capabilities.labels else None
    old = [annotation for annotation in draft.annotations if annotation.kind == "label"]
    status = [one for one in draft.statuses if not one.answered]
    remove = tuple(
        annotation.name
        for annotation in old
        if annotation.name in draft.item.labels and (not status or annotation.name != label)
    )
    wanted = any(one.wants_label for one in draft.statuses)
    if label is None or not wanted or label in draft.item.labels:
        return (), remove
    if "label" in draft.edit_wars:
        draft.hold(f"label {label}", EDIT_WAR)
        return (), remove
    return (label,), remove


def _fields(draft: _Draft, about: PlanInputs) -> tuple[dict[str, FieldValue], dict[str, FieldValue]]:
    place = about.capabilities.fields.get("wsjf")
    if place is None:
        return {}, {}
    annotation = draft.annotation("field", place)
    if annotation is not None and annotation.taken:
        draft.hold("wsjf", "A person changed the field; their value stands.")
        return {}, {}
    if "field" in draft.edit_wars:
        draft.hold("wsjf", EDIT_WAR)
        return {}, {}
    if any(one.holds("wsjf", about.now) for one in draft.decisions):
        draft.hold("wsjf", "People decided that nothing is said about it now.")
        return {}, {}
    there = draft.item.fields.get(place)
    score = wsjf(draft.item, about.wsjf)
    wanted = there
    if isinstance(score, Score) and annotation is None and there not in (None, score.value):
        draft.hold("wsjf", "The field holds a value that is not ours.")
    elif isinstance(score, Score):
        wanted = score.value
    elif annotation is not None and not isinstance(annotation.before, CommentContent | bool):
        wanted = annotation.before
    if score is not None and not isinstance(score, Score):
        draft.hold("wsjf", about.messages.score(score))
    return ({}, {}) if wanted == there else ({place: wanted}, {place: there})


def _comment(draft: _Draft, about: PlanInputs) -> CommentCall | None:
    annotation = draft.annotation("comment")
    if not about.capabilities.comments or (annotation is not None and annotation.taken):
        return None
    old = annotation.value if annotation is not None and isinstance(annotation.value, CommentContent) else None
    shown = [one for one in draft.statuses if about.write.comment and _shown(one, old)]
    if not shown:
        return _end(draft, annotation, old, about.messages)
    if annotation is None or old is None:
        return _first_comment(draft, shown, about)
    content = _content(draft, _without_shadow(shown), about)
    if content.basis == old.basis or _only_shadow_differs(shown, old):
        return None
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _surplus(draft: _Draft) -> CommentCall | None:
    """A second comment goes: a process may stand still with one half sent, and wake after another process wrote it."""
    comments = [annotation for annotation in draft.annotations if annotation.kind == "comment" and not annotation.taken]
    last = max(
        comments, key=lambda annotation: (annotation.posted or annotation.written, annotation.name), default=None
    )
    if len(comments) < 2 or last is None or not isinstance(last.value, CommentContent):
        return None
    return CommentCall(action="delete", comment=last.name, before=last.value)


def _first_comment(draft: _Draft, shown: Sequence[FindingStatus], about: PlanInputs) -> CommentCall | None:
    if not any(one.wants_comment for one in shown):
        return None
    if "comment" in draft.edit_wars:
        draft.hold(COMMENT, EDIT_WAR)
        return None
    return CommentCall(action="add", content=_content(draft, shown, about))


def _only_shadow_differs(shown: Sequence[FindingStatus], old: CommentContent) -> bool:
    """Whether a comment speaks of a rule that is in shadow, and of no other rules than before.

    What a changed rule would now say is not said; the comment stays as it is until the rule is promoted.
    """
    held = any(one.state is FindingState.SHADOW for one in shown)
    return held and {one.finding.rule for one in shown} == set(old.rules)


def _without_shadow(shown: Sequence[FindingStatus]) -> Sequence[FindingStatus]:
    """Findings of rules in shadow are left out where a comment has to be written anew for other reasons."""
    return [one for one in shown if one.state is not FindingState.SHADOW] or shown


def _shown(status: FindingStatus, old: CommentContent | None) -> bool:
    """What may be said now, and what is said already and has not been answered."""
    said = old is not None and status.finding.rule in old.rules
    return status.wants_comment or (said and status.stays_in_comment)


def _end(
    draft: _Draft, annotation: Annotation | None, old: CommentContent | None, messages: Messages
) -> CommentCall | None:
    """A comment with nothing left to ask: deleted, or one line where people wrote after it."""
    if annotation is None or old is None or not old.rules:
        return None
    answered = (
        draft.item.discussed is not None and annotation.posted is not None and draft.item.discussed > annotation.posted
    )
    if not answered:
        return CommentCall(action="delete", comment=annotation.name, before=old)
    content = settled([one for one in draft.decisions if one.rule in ("", *old.rules)], messages)
    return CommentCall(action="replace", comment=annotation.name, content=content, before=old)


def _told(decision: Decision) -> bool:
    """Whether the comment says it: what is about another finding, or about the item."""
    return bool(decision.rule) or decision.kind.is_about_the_item


def _content(draft: _Draft, shown: Sequence[FindingStatus], about: PlanInputs) -> CommentContent:
    return content_of(draft.item, [one.finding for one in shown], draft.decisions, about)


def content_of(
    item: WorkItem, findings: Sequence[Finding], decisions: Sequence[Decision], about: PlanInputs
) -> CommentContent:
    """What a comment says about findings of an item, the most important ones first and as many as may be shown."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.weight, finding.rule))
    limit = about.write.budget.findings_per_item
    spoken = {finding.rule for finding in ordered}
    return asking(
        ordered[:limit],
        hidden=ordered[limit:],
        score=wsjf(item, about.wsjf),
        decided=[one for one in decisions if _told(one) and one.rule not in spoken],
        rule_pages=about.rule_pages,
        messages=about.messages,
    )


def unhindered_content(item: WorkItem, about: PlanInputs) -> CommentContent | None:
    """What the comment would say if nothing but people's answers held it back; None if there is nothing to ask."""
    asked = [status.finding for status in about.statuses.get(item.id, ()) if status.stays_in_comment]
    return content_of(item, asked, about.decisions.get(item.id, ()), about) if asked else None
