"""Reads the replies and labels of a tracker's items, and stores what people decided by them."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from connectors.tracker import FetchedItem, Problem, Source
from rules.model import Decision
from sync.decisions import rejected_commands
from sync.decisions.inbox import Answers, answers_in
from sync.settings.roles import Roles
from sync.store import Database, Transaction, decisions, items


class AnswerReader:
    """Reads what people decided on the items of one tracker in one round.

    Attributes:
        new_decisions: The new decisions.
        problems: What programs and customers tried to decide.
        book: The commands that were not accepted.
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
        with database.reading() as reading:
            self._known = decisions.by_item(reading, tracker.name)
            self.book = rejected_commands.load(reading, tracker.name)

    def items_to_reread(self) -> list[str]:
        """Items with a command that may be accepted now, because roles or rules have changed."""
        if self.book.judged_by in ("", rejected_commands.judged_by(self._rules, self._roles)):
            return []
        return list(self.book.notices)

    def read(self, transaction: Transaction, fetched: FetchedItem) -> None:
        """Take the answers on an item that was just read."""
        self._take(transaction, fetched, self._answers(fetched))

    def reread_replies(self, read: Collection[str]) -> None:
        """Read earlier commands again: editing a comment may leave its item's version alone.

        Args:
            read: Ids of items whose discussion was just read as a whole.
        """
        places = [(item, reply) for item, reply in self._replies() if item not in read]
        comments = self._tracker.comments(places) if places else {}
        with self._database.writing() as transaction:
            gone = items.gone_ids(transaction, self._tracker.name)
            for item_id in dict.fromkeys(item for item, _ in places if item not in gone):
                item = items.item_by_id(transaction, self._tracker.name, item_id)
                replies = [reply for place, reply in places if place == item_id]
                if item is not None:
                    present = tuple(comments[reply] for reply in replies if reply in comments)
                    part = FetchedItem(item=msgspec.structs.replace(item, labels=()), comments=present)
                    self._take(transaction, part, self._answers(part), of=replies)

    def save(self, transaction: Transaction) -> None:
        """Store the commands that were not accepted."""
        rejected_commands.save(transaction, self._tracker.name, self.book)

    def finish(self, transaction: Transaction) -> None:
        """Store the commands that were not accepted, all judged by the present roles and rules."""
        self.book.forget_old(self._now)
        self.book.judged_by = rejected_commands.judged_by(self._rules, self._roles)
        self.save(transaction)

    def _answers(self, fetched: FetchedItem) -> Answers:
        return answers_in(fetched, self._rules, self._roles, self._known.get(fetched.item.id, ()))

    def _take(
        self, transaction: Transaction, fetched: FetchedItem, answers: Answers, *, of: Collection[str] | None = None
    ) -> None:
        ident = fetched.item.id
        decisions.hide_reasons(transaction, answers.hidden)
        known = {decision.id for decision in self._known.get(ident, ())}
        new = [decision for decision in answers.decisions if decision.id not in known]
        decisions.add(transaction, new)
        if new:
            self._known[ident] = [*self._known.get(ident, ()), *new]
            self.new_decisions += new
        self.problems += [notice.problem for notice in answers.notices if not notice.by_person]
        self.book.replace(ident, [notice for notice in answers.notices if notice.by_person], of=of)

    def _replies(self) -> list[tuple[str, str]]:
        """Replies as (item id, comment id): those that decided something not long ago, and those not accepted."""
        accepted = [
            (decision.item, decision.reply)
            for decided in self._known.values()
            for decision in decided
            if decision.reply and (decision.review or decision.at + rejected_commands.KEPT_FOR) > self._now
        ]
        rejected = [
            (item, notice.place)
            for item, listed in self.book.notices.items()
            for notice in listed
            if notice.source == "reply"
        ]
        return list(dict.fromkeys([*accepted, *rejected]))
