"""Chooses the items that a round reviews: it determines the status of their findings, and plans what to write to them.

The findings on all other items keep their status of the last round, and nothing is written to these items. An item is
reviewed if

- the verdict of any rule on it has changed,
- its team starts it soon (it is in the horizon) or next, or was about to do so in the last round,
- the service has written to it, or people have decided about it,
- or the last round left a finding on it whose status may change by itself, such as one that ends on a date.

All items are reviewed if anything changes on which the status of all findings depends, such as a setting.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from rules.lifecycle import FindingState, FindingStatus, LifecycleInputs
from rules.model import Backlog, PackedItems, WorkItem
from rules.remembered import digest
from rules.ruleset import Ruleset
from sync.rounds.rule_modes import PromotedRules, needs_promotion
from sync.rounds.rules_code import rules_code_id
from sync.store import Transaction, stored_values

_REVIEW_NAME = "reviewed items"
"""The name under which the store keeps the state of the last review of a tracker."""
_LASTING_STATES = frozenset({FindingState.BASELINE, FindingState.SATURATED, FindingState.SHADOW})
"""States in which nothing is written: the finding was there in the first round, its rule flags most of the backlog,
or its rule may not write yet. A finding leaves them only after something has changed."""


class ReviewState(Struct, frozen=True):
    """What the next round has to know about the review of this one.

    Attributes:
        basis: A hash of everything on which the status of all findings depends.
        pending: Ids of the items that the next round has to review, sorted.
    """

    basis: str = ""
    pending: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """The items that a round reviews.

    Attributes:
        ids: The ids of the items; None for all.
        basis: As in `ReviewState`.
        always_reviewed: Ids of the items that teams start soon, that the service has written to, or that people have
            decided about. They are reviewed in every round, and once more after none of this applies.
    """

    ids: frozenset[str] | None
    basis: str
    always_reviewed: frozenset[str]

    def select(self, backlog: Backlog) -> Sequence[WorkItem]:
        """Return the items of a backlog that are reviewed."""
        ids = self.ids
        if ids is None:
            return backlog.items
        return PackedItems(
            WorkItem, (backlog.items[outline.index] for outline in backlog.outlines if outline.id in ids)
        )


def choose_review(
    last_review: ReviewState,
    changed: AbstractSet[str],
    inputs: LifecycleInputs,
    *,
    annotated: Iterable[str],
    ruleset: Ruleset,
    promoted: PromotedRules,
) -> Review:
    """Choose the items to review.

    Args:
        last_review: The state of the last review; an empty one to review all items.
        changed: Ids of the items on which the verdict of any rule has changed.
        inputs: Its `recently_asked` has the items to whose comments the service added questions in the last seven days.
        annotated: Ids of the items on which the service has comments, labels or field values.
        promoted: The rules that somebody has promoted, so that they may write.
    """
    next_up = (item_id for team in inputs.next_up.values() for item_id in team.items)
    always_reviewed = frozenset(
        {*inputs.horizon.items, *next_up, *inputs.decisions, *inputs.recently_asked, *annotated}
    )
    basis = _hash_basis(inputs, ruleset, promoted)
    reviews_all = basis != last_review.basis or inputs.is_first_round
    ids = None if reviews_all else always_reviewed.union(changed, last_review.pending)
    return Review(ids, basis, always_reviewed)


class ReviewResults:
    """What has to be stored about a review. It is complete when all statuses have passed through `collect`.

    Args:
        items: The reviewed items.

    Attributes:
        found_again: Ids of the findings that earlier rounds had found as well.
    """

    def __init__(self, review: Review, items: Iterable[WorkItem], inputs: LifecycleInputs) -> None:
        self.found_again: set[str] = set()
        self._basis = review.basis
        self._inputs = inputs
        self._pending = set(review.always_reviewed)
        self._recently_changed = {
            item.id
            for item in items
            if item.changed_by_person is not None and inputs.now < item.changed_by_person + inputs.policy.quiet
        }
        """Ids of the items to which nothing new is written yet, because a person has changed them recently."""

    def collect(self, statuses: Iterable[FindingStatus]) -> Iterator[FindingStatus]:
        """Yield the statuses of the findings about the reviewed items, and collect results from each.

        A finding that comes back soon after it was cleared cools down for some time, in which nothing is written.
        """
        now, histories, cooldown = self._inputs.now, self._inputs.histories, self._inputs.policy.cooldown
        for status in statuses:
            history = histories.get(status.finding.id)
            if history is not None:
                self.found_again.add(status.finding.id)
            cleared = history.cleared if history is not None else None
            is_cooling_down = cleared is not None and now < cleared + cooldown
            if status.state not in _LASTING_STATES or is_cooling_down or status.finding.item in self._recently_changed:
                self._pending.add(status.finding.item)
            yield status

    @property
    def state(self) -> ReviewState:
        """What the next round has to know about this review."""
        return ReviewState(self._basis, tuple(sorted(self._pending)))


def load_review_state(transaction: Transaction, tracker: str) -> ReviewState:
    """Load the state of the last review of a tracker; an empty one if there was none."""
    return stored_values.load_for_tracker(transaction, tracker, _REVIEW_NAME, ReviewState) or ReviewState()


def save_review_state(transaction: Transaction, tracker: str, state: ReviewState) -> None:
    """Store the state of a review."""
    stored_values.save_for_tracker(transaction, tracker, _REVIEW_NAME, state)


def _hash_basis(inputs: LifecycleInputs, ruleset: Ruleset, promoted: PromotedRules) -> str:
    """Return a hash of everything on which the status of all findings depends.

    The horizon (the items that the team will start soon) is not part of it: its items are always reviewed, and so are
    the items with findings in the state `BEYOND_HORIZON`, because it is not one of `_LASTING_STATES`.
    """
    rules = [(rule, ruleset.fingerprint(rule), needs_promotion(ruleset, rule, promoted)) for rule in ruleset.rule_types]
    policy = (inputs.policy.quiet, inputs.policy.cooldown, inputs.policy.baseline, inputs.next_up_comments)
    parts = (rules_code_id(), ruleset.languages, rules, policy, sorted(inputs.saturated_rules))
    return digest(msgspec.json.encode(parts)).hex()
