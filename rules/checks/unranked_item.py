"""Nobody has decided where in the backlog an item belongs.

## What it does

It flags items that nobody has ranked: they are at the end of the backlog in the order in which they were created, no
person has ever moved them, and they have the default priority, no score and no upcoming sprint. Any sign of a decision
is enough to leave an item out. It also flags items that no board or backlog view of the tracker shows, and items
without a rank if other items have one.

## Why it matters

Nobody can see whether the order of a backlog was chosen or is accidental. Items at its end are neither rejected nor
planned, and the people who asked for them get no answer.

## What it cannot see

- Whether a rank was chosen, from the rank alone. Jira ranks every item when it is created, so only moves by people
  count.
- Moves that are older than the history that the tracker keeps. A person may have moved the item long ago.
- The order, if the tracker does not show one. Then only boards are checked, and the report says so. If the priority or
  the rank of an item is unknown, as in a file without such a column, the item is not judged, and the report counts it.
- Whether a priority was chosen, if the default priority is unknown. Items with a priority are then not judged, and the
  report counts them.
- An order that the team keeps outside the tracker. If most items are unranked, the team is asked once.
- Whether an item without a known creation date was moved. It and all items above it count as ranked.

## Options

It has none of its own. Epics, features and sub-tasks are never judged, because they are not ranked with the stories.

## How to clear it

Move the item to where it belongs, set a priority, enter a score, or plan it for a sprint. One of these is enough. An
item on no board has to be added to one, or closed. If the end of the backlog is the right position, waive the finding.

## Examples

- fail: bottom
  name: Created last, at the end, and never touched since
  item: {title: Dark mode, rank: z, priority: Medium, priority_is_default: true, created: 2026-03-02}
  backlog:
    above:
      - {title: Pay by card, rank: a, created: 2026-03-01, ranked_by_person: 2026-03-05}
- pass: Somebody moved it
  item: {title: Dark mode, rank: z, priority_is_default: true, created: 2026-03-02, ranked_by_person: 2026-03-04}
- pass: Somebody chose a priority
  item: {title: Dark mode, rank: z, priority: High, priority_is_default: false, created: 2026-03-02}
- pass: It has a score
  item: {title: Dark mode, rank: z, created: 2026-03-02, value: 3}
- pass: It is planned
  item:
    title: Dark mode
    rank: z
    created: 2026-03-02
    sprints: [{id: "7", name: Sprint 7, state: future}]
- pass: It is above an item that a person placed
  item: {title: Dark mode, rank: b, created: 2026-03-02}
  backlog:
    below:
      - {title: Pay by card, rank: c, created: 2026-03-01, ranked_by_person: 2026-03-05}
- fail: no-rank
  name: Other items have a rank, and this one has none
  item: {title: Dark mode, created: 2026-03-02}
  backlog:
    above:
      - {title: Pay by card, rank: a, created: 2026-03-01}
- fail: off-board
  name: No board or backlog shows it
  item: {title: Dark mode, rank: z, created: 2026-03-02, priority: High, priority_is_default: false}
  backlog:
    above:
      - {title: Pay by card, rank: a, created: 2026-03-01}
    off_board: true
- pass: The tracker shows no order that could be judged
  item: {title: Dark mode, rank: z, created: 2026-03-02}
  backlog: {ordered: false}
"""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from rules.context import Input
from rules.model import Facts, HierarchyLevel, ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_RESOLUTION = "Move it where it belongs, set a priority, score it, or plan it into a sprint. One of these is enough."
_QUESTION = "Is this still wanted, and if so, what should it come before?"


@register
class UnrankedItem(Rule[RuleOptions]):
    id = "unranked-item"
    title = "Still where the tracker put it"
    question_subject = "order"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.BACKLOG, Input.SPRINTS})
    backlog_attributes = frozenset({"created", "rank", "ranked_by_person"})
    needed_attributes = frozenset({"priority", "rank", "sprints"})
    messages: ClassVar = {
        "bottom": Message(
            evidence="Nobody has ranked it yet: it is at the end of the backlog, in creation order, with "
            "{priority}, no score and no upcoming sprint.",
            question=_QUESTION,
            resolution=_RESOLUTION,
        ),
        "no-rank": Message(
            evidence="It has no rank in the backlog, while other items do. It has {priority}, no score and no upcoming "
            "sprint.",
            question=_QUESTION,
            resolution=_RESOLUTION,
        ),
        "off-board": Message(
            evidence="It is on no board or backlog, so nobody will see it there, and it is in no upcoming sprint.",
            question="Where will the team see this item?",
            resolution="Add what the board or backlog filters for (often a component, a label or an area), plan it "
            "into a sprint, or decide that it is no longer wanted.",
        ),
    }
    code_texts: ClassVar = {"priority": {"none": "no priority", "default": "the default priority"}}
    unjudged_messages: ClassVar = {
        "no-order": "The backlog has no visible order, so it is not known which items somebody ranked.",
        "unsure": "For {unsure} of {judged} open items it is not known whether somebody chose the priority.",
    }
    saturation_question = (
        "Nobody has ranked {flagged} of {judged} open items. Is the order decided somewhere else, or "
        "should this rule be off?"
    )

    _unmoved_at_end: set[str]
    """The ids of the items at the end of the backlog that nobody has moved."""
    _without_rank: set[str]
    """The ids of the items without a rank, if other items have one."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Find the items at the end of the backlog that nobody has moved, and those without a rank."""
        self._unmoved_at_end, self._without_rank = set(), set()
        if not self.context.is_ordered:
            return (self.make_unjudged("no-order"),)
        has_ranks = False
        created_above: datetime | None = None
        for item in self.context.items():
            if item.level is not HierarchyLevel.REQUIREMENT:
                continue
            if item.rank is None:
                self._without_rank.add(item.id)
            else:
                has_ranks = True
            if item.created is None or item.ranked_by_person is not None:
                self._unmoved_at_end.clear()
            else:
                if created_above and item.created < created_above:
                    self._unmoved_at_end.clear()  # not in order of creation, so somebody moved the item above
                self._unmoved_at_end.add(item.id)
            created_above = item.created
        if not has_ranks:
            self._without_rank.clear()
        return ()

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Report for how many items it is unknown whether somebody chose the priority."""
        if not self.counts["unsure"] or not self.context.is_ordered:
            return ()
        return (self.make_unjudged("unsure", unsure=self.counts["unsure"], judged=self.counts["checked"]),)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if nothing shows that somebody has decided where the item belongs."""
        self.count("checked")
        if item.priority is not None and item.priority_is_default is None:
            self.count("unsure")
        if any(sprint.is_coming for sprint in item.sprints):
            return
        on_backlog = self.context.on_backlog
        has_priority = item.priority is not None and item.priority_is_default is not True
        has_score = any(value is not None for value in (item.value, item.urgency, item.risk))
        if on_backlog is not None and item.id not in on_backlog:
            yield Hit(variant="off-board")
        elif item.ranked_by_person is None and not has_priority and not has_score:
            facts: Facts = {"priority": "none" if item.priority is None else "default"}
            if item.id in self._without_rank:
                yield Hit(variant="no-rank", facts=facts)
            elif item.id in self._unmoved_at_end:
                yield Hit(variant="bottom", facts=facts)
