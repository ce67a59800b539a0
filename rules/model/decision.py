"""A decision of people about a finding or an item, with its reason and the day it is looked at again."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from rules.model.work_item import DecisionEvidence


class DecisionKind(StrEnum):
    """What people said to a finding, or about an item."""

    WAIVE = "waive"
    """It may stay as it is, until the review date."""
    SNOOZE = "snooze"
    """Ask again later."""
    WRONG = "wrong"
    """The rule is mistaken here; counts against the rule."""
    DISMISSED = "dismissed"
    """People removed or changed what the service wrote; taken as an answer without words."""
    RESUME = "resume"
    """Earlier answers do not hold any more."""
    ACCEPT = "accept"
    """The item is wanted: it is made ready, so questions about it go on."""
    NOT_NOW = "not-now"
    """The item waits until the review date, and nothing is asked about it until then."""
    NO = "no"
    """The item is declined."""
    NOT_IN_THIS_FORM = "not-in-this-form"
    """The item is declined as it stands, and something else is offered instead."""

    @property
    def is_about_the_item(self) -> bool:
        """Whether it says what becomes of the item, rather than of a finding."""
        return self in OUTCOMES

    @property
    def suppresses_questions(self) -> bool:
        """Whether nothing more is asked while it holds."""
        return self not in (DecisionKind.RESUME, DecisionKind.ACCEPT)


OUTCOMES = (DecisionKind.ACCEPT, DecisionKind.NOT_NOW, DecisionKind.NO, DecisionKind.NOT_IN_THIS_FORM)
"""What can be decided about an item as a whole."""


UNDO = "undo"
"""The source of what is decided by taking something back from an item."""


class NewEvidence(Struct, frozen=True):
    """New evidence: of what there is more, how much there is, and how much there was."""

    what: Literal["links", "votes"]
    now: int
    then: int


def decision_id(tracker: str, item: str, *what: str) -> str:
    """The id of a decision; the same for the same words about the same item, however often they are read."""
    return hashlib.sha256("\0".join((tracker, item, *what)).encode()).hexdigest()[:16]


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the decision log; entries are added and never changed.

    Attributes:
        id: The same answer read twice has the same id.
        item: The item's id in its tracker.
        key: What people call the item.
        kind: What was decided; stored and printed as `verdict`.
        rule: Which rule's finding it answers; empty for whatever the service says about the item.
        reason: In the words of whoever decided.
        instead: What is offered in the item's place.
        at: When it was made, UTC.
        review: When it ends and is looked at again, UTC.
        source: Where it was said: "command line", "file", "reply", "label", or what was done to something of ours.
        by: The role in which it was decided, as the configuration names it; never who.
        links, votes: How many the item had; more of them later are new evidence. None: not known.
        reply: Id of the comment it was read from; empty if it came another way.
        replaces: Ids of decisions that no longer hold, because the comment they were read from says something else now.
    """

    id: str
    tracker: str
    item: str
    key: str
    kind: DecisionKind = field(name="verdict")
    at: datetime
    review: datetime | None = None
    rule: str = ""
    reason: str = ""
    instead: str = ""
    source: str = ""
    by: str = ""
    links: int | None = None
    votes: int | None = None
    reply: str = ""
    replaces: tuple[str, ...] = ()

    @property
    def is_withdrawal(self) -> bool:
        """Whether it only withdraws what a comment said before it was edited."""
        return self.kind is DecisionKind.RESUME and bool(self.replaces)

    def holds(self, rule: str, now: datetime) -> bool:
        """Whether this decision answers a rule's finding at this moment, as far as it alone can tell.

        One that was made by a clock ahead of ours holds as well: what has been read has been said.
        """
        return self.kind.suppresses_questions and self.rule in ("", rule) and (self.review is None or now < self.review)

    def due(self, now: datetime, evidence: DecisionEvidence) -> str:
        """Why it is time to look at this decision again; empty while it is not.

        Args:
            now: The moment.
            evidence: Of the item, as it is now.
        """
        if self.review is not None and self.review <= now:
            return f"its review date was {self.review:%Y-%m-%d}"
        more = self.new_evidence(evidence)
        return f"it has more {more.what}: {more.now} now, {more.then} when it was decided" if more else ""

    def new_evidence(self, evidence: DecisionEvidence) -> NewEvidence | None:
        """What there is more of than an outcome for an item was decided on, if anything."""
        if not self.kind.is_about_the_item:
            return None
        if self.links is not None and evidence.links > self.links:
            return NewEvidence("links", evidence.links, self.links)
        if self.votes is not None and evidence.votes is not None and evidence.votes > self.votes:
            return NewEvidence("votes", evidence.votes, self.votes)
        return None


def drop_superseded(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions about one item that nothing said later has replaced, oldest first, ended ones included.

    What was resumed is gone, and of several outcomes for the item the latest counts. Answers to findings stand side by
    side: a short snooze does not end a long waiver.
    """
    ordered = sorted(decisions, key=lambda one: (one.at, one.id))
    replaced = {ident for one in ordered for ident in one.replaces}
    kept: list[Decision] = []
    for one in ordered:
        if one.id in replaced or one.is_withdrawal:
            continue
        if one.kind is DecisionKind.RESUME:
            kept = [other for other in kept if not _resumes(one, other)]
        elif one.kind.is_about_the_item:
            kept = [other for other in kept if not other.kind.is_about_the_item] + [one]
        else:
            kept.append(one)
    return tuple(kept)


def _resumes(one: Decision, other: Decision) -> bool:
    """Whether one takes another back. An undo takes back what an undo had decided, and nobody else's word."""
    return one.rule in ("", other.rule) and (one.source != UNDO or other.source == UNDO)


def in_force(decisions: Iterable[Decision], now: datetime, evidence: DecisionEvidence) -> tuple[Decision, ...]:
    """The decisions about one item that hold at this moment, oldest first.

    Args:
        decisions: All that was ever decided about it.
        now: The moment.
        evidence: Of the item, as it is now: an outcome ends early when there is more than it was decided on.
    """
    return tuple(one for one in drop_superseded(decisions) if not one.due(now, evidence))
