"""Feedback about an item: what customers and users asked for, said or did. It names nobody."""

from datetime import date
from enum import StrEnum

from msgspec import Struct, field


class FeedbackSource(StrEnum):
    """Where feedback comes from."""

    TICKET = "ticket"
    """A ticket in a help desk."""
    REQUEST = "request"
    INTERVIEW = "interview"
    ANALYTICS = "analytics"
    VOTE = "vote"
    """A vote outside the tracker. The votes in the tracker are in `WorkItem.votes`."""


class Feedback(Struct, frozen=True, gc=False, omit_defaults=True):
    """All recorded feedback about one item.

    Attributes:
        counts: Number of records by source.
        customers: Number of distinct customers in these records. Records without a customer do not count.
        latest: The day of the latest record; None if no record has a day.
        link: The address of the latest record that has one.
    """

    counts: dict[FeedbackSource, int] = field(default_factory=dict)
    customers: int = 0
    latest: date | None = None
    link: str = ""

    def with_tickets(self, count: int) -> "Feedback":
        """Return the feedback with further tickets, whose customers are unknown."""
        counts = {**self.counts, FeedbackSource.TICKET: self.counts.get(FeedbackSource.TICKET, 0) + count}
        return Feedback(counts, self.customers, self.latest, self.link)
