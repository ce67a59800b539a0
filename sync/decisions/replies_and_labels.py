"""Reads the replies and labels on a tracker's items, and stores the decisions in them."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from connectors.tracker import FetchedItem, Problem, Source
from rules.model import Decision
from sync.decisions import rejected_commands
from sync.decisions.commands_to_decisions import read_answers
from sync.settings.roles import Roles
from sync.store import Database, Transaction, decisions, items


class AnswerReader:
    """Reads the answers on the items of one tracker in one round: commands in people's comments, which are called
    replies, and in labels.

    Attributes:
        problems: Commands of programs and customers, which are not accepted.
        notices: The notices about commands that were rejected: not understood, or not permitted.
    """

    def __init__(
        self, tracker: Source, database: Database, now: datetime, *, rules: Collection[str], roles: Roles
    ) -> None:
        self.new_decisions: list[Decision] = []
        self.problems: list[Problem] = []
        self._tracker = tracker
        self._database = database
        self._now = now
        self._rules = rules
        self._roles = roles
        with database.reading() as transaction:
            self._decisions_by_item = decisions.by_item(transaction, tracker.name)
            self.notices = rejected_commands.load(transaction, tracker.name)

    def items_to_reread(self) -> list[str]:
        """Ids of items with a rejected command that may be accepted now, because roles or rules have changed."""
        if self.notices.fingerprint == rejected_commands.acceptance_fingerprint(self._rules, self._roles):
            return []
        return list(self.notices.by_item)

    def read(self, transaction: Transaction, fetched: FetchedItem, *, origins: Collection[str] | None = None) -> None:
        """Read and store the answers on an item that was just fetched.

        Args:
            origins: Ids of the comments that are read; None for all comments and labels of the item.
        """
        earlier_decisions = self._decisions_by_item.setdefault(fetched.item.id, [])
        answers = read_answers(fetched, self._rules, self._roles, earlier_decisions)
        # Now only some people can read the replies that gave the reasons of these decisions.
        decisions.hide_reasons(transaction, answers.ids_to_hide)
        decisions.add(transaction, answers.decisions)
        earlier_decisions += answers.decisions
        self.new_decisions += answers.decisions
        self.problems += [notice.problem for notice in answers.notices if not notice.by_person]
        self.notices.replace(
            fetched.item.id, [notice for notice in answers.notices if notice.by_person], origins=origins
        )

    def reread_replies(self, items_just_read: Collection[str]) -> None:
        """Read earlier commands again, because editing a comment may not change the version of its item.

        Args:
            items_just_read: Ids of items whose comments have just been read completely.
        """
        replies_to_reread = [(item, reply) for item, reply in self._replies_to_reread() if item not in items_just_read]
        comments = self._tracker.comments(replies_to_reread) if replies_to_reread else {}
        with self._database.writing() as transaction:
            unreadable_ids = items.deleted_or_hidden_ids(transaction, self._tracker.name)
            for item_id in dict.fromkeys(item for item, _ in replies_to_reread if item not in unreadable_ids):
                item = items.item_by_id(transaction, self._tracker.name, item_id)
                reply_ids = [reply for reply_item, reply in replies_to_reread if reply_item == item_id]
                if item is not None:
                    replies = tuple(comments[reply] for reply in reply_ids if reply in comments)
                    # Without labels, only the replies are read: commands in labels do not need to be read again.
                    with_replies = FetchedItem(item=msgspec.structs.replace(item, labels=()), comments=replies)
                    self.read(transaction, with_replies, origins=reply_ids)

    def save(self, transaction: Transaction) -> None:
        """Store the notices about rejected commands."""
        rejected_commands.save(transaction, self._tracker.name, self.notices)

    def finish(self, transaction: Transaction) -> None:
        """Store the notices, after all commands have been checked against the present roles and rules."""
        self.notices.remove_expired(self._now)
        self.notices.fingerprint = rejected_commands.acceptance_fingerprint(self._rules, self._roles)
        self.save(transaction)

    def _replies_to_reread(self) -> list[tuple[str, str]]:
        """Replies whose edits still matter, as (item id, comment id): those with a rejected command, and those with a
        decision that has not reached its review date or, if it has none, is not older than `RETRY_DURATION`.
        """
        with_decisions = [
            (decision.item, decision.reply)
            for item_decisions in self._decisions_by_item.values()
            for decision in item_decisions
            if decision.reply and (decision.review or decision.at + rejected_commands.RETRY_DURATION) > self._now
        ]
        with_notices = [
            (item_id, notice.origin)
            for item_id, notices in self.notices.by_item.items()
            for notice in notices
            if notice.source == "reply"
        ]
        return list(dict.fromkeys([*with_decisions, *with_notices]))
