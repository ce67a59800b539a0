"""The answers that buttons in Slack offer, and how a button names its item."""

from msgspec import Struct, ValidationError, json

from rules.model import DecisionKind

OFFERED_ANSWERS = (
    DecisionKind.ACCEPT,
    DecisionKind.NOT_NOW,
    DecisionKind.NO,
    DecisionKind.NOT_IN_THIS_FORM,
    DecisionKind.SNOOZE,
    DecisionKind.WRONG,
)
"""The answers to a question about an item."""


class OfferedAnswer(Struct, frozen=True, array_like=True):
    """An answer that a button offers. It names the item and the rules, and contains no text of the item.

    Attributes:
        rules: The rules whose questions it answers; empty if it is about the item as a whole.
    """

    kind: DecisionKind
    tracker: str
    key: str
    rules: tuple[str, ...] = ()

    def encode(self) -> str:
        """The value of the button."""
        return json.encode(self).decode()


def decode_answer(value: str) -> OfferedAnswer | None:
    """The answer that a button's value stands for; None if the value is not ours."""
    try:
        return json.decode(value, type=OfferedAnswer)
    except (ValidationError, ValueError):
        return None
