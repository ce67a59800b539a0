"""The lifecycle of a finding: whether it is written now, later, only reported, or not at all.

Pure functions: from findings, their history, decisions and `now` to a status for each, with the sentence that
`steward explain` prints. Whether anything is written also depends on what is on the item already.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field

from rules.engine import Assessment
from rules.horizon import Horizon
from rules.model import Backlog, Decision, DecisionKind, Finding, Severity, WorkItem, in_force


class FindingState(StrEnum):
    """Where in its lifecycle a finding is."""

    NEW = "new"
    STANDING = "standing"
    QUIET = "quiet"
    COOLING_DOWN = "cooling down"
    WAIVED = "waived"
    SNOOZED = "snoozed"
    SATURATED = "saturated"
    SHADOW = "shadow"
    BEYOND_HORIZON = "beyond the horizon"
    BASELINE = "baseline"
    CLEARED = "cleared"
    """It was found before, and is not any more."""


class FindingHistory(Struct, frozen=True, kw_only=True):
    """What earlier rounds stored about a finding.

    Attributes:
        first_seen: When it was first found.
        baseline: Whether it was found in the first round on this tracker.
        stands: Whether the last round found it.
        cleared: When it was last cleared, if ever.
        state: Its state in the last round; empty when unknown.
        since: When it entered that state.
    """

    first_seen: datetime
    state: str = ""
    since: datetime | None = None
    baseline: bool = False
    stands: bool = True
    cleared: datetime | None = None


class FindingStatus(Struct, frozen=True, kw_only=True):
    """A finding with its current state.

    Attributes:
        because: Why it is in that state, in one sentence.
        until: When that state ends by itself, if it does.
        wants_comment: Whether it may be put into the item's comment now; stored and printed as `comment`.
        wants_label: Whether a label may show it; stored and printed as `mark`.
    """

    finding: Finding
    state: FindingState
    because: str
    until: datetime | None = None
    wants_comment: bool = field(default=False, name="comment")
    wants_label: bool = field(default=False, name="mark")

    @property
    def answered(self) -> bool:
        """Whether a person decided about it."""
        return self.state in (FindingState.WAIVED, FindingState.SNOOZED)

    @property
    def stays_in_comment(self) -> bool:
        """Whether it stays in a comment that already has it."""
        return self.finding.severity is Severity.WARNING and not self.answered


@dataclass(frozen=True)
class QuietPolicy:
    """How long the service waits.

    Attributes:
        quiet: Write nothing new for this long after a person worked on the item.
        cooldown: Write nothing new for this long after people answered or cleared a finding.
        baseline: Whether findings older than the service stay unwritten until the item comes near.
    """

    quiet: timedelta = timedelta(days=7)
    cooldown: timedelta = timedelta(days=14)
    baseline: bool = True


@dataclass(frozen=True)
class LifecycleInputs:
    """All that decides about the status of findings, beside the findings."""

    now: datetime
    policy: QuietPolicy
    horizon: Horizon
    saturated: Collection[str]
    memory: Mapping[str, FindingHistory]
    decisions: Mapping[str, Sequence[Decision]]
    """By item id."""
    commented: Mapping[str, datetime]
    """When our comment on an item was last written, by item id."""
    shadow: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Why a finding is only reported (its rule is in shadow for its item), by finding id."""
    is_first_round: bool = False
    """Whether this is the first round on this tracker, so that all findings are older than the service."""


def finding_statuses(assessment: Assessment, backlog: Backlog, about: LifecycleInputs) -> tuple[FindingStatus, ...]:
    """The status of every finding, in the order of the assessment."""
    items = {item.id: item for item in backlog.items}
    return tuple(_status(finding, items[finding.item], about) for finding in assessment.findings)


def current_status(
    finding: Finding, state: FindingState, because: str, decisions: Sequence[Decision], now: datetime
) -> FindingStatus:
    """The status of a stored finding: by decisions made since, else the state it was stored with."""
    return _by_decision(finding, decisions, now) or _in_state(finding, state, because)


def cleared(assessment: Assessment, memory: Mapping[str, FindingHistory]) -> tuple[str, ...]:
    """Ids of the findings that the last round found and this one does not."""
    found = {finding.id for finding in assessment.findings}
    return tuple(ident for ident, known in memory.items() if known.stands and ident not in found)


def _status(finding: Finding, item: WorkItem, about: LifecycleInputs) -> FindingStatus:
    remembered = about.memory.get(finding.id)
    status = _decided(finding, item, about) or _saturated(finding, about)
    if status is not None:
        return status
    status = (
        _baseline(finding, item, about, remembered)
        or _quiet_time(finding, item, about, remembered)
        or _by_horizon(finding, item, about, remembered)
    )
    return _held_in_shadow(status, about) if finding.id in about.shadow else status


def _decided(finding: Finding, item: WorkItem, about: LifecycleInputs) -> FindingStatus | None:
    given = about.decisions.get(item.id, ())
    return _by_decision(finding, in_force(given, about.now, item.evidence), about.now)


def _by_decision(finding: Finding, decisions: Sequence[Decision], now: datetime) -> FindingStatus | None:
    answers = [decision for decision in decisions if decision.holds(finding.rule, now)]
    latest = max(answers, key=lambda decision: decision.at, default=None)
    return _answered(finding, latest) if latest is not None else None


def _in_state(finding: Finding, state: FindingState, because: str) -> FindingStatus:
    speaks = state in (FindingState.NEW, FindingState.STANDING)
    return FindingStatus(
        finding=finding,
        state=state,
        because=because,
        wants_comment=speaks and finding.severity is Severity.WARNING,
        wants_label=speaks or state is FindingState.BEYOND_HORIZON,
    )


def _saturated(finding: Finding, about: LifecycleInputs) -> FindingStatus | None:
    if finding.rule not in about.saturated:
        return None
    return FindingStatus(
        finding=finding,
        state=FindingState.SATURATED,
        because="The rule flags most of the items it judges, so it is one question to the team instead.",
    )


def _baseline(
    finding: Finding, item: WorkItem, about: LifecycleInputs, remembered: FindingHistory | None
) -> FindingStatus | None:
    older = about.is_first_round if remembered is None else remembered.baseline
    if item.id in about.horizon.items or not about.policy.baseline or not older:
        return None
    return FindingStatus(
        finding=finding,
        state=FindingState.BASELINE,
        because="It is older than the service and the item is not near: reported, not written.",
    )


def _held_in_shadow(otherwise: FindingStatus, about: LifecycleInputs) -> FindingStatus:
    """A finding that is only reported, with what would be written otherwise."""
    what = (
        "comment and label"
        if otherwise.wants_comment
        else "label"
        if otherwise.wants_label
        else f"nothing ({otherwise.state})"
    )
    return FindingStatus(
        finding=otherwise.finding,
        state=FindingState.SHADOW,
        because=f"Reported and not written: {about.shadow[otherwise.finding.id]} Otherwise it would be {what}.",
    )


def _by_horizon(
    finding: Finding, item: WorkItem, about: LifecycleInputs, remembered: FindingHistory | None
) -> FindingStatus:
    if item.id not in about.horizon.items:
        because = f"The item is not {about.horizon.words}: label and field, no comment."
        return _in_state(finding, FindingState.BEYOND_HORIZON, because)
    is_new = remembered is None or not remembered.stands
    silent = ", and the finding is for information: label and field, no comment"
    because = f"The item is {about.horizon.words}{'' if finding.severity is Severity.WARNING else silent}."
    return _in_state(finding, FindingState.NEW if is_new else FindingState.STANDING, because)


_DECIDED_AS = {
    DecisionKind.WAIVE: "Waived",
    DecisionKind.SNOOZE: "Snoozed",
    DecisionKind.WRONG: "Called wrong",
    DecisionKind.DISMISSED: "Dismissed",
    DecisionKind.NOT_NOW: "Decided: not now,",
    DecisionKind.NO: "Decided: no,",
    DecisionKind.NOT_IN_THIS_FORM: "Decided: not in this form,",
}


def _answered(finding: Finding, decision: Decision) -> FindingStatus:
    what = _DECIDED_AS[decision.kind]
    until = f" until {decision.review:%Y-%m-%d}" if decision.review else ""
    source = f" by {decision.source}" if decision.source else ""
    reason = f": {decision.reason}" if decision.reason else "."
    decided = f"{what}{until}{source}".rstrip(",")
    return FindingStatus(
        finding=finding,
        state=FindingState.SNOOZED
        if decision.kind in (DecisionKind.SNOOZE, DecisionKind.NOT_NOW)
        else FindingState.WAIVED,
        because=f"{decided}{reason}",
        until=decision.review,
    )


def _quiet_time(
    finding: Finding, item: WorkItem, about: LifecycleInputs, remembered: FindingHistory | None
) -> FindingStatus | None:
    touched = item.changed_by_person
    commented = about.commented.get(item.id)
    cooldown_end: datetime | None = None
    what = ""
    if touched is not None and commented is not None and touched > commented:
        cooldown_end = touched + about.policy.cooldown
        replied = item.discussed is not None and item.discussed > commented
        what = "People replied after our comment" if replied else "People changed the item after our comment"
    if remembered is not None and remembered.cleared is not None:
        pause_end = remembered.cleared + about.policy.cooldown
        if cooldown_end is None or pause_end > cooldown_end:
            cooldown_end, what = pause_end, f"It was cleared on {remembered.cleared:%Y-%m-%d}"
    if cooldown_end is not None and about.now < cooldown_end:
        return FindingStatus(
            finding=finding,
            state=FindingState.COOLING_DOWN,
            because=f"{what}; nothing new is said until {cooldown_end:%Y-%m-%d}.",
            until=cooldown_end,
        )
    if touched is not None and about.now < touched + about.policy.quiet:
        until = touched + about.policy.quiet
        return FindingStatus(
            finding=finding,
            state=FindingState.QUIET,
            because=f"People are at work on the item; nothing new is said until {until:%Y-%m-%d}.",
            until=until,
        )
    return None
