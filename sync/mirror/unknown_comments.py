"""Finds comments of ours that this store does not know, so that their items do not get a second comment.

Such a comment was written with a store that was lost, or for a tracker under a former name, or it took effect long
after its reply was lost. If the store has never written to a tracker, all comments with our tag are unknown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from connectors.tracker import SERVICE_NAME, Author, Comment, FetchedItem, Source
from sync.messages import Messages
from sync.store import Database, Transaction, items, rounds, writes

_UNKNOWN_COMMENTS_FACT = "unknown comments"
_MAX_LISTED_ITEMS = 10


class UnknownComment(Struct, frozen=True):
    """A comment by our account, with our tag, that the ledger does not contain.

    Attributes:
        round: The round of this installation that wrote it, if the store does not know that round.
    """

    item: str
    key: str
    comment: str
    round: str = ""


def load_unknown_comments(transaction: Transaction, tracker: str) -> tuple[UnknownComment, ...]:
    """Load the unknown comments that the last pull found."""
    stored = rounds.tracker_fact(transaction, tracker, _UNKNOWN_COMMENTS_FACT)
    return () if stored is None else msgspec.json.decode(stored, type=tuple[UnknownComment, ...])


def describe_unknown_comments(unknown: Sequence[UnknownComment], messages: Messages) -> str:
    """A message that names the items with unknown comments and says what to do."""
    keys = list(dict.fromkeys(comment.key for comment in unknown))
    listed = ", ".join(keys[:_MAX_LISTED_ITEMS]) + (", …" if len(keys) > _MAX_LISTED_ITEMS else "")
    return messages.text("report.unknown-comments", count=len(unknown), items=listed, adopt="`steward adopt`")


def save_unknown_comments(transaction: Transaction, tracker: str, unknown: Collection[UnknownComment]) -> None:
    """Store the unknown comments of a tracker."""
    rounds.save_tracker_fact(transaction, tracker, _UNKNOWN_COMMENTS_FACT, msgspec.json.encode(unknown))


@dataclass
class UnknownCommentCheck:
    """Collects unknown comments while items are read.

    Attributes:
        trackers: Names of the configured trackers, whose comments are known.
    """

    tracker: Source
    database: Database
    trackers: Collection[str]
    _candidates: dict[str, UnknownComment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.database.reading() as transaction:
            self._before = load_unknown_comments(transaction, self.tracker.name)
            names = {self.tracker.name, *self.trackers}
            self._known = {
                (annotation.item, annotation.name)
                for name in names
                for annotation in writes.annotations(transaction, name)
            }

    def collect(self, fetched: Iterable[FetchedItem]) -> None:
        """Collect candidates from items that were just read."""
        for fetched_item in fetched:
            for comment in fetched_item.comments:
                if comment.author is Author.US and SERVICE_NAME in comment.text:
                    self._candidates[comment.id] = UnknownComment(
                        fetched_item.item.id, fetched_item.item.key, comment.id
                    )

    def finish(self) -> tuple[UnknownComment, ...]:
        """Read the tags of the candidates, and store and return the unknown comments that still exist."""
        candidates = {candidate.comment: candidate for candidate in (*self._before, *self._candidates.values())}
        unrecorded = [
            candidate for candidate in candidates.values() if (candidate.item, candidate.comment) not in self._known
        ]
        tagged = fetch_tagged_comments(self.tracker, unrecorded)
        with self.database.reading() as transaction:
            unknown = tuple(
                msgspec.structs.replace(candidate, round=_unknown_round(transaction, tagged[candidate.comment]))
                for candidate in unrecorded
                if candidate.comment in tagged
            )
        if unknown != self._before:
            with self.database.writing() as transaction:
                keys = items.keys(transaction, self.tracker.name, [comment.item for comment in unknown])
                unknown = tuple(
                    msgspec.structs.replace(comment, key=keys.get(comment.item, comment.key)) for comment in unknown
                )
                save_unknown_comments(transaction, self.tracker.name, unknown)
        return unknown


def _unknown_round(transaction: Transaction, comment: Comment) -> str:
    """The round of this installation that wrote a comment; empty if the store knows the round."""
    tag = comment.tag
    if tag is None or tag.installation not in {
        rounds.installation_id(transaction),
        *rounds.adopted_installations(transaction),
    }:
        return ""
    return tag.round if rounds.by_id(transaction, tag.round) is None else ""


def fetch_tagged_comments(tracker: Source, unknown: Collection[UnknownComment]) -> dict[str, Comment]:
    """Fetch the comments that still exist and have our tag, by comment id."""
    found = tracker.comments([(comment.item, comment.comment) for comment in unknown]) if unknown else {}
    return {ident: comment for ident, comment in found.items() if comment.tag is not None}
