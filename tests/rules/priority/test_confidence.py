"""How well a need is known."""

import pytest

from rules.model import Feedback, FeedbackSource
from rules.priority.confidence import Confidence, confidence_of

TICKET, INTERVIEW = FeedbackSource.TICKET, FeedbackSource.INTERVIEW


@pytest.mark.parametrize(
    ("feedback", "confidence"),
    [
        (None, Confidence.LOW),
        (Feedback(), Confidence.LOW),
        (Feedback({TICKET: 1}, 1), Confidence.MEDIUM),
        (Feedback({TICKET: 9}, 4), Confidence.MEDIUM),
        (Feedback({TICKET: 5}, 5), Confidence.HIGH),
        (Feedback({TICKET: 1, INTERVIEW: 1}, 2), Confidence.HIGH),
        (Feedback({INTERVIEW: 1}, 1), Confidence.MEDIUM),
    ],
)
def test_many_customers_or_a_closer_look_make_it_well_known(feedback: Feedback | None, confidence: Confidence) -> None:
    assert confidence_of(feedback) is confidence
