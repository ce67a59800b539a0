"""Compares a team's plan before and after a requested change: which items are delayed, and what is broken.

The plan is the order in which the team works on its items. To lift an item is to move it up in the plan. An item is
safe if the forecast has it finished by the end of its sprint, or else of the period of the forecast, with a probability
of at least 85 %. No forecast states more than 95 %, because the history does not show everything that can happen.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from statistics import fmean

import msgspec
from msgspec import Struct, field

from rules.flow.sizes import parse_size
from rules.flow.slips import NEW_WORK, SAFE_PROBABILITY, Change, Outlook, Slip
from rules.model import Backlog, HierarchyLevel, WorkItem
from sync.inspect.forecast import describe_basis
from sync.inspect.what_if_answers import MAX_NAMED_ITEMS, AnswerOption, find_answers
from sync.messages import Messages


class Request(Struct, frozen=True, kw_only=True):
    """A requested change of a team's plan, which is the order in which it works on its items.

    Attributes:
        team: The team whose plan would change.
        keys: Keys of the items to lift.
        to: The new position in the plan, from 1, of the first of them or of the new work.
        drops: Keys of items to drop from the plan.
        points: The size of new work that is not an item yet, in story points; 0 if there is none.
    """

    team: str
    keys: tuple[str, ...] = ()
    to: int = 1
    drops: tuple[str, ...] = ()
    points: float = 0.0


class AffectedItem(Struct, frozen=True, kw_only=True):
    """An item whose probability or date changes, for the better or the worse.

    Attributes:
        due: The day by which it should be finished: the end of its sprint, or else of the period of the forecast.
        before, after: The probability that it is finished by that date, before and after the change; at most 0.95.
        date_before, date_after: The date by which it is finished with a probability of 85 %, before and after the
            change; None if that is later than the forecast reaches.
        days_later: Working days between these dates, negative if the second is earlier; 0 if one is unknown.
    """

    key: str
    title: str
    due: date
    before: float
    after: float
    date_before: date | None
    date_after: date | None
    days_later: int


class BrokenDependency(Struct, frozen=True):
    """A blocked item that would come before its blocker, or whose blocker would be dropped, and a sentence about it."""

    blocker: str
    blocked: str
    sentence: str


class WhatIf(Struct, frozen=True, kw_only=True):
    """The effects of a requested change, and the answers that the team may give to whoever requested it.

    Attributes:
        titles: Titles of the lifted and dropped items.
        basis: The history that the forecast is based on, or why there is no forecast.
        has_forecast: Whether there is a forecast; `is_possible` in JSON.
        lifted: The effect on each item to lift.
        no_longer_safe: Items that are safe before the change and not after it; `leaving` in JSON.
        newly_safe: Items that become safe; `entering` in JSON.
        later: All other items that are delayed.
        broken_dependencies: Dependencies that the new order breaks; `broken` in JSON.
        broken_deadlines: Items with a due date or release that is safely met before the change and not after it.
            Their `due` is that date.
        notes: Further sentences about the change.
    """

    request: Request
    question: str
    titles: tuple[str, ...]
    today: date
    basis: str
    has_forecast: bool = field(name="is_possible")
    lifted: tuple[AffectedItem, ...] = ()
    no_longer_safe: tuple[AffectedItem, ...] = field(name="leaving", default=())
    newly_safe: tuple[AffectedItem, ...] = field(name="entering", default=())
    later: tuple[AffectedItem, ...] = ()
    broken_dependencies: tuple[BrokenDependency, ...] = field(name="broken", default=())
    broken_deadlines: tuple[AffectedItem, ...] = field(name="deadlines", default=())
    notes: tuple[str, ...] = ()
    answers: tuple[AnswerOption, ...] = ()


def make_what_if(outlook: Outlook, backlogs: Sequence[Backlog], request: Request, messages: Messages) -> WhatIf:
    """Compare the plan with the requested one.

    Args:
        backlogs: The backlogs of the items in the plans, with finished items.
        request: The request. Its keys must be keys of open items of the team.
    """
    return _Comparison(outlook, backlogs, request, messages).make()


class _Comparison:
    """Compares the plans for one request. The arguments are those of `make_what_if`.

    Attributes:
        lifted: Indexes of the items to lift, in `Outlook.items`.
        drops: Indexes of the items to drop.
    """

    def __init__(self, outlook: Outlook, backlogs: Sequence[Backlog], request: Request, messages: Messages) -> None:
        self.outlook, self.backlogs, self.request, self.messages = outlook, backlogs, request, messages
        wanted_keys = {key.casefold() for key in (*request.keys, *request.drops)}
        keys = ((outlook.items[index].key.casefold(), index) for index in outlook.orders[request.team])
        indexes = {key: index for key, index in keys if key in wanted_keys}
        self.lifted = [indexes[key.casefold()] for key in request.keys]
        self.drops = frozenset(indexes[key.casefold()] for key in request.drops)

    def make(self) -> WhatIf:
        """Compare the plans."""
        throughput = self.outlook.throughputs[self.request.team]
        new_item_count, size_note = self._count_new_items()
        what_if = WhatIf(
            request=self.request,
            question=self._question(),
            titles=tuple(self.outlook.read_item(index).title for index in (*self.lifted, *sorted(self.drops))),
            today=self.outlook.today,
            basis=describe_basis(throughput, self.messages),
            has_forecast=self.request.team in self.outlook.simulations,
            notes=size_note,
        )
        if not what_if.has_forecast:
            return what_if
        change = Change((*self.lifted, *([NEW_WORK] * new_item_count)), self.request.to, self.drops)
        slips = self.outlook.compare(self.request.team, change)
        lifted_slips = {slip.item: slip for slip in slips.changed if slip.item in self.lifted}
        other_slips = [slip for slip in slips.changed if slip.item not in lifted_slips]
        # Whether to suggest that another item is done later instead.
        can_swap = len(self.lifted) == 1 and not (self.drops or self.request.points)
        answers = find_answers(
            self.outlook, self._load_lifted_items(), slips, self.request.to, self.messages, can_swap=can_swap
        )
        return msgspec.structs.replace(
            what_if,
            lifted=self._affected_items(lifted_slips.values()),
            no_longer_safe=self._affected_items(slip for slip in other_slips if slip.becomes_unsafe),
            newly_safe=self._affected_items(
                slip for slip in other_slips if slip.before < SAFE_PROBABILITY <= slip.after
            ),
            later=self._affected_items(slip for slip in other_slips if slip.days_later > 0 and not slip.becomes_unsafe),
            broken_dependencies=tuple(self._broken_dependency(*pair) for pair in slips.broken_dependencies),
            broken_deadlines=self._affected_items(slips.broken_deadlines),
            notes=(*size_note, *self._date_notes(lifted_slips), *self._parent_notes()),
            answers=tuple(answers),
        )

    def _load_lifted_items(self) -> dict[int, WorkItem]:
        """The lifted items with their texts, by their index in `Outlook.items`."""
        backlogs = {backlog.tracker: backlog for backlog in self.backlogs}
        items = {index: self.outlook.read_item(index) for index in self.lifted}
        return {index: next(backlogs[item.tracker].with_texts([item])) for index, item in items.items()}

    def _text(self, name: str, count: float | None = None, **facts: str | float) -> str:
        """A message of the group "what-if"; see `Messages.text`."""
        return self.messages.text(f"what-if.{name}", count=count, **facts)

    def _question(self) -> str:
        """Describe the requested change as a question."""
        request = self.request
        if request.keys:
            return self._text("request", keys=self.messages.join(request.keys), to=str(request.to), team=request.team)
        if request.points:
            return self._text("request-new", to=str(request.to), team=request.team)
        return self._text("request-drop", keys=self.messages.join(request.drops), team=request.team)

    def _count_new_items(self) -> tuple[int, tuple[str, ...]]:
        """How many items of average size the new work corresponds to, and a sentence about that."""
        if not self.request.points:
            return 0, ()
        sizes = [
            size
            for backlog in self.backlogs
            for item in backlog.finished
            if item.team == self.request.team
            and item.level is HierarchyLevel.REQUIREMENT
            and (size := parse_size(item.points))
        ]
        if not sizes:
            return 1, (self._text("size-unknown"),)
        usual_size = fmean(sizes)
        count = max(round(self.request.points / usual_size), 1)
        return count, (self._text("size", count=count, points=self.request.points, usual=round(usual_size, 1)),)

    def _affected_items(self, slips: Iterable[Slip]) -> tuple[AffectedItem, ...]:
        """Describe the effect of the change on some items."""
        return tuple(
            AffectedItem(
                key=self.outlook.items[slip.item].key,
                title=self.outlook.read_item(slip.item).title,
                due=slip.due,
                before=round(slip.before, 4),
                after=round(slip.after, 4),
                date_before=slip.date_before,
                date_after=slip.date_after,
                days_later=slip.days_later,
            )
            for slip in slips
        )

    def _broken_dependency(self, blocker: int, blocked: int) -> BrokenDependency:
        """Describe a dependency that the change breaks."""
        keys = self.outlook.items[blocker].key, self.outlook.items[blocked].key
        name = "broken-drop" if blocker in self.drops else "broken"
        return BrokenDependency(*keys, self._text(name, blocker=keys[0], blocked=keys[1]))

    def _date_notes(self, lifted_slips: Mapping[int, Slip]) -> list[str]:
        """Sentences about when the lifted items are finished."""
        sentences = []
        for index, slip in lifted_slips.items():
            key = self.outlook.items[index].key
            if slip.date_after is None:
                sentences.append(self._text("no-date", item=key))
            elif slip.date_before is None:
                sentences.append(self._text("sooner-unknown", item=key, after=f"{slip.date_after}"))
            else:
                sentences.append(
                    self._text("sooner", item=key, after=f"{slip.date_after}", before=f"{slip.date_before}")
                )
        return sentences

    def _parent_notes(self) -> list[str]:
        """Sentences about the parents that progress sooner, because items below them are lifted."""
        keys = {(item.tracker, item.parent) for index in self.lifted if (item := self.outlook.items[index]).parent}
        parents = [
            backlog.items[outline.index]
            for backlog in self.backlogs
            for outline in backlog.outlines
            if (outline.tracker, outline.key) in keys and not outline.restricted
        ]
        return [self._text("gains", parent=f"{item.key} {item.title}") for item in parents]


def describe_effects(comparison: WhatIf, messages: Messages, hidden: Collection[str] = ()) -> Iterator[str]:
    """Describe the effects of a change, except broken dependencies, one sentence each. The notes come first.

    Args:
        comparison: The comparison. There must be a forecast.
        hidden: Keys of items that are not named. A sentence with a number of items counts them too.
    """
    yield from comparison.notes
    leaving = comparison.no_longer_safe
    if leaving:
        named = [f"{slip.key} {slip.title}" for slip in leaving if slip.key not in hidden][:MAX_NAMED_ITEMS]
        yield f"{messages.text('what-if.leaving', count=len(leaving))} {'; '.join(named) or '…'}"
    else:
        yield messages.text("what-if.leaving-none")
    if comparison.later:
        max_days_later = max(slip.days_later for slip in comparison.later)
        yield messages.text("what-if.later", count=len(comparison.later), days=max_days_later)
    entering = [slip.key for slip in comparison.newly_safe if slip.key not in hidden][:MAX_NAMED_ITEMS]
    if entering:
        yield messages.text("what-if.entering", count=len(comparison.newly_safe), keys=messages.join(entering))
    for slip in comparison.broken_deadlines:
        if slip.key not in hidden:
            yield describe_deadline(slip, messages)


def describe_deadline(slip: AffectedItem, messages: Messages) -> str:
    """Describe a deadline that a change breaks."""
    return messages.text(
        "what-if.deadline",
        count=None,
        item=slip.key,
        due=f"{slip.due}",
        before=round(slip.before * 100),
        after=round(slip.after * 100),
    )
