"""A decision that a person made about a finding or an item, with its reason and its review date."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

from rules.model.work_item import Demand


class DecisionKind(StrEnum):
    """The kind of a decision about a finding or an item."""

    WAIVE = "waive"
    """The finding is accepted as it is, until the review date."""
    SNOOZE = "snooze"
    """Ask again later."""
    WRONG = "wrong"
    """The finding is wrong. This counts as feedback on the rule."""
    DISMISSED = "dismissed"
    """People removed or changed what the service wrote, which counts as an answer."""
    RESUME = "resume"
    """Earlier decisions no longer apply."""
    ACCEPT = "accept"
    """The item is wanted. Questions about it are still asked, because it has to be made ready."""
    NOT_NOW = "not-now"
    """The item waits until the review date. No questions about it are asked until then."""
    NO = "no"
    """The item is declined."""
    NOT_IN_THIS_FORM = "not-in-this-form"
    """The item is declined as it is, and something else is offered instead."""

    @property
    def is_about_the_item(self) -> bool:
        """Whether the decision is about an item as a whole, and not about a finding."""
        return self in ITEM_DECISIONS

    @property
    def suppresses_questions(self) -> bool:
        """Whether the questions of findings are not asked while the decision is in force."""
        return self not in (DecisionKind.RESUME, DecisionKind.ACCEPT)


ITEM_DECISIONS = (DecisionKind.ACCEPT, DecisionKind.NOT_NOW, DecisionKind.NO, DecisionKind.NOT_IN_THIS_FORM)
"""The kinds of decisions about an item as a whole."""

UNDO = "undo"
"""The `source` of decisions that `steward undo` makes."""
CLICK = "click"
"""The `source` of decisions by a button in Slack."""


class NewEvidence(Struct, frozen=True):
    """An item has more links, votes or feedback than when the decision about it was made.

    Attributes:
        measure: What has increased; `what` in JSON.
        now: The current number of links, votes or records of feedback.
        then: The number of links or votes at the time of the decision; None for feedback, of which only the days are
            known.
    """

    measure: Literal["links", "votes", "feedback"] = field(name="what")
    now: int
    then: int | None = None


def decision_id(tracker: str, item_id: str, *parts: str) -> str:
    """Return the id of a decision. The same parts, such as the id of a comment, always give the same id."""
    return hashlib.sha256("\0".join((tracker, item_id, *parts)).encode()).hexdigest()[:16]


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the decision log.

    Attributes:
        item: The id of the item in its tracker.
        key: The key of the item, such as PAY-12.
        kind: What was decided; stored and printed as `verdict`.
        at: When it was decided, in UTC.
        review: When the decision ends and is due for review, in UTC; None if it has no end date.
        rule: The rule whose finding it is about; empty if it is about all findings of the item, or about the item as a
            whole.
        reason: The reason, in the words of the person who decided.
        alternative: What is offered instead of the item; stored and printed as `instead`.
        source: How it was made: "command line", "file" (by `steward decisions import`), "waivers file", "reply",
            "label", "click", "undo", or what a person did to something that the service wrote, such as removing a
            label.
        by: The role of the person who decided, as the configuration names it. Names of people are not stored.
        links, votes: The numbers of links and votes of the item at that time; None if unknown. If they increase, that
            is new evidence.
        reply: The id of the comment from which it was read; empty if it was made in another way.
        replaces: The ids of decisions that no longer apply, because their comment was edited or their waiver is no
            longer in the waivers file.
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
    alternative: str = field(default="", name="instead")
    source: str = ""
    by: str = ""
    links: int | None = None
    votes: int | None = None
    reply: str = ""
    replaces: tuple[str, ...] = ()

    @property
    def is_withdrawal(self) -> bool:
        """Whether it only ends decisions that are no longer in an edited comment or in the waivers file."""
        return self.kind is DecisionKind.RESUME and bool(self.replaces)

    def applies_to(self, rule: str, now: datetime) -> bool:
        """Whether the decision, taken by itself, suppresses the questions of a rule about its item now.

        It also does so if `at` is in the future, because the clock of the tracker may be ahead.
        """
        return self.kind.suppresses_questions and self.rule in ("", rule) and (self.review is None or now < self.review)

    def review_reason(self, now: datetime, demand: Demand) -> str:
        """Return why the decision is due for review; empty if it is not.

        Args:
            demand: The current numbers of links, votes and records of feedback of the item.
        """
        if self.review is not None and self.review <= now:
            return f"its review date was {self.review:%Y-%m-%d}"
        more = self.new_evidence(demand)
        if more is None:
            return ""
        if more.then is None:
            return f"it has newer {more.measure}: {more.now} in all, the latest after it was decided"
        return f"it has more {more.measure}: {more.now} now, {more.then} when it was decided"

    def new_evidence(self, demand: Demand) -> NewEvidence | None:
        """Return what has increased since a decision about the item as a whole; None if nothing has.

        A record of feedback that is newer than a "not now" decision ends it, because customers have asked again.
        """
        if not self.kind.is_about_the_item:
            return None
        if self.links is not None and demand.links > self.links:
            return NewEvidence("links", demand.links, self.links)
        if self.votes is not None and demand.votes is not None and demand.votes > self.votes:
            return NewEvidence("votes", demand.votes, self.votes)
        latest = demand.latest_record
        if self.kind is DecisionKind.NOT_NOW and latest is not None and latest > self.at.date():
            return NewEvidence("feedback", demand.records)
        return None


def drop_superseded(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions about one item that no later one has replaced, oldest first. They may have expired.

    A decision of the kind `RESUME` removes the decisions to which it refers. Of several decisions about the item as a
    whole, only the latest counts. Decisions about findings do not replace each other: a short snooze does not end a
    long waiver.
    """
    ordered = sorted(decisions, key=lambda decision: (decision.at, decision.id))
    replaced = {replaced_id for decision in ordered for replaced_id in decision.replaces}
    current: list[Decision] = []
    for decision in ordered:
        if decision.id in replaced or decision.is_withdrawal:
            continue
        if decision.kind is DecisionKind.RESUME:
            current = [earlier for earlier in current if not _ends(decision, earlier)]
        elif decision.kind.is_about_the_item:
            current = [earlier for earlier in current if not earlier.kind.is_about_the_item] + [decision]
        else:
            current.append(decision)
    return tuple(current)


def _ends(resume: Decision, earlier: Decision) -> bool:
    """Whether a decision of the kind `RESUME` ends an earlier one.

    One that `steward undo` makes, when it undoes an earlier undo, only ends decisions that `steward undo` made.
    """
    return resume.rule in ("", earlier.rule) and (resume.source != UNDO or earlier.source == UNDO)


def select_in_force(decisions: Iterable[Decision], now: datetime, demand: Demand) -> tuple[Decision, ...]:
    """Return the decisions about one item that are in force, oldest first.

    Args:
        decisions: All decisions that were ever made about it.
        demand: The current numbers of links, votes and records of feedback of the item. If they have increased, a
            decision about the item as a whole ends early; see `Decision.new_evidence`.
    """
    return tuple(decision for decision in drop_superseded(decisions) if not decision.review_reason(now, demand))
