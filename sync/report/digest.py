"""What matters today: at most five decisions wanted, what was written, what was held back, what was skipped.

Made from the store alone, so that it can be sent by another process than the one that worked. Items that the tracker
shows to some people only stay out of it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain, zip_longest

import msgspec
from msgspec import Struct

from rules.lifecycle import FindingState
from rules.model import Finding, Severity, WorkItem
from sync.messages import Messages, shipped_messages
from sync.rounds.result import RoundSummary
from sync.store import Connection, Database, findings, items, rounds
from sync.store.items import Reading

DECISIONS = 5


class Ask(Struct, frozen=True):
    """One decision wanted. `key` and `link` are empty when it is about no single item."""

    key: str
    title: str
    link: str
    question: str
    detail: str = ""


class TrackerDigest(Struct, frozen=True, kw_only=True):
    """One tracker's part.

    Attributes:
        asks: All decisions wanted, the most important first.
        written: What was changed since the day began, by what it was.
        held: Findings that are not spoken about, by why.
        unscored: Why items have no score, by key.
        skipped: What could not be read, judged or written.
        limits: What a rule could not judge, and why.
        notes: What an admin should know.
        trouble: Why the data is stale, if it is.
    """

    tracker: str
    mode: str
    asks: tuple[Ask, ...] = ()
    open_items: int = 0
    written: dict[str, int] = {}
    held: dict[str, int] = {}
    held_whole: str = ""
    planned: int = 0
    waiting: int = 0
    unscored: dict[str, str] = {}
    skipped: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str = ""
    trouble_since: datetime | None = None
    last_good: datetime | None = None


class Digest(Struct, frozen=True):
    """What one channel is told about its trackers."""

    day: date
    parts: tuple[TrackerDigest, ...]

    @property
    def asks(self) -> list[Ask]:
        """The decisions wanted that are shown, taken from the trackers in turn."""
        in_turn = chain.from_iterable(zip_longest(*(part.asks for part in self.parts)))
        return [ask for ask in in_turn if ask is not None][:DECISIONS]

    @property
    def more(self) -> int:
        """Decisions wanted that are not shown."""
        return sum(len(part.asks) for part in self.parts) - len(self.asks)


def make_digest(
    database: Database, trackers: Sequence[str], day_began: datetime, messages: Messages | None = None
) -> Digest:
    """What matters about some trackers.

    Args:
        database: The store.
        trackers: Their names.
        day_began: Midnight in the team's time zone; what was written since is told.
        messages: What people read; English if left out.
    """
    words = messages or shipped_messages()
    with database.reading() as reading:
        parts = tuple(_part(reading, name, day_began, words) for name in trackers)
    return Digest(day_began.date(), parts)


def _part(reading: Connection, tracker: str, day_began: datetime, messages: Messages) -> TrackerDigest:
    state = items.reading(reading, tracker)
    today = [one for one in rounds.latest(reading, tracker, 500) if one.started >= day_began]
    latest = rounds.latest_judged(reading, tracker)
    summary = msgspec.convert(latest.summary, RoundSummary) if latest else RoundSummary()
    hidden = items.restricted(reading, tracker, {*summary.unscored, *(one.item for one in summary.skipped)})
    written: Counter[str] = Counter()
    for one in today:
        written.update(msgspec.convert(one.summary, RoundSummary).written if one.ended else {})
    return TrackerDigest(
        tracker=tracker,
        mode=summary.mode,
        asks=tuple(_asks(reading, tracker, summary, state, messages)),
        open_items=summary.open_items,
        written=dict(written),
        held=summary.held,
        held_whole="" if summary.awaits_approval else summary.held_whole,
        planned=summary.planned,
        waiting=summary.waiting,
        unscored={key: why for key, why in summary.unscored.items() if key not in hidden},
        skipped=tuple(one.line for one in summary.skipped if one.item not in hidden),
        limits=tuple(f"{rule}: {limit}" for rule, limits in summary.limits.items() for limit in limits),
        notes=tuple(summary.notes),
        trouble=state.trouble or "",
        trouble_since=state.trouble_since,
        last_good=state.last_good,
    )


def _asks(reading: Connection, tracker: str, summary: RoundSummary, state: Reading, messages: Messages) -> list[Ask]:
    asks = [Ask("", rule, "", question) for rule, question in summary.questions.items()]
    if summary.awaits_approval and summary.planned and not state.trouble:
        asks.insert(0, Ask("", messages.text("report.ready", count=summary.planned), "", summary.held_whole))
    asks += _due(reading, tracker, summary, messages)
    spoken: dict[str, list[Finding]] = {}
    for finding, where, _ in findings.standing_now(reading, tracker):
        if where in (FindingState.NEW, FindingState.STANDING) and finding.severity is Severity.WARNING:
            spoken.setdefault(finding.item, []).append(finding)
    places = {ident: place for place, ident in enumerate(items.order(reading, tracker))}
    for ident in sorted(spoken, key=lambda one: places.get(one, len(places))):
        item = items.one_item(reading, tracker, ident)
        if item is not None and not item.restricted:
            asks.append(_about(item, spoken[ident], messages))
    return asks


def _due(reading: Connection, tracker: str, summary: RoundSummary, messages: Messages) -> list[Ask]:
    """Decisions about items that it is time to look at again."""
    asks = []
    for one in summary.due:
        found = next((item for item in items.items_by_key(reading, one.key) if item.tracker == tracker), None)
        if found is not None and not found.restricted:
            asks.append(Ask(found.key, found.title, found.url, one.line(messages)))
    return asks


def _about(item: WorkItem, some: Sequence[Finding], messages: Messages) -> Ask:
    said = [messages.finding(finding) for finding in some]
    questions = " ".join(message.question for message in said)
    return Ask(item.key, item.title, item.url, questions, " ".join(message.evidence for message in said))
