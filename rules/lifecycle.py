"""The lifecycle of a finding: whether it is written to the item now, later, or not at all.

The status of a finding is derived from its history, the decisions of people, and the current time, without side
effects. It comes with the sentence that `steward explain` prints. What is written also depends on what the item already
contains; `sync.writeback` takes care of that.

A rule that flags most of the items that it judges is saturated. Its findings are not written one by one; the team is
asked one question instead, except about the few items that the team starts next.

A round is one pass of the service over a tracker. The horizon is the part of the backlog that the team will start soon.
An item is near if it is within the horizon, or among what its team starts next. The baseline is all findings of the
first round for a tracker: they are older than the service. In shadow mode, the findings of a rule are only reported.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from rules.assessment import Assessment
from rules.horizon import Horizon
from rules.model import Backlog, Decision, DecisionKind, Finding, Severity, WorkItem, select_in_force
from rules.next_up import NextUp
from rules.registry import all_rules


class FindingState(StrEnum):
    """Where in its lifecycle a finding is. The values are stored and printed."""

    NEW = "new"
    """It was not found in the last round."""
    STANDING = "standing"
    """It was found in the last round too."""
    QUIET = "quiet"
    """Nothing is written now, because people are working on the item."""
    COOLING_DOWN = "cooling down"
    """Nothing is written now, because people recently replied to the service's comment, changed the item after it, or
    cleared the finding."""
    WAIVED = "waived"
    """A person has answered: the item may stay as it is or is declined, or the finding is wrong or not wanted."""
    SNOOZED = "snoozed"
    """A person wants it to come up again later."""
    SATURATED = "saturated"
    """Its rule flags most of the items that it judges."""
    SHADOW = "shadow"
    """Its rule is only tried out on the item, so nothing is written."""
    BEYOND_HORIZON = "beyond the horizon"
    """The item will not be started soon, so no comment is written."""
    BASELINE = "baseline"
    """It was found in the first round, and the item will not be started soon, so nothing is written."""
    CLEARED = "cleared"
    """It was found before, and is no longer found."""


RAISED_STATES = frozenset({FindingState.NEW, FindingState.STANDING, FindingState.BEYOND_HORIZON})
"""The states in which something may be written for a finding: a comment, or at least a label."""
_ANSWERED = (FindingState.WAIVED, FindingState.SNOOZED)
"""The states of findings that a person has answered."""


class FindingHistory(Struct, frozen=True, kw_only=True):
    """The history of a finding, as stored by earlier rounds.

    Attributes:
        first_seen: When it was first found.
        baseline: Whether it was found in the first round for this tracker.
        cleared: When it was last cleared; None if it never was.
        state: Its state in the last round; empty if unknown.
        since: When it entered that state.
        found_last_round: Whether the last round found it.
    """

    first_seen: datetime
    state: str = ""
    since: datetime | None = None
    baseline: bool = False
    found_last_round: bool = True
    cleared: datetime | None = None


class FindingStatus(Struct, frozen=True, kw_only=True):
    """A finding with its current state.

    Attributes:
        reason: The reason for the state, in one sentence; stored and printed as `because`.
        until: When the state ends by itself; None if it does not.
        allows_comment: Whether it may be part of a comment on the item now; stored and printed as `comment`.
        allows_label: Whether a label may be set for it now; stored and printed as `mark`.
    """

    finding: Finding
    state: FindingState
    reason: str = field(name="because")
    until: datetime | None = None
    allows_comment: bool = field(default=False, name="comment")
    allows_label: bool = field(default=False, name="mark")

    @property
    def is_answered(self) -> bool:
        """Whether a person has waived or snoozed it."""
        return self.state in _ANSWERED

    @property
    def stays_in_comment(self) -> bool:
        """Whether it stays in a comment that already contains it."""
        return self.finding.severity is Severity.WARNING and not self.is_answered


@dataclass(frozen=True)
class QuietPolicy:
    """How long the service waits before it writes something new.

    Attributes:
        quiet: The time after a person has worked on the item during which nothing new is written.
        cooldown: The time after people have reacted to the service's comment, by a reply or a change of the item, or
            have cleared a finding, during which nothing new is written.
        baseline: Whether findings older than the service are only reported until the item is near.
    """

    quiet: timedelta
    cooldown: timedelta
    baseline: bool


@dataclass(frozen=True)
class LifecycleInputs:
    """Everything on which the status of findings depends, apart from the findings themselves.

    Attributes:
        saturated_rules: The ids of the saturated rules.
        histories: The history of each finding, by finding id.
        decisions: The decisions about each item, by item id.
        comment_times: When this service last wrote its comment on an item, by item id.
        shadow_reason: Returns why the rule of a finding is in shadow mode for its item, in one sentence; empty if it is
            not.
        is_first_round: Whether this is the first round for this tracker, so that all findings are older than the
            service.
        next_up_comments: The maximum number of items of a team about which comments begin to ask the questions of
            saturated rules within seven days. Comments ask these questions only about the items that the team starts
            next.
        next_up: The items that each team starts next, by team. They are near even where the horizon ends above them.
            Items without a team belong to a team with the name of the tracker.
        recently_asked: The rules that this service's comments began to ask about within the last seven days, by item
            id.
    """

    now: datetime
    policy: QuietPolicy
    horizon: Horizon
    saturated_rules: Collection[str]
    histories: Mapping[str, FindingHistory]
    decisions: Mapping[str, Sequence[Decision]]
    comment_times: Mapping[str, datetime]
    shadow_reason: Callable[[Finding, WorkItem], str] = lambda _finding, _item: ""
    is_first_round: bool = False
    next_up_comments: int = 3
    next_up: Mapping[str, NextUp] = dataclasses.field(default_factory=dict)
    recently_asked: Mapping[str, Collection[str]] = dataclasses.field(default_factory=dict)

    def describe_place(self, item: WorkItem) -> str:
        """Return a phrase for the place of an item that will be started soon; empty for all other items."""
        if item.id in self.horizon.items:
            return self.horizon.description
        return "among what its team starts next" if self.is_next(item) else ""

    def is_next(self, item: WorkItem) -> bool:
        """Whether an item is among those that its team starts next."""
        return item.id in self._next_ids

    @cached_property
    def _next_ids(self) -> frozenset[str]:
        """The ids of the items that the teams start next."""
        return frozenset(item_id for next_up in self.next_up.values() for item_id in next_up.items)


def finding_statuses(
    assessment: Assessment,
    backlog: Backlog,
    inputs: LifecycleInputs,
    next_item_statuses: Mapping[str, FindingStatus],
) -> tuple[FindingStatus, ...]:
    """Determine the status of every finding, in the order of the assessment.

    Args:
        next_item_statuses: The result of `statuses_of_next_items`.
    """
    items = backlog.items_by_id
    return tuple(
        next_item_statuses.get(finding.id) or _determine_status(finding, items[finding.item], inputs)
        for finding in assessment.findings
    )


def statuses_of_next_items(
    findings: Iterable[Finding], backlog: Backlog, inputs: LifecycleInputs
) -> Mapping[str, FindingStatus]:
    """Return the statuses of the warnings of saturated rules that may become comments, by finding id.

    These are warnings on the items that each team starts next, in that order, until `next_up_comments` items of the
    team have received a new question within seven days. The findings on all other items stay saturated.

    Args:
        findings: The findings about the items that each team starts next, and about any others. They are not used if no
            rule is saturated.
    """
    if not (inputs.next_up_comments and inputs.saturated_rules):
        return {}
    items = backlog.items_by_id
    findings_by_item: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.rule in inputs.saturated_rules and finding.severity is Severity.WARNING:
            findings_by_item.setdefault(finding.item, []).append(finding)
    status_by_id: dict[str, FindingStatus] = {}
    for team, next_up in inputs.next_up.items():
        recently_asked_count = sum(
            any(rule in inputs.saturated_rules for rule in rules)
            for item, rules in inputs.recently_asked.items()
            if item in items and (items[item].team or items[item].tracker) == team
        )
        remaining = inputs.next_up_comments - recently_asked_count
        for item_id in next_up.items:
            statuses = [
                _unsaturated_status(finding, items[item_id], inputs) for finding in findings_by_item.get(item_id, ())
            ]
            is_new_question = any(
                status.allows_comment and not _is_in_comment(status.finding, inputs) for status in statuses
            )
            if is_new_question and remaining <= 0:
                continue
            remaining -= is_new_question
            status_by_id |= {status.finding.id: status for status in statuses}
    return status_by_id


def _is_in_comment(finding: Finding, inputs: LifecycleInputs) -> bool:
    """Whether the comment of this service on the item already contains the finding."""
    if finding.rule in inputs.recently_asked.get(finding.item, ()):
        return True
    history = inputs.histories.get(finding.id)
    return (
        finding.item in inputs.comment_times
        and history is not None
        and history.state in (FindingState.NEW, FindingState.STANDING)
    )


def current_status(
    finding: Finding, state: FindingState, reason: str, decisions: Sequence[Decision], now: datetime
) -> FindingStatus:
    """Return the status of a stored finding: by the decisions in force on its item, or else as it was stored."""
    return _apply_decisions(finding, decisions, now) or _make_status(finding, state, reason)


def status_before_next_round(
    finding: Finding, state: FindingState, reason: str, decisions: Sequence[Decision], now: datetime
) -> FindingStatus:
    """Return the status of a stored finding for people who discuss it before the next round.

    If it was stored as answered and no decision about it is in force any more, its state is `STANDING`. Nothing
    is written about it before a round has determined its status.
    """
    if state in _ANSWERED and _apply_decisions(finding, decisions, now) is None:
        return FindingStatus(
            finding=finding, state=FindingState.STANDING, reason="The answer to it is no longer in force."
        )
    return current_status(finding, state, reason, decisions, now)


def find_missing_findings(present_ids: Collection[str], histories: Mapping[str, FindingHistory]) -> tuple[str, ...]:
    """Return the ids of the findings that the last round found, but that are not among those of this round."""
    return tuple(
        finding_id
        for finding_id, history in histories.items()
        if history.found_last_round and finding_id not in present_ids
    )


def _determine_status(finding: Finding, item: WorkItem, inputs: LifecycleInputs) -> FindingStatus:
    """Return the status of a finding that is not in `statuses_of_next_items`."""
    if finding.rule in inputs.saturated_rules:
        return _decided_status(finding, item, inputs) or _saturated_status(finding, item, inputs)
    return _unsaturated_status(finding, item, inputs)


def _unsaturated_status(finding: Finding, item: WorkItem, inputs: LifecycleInputs) -> FindingStatus:
    """Return the status of a finding as if its rule were not saturated."""
    history = inputs.histories.get(finding.id)
    if status := _decided_status(finding, item, inputs):
        return status
    status = (
        _baseline_status(finding, item, inputs, history)
        or _waiting_status(finding, item, inputs, history)
        or _horizon_status(finding, item, inputs, history)
    )
    shadow_reason = inputs.shadow_reason(finding, item)
    return _shadow_status(status, shadow_reason) if shadow_reason else status


def _decided_status(finding: Finding, item: WorkItem, inputs: LifecycleInputs) -> FindingStatus | None:
    """Return the status by the decisions about an item that are in force; None if none applies to the finding.

    A decision may have ended because the item has more links, votes or feedback now (`WorkItem.demand`).
    """
    decisions = inputs.decisions.get(item.id, ())
    return _apply_decisions(finding, select_in_force(decisions, inputs.now, item.demand), inputs.now)


def _apply_decisions(finding: Finding, decisions: Sequence[Decision], now: datetime) -> FindingStatus | None:
    """Return the status by the latest decision that applies to the finding; None if no decision applies."""
    applicable = [decision for decision in decisions if _suppresses(decision, finding.rule, now)]
    latest = max(applicable, key=lambda decision: decision.at, default=None)
    return _make_decided_status(finding, latest) if latest is not None else None


def _suppresses(decision: Decision, rule: str, now: datetime) -> bool:
    """Whether a decision suppresses the findings of a rule.

    It may be about this rule, or about a rule that asks a similar question (`Rule.rules_with_similar_question`).
    """
    if decision.applies_to(rule, now):
        return True
    rule_type = all_rules().get(rule)
    if rule_type is None or decision.kind is DecisionKind.WRONG:
        return False
    return any(decision.applies_to(similar_rule, now) for similar_rule in rule_type.rules_with_similar_question)


def _make_status(finding: Finding, state: FindingState, reason: str, until: datetime | None = None) -> FindingStatus:
    """Return the status with this state. The state and the severity determine what may be written."""
    is_written = state in (FindingState.NEW, FindingState.STANDING)
    return FindingStatus(
        finding=finding,
        state=state,
        reason=reason,
        until=until,
        allows_comment=is_written and finding.severity is Severity.WARNING,
        allows_label=state in RAISED_STATES,
    )


def _saturated_status(finding: Finding, item: WorkItem, inputs: LifecycleInputs) -> FindingStatus:
    """Return the status of a finding that is not written, because its rule is saturated."""
    reason = "The rule flags most of the items it judges, so the team is asked one question instead."
    if inputs.next_up_comments and inputs.is_next(item) and finding.severity is Severity.WARNING:
        reason = (
            f"{reason} Of the items that come next, {inputs.next_up_comments} a week get a comment of their own, "
            "and other items come first."
        )
    return _make_status(finding, FindingState.SATURATED, reason)


def _baseline_status(
    finding: Finding, item: WorkItem, inputs: LifecycleInputs, history: FindingHistory | None
) -> FindingStatus | None:
    """Return the status of a finding that is older than the service, on an item that is not near; otherwise None."""
    is_older_than_service = inputs.is_first_round if history is None else history.baseline
    if inputs.describe_place(item) or not inputs.policy.baseline or not is_older_than_service:
        return None
    reason = "It was found in the first round, and the item will not be started soon: it is only reported."
    return _make_status(finding, FindingState.BASELINE, reason)


def _shadow_status(live_status: FindingStatus, shadow_reason: str) -> FindingStatus:
    """Return the status of a finding in shadow mode. Its reason says what would be written otherwise.

    Args:
        live_status: The status that the finding would have without shadow mode.
        shadow_reason: Why its rule is in shadow mode.
    """
    if live_status.allows_comment:
        otherwise = "Otherwise it could get a comment."
    elif live_status.allows_label:
        otherwise = "Otherwise it could get a label."
    else:
        otherwise = f"Otherwise nothing would be written either: {live_status.reason}"
    reason = f"Reported and not written: {shadow_reason} {otherwise}"
    return _make_status(live_status.finding, FindingState.SHADOW, reason)


def _horizon_status(
    finding: Finding, item: WorkItem, inputs: LifecycleInputs, history: FindingHistory | None
) -> FindingStatus:
    """Return the status of a finding by the place of the item: beyond the horizon, or else new or standing."""
    place = inputs.describe_place(item)
    if not place:
        reason = f"The item is not {inputs.horizon.description}, so it gets no comment, at most a label."
        return _make_status(finding, FindingState.BEYOND_HORIZON, reason)
    is_new = history is None or not history.found_last_round
    no_comment = ", and the finding is for information, so it gets no comment, at most a label"
    reason = f"The item is {place}{'' if finding.severity is Severity.WARNING else no_comment}."
    return _make_status(finding, FindingState.NEW if is_new else FindingState.STANDING, reason)


_DECISION_TEXTS = {
    DecisionKind.WAIVE: "Waived",
    DecisionKind.SNOOZE: "Snoozed",
    DecisionKind.WRONG: "Called wrong",
    DecisionKind.DISMISSED: "Dismissed",
    DecisionKind.NOT_NOW: "Decided: not now,",
    DecisionKind.NO: "Decided: no,",
    DecisionKind.NOT_IN_THIS_FORM: "Decided: not in this form,",
}
"""The beginning of the sentence about a decision, by its kind. A final comma is removed if nothing follows."""


def _make_decided_status(finding: Finding, decision: Decision) -> FindingStatus:
    text = _DECISION_TEXTS[decision.kind]
    until = f" until {decision.review:%Y-%m-%d}" if decision.review else ""
    source = f" by {decision.source}" if decision.source else ""
    reason = f": {decision.reason}" if decision.reason else "."
    summary = f"{text}{until}{source}".removesuffix(",")
    is_snoozed = decision.kind in (DecisionKind.SNOOZE, DecisionKind.NOT_NOW)
    state = FindingState.SNOOZED if is_snoozed else FindingState.WAIVED
    return _make_status(finding, state, f"{summary}{reason}", decision.review)


def _waiting_status(
    finding: Finding, item: WorkItem, inputs: LifecycleInputs, history: FindingHistory | None
) -> FindingStatus | None:
    """Return the status of a finding for which the service waits, because people are active on the item; else None."""
    changed_by_person = item.changed_by_person
    commented_at = inputs.comment_times.get(item.id)
    cooldowns: list[tuple[datetime, str]] = []
    if changed_by_person is not None and commented_at is not None and changed_by_person > commented_at:
        replied = item.discussed is not None and item.discussed > commented_at
        cause = "People replied after our comment" if replied else "People changed the item after our comment"
        cooldowns.append((changed_by_person + inputs.policy.cooldown, cause))
    if history is not None and history.cleared is not None:
        cause = f"It was cleared on {history.cleared:%Y-%m-%d}"
        cooldowns.append((history.cleared + inputs.policy.cooldown, cause))
    latest = max(cooldowns, default=None)
    if latest is not None and inputs.now < latest[0]:
        end, cause = latest
        reason = f"{cause}; nothing new is written until {end:%Y-%m-%d}."
        return _make_status(finding, FindingState.COOLING_DOWN, reason, end)
    if changed_by_person is not None and inputs.now < changed_by_person + inputs.policy.quiet:
        until = changed_by_person + inputs.policy.quiet
        reason = f"People are working on the item; nothing new is written until {until:%Y-%m-%d}."
        return _make_status(finding, FindingState.QUIET, reason, until)
    return None
