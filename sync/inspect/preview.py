"""Shows the comment on an item: as it is, as it would be written now, or as it would be if no question had to wait.

A question waits, for example, while people are working on the item, or until it comes next in the backlog. A round is
one pass over a tracker.
"""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from rules.catalogue import parse_page
from rules.engine import make_finding
from rules.rule import Rule
from sync.inspect.item_notes import item_notes
from sync.messages import Messages
from sync.rounds.item_view import ItemView
from sync.settings import Configuration
from sync.store.records import CommentContent
from sync.writeback.comment import build_question_comment
from sync.writeback.planning.item_comment import build_preview_content

Action = Literal["add", "replace", "delete", "keep", "none"]
"""The action on the comment. "keep" leaves the existing comment as it is; with "none" there is no comment."""


class Preview(Struct, frozen=True, kw_only=True):
    """The comment on one item.

    Attributes:
        action: The action that would be taken on the comment now.
        content: The content of the comment; None if it would have no questions. With the action "none", the content
            that it would have if no question had to wait.
        notes: Why it would not be written, and what it omits, one sentence each.
    """

    tracker: str
    key: str
    action: Action
    content: CommentContent | None
    notes: tuple[str, ...] = ()


class ExamplePreview(Struct, frozen=True, kw_only=True):
    """The comment on one of the examples in a rule's documentation.

    Attributes:
        variant: The id of the kind of finding, because a rule can have several; empty without a finding.
        content: The comment; None without a finding.
    """

    name: str
    variant: str
    content: CommentContent | None


def preview(view: ItemView, configuration: Configuration) -> Preview:
    """Preview the comment on an item, by the changes that are planned for it.

    Args:
        view: The item after the last round, and what the next one would change; or both as of an earlier day.
    """
    item, inputs, plan = view.item, view.inputs, view.plan
    # The annotations of the item (what the service put on it), and the statuses of its findings.
    draft = inputs.start_draft(item)
    current_comment = draft.find_annotation("comment")
    is_changed_by_others = current_comment is not None and current_comment.changed_by_others
    current_content = current_comment.value if current_comment is not None and not is_changed_by_others else None
    call = plan.items[0].comment if plan.items else None
    action: Action
    content: CommentContent | None
    if call is not None:
        action, content = call.action, call.content
    elif isinstance(current_content, CommentContent) and current_content.rules:
        action, content = "keep", current_content
    else:
        action, content = "none", build_preview_content(item, inputs)
    shown_rules = content.rules if content is not None and action != "none" else ()
    notes = [] if draft.statuses else ["Nothing is asked about this item."]
    notes += item_notes(configuration, inputs, plan, item)
    if not inputs.write.comment:
        notes.append("Comments are switched off (write.comment).")
    if is_changed_by_others:
        notes.append("A person changed or removed the comment, so it is not written again.")
    notes += [
        f"Held back ({status.finding.rule}): {status.reason}"
        for status in draft.statuses
        if status.finding.rule not in shown_rules and not status.allows_comment
    ]
    return Preview(tracker=item.tracker, key=item.key, action=action, content=content, notes=tuple(notes))


def preview_examples(rule: type[Rule[Any]], messages: Messages, rule_pages_url: str | None) -> Iterator[ExamplePreview]:
    """Preview the comments on the examples of a rule."""
    for example in parse_page(rule).examples:
        hits = example.hits(rule)
        findings = [make_finding(rule(rule.options(**example.options)), example.item, hit) for hit in hits]
        content = (
            build_question_comment(
                findings, hidden=(), score=None, decisions=(), rule_pages_url=rule_pages_url, messages=messages
            )
            if findings
            else None
        )
        yield ExamplePreview(name=example.name, variant=hits[0].variant if hits else "", content=content)
