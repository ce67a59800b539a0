"""Finds the service's comments that are not in the ledger, so that their items do not get a second comment.

The ledger is the store's record of every write. An unknown comment was written with a store that has been lost, for a
tracker under a former name, or by a request whose response was lost. The service's comments carry a hidden tag, which
names the round that wrote them and its installation, which is the service with one store. If the store has never
written to a tracker, all its tagged comments are unknown.
"""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct, field

from connectors.comments import SERVICE_NAME, Author, Comment
from connectors.tracker import FetchedItem, Source
from sync.messages import Messages
from sync.store import Database, Transaction, items, rounds, stored_values, writes

_UNKNOWN_COMMENTS_NAME = "unknown comments"
"""The name under which the store keeps the unknown comments of a tracker."""
_MAX_LISTED_ITEMS = 10
"""The maximum number of items that a message names, so that it stays readable."""


class UnknownComment(Struct, frozen=True):
    """A comment by the service's account, with the service's tag, that the ledger does not contain.

    Attributes:
        round_id: The round that wrote it, if the store has no record of this round although the comment's tag names
            this installation or one whose comments this installation has adopted; otherwise empty.
    """

    item_id: str = field(name="item")
    key: str
    comment_id: str = field(name="comment")
    round_id: str = field(name="round", default="")


def load_unknown_comments(transaction: Transaction, tracker: str) -> tuple[UnknownComment, ...]:
    """Load the unknown comments that the last pull found."""
    return (
        stored_values.load_for_tracker(transaction, tracker, _UNKNOWN_COMMENTS_NAME, tuple[UnknownComment, ...]) or ()
    )


def describe_unknown_comments(unknown: Sequence[UnknownComment], messages: Messages) -> str:
    """A message that names the items with unknown comments and says what to do."""
    keys = list(dict.fromkeys(comment.key for comment in unknown))
    listed_keys = ", ".join(keys[:_MAX_LISTED_ITEMS]) + (", …" if len(keys) > _MAX_LISTED_ITEMS else "")
    return messages.text("report.unknown-comments", count=len(unknown), items=listed_keys, adopt="`steward adopt`")


def save_unknown_comments(transaction: Transaction, tracker: str, unknown: Collection[UnknownComment]) -> None:
    """Store the unknown comments of a tracker."""
    stored_values.save_for_tracker(transaction, tracker, _UNKNOWN_COMMENTS_NAME, unknown)


@dataclass
class UnknownCommentCheck:
    """Collects unknown comments while items are read.

    Attributes:
        tracker_names: Names of the configured trackers. Comments that the store has recorded for any of them are not
            unknown.
    """

    tracker: Source
    database: Database
    tracker_names: Collection[str]
    _candidates: dict[str, UnknownComment] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.database.reading() as transaction:
            self._unknown_at_last_pull = load_unknown_comments(transaction, self.tracker.name)
            names = {self.tracker.name, *self.tracker_names}
            # Annotations are the comments, labels and field values of the service. The name of a comment is its id.
            self._recorded_ids = {
                (annotation.item, annotation.name)
                for name in names
                for annotation in writes.annotations(transaction, name)
            }

    def collect(self, fetched: Iterable[FetchedItem]) -> None:
        """Collect candidates from items that were just read."""
        for fetched_item in fetched:
            for comment in fetched_item.comments:
                # Programs may share the service's account; each of the service's comments names the service.
                if comment.author is Author.THIS_SERVICE and SERVICE_NAME in comment.text:
                    self._candidates[comment.id] = UnknownComment(
                        fetched_item.item.id, fetched_item.item.key, comment.id
                    )

    def finish(self) -> tuple[UnknownComment, ...]:
        """Read the tags of the candidates, and store and return the unknown comments that still exist."""
        candidates = {
            candidate.comment_id: candidate for candidate in (*self._unknown_at_last_pull, *self._candidates.values())
        }
        unrecorded_candidates = [
            candidate
            for candidate in candidates.values()
            if (candidate.item_id, candidate.comment_id) not in self._recorded_ids
        ]
        tagged_comments = fetch_tagged_comments(self.tracker, unrecorded_candidates)
        with self.database.reading() as transaction:
            unknown = tuple(
                msgspec.structs.replace(
                    candidate, round_id=_unknown_round_id(transaction, tagged_comments[candidate.comment_id])
                )
                for candidate in unrecorded_candidates
                if candidate.comment_id in tagged_comments
            )
        if unknown != self._unknown_at_last_pull:
            with self.database.writing() as transaction:
                keys = items.keys(transaction, self.tracker.name, [comment.item_id for comment in unknown])
                unknown = tuple(
                    msgspec.structs.replace(comment, key=keys.get(comment.item_id, comment.key)) for comment in unknown
                )
                save_unknown_comments(transaction, self.tracker.name, unknown)
        return unknown


def _unknown_round_id(transaction: Transaction, comment: Comment) -> str:
    """The value of `UnknownComment.round_id` for a comment."""
    tag = comment.tag
    if tag is None or tag.installation not in {
        stored_values.installation_id(transaction),
        *stored_values.adopted_installations(transaction),
    }:
        return ""
    return tag.round if rounds.by_id(transaction, tag.round) is None else ""


def fetch_tagged_comments(tracker: Source, unknown: Collection[UnknownComment]) -> dict[str, Comment]:
    """Fetch the comments that still exist and have the service's tag, by comment id."""
    comments = tracker.comments([(comment.item_id, comment.comment_id) for comment in unknown]) if unknown else {}
    return {comment_id: comment for comment_id, comment in comments.items() if comment.tag is not None}
