"""Chooses the items that a round reviews: it determines the status of their findings, and plans what to write to them.

Other items are as they were in the last round, and nothing is written to them. An item is reviewed if

- its verdicts have changed,
- its team starts it soon, or did so in the last round,
- the service has written to it, or people have decided about it,
- or the last round found something that may change by itself, such as a status with an end.

All items are reviewed if anything changes on which the status of all findings depends, such as a setting.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from rules.lifecycle import FindingState, FindingStatus, LifecycleInputs
from rules.model import WorkItem
from rules.remembered import digest
from rules.ruleset import Ruleset
from sync.rounds.rule_modes import PromotedRules, needs_promotion
from sync.rounds.rules_code import rules_code
from sync.store import Transaction, stored_values

_FACT = "reviewed items"
"""The name under which the store keeps the state of the last review of a tracker."""
_SETTLED = frozenset({FindingState.BASELINE, FindingState.SATURATED, FindingState.SHADOW})
"""The states in which nothing is written, and that a finding only leaves after something has changed."""


class ReviewState(Struct, frozen=True):
    """What the next round has to know about a review.

    Attributes:
        basis: A hash of everything on which the status of all findings depends.
        pending: Ids of the items that have to be reviewed again, in order.
    """

    basis: str = ""
    pending: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """The items that a round reviews.

    Attributes:
        ids: The ids of the items; None for all.
        basis: As in `ReviewState`.
        special: Ids of the items that are started soon, or about which the service or people have done something.
    """

    ids: frozenset[str] | None
    basis: str
    special: frozenset[str]

    def select(self, items: Iterable[WorkItem]) -> Sequence[WorkItem]:
        """Return those of the items that are reviewed."""
        return tuple(item for item in items if self.ids is None or item.id in self.ids)


def choose_review(
    last: ReviewState,
    changed: AbstractSet[str],
    inputs: LifecycleInputs,
    *,
    annotated: Iterable[str],
    ruleset: Ruleset,
    promoted: PromotedRules,
) -> Review:
    """Choose the items to review.

    Args:
        last: The state of the last review; an empty one to review all items.
        changed: Ids of the items whose verdicts have changed.
        inputs: What the status of findings depends on.
        annotated: Ids of the items on which the service has comments, labels or field values.
        promoted: The rules that may write.
    """
    next_up = (item_id for team in inputs.next_up.values() for item_id in team.items)
    special = frozenset({*inputs.horizon.items, *next_up, *inputs.decisions, *inputs.recently_asked, *annotated})
    basis = _hash_basis(inputs, ruleset, promoted)
    is_everything = basis != last.basis or inputs.is_first_round
    return Review(None if is_everything else special.union(changed, last.pending), basis, special)


def finish_review(
    review: Review, items: Iterable[WorkItem], statuses: Iterable[FindingStatus], inputs: LifecycleInputs
) -> ReviewState:
    """Return what the next round has to know.

    Args:
        items: The reviewed items.
        statuses: The statuses of their findings.
    """
    active = {
        item.id
        for item in items
        if item.changed_by_person is not None and inputs.now < item.changed_by_person + inputs.policy.quiet
    }
    pending = set(review.special)
    for status in statuses:
        history = inputs.histories.get(status.finding.id)
        cleared = history.cleared if history is not None else None
        is_cooling_down = cleared is not None and inputs.now < cleared + inputs.policy.cooldown
        if status.state not in _SETTLED or is_cooling_down or status.finding.item in active:
            pending.add(status.finding.item)
    return ReviewState(review.basis, tuple(sorted(pending)))


def load_review_state(transaction: Transaction, tracker: str) -> ReviewState:
    """Load the state of the last review of a tracker; an empty one if there was none."""
    stored = stored_values.for_tracker(transaction, tracker, _FACT)
    return ReviewState() if stored is None else msgspec.json.decode(stored, type=ReviewState)


def save_review_state(transaction: Transaction, tracker: str, state: ReviewState) -> None:
    """Store the state of a review, unless it is stored already."""
    if state != load_review_state(transaction, tracker):
        stored_values.save_for_tracker(transaction, tracker, _FACT, msgspec.json.encode(state))


def _hash_basis(inputs: LifecycleInputs, ruleset: Ruleset, promoted: PromotedRules) -> str:
    """Return a hash of everything on which the status of all findings depends."""
    rules = [(rule, ruleset.fingerprint(rule), needs_promotion(ruleset, rule, promoted)) for rule in ruleset.rule_types]
    policy = (inputs.policy.quiet, inputs.policy.cooldown, inputs.policy.baseline, inputs.next_up_comments)
    parts = (rules_code(), ruleset.languages, rules, policy, sorted(inputs.saturated_rules), inputs.horizon.description)
    return digest(msgspec.json.encode(parts)).hex()
