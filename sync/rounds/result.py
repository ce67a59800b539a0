"""The result of a round, which commands print and reports show.

A round is one pass over a tracker. A rule that flags most of the backlog is saturated: the team is asked one question
in place of its findings. The write budget is the maximum number of items that are written in one round.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from connectors.tracker import Problem
from rules.lifecycle import RAISED_STATES, FindingStatus
from rules.model import Decision, DecisionKind, NewEvidence, WorkItem
from rules.next_up import NextUp
from sync.messages import Messages
from sync.mirror.pull import PullResult
from sync.writeback import ApplyResult, Plan


class DueDecision(Struct, frozen=True):
    """A decision about an item that is due for review.

    Attributes:
        kind: What was decided; `verdict` in JSON.
        reason: Why it was decided; may be empty.
        due_reason: Why it is due, as a clause; `because` in JSON.
        review: The review date that has passed; empty if the decision is due because of new evidence.
        new_evidence: The links or votes that the item has gained; None if the decision is due because of its date.
            `grown` in JSON.
    """

    key: str
    kind: DecisionKind = field(name="verdict")
    reason: str
    due_reason: str = field(name="because")
    review: str = ""
    new_evidence: NewEvidence | None = field(default=None, name="grown")

    def line(self, messages: Messages) -> str:
        """The decision and the question to the team in one sentence."""
        facts: dict[str, str | float] = {"verdict": messages.name("comment.verdicts", self.kind), "review": self.review}
        key = "report.due-review"
        if self.new_evidence is not None:
            key = f"report.due-{self.new_evidence.measure}"
            facts |= {"now": self.new_evidence.now}
            if self.new_evidence.then is not None:
                facts["then"] = self.new_evidence.then
        if self.reason:
            key += "-because"
            facts["reason"] = self.reason.rstrip(".")
        return messages.text(key, count=None, **facts)


class AnswerSummary(Struct, frozen=True, omit_defaults=True):
    """An answer about one item, which may be recorded as several decisions.

    Attributes:
        rules: The rules it is about; empty if it is about the item itself.
        source: Where it came from, as in `Decision.source`.
    """

    key: str
    kind: DecisionKind = field(name="verdict")
    rules: tuple[str, ...]
    review: str
    source: str

    def line(self, messages: Messages) -> str:
        """The answer in one line."""
        answer = messages.name("report.answer-kinds", self.kind)
        if self.review:
            answer += f", {messages.text('report.answer-until', review=self.review)}"
        source = messages.name("report.answer-sources", self.source)
        return f"{self.key}: {answer} ({', '.join(part for part in (source, ', '.join(self.rules)) if part)})"


def summarize_answers(decisions: Sequence[Decision]) -> list[AnswerSummary]:
    """Combine the decisions of each answer into one entry for reports."""
    rules_by_answer: dict[AnswerSummary, list[str]] = {}
    for decision in decisions:
        review = f"{decision.review:%Y-%m-%d}" if decision.review else ""
        answer = AnswerSummary(decision.key, decision.kind, (), review, decision.source)
        rules_by_answer.setdefault(answer, []).append(decision.rule)
    return [
        AnswerSummary(answer.key, answer.kind, tuple(rule for rule in rules if rule), answer.review, answer.source)
        for answer, rules in rules_by_answer.items()
    ]


class RoundSummary(Struct, kw_only=True, omit_defaults=True):
    """The summary of a round that is stored for reports: counts and messages, but no content of items.

    Attributes:
        mode: "shadow", in which nothing is written, or "write".
        items, open_items: Number of items that the settings select, and number of open ones among them.
        finding_counts: Number of findings by rule, those of saturated rules included; `found` in JSON.
        questions: The one question to the team in place of a saturated rule's findings, by rule.
        unjudged_reasons: The reasons why a rule could not judge some items, by rule; `limits` in JSON.
        horizon: A description of the items that the teams will start soon, about which the service asks questions:
            usually those of two sprints.
        written: Number of writes by kind.
        unraised_by_state: Number of findings that are only reported, without a comment or label, by `FindingState`.
        blocked_reason: The reason why the plan was not written.
        awaits_approval: Whether a person has to approve the plan.
        planned: Number of items to which changes are planned.
        waiting: Number of items over the budget.
        notes: Sentences for the admin, for example about the token.
        unscored: The reasons why items with some inputs of a WSJF score (weighted shortest job first) have no score,
            by key.
        scores: Sentences about the WSJF scores of the whole backlog.
        skipped: Data that could not be read, judged or written, with reasons.
        missing: Ids of items that the tracker did not list and that are kept: they are missing for the first time, or
            too many are missing at once.
        due: Decisions about open items that are due for review.
        answers: The first answers that people have given since the last round.
        more_answers: The number of further ones.
        bulk_questions: The question about each change that somebody made to the service's comments, labels or fields
            on many items at once, by the kind of change.
        bulk_changed_items: Ids of the items that these questions are about; stored as `unanswered`.
        next_up: The items that each team starts next, by team: usually those of one sprint.
        trouble: The reason why the round ended early; empty if it did not.
        undoes: What an undo has undone: the id of a round, "item " and the id of an item, or "everything"; empty for
            other rounds.
    """

    mode: str = "shadow"
    items: int = 0
    open_items: int = 0
    finding_counts: dict[str, int] = field(name="found", default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    unjudged_reasons: dict[str, list[str]] = field(name="limits", default_factory=dict)
    horizon: str = ""
    written: dict[str, int] = field(default_factory=dict)
    unraised_by_state: dict[str, int] = field(name="held", default_factory=dict)
    blocked_reason: str = field(name="held_whole", default="")
    awaits_approval: bool = False
    planned: int = 0
    waiting: int = 0
    unscored: dict[str, str] = field(default_factory=dict)
    skipped: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    scores: list[str] = field(default_factory=list)
    due: list[DueDecision] = field(default_factory=list)
    missing: frozenset[str] = frozenset()
    answers: list[AnswerSummary] = field(default_factory=list)
    more_answers: int = 0
    bulk_questions: dict[str, str] = field(default_factory=dict)
    bulk_changed_items: frozenset[str] = field(name="unanswered", default=frozenset())
    next_up: dict[str, NextUp] = field(default_factory=dict)
    trouble: str = ""
    undoes: str = ""


_MAX_LISTED_ENTRIES = 50
"""The maximum number of entries that `RoundSummary` has in `unscored`, `skipped`, `due` and `answers`."""


class RoundResult(Struct, kw_only=True):
    """The result of a round at a tracker. Attributes without a description are as in `RoundSummary`, if it has them."""

    tracker: str
    round: str
    """The id of the round; empty if it was simulated, or if nothing was done."""
    started: datetime
    mode: str
    pulled: PullResult = field(default_factory=PullResult)
    open_items: int = 0
    finding_counts: dict[str, int] = field(name="found", default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    unjudged_reasons: dict[str, list[str]] = field(name="limits", default_factory=dict)
    statuses: Sequence[FindingStatus] = ()
    """The statuses of all findings; empty if the round was to review only what may have changed."""
    found_by_state: dict[str, int] = field(default_factory=dict)
    """The number of findings, by their state."""
    items: Mapping[str, WorkItem] = field(default_factory=dict)
    """The open items, by id; empty if the round was to review only what may have changed."""
    horizon: str = ""
    next_up: dict[str, NextUp] = field(default_factory=dict)
    plan: Plan | None = None
    applied: ApplyResult | None = None
    blocked_reason: str = field(name="held_whole", default="")
    """The reason why the plan was not written; empty if it was or there was nothing to write."""
    awaits_approval: bool = False
    answers: list[Decision] = field(default_factory=list)
    """The decisions of people since the last round."""
    bulk_questions: dict[str, str] = field(default_factory=dict)
    bulk_changed_items: frozenset[str] = field(name="unanswered", default=frozenset())
    just_confirmed: frozenset[str] = frozenset()
    """Ids of items about which a person answered a bulk question in this round. The next round writes to them."""
    due: list[DueDecision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    scores: list[str] = field(default_factory=list)
    trouble: str = ""
    misconfigured: bool = False
    """Whether an admin has to fix what ended the round early."""
    is_busy: bool = False
    """Whether nothing was done because another process works on the tracker."""
    last_good: datetime | None = None
    """When a round at this tracker was last completed."""

    @property
    def skipped(self) -> Sequence[Problem]:
        """The items that could not be read or judged, with the reasons."""
        return self.pulled.skipped

    @property
    def writes(self) -> int:
        """Number of changes that were written."""
        return self.applied.writes if self.applied else 0

    def summary(self) -> RoundSummary:
        """The summary of this round for the store."""
        applied = self.applied or ApplyResult()
        unraised = {state: count for state, count in self.found_by_state.items() if state not in RAISED_STATES}
        not_written = [Problem(skipped.key, skipped.reason) for skipped in applied.not_written]
        answers = summarize_answers(self.answers)
        skipped_writes = self.plan.skipped_writes if self.plan else ()
        unscored = [(skipped.key, skipped.reason) for skipped in skipped_writes if skipped.what == "wsjf"]
        return RoundSummary(
            mode=self.mode,
            items=self.pulled.items,
            open_items=self.open_items,
            finding_counts=self.finding_counts,
            questions=self.questions,
            unjudged_reasons=self.unjudged_reasons,
            horizon=self.horizon,
            written={name: count for name, count in applied.counts().items() if count},
            unraised_by_state=unraised,
            blocked_reason=self.blocked_reason,
            awaits_approval=self.awaits_approval,
            planned=len(self.plan.items) if self.plan else 0,
            waiting=len(self.plan.waiting) if self.plan else 0,
            unscored=dict(unscored[:_MAX_LISTED_ENTRIES]),
            skipped=[*self.skipped, *not_written][:_MAX_LISTED_ENTRIES],
            scores=self.scores,
            notes=[*self.notes, *([self.pulled.mass_deletion_warning] if self.pulled.mass_deletion_warning else [])],
            due=self.due[:_MAX_LISTED_ENTRIES],
            missing=self.pulled.missing,
            answers=answers[:_MAX_LISTED_ENTRIES],
            more_answers=max(0, len(answers) - _MAX_LISTED_ENTRIES),
            bulk_questions=self.bulk_questions,
            bulk_changed_items=self.bulk_changed_items,
            next_up=self.next_up,
            trouble=self.trouble,
        )
