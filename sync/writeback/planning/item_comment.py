"""Plans what is done with the service's comment on one item: it is added, rewritten, reduced to one line, or deleted.

The basis of a comment is a hash of the data that it is made from. A comment is rewritten only when its basis changes.

An annotation is a comment, label or field value that the service put on an item. It is given up, which means that it is
no longer written, when the tracker has twice accepted the write without keeping it. In an edit war, others have undone
the service's comments on the item twice, so that it adds no more.

Findings of a rule in shadow mode are only reported, so they are never the reason for a comment. An existing comment may
ask about them, if its rule was put in shadow mode later. These questions stay in the comment until it is rewritten for
another reason. Then they are left out, unless no other questions remain: in that case they stay, worded as before.
"""

from collections.abc import Sequence

from rules.lifecycle import FindingState, FindingStatus
from rules.model import CLICK, WorkItem
from sync.messages import Messages
from sync.store.records import Annotation, CommentCall, CommentContent
from sync.writeback import refusals
from sync.writeback.comment import build_question_comment, build_settled_comment, reduce_to_rules
from sync.writeback.planning.inputs import EDIT_WAR, NOT_KEPT_TWICE, ItemDraft, PlanInputs
from sync.writeback.planning.plan import OUR_COMMENT


def plan_comment(draft: ItemDraft, inputs: PlanInputs) -> CommentCall | None:
    """Plan the call that brings the service's comment up to date; None if nothing has to be done."""
    annotation = draft.find_annotation("comment")
    if not inputs.capabilities.can_comment or (annotation is not None and annotation.changed_by_others):
        return None
    if annotation is not None and annotation.is_given_up:
        draft.skip(OUR_COMMENT, NOT_KEPT_TWICE)
        return None
    old = _content(annotation) if annotation is not None else None
    shown_statuses = [status for status in draft.statuses if inputs.write.comment and _belongs_in_comment(status, old)]
    if annotation is None or annotation.is_missing:
        return _add_comment(draft, shown_statuses, inputs)
    raised_statuses = [status for status in shown_statuses if status.state is not FindingState.SHADOW]
    only_shadow_differs = old is not None and _only_shadow_differs(shown_statuses, old)
    if not raised_statuses:
        return None if only_shadow_differs else _close_comment(draft, annotation, old, shown_statuses, inputs.messages)
    content = build_content(draft, raised_statuses, inputs)
    if old is not None and not annotation.unconfirmed_writes and (content.basis == old.basis or only_shadow_differs):
        return None
    return CommentCall(action="replace", comment_id=annotation.name, content=content, before=old)


def plan_duplicate_removal(draft: ItemDraft) -> CommentCall | None:
    """Plan to delete the newer of two comments of the service on an item; None if there are not two.

    There are two if the reply to a write was lost, the write was repeated, and the first one took effect late.
    """
    comments = [comment for comment in draft.comments if not comment.is_given_up]
    if len(comments) < 2:
        return None
    newest = max(comments, key=lambda comment: (comment.posted or comment.written, comment.name))
    return CommentCall(action="delete", comment_id=newest.name, before=_content(newest))


def _content(annotation: Annotation) -> CommentContent | None:
    """The content of a comment; None if it is unknown."""
    return annotation.value if isinstance(annotation.value, CommentContent) else None


def _add_comment(draft: ItemDraft, shown_statuses: Sequence[FindingStatus], inputs: PlanInputs) -> CommentCall | None:
    """Plan a new comment; None if no finding may be raised in one now, or the project or an edit war forbids it."""
    may_comment = any(status.allows_comment for status in shown_statuses)
    if not may_comment or inputs.is_refused_in_project(draft.item, refusals.COMMENT):
        return None
    if "comment" in draft.edit_wars:
        draft.skip(OUR_COMMENT, EDIT_WAR)
        return None
    return CommentCall(action="add", content=build_content(draft, shown_statuses, inputs))


def _only_shadow_differs(shown_statuses: Sequence[FindingStatus], old: CommentContent) -> bool:
    """Whether the comment would name the same rules as before, and at least one of them is in shadow mode.

    The comment then stays as it is until a person promotes the rule, which means that its findings may be raised in
    comments again. A rule that is new or has changed is in shadow mode until it is promoted.
    """
    has_shadow = any(status.state is FindingState.SHADOW for status in shown_statuses)
    return has_shadow and {status.finding.rule for status in shown_statuses} == set(old.rules)


def _belongs_in_comment(status: FindingStatus, old: CommentContent | None) -> bool:
    """Whether a finding belongs in the comment: it may be raised now, or was raised before and is not answered."""
    is_in_old_comment = old is not None and status.finding.rule in old.rules
    stays = status.stays_in_comment or status.state is FindingState.SHADOW
    return status.allows_comment or (is_in_old_comment and stays)


def _close_comment(
    draft: ItemDraft,
    annotation: Annotation,
    old: CommentContent | None,
    shadow_statuses: Sequence[FindingStatus],
    messages: Messages,
) -> CommentCall | None:
    """Reduce a comment without open questions to the questions of rules in shadow mode, or to one line; or delete it.

    It is reduced to one line if people have commented after it, or have given a reason in Slack, which the item shows
    nowhere else. That line is rewritten if a reply that it quotes has been edited.
    """
    if old is None:
        return CommentCall(action="delete", comment_id=annotation.name)
    content = reduce_to_rules(old, {status.finding.rule for status in shadow_statuses})
    if content is None and not old.rules:
        content = build_settled_comment(draft.decisions, messages)
        if content.basis == old.basis or not any(decision.replaces for decision in draft.decisions):
            return None
    elif content is None:
        decisions = [decision for decision in draft.decisions if decision.rule in ("", *old.rules)]
        discussed, posted = draft.item.discussed, annotation.posted
        has_replies = discussed is not None and posted is not None and discussed > posted
        if not has_replies and not any(decision.source == CLICK and decision.reason for decision in decisions):
            return CommentCall(action="delete", comment_id=annotation.name, before=old)
        content = build_settled_comment(decisions, messages)
    return CommentCall(action="replace", comment_id=annotation.name, content=content, before=old)


def build_content(draft: ItemDraft, statuses: Sequence[FindingStatus], inputs: PlanInputs) -> CommentContent:
    """Build the comment about the findings of these statuses, the most important first.

    Findings over the configured number are `hidden`; see `build_question_comment`. Decisions about any of the findings,
    hidden or not, are left out, and so are those about all findings of the item.
    """
    findings = (status.finding for status in statuses)
    ordered = sorted(findings, key=lambda finding: (-finding.severity.weight, finding.rule))
    limit = inputs.write.budget.findings_per_item
    rules = {finding.rule for finding in ordered}
    shown_decisions = [
        decision
        for decision in draft.decisions
        if (decision.rule or decision.kind.is_about_the_item) and decision.rule not in rules
    ]
    return build_question_comment(
        ordered[:limit],
        hidden=ordered[limit:],
        score=inputs.wsjf_score_to_show(draft.item),
        decisions=shown_decisions,
        rule_pages_url=inputs.rule_pages_url,
        messages=inputs.messages,
        notices=draft.notices,
    )


def build_preview_content(item: WorkItem, inputs: PlanInputs) -> CommentContent | None:
    """Build the comment that a preview shows if none is planned now, for example because the item changed recently.

    It is about all findings that people have not answered. Returns None if there are none.
    """
    draft = inputs.start_draft(item)
    statuses = [status for status in draft.statuses if status.stays_in_comment]
    return build_content(draft, statuses, inputs) if statuses else None
