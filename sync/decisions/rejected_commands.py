"""Notices about rejected commands: a line in the service's comment, or in the report if there is no such comment.

A command is a line in a reply, or a label, by which a person decides something. It is rejected if it cannot be
understood, or if the person may not decide it. Roles in the settings say who may decide what.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct, field

from connectors.tracker import Problem
from rules.model import Decision
from sync.messages import Messages
from sync.settings.roles import Roles
from sync.store import Transaction, stored_values

_DISPLAY_DURATION = timedelta(days=14)
"""How long a notice is shown after its command was given."""
RETRY_DURATION = timedelta(days=90)
"""How long a rejected command can still be accepted, if roles or rules change."""
_NOTICES_NAME = "notices"
"""The name under which the store keeps the notices of a tracker."""
_MAX_NOTICES_PER_ITEM = 3
"""The maximum number of notices about an item that are shown, so that the service's comment stays short."""


class Notice(Struct, frozen=True, kw_only=True):
    """A rejected command, or a request for help.

    Attributes:
        source: "reply" or "label".
        origin: Id of the comment with the command, or the label; stored as `place`.
        at: When the command was given.
        problem_text: The message in the report.
        message_id: Id of the message in the service's comment, among the `answers` of the message catalogue; empty if
            there is none. Stored as `text`.
        facts: Values of that message's placeholders.
        by_person: Whether a person gave the command: neither a program nor an external person, such as a customer of a
            service desk.
    """

    item: str
    key: str
    source: str
    origin: str = field(name="place")
    at: datetime
    problem_text: str
    message_id: str = field(name="text", default="")
    facts: dict[str, str | float] = field(default_factory=dict)
    by_person: bool = True

    @property
    def problem(self) -> Problem:
        """The notice as an entry of the report."""
        return Problem(self.key, self.problem_text)

    def line(self, messages: Messages) -> str:
        """The notice as a line in the service's comment."""
        message = messages.text(f"answers.{self.message_id}", count=None, **self.facts)
        if self.message_id == "help":
            return message
        if self.source == "label":
            return messages.text("answers.label", label=self.origin, why=message)
        return messages.text("answers.reply", why=message)


class TrackerNotices(Struct):
    """The notices about the items of a tracker.

    Attributes:
        fingerprint: The `acceptance_fingerprint` when the commands were rejected; stored as `judged_by`.
        by_item: The notices, by item id; stored as `notices`.
    """

    fingerprint: str = field(name="judged_by", default="")
    by_item: dict[str, list[Notice]] = field(name="notices", default_factory=dict)

    def replace(self, item_id: str, notices: Iterable[Notice], *, origins: Collection[str] | None = None) -> None:
        """Replace the notices about an item.

        Args:
            origins: The comments and labels whose notices are replaced; None to replace all notices about the item.
        """
        other_notices = [
            notice for notice in self.by_item.get(item_id, ()) if origins is not None and notice.origin not in origins
        ]
        self.by_item[item_id] = [*other_notices, *notices]
        if not self.by_item[item_id]:
            del self.by_item[item_id]

    def remove_expired(self, now: datetime) -> None:
        """Remove notices about commands that can no longer be accepted."""
        for item_id, notices in list(self.by_item.items()):
            self.replace(item_id, [notice for notice in notices if now - notice.at < RETRY_DURATION])


def load(transaction: Transaction, tracker: str) -> TrackerNotices:
    """Load the notices of a tracker."""
    return stored_values.load_for_tracker(transaction, tracker, _NOTICES_NAME, TrackerNotices) or TrackerNotices()


def save(transaction: Transaction, tracker: str, notices: TrackerNotices) -> None:
    """Store the notices of a tracker."""
    stored_values.save_for_tracker(transaction, tracker, _NOTICES_NAME, notices)


def acceptance_fingerprint(rules: Collection[str], roles: Roles) -> str:
    """A hash of the roles and the ids of the rules, which determine whether a command is accepted."""
    return hashlib.sha256(msgspec.json.encode((sorted(rules), roles.model_dump()))).hexdigest()[:16]


def current_notices(notices: Sequence[Notice], decisions: Sequence[Decision], now: datetime) -> list[Notice]:
    """The notices to show on one item, newest first. A later decision makes a notice obsolete."""
    last_decision = max((decision.at for decision in decisions), default=None)
    shown = [
        notice
        for notice in sorted(notices, key=lambda notice: notice.at, reverse=True)
        if now - notice.at < _DISPLAY_DURATION and (last_decision is None or last_decision <= notice.at)
    ]
    return shown[:_MAX_NOTICES_PER_ITEM]


def comment_lines(
    tracker_notices: TrackerNotices,
    decisions_by_item: Mapping[str, Sequence[Decision]],
    now: datetime,
    messages: Messages,
) -> dict[str, tuple[str, ...]]:
    """The lines in the service's comments about rejected commands, by item id."""
    lines_by_item: dict[str, tuple[str, ...]] = {}
    for item_id, notices in tracker_notices.by_item.items():
        shown_notices = current_notices(notices, decisions_by_item.get(item_id, ()), now)
        lines = dict.fromkeys(notice.line(messages) for notice in shown_notices if notice.message_id)
        if lines:
            lines_by_item[item_id] = tuple(lines)
    return lines_by_item
