"""How well it is known that customers want an item, from the feedback that is recorded about it.

RICE weighs a score by a confidence of 100, 80 or 50 % (Intercom, McBride), and so tells what is measured from what is
assumed. Here it only stands beside a score and changes none.
"""

from enum import StrEnum

from rules.model import Feedback, FeedbackSource

_MANY_CUSTOMERS = 5
"""Different customers from which on their number says something; see `rules.priority.evidence`."""
_OBSERVED = (FeedbackSource.INTERVIEW, FeedbackSource.ANALYTICS)
"""Sources in which somebody looked into the need, and did not only count requests."""


class Confidence(StrEnum):
    """How well a need is known."""

    HIGH = "high"
    """At least five customers asked for it, or some did and somebody looked into the need."""
    MEDIUM = "medium"
    """Some feedback is recorded."""
    LOW = "low"
    """Nothing is recorded about it, while other items have feedback."""


def confidence_of(feedback: Feedback | None) -> Confidence:
    """Return how well the need behind an item is known; None as feedback means that none is recorded."""
    if feedback is None or not feedback.counts:
        return Confidence.LOW
    was_observed = any(feedback.counts.get(source) for source in _OBSERVED)
    if feedback.customers >= _MANY_CUSTOMERS or (was_observed and feedback.customers > 1):
        return Confidence.HIGH
    return Confidence.MEDIUM
