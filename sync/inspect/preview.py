"""What the comment on an item says now, or would say if nothing held it back: from the store alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from connectors.tracker import Capabilities
from rules.catalogue import page
from rules.engine import finding_about
from rules.lifecycle import FindingState, FindingStatus
from rules.model import Decision, Finding, Severity, WorkItem
from rules.rule import Rule
from sync.messages import Messages
from sync.settings import Configuration
from sync.store import Database, decisions, findings, writes
from sync.store.records import Annotation, CommentContent
from sync.writeback.comment import asking
from sync.writeback.plan import PlanInputs, content_of, make_plan

Action = Literal["add", "replace", "delete", "keep", "none"]


class Preview(Struct, frozen=True, kw_only=True):
    """The comment on one item.

    Attributes:
        action: What would become of the comment now; "keep" leaves the one that stands there as it is.
        content: What it says; None where there is nothing to ask.
        notes: Why it would not be written, and what it leaves out, one sentence each.
    """

    tracker: str
    key: str
    action: Action
    content: CommentContent | None
    notes: tuple[str, ...] = ()


class ExamplePreview(Struct, frozen=True, kw_only=True):
    """What a rule makes of one of its own examples.

    Attributes:
        variant: What it noticed; empty where it has nothing to say.
        content: The comment about it.
    """

    name: str
    variant: str
    content: CommentContent | None


def preview(
    database: Database, configuration: Configuration, item: WorkItem, now: datetime, messages: Messages
) -> Preview:
    """The comment on an item as the last round left things.

    Args:
        database: The store.
        configuration: What an admin decided.
        item: The item, from the mirror.
        now: Answers hold until then or not.
        messages: What people read.
    """
    with database.reading() as reading:
        stood = [_status(*row) for row in findings.standing_now(reading, item.tracker, item.id)]
        annotations = writes.annotations(reading, item.tracker, item.id)
        said = decisions.all_of(reading, item.tracker).get(item.id, [])
    about = _situation(configuration, item, now, messages, stood=stood, annotations=annotations, said=said)
    planned = make_plan(about, budget=1).items
    call = planned[0].comment if planned else None
    annotation = next((one for one in annotations if one.kind == "comment"), None)
    old = (
        annotation.value
        if annotation is not None and isinstance(annotation.value, CommentContent) and not annotation.taken
        else None
    )
    action: Action
    content: CommentContent | None
    if call is not None:
        action, content = call.action, call.content
    elif old is not None and old.rules:
        action, content = "keep", old
    else:
        action, content = "none", _if_nothing_held_it(item, stood, about)
    shown = content.rules if content is not None and action != "none" else ()
    notes = [*_whole(configuration, item, annotation, stood), *_left_out(stood, shown)]
    return Preview(tracker=item.tracker, key=item.key, action=action, content=content, notes=tuple(notes))


def of_examples(rule: type[Rule[Any]], messages: Messages, rule_pages: str | None) -> Iterator[ExamplePreview]:
    """What a rule makes of the examples on its page, one after the other."""
    for example in page(rule).examples:
        hits = example.hits(rule)
        found = [finding_about(rule(rule.options(**example.options)), example.item, hit) for hit in hits]
        content = (
            asking(found, hidden=(), score=None, decided=(), rule_pages=rule_pages, messages=messages)
            if found
            else None
        )
        yield ExamplePreview(name=example.name, variant=hits[0].variant if hits else "", content=content)


def _status(finding: Finding, state: str, because: str) -> FindingStatus:
    spoken = state in (FindingState.NEW, FindingState.STANDING)
    return FindingStatus(
        finding=finding,
        state=FindingState(state),
        because=because,
        wants_comment=spoken and finding.severity is Severity.WARNING,
        wants_label=spoken or state == FindingState.BEYOND_HORIZON,
    )


def _situation(
    configuration: Configuration,
    item: WorkItem,
    now: datetime,
    messages: Messages,
    *,
    stood: Sequence[FindingStatus],
    annotations: Sequence[Annotation],
    said: Sequence[Decision],
) -> PlanInputs:
    settings = configuration.settings
    return PlanInputs(
        tracker=item.tracker,
        items=[item],
        statuses={item.id: stood},
        decisions={item.id: [one for one in said if one.holds(one.rule, now)]},
        annotations={item.id: annotations},
        capabilities=Capabilities(comments=settings.trackers[item.tracker].plugin.can_write),
        write=settings.write,
        wsjf=configuration.ruleset().priority.wsjf,
        now=now,
        rule_pages=settings.rule_pages,
        messages=messages,
    )


def _if_nothing_held_it(item: WorkItem, stood: Sequence[FindingStatus], about: PlanInputs) -> CommentContent | None:
    asked = [one.finding for one in stood if one.stays_in_comment]
    return content_of(item, asked, about.decisions[item.id], about) if asked else None


def _whole(
    configuration: Configuration, item: WorkItem, annotation: Annotation | None, stood: Sequence[FindingStatus]
) -> Iterator[str]:
    """What holds back everything that would be written on the item."""
    settings = configuration.settings
    if not stood:
        yield "Nothing is asked about this item."
    if not settings.trackers[item.tracker].plugin.can_write:
        yield "This tracker can only be read."
    elif settings.mode_of(item.tracker) == "shadow":
        yield "Shadow mode: nothing is written."
    if not settings.write.comment:
        yield "Comments are switched off (write.comment)."
    if item.public:
        yield "Customers can read comments in this project, so nothing is written."
    if annotation is not None and annotation.taken:
        yield "A person changed or removed the comment, and that stands."


def _left_out(stood: Sequence[FindingStatus], shown: Sequence[str]) -> Iterator[str]:
    """Why findings are not in the comment."""
    for one in stood:
        if one.finding.rule not in shown and not one.wants_comment:
            yield f"Held back ({one.finding.rule}, {one.state}): {one.because}"
