"""Reads a tracker into the mirror: cheap questions first, then payloads of what changed, in batches.

Stamps are compared item by item, so there is no mark of time that could be set wrong; the tracker's own position only
says from where to ask. An item that a census leaves out is looked for directly before it is called gone, and when too
many are missing at once the mirror is kept as it is.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.tracker import Connection, FetchedItem, Problem, ScopeIds, Source, Whereabouts
from rules.model import standing_decisions
from sync.decisions.inbox import answers_in
from sync.mirror.links import Neighbourhood
from sync.mirror.order import dragged
from sync.settings.roles import Roles
from sync.store import Connection as Transaction
from sync.store import Database, decisions, items

Progress = Callable[[int, int], None]
"""Told how many of how many items have been read."""


class Pulled(Struct, kw_only=True):
    """What one pull did.

    Attributes:
        items: Items within the scope afterwards.
        read: Payloads that were read.
        moved: Items that left the scope.
        gone: Items that were deleted or are hidden from us.
        brake: Why missing items were kept, if they were.
        missing: Ids of the items that were kept so; how they stand now is not known.
        skipped: What could not be read or understood, and why.
        answers: Answers of people that were found.
    """

    items: int = 0
    read: int = 0
    moved: int = 0
    gone: int = 0
    brake: str = ""
    missing: frozenset[str] = frozenset()
    skipped: list[Problem] = msgspec.field(default_factory=list)
    answers: int = 0


def pull(
    tracker: Source,
    connection: Connection,
    database: Database,
    now: datetime,
    *,
    vanish_limit: float,
    rules: Collection[str],
    roles: Roles | None = None,
    around: Neighbourhood | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Pulled:
    """Brings the mirror of one tracker up to date.

    Args:
        tracker: Connected.
        connection: What connecting taught.
        database: Where the mirror is kept.
        now: The round's time.
        vanish_limit: Share of the mirror that may vanish in one pull.
        rules: Ids of all rules, to understand people's answers.
        roles: Who may decide what; None for the defaults.
        around: Recognises items of other trackers.
        progress: Told about large reads.

    Raises:
        ConnectorError: The tracker could not be read; what was stored until then is kept.
    """
    known = around or Neighbourhood()
    return _Pull(tracker, connection, database, now, vanish_limit, rules, roles, known, progress).run()


def _another_day(before: datetime | None, now: datetime) -> bool:
    return before is None or before.date() < now.date()


@dataclass
class _Pull:
    tracker: Source
    connection: Connection
    database: Database
    now: datetime
    vanish_limit: float
    rules: Collection[str]
    roles: Roles | None
    around: Neighbourhood
    progress: Progress
    _renamed: set[str] = field(default_factory=set)
    """What items were called that are called otherwise now, or are gone."""
    _known: Collection[str] = ()
    """Ids of what was there before."""
    _linked_to: dict[str, set[str]] = field(default_factory=dict)
    """By key: which items link to it that were not there before."""

    def run(self) -> Pulled:
        name = self.tracker.name
        with self.database.reading() as reading:
            before = items.reading(reading, name)
            known = items.stamps(reading, name)
            order = items.order(reading, name)
            declined = self._declined(reading) if _another_day(before.last_good, self.now) else []
        self._known = known
        anew = before.fingerprint != self._fingerprint
        wanted: dict[str, None] = dict.fromkeys(ident for ident, version in known.items() if not version)
        position = before.position
        for page in self.tracker.changes(None if anew else before.position):
            wanted.update((stamp.id, None) for stamp in page.stamps if known.get(stamp.id) != stamp.version)
            position = page.position
        census = self.tracker.list_ids()
        wanted.update((ident, None) for ident in census.ids if anew or ident not in known)
        wanted.update((ident, None) for ident in declined if ident in known)
        if self.connection.capabilities.ordered and not self.connection.capabilities.rank_changes_version:
            wanted.update((ident, None) for ident in dragged(order, census.ids))
        pulled = Pulled()
        self._read(list(wanted), pulled)
        still_here = self._let_go(set(census.ids), pulled, limit=1.0 if anew else self.vanish_limit)
        self._mend(wanted, pulled)
        self._follow()
        self._finish(None if pulled.brake else census, still_here, position)
        return pulled

    @property
    def _fingerprint(self) -> str:
        """Of all that decides what is read; when it changes, everything is read anew."""
        return self.connection.fingerprint + self.around.fingerprint

    def _declined(self, reading: Transaction) -> list[str]:
        """Items about which people decided and others may have voted since. Votes move no stamp, so once a day these
        few are read whatever theirs say.
        """
        name = self.tracker.name
        about = {
            ident: any(one.kind.is_about_the_item and one.votes is not None for one in standing_decisions(said))
            for ident, said in decisions.all_of(reading, name).items()
        }
        return [ident for ident, is_weighed in about.items() if is_weighed]

    def _linked(self, one: FetchedItem) -> FetchedItem:
        item = self.around.resolved(one.item)
        return one if item is one.item else msgspec.structs.replace(one, item=item)

    def _read(self, wanted: list[str], pulled: Pulled) -> None:
        if not wanted:
            return
        self.progress(0, len(wanted))
        unread = set(wanted)
        for batch in self.tracker.fetch(wanted):
            unread -= {one.item.id for one in batch.items}
            with self.database.writing() as transaction:
                self._note_names(transaction, batch.items)
                linked = [self._linked(one) for one in batch.items]
                items.save(transaction, linked)
                for one in linked:
                    answers = answers_in(one, self.rules, self.roles)
                    pulled.answers += decisions.add(transaction, answers.decisions)
                    pulled.skipped += answers.problems
            pulled.read += len(batch.items)
            pulled.skipped += batch.problems
            self.progress(pulled.read, len(wanted))
        with self.database.writing() as transaction:
            items.look_again(transaction, self.tracker.name, unread)

    def _note_names(self, transaction: Transaction, some: Sequence[FetchedItem]) -> None:
        before = items.keys(transaction, self.tracker.name, [one.item.id for one in some])
        self._renamed |= {key for one in some if (key := before.get(one.item.id, one.item.key)) != one.item.key}
        for one in some:
            if one.item.id not in self._known:
                for link in one.item.links:
                    self._linked_to.setdefault(link.target, set()).add(one.item.key)

    def _let_go(self, present: set[str], pulled: Pulled, *, limit: float) -> list[str]:
        """Confirms what is missing; gives the ids that are still there although the census left them out."""
        name = self.tracker.name
        with self.database.reading() as reading:
            stored = items.stamps(reading, name)
        pulled.items = len(stored)
        missing = [ident for ident in stored if ident not in present]
        if not missing:
            return []
        where = self.tracker.locate(missing)
        gone = [ident for ident in missing if where.get(ident, Whereabouts.GONE) is Whereabouts.GONE]
        moved = [ident for ident in missing if where.get(ident) is Whereabouts.MOVED]
        lost = len(gone) + len(moved)
        if lost > max(1.0, len(stored) * limit):
            pulled.brake = (
                f"{lost} of {len(stored)} items are missing at once, more than the limit of {limit:.0%}. They are kept "
                "as they were; check the account's permissions and the scope, or raise `vanish_limit`."
            )
            pulled.missing = frozenset((*gone, *moved))
        else:
            with self.database.writing() as transaction:
                self._renamed |= set(items.keys(transaction, name, [*gone, *moved]).values())
                items.leave(transaction, name, gone, "gone", self.now)
                items.leave(transaction, name, moved, "moved", self.now)
            pulled.gone, pulled.moved = len(gone), len(moved)
            pulled.items -= lost
        return [ident for ident in missing if where.get(ident) is Whereabouts.IN_SCOPE]

    def _mend(self, just_read: Collection[str], pulled: Pulled) -> None:
        """Reads what names an item that is called otherwise or gone, or does not name one that is there again.

        Nothing moves the stamp of those: what happened, happened at the other end.
        """
        if not self._renamed and not self._linked_to:
            return
        with self.database.reading() as reading:
            unlike = [
                ident
                for ident, key, named in items.references(reading, self.tracker.name)
                if ident not in just_read and (named & self._renamed or self._linked_to.get(key, set()) - named)
            ]
        self._read(unlike, pulled)

    def _follow(self) -> None:
        """Reads what left the scope and still carries something of ours, until that is taken back."""
        name = self.tracker.name
        with self.database.reading() as reading:
            carrying = items.moved_with_annotations(reading, name)
        unseen = set(carrying)
        for batch in self.tracker.fetch(carrying) if carrying else ():
            unseen -= {one.item.id for one in batch.items}
            with self.database.writing() as transaction:
                items.save(transaction, [self._linked(one) for one in batch.items])
                items.leave(transaction, name, [one.item.id for one in batch.items], "moved", self.now)
        with self.database.writing() as transaction:
            items.leave(transaction, name, unseen, "gone", self.now)

    def _finish(self, census: ScopeIds | None, still_here: list[str], position: str | None) -> None:
        """Remembers how far it was read; without a census, who stands where stays as it was."""
        name = self.tracker.name
        with self.database.writing() as transaction:
            if census is not None:
                items.save_census(
                    transaction,
                    name,
                    [*census.ids, *still_here],
                    ordered=self.connection.capabilities.ordered,
                    on_backlog=census.on_backlog,
                )
            items.set_reading(transaction, name, fingerprint=self._fingerprint, position=position)
