"""What becomes of a finding: whether it is spoken about now, later, only in the report, or not at all.

Pure: findings, what is remembered of them, decisions, and `now` go in; a standing for each comes out, with the sentence
that `steward explain` prints. Whether anything is then written also depends on what the item already carries.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.engine import Assessment
from rules.horizon import Horizon
from rules.model import Backlog, Decision, Finding, Severity, Verdict, WorkItem


class State(StrEnum):
    """Where in its life a finding is."""

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


class Memory(Struct, frozen=True, kw_only=True):
    """What is remembered of a finding from earlier rounds.

    Attributes:
        first_seen: When it was first found.
        baseline: Whether it was already there when the service first looked at this tracker.
        stands: Whether it was there in the last round.
        cleared: When it was last found no more, if ever.
    """

    first_seen: datetime
    baseline: bool = False
    stands: bool = True
    cleared: datetime | None = None


class Standing(Struct, frozen=True, kw_only=True):
    """A finding with its present state.

    Attributes:
        because: Why it is in that state, in one sentence.
        until: When that state ends by itself, if it does.
        comment: Whether it may be put into the item's comment now.
        mark: Whether it may be shown by label.
    """

    finding: Finding
    state: State
    because: str
    until: datetime | None = None
    comment: bool = False
    mark: bool = False

    @property
    def answered(self) -> bool:
        """Whether people have said what is to become of it."""
        return self.state in (State.WAIVED, State.SNOOZED)

    @property
    def keep(self) -> bool:
        """Whether it stays in a comment that already has it."""
        return self.finding.severity is Severity.WARNING and not self.answered


@dataclass(frozen=True)
class Policy:
    """How patient the service is.

    Attributes:
        quiet: Nothing new is said so long after a person worked on the item.
        cooldown: Nothing new is said so long after people answered or cleared what was said.
        baseline: Whether findings older than the service stay unwritten until the item comes near.
    """

    quiet: timedelta = timedelta(days=7)
    cooldown: timedelta = timedelta(days=14)
    baseline: bool = True


@dataclass(frozen=True)
class Circumstances:
    """What, beside the finding itself, decides about its life."""

    now: datetime
    policy: Policy
    horizon: Horizon
    saturated: Collection[str]
    memory: Mapping[str, Memory]
    decisions: Mapping[str, Sequence[Decision]]
    """By item id."""
    commented: Mapping[str, datetime]
    """When our comment on an item was last written, by item id."""
    shadow: Collection[str] = ()
    """Ids of the findings that are only reported, because their rule is in shadow for their item."""
    first_look: bool = False
    """Whether this is the first round at this tracker, so that all it finds is older than the service."""


def standings(assessment: Assessment, backlog: Backlog, about: Circumstances) -> tuple[Standing, ...]:
    """The standing of every finding, in the order of the assessment."""
    items = {item.id: item for item in backlog.items}
    return tuple(_standing(finding, items[finding.item], about) for finding in assessment.findings)


def _standing(finding: Finding, item: WorkItem, about: Circumstances) -> Standing:
    remembered = about.memory.get(finding.id)
    return (
        _set_aside(finding, item, about, remembered)
        or _patience(finding, item, about, remembered)
        or _spoken(finding, item, about, remembered)
    )


def _set_aside(finding: Finding, item: WorkItem, about: Circumstances, remembered: Memory | None) -> Standing | None:
    decision = _decided(finding, about)
    if decision is not None:
        return _answered(finding, decision)
    if finding.rule in about.saturated:
        return Standing(
            finding=finding,
            state=State.SATURATED,
            because="The rule flags most of the items it judges, so it is one question to the team instead.",
        )
    if finding.id in about.shadow:
        return Standing(
            finding=finding, state=State.SHADOW, because="The rule is in shadow: it is reported and not written."
        )
    if item.id not in about.horizon.items and about.policy.baseline and _older(about, remembered):
        return Standing(
            finding=finding,
            state=State.BASELINE,
            because="It is older than the service and the item is not near: reported, not written.",
        )
    return None


def _spoken(finding: Finding, item: WorkItem, about: Circumstances, remembered: Memory | None) -> Standing:
    if item.id not in about.horizon.items:
        return Standing(
            finding=finding,
            state=State.BEYOND_HORIZON,
            because=f"The item is not {about.horizon.words}: label and field, no comment.",
            mark=True,
        )
    speaks = finding.severity is Severity.WARNING
    fresh = remembered is None or not remembered.stands
    return Standing(
        finding=finding,
        state=State.NEW if fresh else State.STANDING,
        because=f"The item is {about.horizon.words}"
        + ("." if speaks else ", and the finding is for information: label and field, no comment."),
        comment=speaks,
        mark=True,
    )


def _older(about: Circumstances, remembered: Memory | None) -> bool:
    return about.first_look if remembered is None else remembered.baseline


def _decided(finding: Finding, about: Circumstances) -> Decision | None:
    answers = [
        decision for decision in about.decisions.get(finding.item, ()) if decision.holds(finding.rule, about.now)
    ]
    return max(answers, key=lambda decision: decision.at, default=None)


def _answered(finding: Finding, decision: Decision) -> Standing:
    what = {
        Verdict.WAIVE: "Waived",
        Verdict.SNOOZE: "Snoozed",
        Verdict.WRONG: "Called wrong",
        Verdict.DISMISSED: "Dismissed",
    }[decision.verdict]
    until = f" until {decision.review:%Y-%m-%d}" if decision.review else ""
    source = f" by {decision.source}" if decision.source else ""
    reason = f": {decision.reason}" if decision.reason else "."
    return Standing(
        finding=finding,
        state=State.SNOOZED if decision.verdict is Verdict.SNOOZE else State.WAIVED,
        because=f"{what}{until}{source}{reason}",
        until=decision.review,
    )


def _patience(finding: Finding, item: WorkItem, about: Circumstances, remembered: Memory | None) -> Standing | None:
    touched = item.changed_by_person
    commented = about.commented.get(item.id)
    cooled: datetime | None = None
    if touched is not None and commented is not None and touched > commented:
        cooled = touched + about.policy.cooldown
    if remembered is not None and remembered.cleared is not None:
        cooled = max(cooled or remembered.cleared, remembered.cleared + about.policy.cooldown)
    if cooled is not None and about.now < cooled:
        return Standing(
            finding=finding,
            state=State.COOLING_DOWN,
            because=f"People answered or changed the item after us; nothing new is said until {cooled:%Y-%m-%d}.",
            until=cooled,
        )
    if touched is not None and about.now < touched + about.policy.quiet:
        until = touched + about.policy.quiet
        return Standing(
            finding=finding,
            state=State.QUIET,
            because=f"People are at work on the item; nothing new is said until {until:%Y-%m-%d}.",
            until=until,
        )
    return None
