"""The possible answers to a request for a change of a team's plan, each with a draft of a reply to the requester.

The plan is the order in which the team works on its items. To lift an item is to move it up in the plan. An item is
safe if the forecast has it finished by the end of its sprint, or else of the period of the forecast, with a probability
of at least 85 %.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.flow.slips import Outlook, Slips
from rules.model import DecisionKind, WorkItem
from rules.text import find_split, make_quotable
from sync.messages import Messages

MAX_NAMED_ITEMS = 3
"""The maximum number of items that a sentence names, so that it stays readable."""
_EARLIEST_REVIEW = timedelta(days=14)
_LATEST_REVIEW = timedelta(days=90)
"""The answer "not now" is reviewed at the end of the forecast, but no sooner and no later than these from today."""


class Answer(StrEnum):
    """An answer to a request for a change of the plan."""

    ACCEPT = "accept"
    """Do it, even if other items become later."""
    SWAP = "swap"
    """Do it, and do another item later instead."""
    SMALLER = "smaller"
    """Do only a part of it."""
    NOT_NOW = "not-now"
    """Keep the plan, and review the request on a date."""
    NO = "no"
    """Keep the plan."""

    @property
    def decision(self) -> DecisionKind:
        """The kind of decision that the decision log records."""
        if self in (Answer.ACCEPT, Answer.SWAP):
            return DecisionKind.ACCEPT
        return DecisionKind.NOT_IN_THIS_FORM if self is Answer.SMALLER else DecisionKind(self.value)


class AnswerOption(Struct, frozen=True, kw_only=True):
    """An answer that people can choose.

    Attributes:
        other: For a swap, the key of the item that is done later instead.
        review: When the request is reviewed.
        reply: A draft for the requester; only a person sends it.
    """

    answer: Answer
    sentence: str
    other: str = ""
    review: date | None = None
    reply: str


def find_answers(
    outlook: Outlook, lifted: Mapping[int, WorkItem], slips: Slips, to: int, messages: Messages, *, can_swap: bool
) -> list[AnswerOption]:
    """Find the possible answers to a request; none if no item is to be lifted. A possible swap replaces "accept".

    Args:
        lifted: The items to lift with their texts, by their index in `Outlook.items`.
        slips: The effect of the change.
        to: The new position of the first lifted item in the plan, from 1.
        can_swap: Whether another item can be done later instead: one item is lifted, and nothing else is changed.
    """
    if not lifted:
        return []
    index, item = next(iter(lifted.items()))
    finish_date = next((slip.date_after for slip in slips.changed if slip.item == index), None)
    facts = {
        "title": f"{item.title} ({item.key})",
        "cost": _describe_cost(outlook, lifted, slips, messages),
        "after": f"{finish_date or ''}",
    }

    def draft(name: str, **more: str) -> str:
        return messages.text(f"what-if.replies.{name}", count=None, **facts, **more)

    swapped_index = outlook.find_swap(item.team, index, to, slips) if slips.no_longer_safe and can_swap else None
    if swapped_index is not None:
        swapped = outlook.read_item(swapped_index)
        first = AnswerOption(
            answer=Answer.SWAP,
            sentence=messages.text("what-if.answers.swap", other=swapped.key, title=swapped.title),
            other=swapped.key,
            reply=draft("swap" if finish_date else "accept-open", other=swapped.key),
        )
    else:
        name = "accept-anyway" if slips.no_longer_safe else "accept"
        first = AnswerOption(
            answer=Answer.ACCEPT,
            sentence=messages.text(f"what-if.answers.{name}"),
            reply=draft("accept" if finish_date else "accept-open"),
        )
    review = min(max(outlook.until, outlook.today + _EARLIEST_REVIEW), outlook.today + _LATEST_REVIEW)
    return [
        first,
        AnswerOption(answer=Answer.SMALLER, sentence=_describe_smaller(item, messages), reply=draft("smaller")),
        AnswerOption(
            answer=Answer.NOT_NOW,
            sentence=messages.text("what-if.answers.not-now", review=f"{review}"),
            review=review,
            reply=draft("not-now", review=f"{review}"),
        ),
        AnswerOption(answer=Answer.NO, sentence=messages.text("what-if.answers.no"), reply=draft("no")),
    ]


def _describe_smaller(item: WorkItem, messages: Messages) -> str:
    """The sentence about doing only a part of an item. It quotes where the text suggests a split, if anywhere."""
    if (split := find_split(item)) is None:
        return messages.text("what-if.answers.smaller")
    return messages.text("what-if.answers.smaller-split", span=make_quotable(split.span))


def _describe_cost(outlook: Outlook, lifted: Collection[int], slips: Slips, messages: Messages) -> str:
    """The items that are no longer safe, in one sentence for the requester. Restricted items are not named."""
    unsafe = [outlook.items[slip.item] for slip in slips.no_longer_safe if slip.item not in lifted]
    named = [item.key for item in unsafe if not item.restricted][:MAX_NAMED_ITEMS]
    if not unsafe:
        return messages.text("what-if.pushes-nothing")
    more = len(unsafe) - len(named)
    keys = messages.text("what-if.others", count=more, keys=", ".join(named)) if more else messages.join(named)
    return messages.text("what-if.pushes", keys=keys)
