"""Finds comments of ours that this store does not know. Were they ignored, their items would get a second comment.

They were written with a store that was lost or for a tracker under a former name, or they took effect long after their
reply was lost. A store that has written nothing to a tracker cannot know any, so whatever carries our tag is unknown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from connectors.tracker import SERVICE_NAME, Author, Comment, FetchedItem, Source
from sync.messages import Messages
from sync.store import Database, Transaction, items, rounds, writes

_FACT = "unknown comments"
_MAX_NAMED = 10


class UnknownComment(Struct, frozen=True):
    """A comment by our account, with our tag, that is in no ledger of this store.

    Attributes:
        round: The round of this installation that wrote it, if the store does not know that round.
    """

    item: str
    key: str
    comment: str
    round: str = ""


def unknown_comments(reading: Transaction, tracker: str) -> tuple[UnknownComment, ...]:
    """The unknown comments that the last pull found."""
    stored = rounds.tracker_fact(reading, tracker, _FACT)
    return () if stored is None else msgspec.json.decode(stored, type=tuple[UnknownComment, ...])


def describe_unknown(unknown: Sequence[UnknownComment], messages: Messages) -> str:
    """Say which comments are unknown, and what to do."""
    keys = list(dict.fromkeys(one.key for one in unknown))
    named = ", ".join(keys[:_MAX_NAMED]) + (", …" if len(keys) > _MAX_NAMED else "")
    return messages.text("report.unknown-comments", count=len(unknown), items=named, adopt="`steward adopt`")


def save_unknown_comments(transaction: Transaction, tracker: str, unknown: Collection[UnknownComment]) -> None:
    """Store the unknown comments of a tracker."""
    rounds.save_tracker_fact(transaction, tracker, _FACT, msgspec.json.encode(unknown))


@dataclass
class UnknownCommentCheck:
    """Collects unknown comments while items are read.

    Attributes:
        trackers: Names of the configured trackers. Comments in their ledgers are known.
    """

    tracker: Source
    database: Database
    trackers: Collection[str]
    _candidates: dict[str, UnknownComment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.database.reading() as reading:
            self._before = unknown_comments(reading, self.tracker.name)
            names = {self.tracker.name, *self.trackers}
            self._known = {
                (annotation.item, annotation.name) for name in names for annotation in writes.annotations(reading, name)
            }

    def collect(self, fetched: Iterable[FetchedItem]) -> None:
        """Look at the comments of items that were just read."""
        for entry in fetched:
            for comment in entry.comments:
                if comment.author is Author.US and SERVICE_NAME in comment.text:
                    self._candidates[comment.id] = UnknownComment(entry.item.id, entry.item.key, comment.id)

    def finish(self) -> tuple[UnknownComment, ...]:
        """Read the tags of the candidates and store what is unknown. Comments that were deleted since are forgotten."""
        candidates = {one.comment: one for one in (*self._before, *self._candidates.values())}
        wanted = [one for one in candidates.values() if (one.item, one.comment) not in self._known]
        tagged = fetch_tagged_comments(self.tracker, wanted)
        with self.database.reading() as reading:
            unknown = tuple(
                UnknownComment(one.item, one.key, one.comment, _unknown_round(reading, tagged[one.comment]))
                for one in wanted
                if one.comment in tagged
            )
        if unknown != self._before:
            with self.database.writing() as transaction:
                keys = items.keys(transaction, self.tracker.name, [one.item for one in unknown])
                unknown = tuple(
                    msgspec.structs.replace(comment, key=keys.get(comment.item, comment.key)) for comment in unknown
                )
                save_unknown_comments(transaction, self.tracker.name, unknown)
        return unknown


def _unknown_round(reading: Transaction, comment: Comment) -> str:
    """The round of this installation that wrote a comment, if the store does not know that round."""
    tag = comment.tag
    if tag is None or tag.installation not in {
        rounds.installation_id(reading),
        *rounds.adopted_installations(reading),
    }:
        return ""
    return tag.round if rounds.by_id(reading, tag.round) is None else ""


def fetch_tagged_comments(tracker: Source, unknown: Collection[UnknownComment]) -> dict[str, Comment]:
    """Those of the comments that still exist and carry a tag of ours, by comment id."""
    found = tracker.comments([(one.item, one.comment) for one in unknown]) if unknown else {}
    return {ident: comment for ident, comment in found.items() if comment.tag is not None}
