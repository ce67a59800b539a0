"""Adopts the service's comments that the store lacks: records them, so that they can be edited and undone.

After the loss of a store, its ledger, the record of every write, is rebuilt from the hidden tags in the comments. If a
tracker was renamed in the configuration, the records under its former name are moved, and the decisions about its items
are copied. An annotation is the record of a comment, label or field value that the service put on an item. An
installation is the service with one store.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.comments import Comment, CommentTag
from connectors.document import Document
from connectors.tracker import Tracker
from rules.model import Decision, decision_id
from sync.mirror.unknown_comments import (
    UnknownComment,
    fetch_tagged_comments,
    load_unknown_comments,
    save_unknown_comments,
)
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.removed_trackers import unconfigured_trackers
from sync.rounds.result import RoundSummary
from sync.rounds.round import run_round
from sync.store import Transaction, decisions, items, rounds, stored_values, writes
from sync.store.records import Annotation, CommentContent, Effect
from sync.writeback.recording import rebuild_content

_ROUND_KIND = "adopt"
"""The value of `Round.kind` for the round that adopts comments."""


class AdoptionResult(Struct, kw_only=True):
    """The result of an adoption at one tracker.

    Attributes:
        round: The id of the round, which can be undone; empty if there was nothing to adopt or copy.
        adopted_keys: Keys of the items whose comments were adopted; `comments` in JSON.
        decisions: Number of decisions that were copied from the tracker's former name.
        trouble: The reason why the tracker could not be read; empty if it was.
    """

    tracker: str
    round: str = ""
    adopted_keys: list[str] = msgspec.field(name="comments", default_factory=list)
    decisions: int = 0
    trouble: str = ""


def run_adoption(tracker: Tracker, context: RoundContext) -> AdoptionResult:
    """Read the tracker and adopt the service's comments that the store lacks. Writes nothing to the tracker."""
    name = tracker.name
    # The plan has to cover all items, because adopted comments are compared with the planned ones.
    result = run_round(tracker, context, WriteAuthority.NOBODY, budget=sys.maxsize)
    if result.trouble:
        return AdoptionResult(tracker=name, trouble=result.trouble)
    with context.database.reading() as transaction:
        unknown = load_unknown_comments(transaction, name)
        former_names = unconfigured_trackers(transaction, context.configuration.settings)
    comments = fetch_tagged_comments(tracker, unknown)
    planned_content = {
        item_plan.item: item_plan.comment.content
        for item_plan in (result.plan.items if result.plan else ())
        if item_plan.comment is not None and item_plan.comment.content is not None
    }
    adoption = _Adoption(tracker, planned_content, former_names, context.clock())
    with context.database.writing() as transaction:
        copied_count = decisions.add(transaction, adoption.former_decisions(transaction))
        adoption_result = AdoptionResult(tracker=name, decisions=copied_count)
        if unknown or copied_count:
            adoption_result.round = rounds.begin(transaction, name, _ROUND_KIND, adoption.now)
            for unknown_comment in unknown:
                if (comment := comments.get(unknown_comment.comment_id)) is not None:
                    adoption.adopt(transaction, unknown_comment, comment, adoption_result.round)
                    adoption_result.adopted_keys.append(unknown_comment.key)
            save_unknown_comments(transaction, name, ())
            summary = RoundSummary(written={"comments adopted": len(adoption_result.adopted_keys)})
            rounds.end(transaction, adoption_result.round, context.clock(), "done", writes=0, summary=summary)
    return adoption_result


class _Adoption:
    """Adopts the comments of one tracker.

    Args:
        planned_content: The content of the comment that a round would write now, by item id. If its content key, such
            as a hash of it, is the one in the tag of the adopted comment, it is that comment's content.
        former_names: Names of trackers that are in the store but no longer in the settings. One of them may be the
            tracker's former name.
    """

    def __init__(
        self,
        tracker: Tracker,
        planned_content: Mapping[str, CommentContent],
        former_names: Sequence[str],
        now: datetime,
    ) -> None:
        self._tracker = tracker
        self._name = tracker.name
        self._planned_content = planned_content
        self._former_names = former_names
        self.now = now

    def adopt(self, transaction: Transaction, unknown: UnknownComment, comment: Comment, round_id: str) -> None:
        """Store the annotation and the ledger entry of a comment, and the id of the installation that wrote it."""
        tag = comment.tag or CommentTag(installation="", round="", content_key="")
        former = self._former_annotations(transaction, unknown)
        for annotation in former:
            writes.drop_annotation(transaction, annotation)
        renamed = [msgspec.structs.replace(annotation, tracker=self._name) for annotation in former]
        annotations = renamed or [self._rebuild_annotation(unknown, comment, tag)]
        written_by_round = round_id if renamed or not tag.round else tag.round
        rounds.restore(transaction, written_by_round, self._name, "apply", comment.created)
        for annotation in annotations:
            writes.put_annotation(transaction, annotation)
        writes.record(transaction, [_to_effect(annotation, written_by_round) for annotation in annotations])
        stored_values.adopt_installation(transaction, tag.installation)

    def _former_annotations(self, transaction: Transaction, unknown: UnknownComment) -> list[Annotation]:
        """All annotations on the item under a former name of its tracker, if the comment is one of them."""
        for name in self._former_names:
            annotations = writes.annotations(transaction, name, unknown.item_id)
            if any((entry.kind, entry.name) == ("comment", unknown.comment_id) for entry in annotations):
                return annotations
        return []

    def _rebuild_annotation(self, unknown: UnknownComment, comment: Comment, tag: CommentTag) -> Annotation:
        """Make the record of a comment.

        Its content is the planned one if this has the content key in the tag; otherwise it is rebuilt from its text.
        """
        content = self._planned_content.get(unknown.item_id)
        if content is None or self._content_key(content.document) != tag.content_key:
            content = rebuild_content(comment)
        return Annotation(
            tracker=self._name,
            item=unknown.item_id,
            key=unknown.key,
            kind="comment",
            name=unknown.comment_id,
            value=content,
            text=comment.text,
            rules=content.rules,
            written=comment.updated,
            posted=comment.created,
            changed_by_others=comment.is_edited_by_others,
        )

    def _content_key(self, document: Document) -> str:
        """The `CommentTag.content_key` of a comment with this content; empty if the tracker is read-only."""
        return self._tracker.target.content_key(document) if self._tracker.target is not None else ""

    def former_decisions(self, transaction: Transaction) -> Iterator[Decision]:
        """Copies of the decisions that were made about the same items under a former name of the tracker."""
        for name in self._former_names:
            for item_id, former_decisions in decisions.by_item(transaction, name).items():
                former = items.item_by_id(transaction, name, item_id)
                item = items.item_by_id(transaction, self._name, item_id)
                if former is not None and item is not None and former.url and former.url == item.url:
                    for decision in former_decisions:
                        copy_id = decision_id(self._name, item_id, decision.rule, decision.id)
                        yield msgspec.structs.replace(decision, id=copy_id, tracker=self._name)


def _to_effect(annotation: Annotation, round_id: str) -> Effect:
    """Make one ledger entry for an annotation, in place of the lost entries of all writes that led to it."""
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
