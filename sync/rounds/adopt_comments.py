"""Takes over comments that the store does not know, so that they are edited and undone like any other.

The ledger of a lost store is rebuilt from the tags of its comments. Comments that were written for a tracker under a
former name come with all that this store knows about them, and with the decisions about their items.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.document import Document
from connectors.tracker import Author, Comment, CommentTag, Tracker
from rules.model import Decision, decision_id
from sync.mirror.unknown_comments import UnknownComment, fetch_tagged_comments, save_unknown_comments, unknown_comments
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.removed_trackers import unconfigured_trackers
from sync.rounds.result import RoundSummary
from sync.rounds.round import run_round
from sync.store import Transaction, decisions, items, rounds, writes
from sync.store.records import Annotation, CommentContent, Effect
from sync.writeback.recording import rebuilt_content

KIND = "adopt"
"""The kind of the round that takes over comments."""


class AdoptionResult(Struct, kw_only=True):
    """What was taken over at one tracker.

    Attributes:
        round: The round to undo.
        comments: Keys of the items whose comments were taken over.
        decisions: Number of decisions that came along from a tracker under its former name.
        trouble: Why the tracker could not be read.
    """

    tracker: str
    round: str = ""
    comments: list[str] = msgspec.field(default_factory=list)
    decisions: int = 0
    trouble: str = ""


def run_adoption(tracker: Tracker, context: RoundContext) -> AdoptionResult:
    """Read the tracker, and take over the comments of ours that the store does not know. Writes nothing there."""
    name = tracker.name
    result = run_round(tracker, context, WriteAuthority.NOTHING, budget=sys.maxsize)
    if result.trouble:
        return AdoptionResult(tracker=name, trouble=result.trouble)
    with context.database.reading() as reading:
        unknown = unknown_comments(reading, name)
        former = unconfigured_trackers(reading, context.configuration.settings)
    comments = fetch_tagged_comments(tracker, unknown)
    planned = {
        plan.item: plan.comment.content
        for plan in (result.plan.items if result.plan else ())
        if plan.comment is not None and plan.comment.content is not None
    }
    adoption = _Adoption(tracker, planned, former, context.clock())
    with context.database.writing() as transaction:
        copied = decisions.add(transaction, adoption.former_decisions(transaction))
        adopted = AdoptionResult(tracker=name, decisions=copied)
        if unknown or copied:
            adopted.round = rounds.begin(transaction, name, KIND, adoption.now)
            for one in unknown:
                if one.comment in comments:
                    adoption.take_over(transaction, one, comments[one.comment], adopted.round)
                    adopted.comments.append(one.key)
            save_unknown_comments(transaction, name, ())
            summary = RoundSummary(written={"comments adopted": len(adopted.comments)})
            rounds.end(transaction, adopted.round, context.clock(), "done", writes=0, summary=summary)
    return adopted


class _Adoption:
    def __init__(
        self, tracker: Tracker, planned: Mapping[str, CommentContent], former: Sequence[str], now: datetime
    ) -> None:
        self._tracker = tracker
        self._name = tracker.name
        self._planned = planned
        self._former = former
        self.now = now

    def take_over(self, transaction: Transaction, unknown: UnknownComment, comment: Comment, round_id: str) -> None:
        """Store the annotation and the effect of one comment."""
        tag = comment.tag or CommentTag("", "", "")
        taken_from = self._former_annotations(transaction, unknown)
        for annotation in taken_from:
            writes.drop_annotation(transaction, annotation)
        renamed = [msgspec.structs.replace(annotation, tracker=self._name) for annotation in taken_from]
        annotations = renamed or [self._rebuilt(unknown, comment, tag)]
        by_round = round_id if renamed or not tag.round else tag.round
        rounds.restore(transaction, by_round, self._name, "apply", comment.created)
        for annotation in annotations:
            writes.put_annotation(transaction, annotation)
        writes.record(transaction, [_effect(annotation, by_round) for annotation in annotations])
        rounds.adopt_installation(transaction, tag.installation)

    def _former_annotations(self, transaction: Transaction, unknown: UnknownComment) -> list[Annotation]:
        """All annotations on the item under the former name of its tracker, if the comment is one of them."""
        for name in self._former:
            annotations = writes.annotations(transaction, name, unknown.item)
            if any((one.kind, one.name) == ("comment", unknown.comment) for one in annotations):
                return annotations
        return []

    def _rebuilt(self, unknown: UnknownComment, comment: Comment, tag: CommentTag) -> Annotation:
        content = self._planned.get(unknown.item)
        if content is None or self._content_key(content.document) != tag.hash:
            content = rebuilt_content(comment)
        return Annotation(
            tracker=self._name,
            item=unknown.item,
            key=unknown.key,
            kind="comment",
            name=unknown.comment,
            value=content,
            text=comment.text,
            rules=content.rules,
            written=comment.updated,
            posted=comment.created,
            changed_by_others=comment.edited_by not in (None, Author.US),
        )

    def _content_key(self, document: Document) -> str:
        return self._tracker.target.content_key(document) if self._tracker.target is not None else ""

    def former_decisions(self, transaction: Transaction) -> Iterator[Decision]:
        """The decisions about the same items under the former name of the tracker."""
        for name in self._former:
            for ident, about in decisions.by_item(transaction, name).items():
                former = items.item_by_id(transaction, name, ident)
                item = items.item_by_id(transaction, self._name, ident)
                if former is not None and item is not None and former.url and former.url == item.url:
                    for decision in about:
                        copied = decision_id(self._name, ident, decision.rule, decision.id)
                        yield msgspec.structs.replace(decision, id=copied, tracker=self._name)


def _effect(annotation: Annotation, round_id: str) -> Effect:
    return Effect(
        round=round_id,
        tracker=annotation.tracker,
        item=annotation.item,
        key=annotation.key,
        kind=annotation.kind,
        name=annotation.name,
        before=annotation.before,
        after=annotation.value,
        at=annotation.written,
    )
