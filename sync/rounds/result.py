"""What a round found and did: everything that commands print and reports show."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from connectors.tracker import Problem
from rules.lifecycle import FindingStatus
from rules.model import Decision, DecisionKind, NewEvidence, WorkItem
from sync.messages import Messages
from sync.mirror import Pulled
from sync.writeback import Applied, Plan


class DueDecision(Struct, frozen=True):
    """A decision about an item that it is time to look at again, and why.

    Attributes:
        review: The review date that has come; empty where it is due because of new evidence.
        new_evidence: What there is more of.
    """

    key: str
    kind: DecisionKind = field(name="verdict")
    reason: str
    because: str
    review: str = ""
    new_evidence: NewEvidence | None = field(default=None, name="grown")

    def line(self, messages: Messages) -> str:
        """All of it in one sentence, and what is asked."""
        facts: dict[str, str | float] = {"verdict": messages.name("comment.verdicts", self.kind)}
        key, facts["review"] = "report.due-review", self.review
        if self.new_evidence is not None:
            key, facts["now"], facts["then"] = (
                f"report.due-{self.new_evidence.what}",
                self.new_evidence.now,
                self.new_evidence.then,
            )
        if self.reason:
            key, facts["reason"] = f"{key}-because", self.reason.rstrip(".")
        return messages.text(key, count=None, **facts)


class RoundSummary(Struct, kw_only=True, omit_defaults=True):
    """What is kept of a round, for later reports. Counts and sentences, no item's content.

    Attributes:
        found: Findings by rule.
        questions: The one question that stands for a saturated rule, by rule.
        limits: What a rule could not judge, and why, by rule.
        written: Calls and changes by what they were.
        held: Findings that are not spoken about, by state.
        held_whole: Why nothing was written although there was a plan.
        awaits_approval: Whether a person has to let it happen.
        planned: Items in the plan.
        waiting: Items over the budget.
        unscored: Why items have no score although some of its inputs are there, by key.
        skipped: What could not be read, judged or written, and why.
        due: Decisions about items that it is time to look at again.
        missing: Ids of items that the tracker did not show, and which are kept because they were too many.
    """

    mode: str = "shadow"
    items: int = 0
    open_items: int = 0
    found: dict[str, int] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    limits: dict[str, list[str]] = field(default_factory=dict)
    horizon: str = ""
    written: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    held_whole: str = ""
    awaits_approval: bool = False
    planned: int = 0
    waiting: int = 0
    unscored: dict[str, str] = field(default_factory=dict)
    skipped: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    due: list[DueDecision] = field(default_factory=list)
    missing: frozenset[str] = frozenset()
    trouble: str = ""
    undoes: str = ""


_MOST_NAMED = 50


class RoundResult(Struct, kw_only=True):
    """One round at one tracker."""

    tracker: str
    round: str
    started: datetime
    mode: str
    pulled: Pulled = field(default_factory=Pulled)
    open_items: int = 0
    found: dict[str, int] = field(default_factory=dict)
    """Findings by rule, those of saturated rules included."""
    questions: dict[str, str] = field(default_factory=dict)
    """The one question that stands for a saturated rule, by rule."""
    limits: dict[str, list[str]] = field(default_factory=dict)
    """What a rule could not judge, and why."""
    statuses: list[FindingStatus] = field(default_factory=list)
    items: dict[str, WorkItem] = field(default_factory=dict)
    """Open items with findings, by id."""
    horizon: str = ""
    plan: Plan | None = None
    applied: Applied | None = None
    held_whole: str = ""
    """Why nothing was written although there was a plan."""
    awaits_approval: bool = False
    """Whether a person has to let it happen."""
    answers: list[Decision] = field(default_factory=list)
    due: list[DueDecision] = field(default_factory=list)
    """Decisions about open items that it is time to look at again."""
    notes: list[str] = field(default_factory=list)
    trouble: str = ""
    """Why the round ended early."""
    misconfigured: bool = False
    """Whether that is for an admin to mend, rather than for time."""
    last_good: datetime | None = None

    @property
    def skipped(self) -> Sequence[Problem]:
        """What was left out, and why."""
        return self.pulled.skipped

    @property
    def writes(self) -> int:
        """Everything that was changed, counted."""
        return self.applied.writes if self.applied else 0

    def summary(self) -> RoundSummary:
        """What is kept of this round."""
        applied = self.applied or Applied()
        held = Counter(one.state.value for one in self.statuses if not (one.wants_comment or one.wants_label))
        skipped = [*self.skipped, *(Problem(held.key, held.because) for held in applied.refused)]
        unscored = [(one.key, one.because) for one in self.plan.held if one.what == "wsjf"] if self.plan else []
        return RoundSummary(
            mode=self.mode,
            items=self.pulled.items,
            open_items=self.open_items,
            found=self.found,
            questions=self.questions,
            limits=self.limits,
            horizon=self.horizon,
            written={name: count for name, count in applied.counts().items() if count},
            held=dict(held),
            held_whole=self.held_whole,
            awaits_approval=self.awaits_approval,
            planned=len(self.plan.items) if self.plan else 0,
            waiting=len(self.plan.waiting) if self.plan else 0,
            unscored=dict(unscored[:_MOST_NAMED]),
            skipped=skipped[:_MOST_NAMED],
            notes=[*self.notes, *([self.pulled.brake] if self.pulled.brake else [])],
            due=self.due[:_MOST_NAMED],
            missing=self.pulled.missing,
            trouble=self.trouble,
        )
