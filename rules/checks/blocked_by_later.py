"""An item is planned before another one that it has to wait for.

## What it does

It follows links such as "is blocked by" and "depends on", including those to other projects and trackers. It asks about
an open item that is planned before one that it waits for: in an earlier sprint, in a sprint while the other item is in
none, higher in the backlog, or ranked while the other item has no rank. It also points out two items that wait for each
other, directly or through other items; two items of one sprint of which one waits for the other; and a blocker of
another team to which nobody is assigned.

## Why it matters

An item that waits for a later one is started, put aside and started again. If this is seen before the sprint, one of
the two items is simply moved. If it is seen in the middle of the sprint, another team may have to change its plan.

## What it cannot see

- Dependencies that are only mentioned in a text, or that have a type of link that it does not know, such as one of your
  own.
- Blockers that were not read, because they are outside the scope or finished. It says nothing about them.
- Blockers that only some people may see. They are never named, so it says nothing about them either.
- Whether a link is out of date. Removing the link clears the finding.
- The order of items in different trackers. They are compared only by their sprints, if both sprints have dates.
- When a blocker that is in progress will be done. It counts as early enough.

## Options

It has none of its own. An item gets at most one question, about the most serious case.

## How to clear it

Move one of the two items, or remove the link if the item no longer waits. If the order is right as it is, waive the
finding with a reason.

## Examples

- fail: later-sprint
  name: The blocker comes a sprint later
  item:
    title: Pay by card
    links: [{kind: is blocked by, target: EX-B1}]  # the first item below it
    sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]
  backlog:
    below:
      - {title: Contract, sprints: [{id: "8", name: Sprint 8, state: future, start: 2026-06-22T09:00:00Z}]}
- fail: unplanned
  name: The blocker is in no sprint
  item:
    title: Pay by card
    links: [{kind: depends on, target: EX-A1}]  # the first item above it
    sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]
  backlog:
    above: [{title: Contract}]
- fail: lower
  name: The blocker is below it
  item: {title: Pay by card, links: [{kind: is blocked by, target: EX-B1}]}
  backlog:
    below: [{title: Contract}]
- fail: unranked
  name: The blocker has no rank
  item: {title: Pay by card, rank: b, links: [{kind: is blocked by, target: EX-A1}]}
  backlog:
    above: [{title: Contract}]
- fail: circle
  name: Two items that wait for each other
  item: {title: Pay by card, links: [{kind: is blocked by, target: EX-A1}]}
  backlog:
    above: [{title: Contract, links: [{kind: is blocked by, target: EX-1}]}]  # the item itself
- fail: same-sprint
  name: Both are planned for one sprint
  item:
    title: Pay by card
    links: [{kind: is blocked by, target: EX-A1}]
    sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]
  backlog:
    above:
      - {title: Contract, sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]}
- fail: no-owner
  name: Nobody is assigned to a blocker in another project
  item:
    title: Pay by card
    project: PAY
    links: [{kind: is blocked by, target: EX-A1}]
    sprints: [{id: "8", name: Sprint 8, state: future, start: 2026-06-22T09:00:00Z}]
  backlog:
    above:
      - title: Contract
        project: LAW
        assigned: false
        sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]
- pass: The blocker comes first
  item: {title: Pay by card, links: [{kind: is blocked by, target: EX-A1}]}
  backlog:
    above: [{title: Contract}]
- pass: Work on the blocker has begun
  item: {title: Pay by card, links: [{kind: is blocked by, target: EX-B1}]}
  backlog:
    below: [{title: Contract, category: in progress}]
- pass: It blocks the other item, and does not wait for it
  item: {title: Pay by card, links: [{kind: blocks, target: EX-B1}]}
  backlog:
    below: [{title: Contract}]
- pass: Nothing is known about the blocker
  item: {title: Pay by card, links: [{kind: is blocked by, target: LAW-7}]}
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.flow.blocker_plan import BlockerPlan, compare_with_blocker
from rules.flow.dependencies import blocking_links, is_in_dependency_cycle
from rules.model import Facts, ItemKind, Severity, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, SeverityOption, register

_MOST_SERIOUS_FIRST = ("circle", "later-sprint", "unplanned", "lower", "unranked", "same-sprint", "no-owner")
"""The variants, from the most to the least serious."""
_MAX_SEVERITIES = {"same-sprint": Severity.INFO, "no-owner": Severity.INFO}
"""The highest severity of variants that are less serious than a warning."""
_MOVE_RESOLUTION = "Move one of the two, or remove the link if this no longer waits for {blocker}."


class BlockedByLaterOptions(RuleOptions):
    severity: SeverityOption = "warning"


@register
class BlockedByLater(Rule[BlockedByLaterOptions]):
    id = "blocked-by-later"
    title = "Planned before the item that it waits for"
    question_subject = "dependency"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER, ItemKind.FEATURE, ItemKind.EPIC})
    inputs = frozenset({Input.LINKS, Input.SPRINTS, Input.BACKLOG})
    backlog_attributes = frozenset({"links"})
    needed_attributes = frozenset({"links"})
    messages: ClassVar = {
        "circle": Message(
            evidence="It waits for {blocker}, and {blocker} waits for it in turn.",
            question="Which of the two can begin without the other?",
            resolution="Remove the link that is wrong, or split one of the two so that a first part can begin.",
        ),
        "later-sprint": Message(
            evidence="It is planned for {sprint}, but {blocker}, which blocks it, is planned for {later}.",
            question="Which of the two should move?",
            resolution=_MOVE_RESOLUTION,
        ),
        "unplanned": Message(
            evidence="It is planned for {sprint}, but {blocker}, which blocks it, is not in any upcoming sprint.",
            question="When will {blocker} be done, and can this begin before that?",
            resolution="Plan {blocker}, move this out of {sprint}, or remove the link if this no longer waits for it.",
        ),
        "lower": Message(
            evidence="{blocker} blocks it and is below it in the backlog.",
            question="Should {blocker} come first?",
            resolution=_MOVE_RESOLUTION,
        ),
        "unranked": Message(
            evidence="{blocker} blocks it and has no rank in the backlog.",
            question="Where in the backlog should {blocker} be ranked?",
            resolution="Rank {blocker} above this, or remove the link if this no longer waits for it.",
        ),
        "same-sprint": Message(
            evidence="It and {blocker}, which blocks it, are both planned for {sprint}.",
            question="How early in {sprint} can {blocker} be finished?",
            resolution="Plan {blocker} a sprint earlier, agree on who begins when, or remove the link if it is wrong.",
        ),
        "no-owner": Message(
            evidence="{blocker}, which blocks it, belongs to another team, and nobody is assigned to it.",
            question="Who looks after {blocker}?",
            resolution="Agree with the other team on who looks after {blocker}, and assign it.",
        ),
    }
    saturation_question = (
        "{flagged} of {judged} open items are planned before something that they wait for. Are links used for "
        "something else here, or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit for the most serious case among the blockers of the item."""
        hits = [hit for blocker in self._find_blockers(item) if (hit := self._compare(item, blocker)) is not None]
        yield from sorted(hits, key=lambda hit: _MOST_SERIOUS_FIRST.index(hit.variant))[:1]

    def _find_blockers(self, item: WorkItem) -> Iterator[WorkItem]:
        """Yield the open items (`linked_item` returns no others) that an item waits for, without restricted ones."""
        for link in blocking_links(item.links):
            blocker = self.context.linked_item(link)
            if blocker is not None and not blocker.restricted and blocker.is_known("category"):
                yield blocker

    def _compare(self, item: WorkItem, blocker: WorkItem) -> Hit | None:
        """Return a hit about an item and one of its blockers; None if there is nothing to ask."""
        facts: Facts = {
            "blocker": blocker.key if blocker.tracker == item.tracker else f"{blocker.tracker}: {blocker.key}"
        }
        if is_in_dependency_cycle(item, blocker, self.context.linked_item):
            return Hit(variant="circle", facts=facts)
        plan, item_sprint, blocker_sprint = compare_with_blocker(item, blocker, self.context.position)
        if item_sprint is not None:
            facts["sprint"] = item_sprint.name
        if plan is BlockerPlan.LATER_SPRINT and blocker_sprint is not None:
            facts["later"] = blocker_sprint.name
        variant = plan.value
        if plan in {BlockerPlan.IN_TIME, BlockerPlan.UNKNOWN}:
            is_of_other_team = _find_owning_team(blocker) != _find_owning_team(item)
            if blocker.has_begun or blocker.assigned is not False or not is_of_other_team:
                return None
            variant = "no-owner"
        return Hit(variant=variant, facts=facts, max_severity=_MAX_SEVERITIES.get(variant, Severity.WARNING))


def _find_owning_team(item: WorkItem) -> tuple[str, str]:
    """Return the tracker and the team of an item, or the tracker and the project if the item has no team."""
    return item.tracker, item.team or item.project
