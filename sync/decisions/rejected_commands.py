"""What people are told about a command of theirs that was not accepted: one line in our comment, else in the report."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, field

from connectors.tracker import Problem
from rules.model import Decision
from sync.messages import Messages
from sync.settings.roles import Roles
from sync.store import Transaction, rounds

SHOWN_FOR = timedelta(days=14)
KEPT_FOR = timedelta(days=90)
"""How long a command may be accepted after all, because roles have changed."""
_FACT = "notices"
_MAX_IN_COMMENT = 3


class Notice(Struct, frozen=True, kw_only=True):
    """A command on an item that was not accepted, or a request for help.

    Attributes:
        source: "reply" or "label".
        place: Id of the comment, or the label.
        at: When the command was given.
        problem_text: What the report says.
        text: Id of what our comment says, among the `answers` of the catalogue; empty if it says nothing.
        facts: Values of that text's placeholders.
        by_person: Whether a person gave the command.
    """

    item: str
    key: str
    source: str
    place: str
    at: datetime
    problem_text: str
    text: str = ""
    facts: dict[str, str | float] = field(default_factory=dict)
    by_person: bool = True

    @property
    def problem(self) -> Problem:
        """The notice as a report shows it."""
        return Problem(self.key, self.problem_text)

    def line(self, messages: Messages) -> str:
        """The notice as our comment shows it."""
        said = messages.text(f"answers.{self.text}", count=None, **self.facts)
        if self.text == "help":
            return said
        if self.source == "label":
            return messages.text("answers.label", label=self.place, why=said)
        return messages.text("answers.reply", why=said)


class NoticeBook(Struct):
    """The notices of a tracker's items, by item id, and under which rules and roles they were given."""

    judged_by: str = ""
    notices: dict[str, list[Notice]] = field(default_factory=dict)

    def replace(self, item: str, notices: Iterable[Notice], *, of: Collection[str] | None = None) -> None:
        """Replace the notices of an item, or only those about some of its comments."""
        kept = [notice for notice in self.notices.get(item, ()) if of is not None and notice.place not in of]
        self.notices[item] = [*kept, *notices]
        if not self.notices[item]:
            del self.notices[item]

    def forget_old(self, now: datetime) -> None:
        """Drop notices that nobody can act on any more."""
        for item in list(self.notices):
            self.replace(item, [notice for notice in self.notices[item] if now - notice.at < KEPT_FOR])


def load(reading: Transaction, tracker: str) -> NoticeBook:
    """The notices that stand at a tracker."""
    stored = rounds.tracker_fact(reading, tracker, _FACT)
    return msgspec.json.decode(stored, type=NoticeBook) if stored else NoticeBook()


def save(transaction: Transaction, tracker: str, book: NoticeBook) -> None:
    """Store the notices of a tracker."""
    rounds.save_tracker_fact(transaction, tracker, _FACT, msgspec.json.encode(book))


def judged_by(rules: Collection[str], roles: Roles) -> str:
    """Identifies what decides whether a command is accepted."""
    return hashlib.sha256(msgspec.json.encode((sorted(rules), roles.model_dump(mode="json")))).hexdigest()[:16]


def current(notices: Sequence[Notice], decisions: Sequence[Decision], now: datetime) -> list[Notice]:
    """The notices to show about one item, newest first. A decision after a command settles it."""
    last = max((decision.at for decision in decisions), default=None)
    shown = [
        notice
        for notice in sorted(notices, key=lambda notice: notice.at, reverse=True)
        if now - notice.at < SHOWN_FOR and (last is None or last <= notice.at)
    ]
    return shown[:_MAX_IN_COMMENT]


def comment_lines(
    book: NoticeBook, decided: Mapping[str, Sequence[Decision]], now: datetime, messages: Messages
) -> dict[str, tuple[str, ...]]:
    """What our comments say about commands that were not accepted, by item id."""
    lines = {
        item: tuple(
            dict.fromkeys(
                notice.line(messages) for notice in current(notices, decided.get(item, ()), now) if notice.text
            )
        )
        for item, notices in book.notices.items()
    }
    return {item: said for item, said in lines.items() if said}
