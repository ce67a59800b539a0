"""A decision that people made about a finding or an item, with its reason and its review date."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from rules.model.work_item import DecisionEvidence


class DecisionKind(StrEnum):
    """What people decided about a finding or an item."""

    WAIVE = "waive"
    """It may stay as it is, until the review date."""
    SNOOZE = "snooze"
    """Ask again later."""
    WRONG = "wrong"
    """The rule is wrong here. Counted as feedback on the rule."""
    DISMISSED = "dismissed"
    """People removed or changed what the service wrote, which counts as an answer."""
    RESUME = "resume"
    """Earlier answers no longer apply."""
    ACCEPT = "accept"
    """The item is wanted. It has to be made ready, so questions about it continue."""
    NOT_NOW = "not-now"
    """The item waits until the review date. Nothing is asked about it until then."""
    NO = "no"
    """The item is declined."""
    NOT_IN_THIS_FORM = "not-in-this-form"
    """The item is declined as it is, and something else is offered instead."""

    @property
    def is_about_the_item(self) -> bool:
        """Whether it decides about the item rather than a finding."""
        return self in OUTCOMES

    @property
    def suppresses_questions(self) -> bool:
        """Whether nothing is asked while it is in force."""
        return self not in (DecisionKind.RESUME, DecisionKind.ACCEPT)


OUTCOMES = (DecisionKind.ACCEPT, DecisionKind.NOT_NOW, DecisionKind.NO, DecisionKind.NOT_IN_THIS_FORM)
"""The kinds of decision about an item as a whole."""


UNDO = "undo"
"""The source of decisions that an undo makes."""


class NewEvidence(Struct, frozen=True):
    """An item has more links or votes than when the decision about it was made.

    Attributes:
        now: The present number.
        then: The number at the time of the decision.
    """

    what: Literal["links", "votes"]
    now: int
    then: int


def decision_id(tracker: str, item_id: str, *parts: str) -> str:
    """The id of a decision. Reading the same answer about the same item again gives the same id."""
    return hashlib.sha256("\0".join((tracker, item_id, *parts)).encode()).hexdigest()[:16]


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the decision log.

    Attributes:
        id: See `decision_id`.
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
        kind: The outcome; stored and printed as `verdict`.
        rule: The rule whose finding it is about; empty for the item as a whole.
        reason: In the words of the person who decided.
        instead: The alternative that is offered to the item.
        at: When it was made, UTC.
        review: When it ends and is due for review, UTC.
        source: "command line", "file", "reply", "label", or what somebody did to one of our annotations.
        by: The role of the person who decided, as the configuration names it. Names of people are not stored.
        links, votes: The numbers of the item at that time; None if unknown. More of them later are new evidence.
        reply: Id of the comment that it was read from; empty if it came from elsewhere.
        replaces: Ids of decisions that no longer apply, because the comment they were read from was edited.
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
        """Whether it only withdraws what a comment said before an edit."""
        return self.kind is DecisionKind.RESUME and bool(self.replaces)

    def applies_to(self, rule: str, now: datetime) -> bool:
        """Whether the decision, taken by itself, answers a rule's finding now.

        It also applies when `at` is in the future, because the clock that set it may be ahead of our clock.
        """
        return self.kind.suppresses_questions and self.rule in ("", rule) and (self.review is None or now < self.review)

    def review_reason(self, now: datetime, evidence: DecisionEvidence) -> str:
        """Why the decision is due for review; empty while it is not.

        Args:
            now: The present time.
            evidence: The present evidence of the item.
        """
        if self.review is not None and self.review <= now:
            return f"its review date was {self.review:%Y-%m-%d}"
        more = self.new_evidence(evidence)
        return f"it has more {more.what}: {more.now} now, {more.then} when it was decided" if more else ""

    def new_evidence(self, evidence: DecisionEvidence) -> NewEvidence | None:
        """The evidence that is new since the decision, if it is one about the item and there is any."""
        if not self.kind.is_about_the_item:
            return None
        if self.links is not None and evidence.links > self.links:
            return NewEvidence("links", evidence.links, self.links)
        if self.votes is not None and evidence.votes is not None and evidence.votes > self.votes:
            return NewEvidence("votes", evidence.votes, self.votes)
        return None


def drop_superseded(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions about one item that no later one has replaced, oldest first. Includes expired ones.

    `resume` removes the decisions it refers to. Of several decisions about the item itself, only the latest counts.
    Answers to findings do not replace each other: a short snooze does not end a long waiver.
    """
    ordered = sorted(decisions, key=lambda decision: (decision.at, decision.id))
    replaced = {replaced_id for decision in ordered for replaced_id in decision.replaces}
    kept: list[Decision] = []
    for decision in ordered:
        if decision.id in replaced or decision.is_withdrawal:
            continue
        if decision.kind is DecisionKind.RESUME:
            kept = [earlier for earlier in kept if not _resumes(decision, earlier)]
        elif decision.kind.is_about_the_item:
            kept = [earlier for earlier in kept if not earlier.kind.is_about_the_item] + [decision]
        else:
            kept.append(decision)
    return tuple(kept)


def _resumes(resume: Decision, earlier: Decision) -> bool:
    """Whether a `resume` ends an earlier decision. One made by an undo only ends decisions that an undo made."""
    return resume.rule in ("", earlier.rule) and (resume.source != UNDO or earlier.source == UNDO)


def in_force(decisions: Iterable[Decision], now: datetime, evidence: DecisionEvidence) -> tuple[Decision, ...]:
    """Return the decisions about one item that are in force, oldest first.

    Args:
        decisions: All decisions that were ever made about it.
        now: The present time.
        evidence: The present evidence of the item. New evidence ends a decision about the item early.
    """
    return tuple(decision for decision in drop_superseded(decisions) if not decision.review_reason(now, evidence))
