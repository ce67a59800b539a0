"""The possible answers to a request for a change of a team's plan, each with a draft of a reply to the requester.

The plan is the order in which the team works on its items. To lift an item is to move it up in the plan. An item is
safe if the forecast finishes it by its due date with a probability of at least 85 %.
"""

from collections.abc import Sequence
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
    outlook: Outlook, lifted: Sequence[int], slips: Slips, to: int, messages: Messages, *, can_swap: bool
) -> list[AnswerOption]:
    """Find the possible answers to a request; none if no item is to be lifted.

    Args:
        lifted: Indexes of the items to lift, in `Outlook.items`.
        slips: The effect of the change.
        to: The new position of the first lifted item in the plan, from 1.
        can_swap: Whether another item can be done later instead: one item is lifted, and nothing else is changed.
    """
    return _Answers(outlook, lifted, messages).options(slips, to, can_swap=can_swap) if lifted else []


class _Answers:
    """Describes the answers to one request. The arguments are those of `find_answers`."""

    def __init__(self, outlook: Outlook, lifted: Sequence[int], messages: Messages) -> None:
        self.outlook, self.lifted, self.messages = outlook, lifted, messages

    def options(self, slips: Slips, to: int, *, can_swap: bool) -> list[AnswerOption]:
        """The answers that are possible, given the effect of the change."""
        index = self.lifted[0]
        item = self.outlook.items[index]
        finish_date = next((slip.date_after for slip in slips.changed if slip.item == index), None)
        cost = self._describe_cost(slips)
        facts = {"title": f"{item.title} ({item.key})", "cost": cost, "after": f"{finish_date or ''}"}
        options = []
        if slips.no_longer_safe and can_swap:
            swapped_index = self.outlook.find_swap(item.team, index, to, slips)
            if swapped_index is not None:
                swapped = self.outlook.items[swapped_index]
                options.append(
                    AnswerOption(
                        answer=Answer.SWAP,
                        sentence=self._text("answers.swap", other=swapped.key, title=swapped.title),
                        other=swapped.key,
                        reply=self._draft_reply("swap" if finish_date else "accept-open", **facts, other=swapped.key),
                    )
                )
        if not options:
            options.append(
                AnswerOption(
                    answer=Answer.ACCEPT,
                    sentence=self._text("answers.accept-anyway" if slips.no_longer_safe else "answers.accept"),
                    reply=self._draft_reply("accept" if finish_date else "accept-open", **facts),
                )
            )
        review = min(
            max(self.outlook.until, self.outlook.today + _EARLIEST_REVIEW), self.outlook.today + _LATEST_REVIEW
        )
        return [
            *options,
            AnswerOption(
                answer=Answer.SMALLER,
                sentence=self._describe_smaller(item),
                reply=self._draft_reply("smaller", **facts),
            ),
            AnswerOption(
                answer=Answer.NOT_NOW,
                sentence=self._text("answers.not-now", review=f"{review}"),
                review=review,
                reply=self._draft_reply("not-now", **facts, review=f"{review}"),
            ),
            AnswerOption(answer=Answer.NO, sentence=self._text("answers.no"), reply=self._draft_reply("no", **facts)),
        ]

    def _draft_reply(self, name: str, **facts: str) -> str:
        return self._text(f"replies.{name}", None, **facts)

    def _describe_smaller(self, item: WorkItem) -> str:
        """The sentence about doing only a part of an item. It quotes where the text suggests a split, if anywhere."""
        split = find_split(item)
        return (
            self._text("answers.smaller-split", span=make_quotable(split.span))
            if split
            else self._text("answers.smaller")
        )

    def _describe_cost(self, slips: Slips) -> str:
        """The items that become late, in one sentence for the requester. Restricted items are not named."""
        late = [self.outlook.items[slip.item] for slip in slips.no_longer_safe if slip.item not in self.lifted]
        named = [item.key for item in late if not item.restricted][:MAX_NAMED_ITEMS]
        if not late:
            return self._text("pushes-nothing")
        more = len(late) - len(named)
        keys = self._text("others", count=more, keys=", ".join(named)) if more else self.messages.join(named)
        return self._text("pushes", keys=keys)

    def _text(self, name: str, count: float | None = None, **facts: str | float) -> str:
        """A message of the group "what-if"; see `Messages.text`."""
        return self.messages.text(f"what-if.{name}", count=count, **facts)
