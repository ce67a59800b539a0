"""Rates the confidence that customers want an item, from the feedback that is recorded about the item.

RICE multiplies a score by a confidence of 100, 80 or 50 % (Intercom, McBride), which is lower for assumptions than for
measurements. Here the confidence is only shown beside a score, and does not change the score.
"""

from enum import StrEnum

from rules.model import Feedback, FeedbackSource
from rules.priority.evidence import MIN_COUNT

_RESEARCH_SOURCES = (FeedbackSource.INTERVIEW, FeedbackSource.ANALYTICS)
"""The sources in which somebody examined what customers need, instead of only counting requests."""


class Confidence(StrEnum):
    """The confidence that customers want an item."""

    HIGH = "high"
    """At least five customers asked for it, or several did and somebody examined their need."""
    MEDIUM = "medium"
    """Some feedback is recorded."""
    LOW = "low"
    """No feedback is recorded about the item."""


def confidence_of(feedback: Feedback | None) -> Confidence:
    """Return the confidence that customers want an item with this feedback; None means that none is recorded.

    If no item of a backlog has feedback, nobody records it, so a low confidence says nothing about the item.
    """
    if feedback is None or not feedback.counts:
        return Confidence.LOW
    was_researched = any(feedback.counts.get(source) for source in _RESEARCH_SOURCES)
    if feedback.customers >= MIN_COUNT or (was_researched and feedback.customers > 1):
        return Confidence.HIGH
    return Confidence.MEDIUM
