"""Judges whether an item is ready for a purpose, with typed reasons: ready, not ready, or unknown.

A profile lists requirements. An item is ready if it meets each of them, and cannot be judged if one of them depends on
something that is not known. The same backlog gives the same answer.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec import Struct

from rules.engine import make_finding
from rules.flow.dependencies import blocking_links
from rules.model import Backlog, HierarchyLevel, ItemKind, WorkItem
from rules.rule import Rule
from rules.ruleset import Ruleset
from rules.text import open_questions, quotable

_CRITERIA_RULE = "missing-acceptance-criteria"
_REPRODUCTION_RULE = "bug-without-reproduction"
_SIZE_RULE = "oversized-story"
_QUOTED_LENGTH = 120


class Verdict(StrEnum):
    """Whether an item is ready."""

    READY = "ready"
    NOT_READY = "not ready"
    CANNOT_KNOW = "cannot know"


class Outcome(StrEnum):
    """Whether an item meets a requirement."""

    MET = "met"
    NOT_MET = "not met"
    NOT_KNOWN = "not known"
    NOT_NEEDED = "not needed"


class Reason(Struct, frozen=True):
    """The result of one requirement.

    Attributes:
        requirement: Its name in the profile.
        code: A code for the reason, which does not depend on the language.
        evidence: The evidence, as one English sentence.
    """

    requirement: str
    outcome: Outcome
    code: str
    evidence: str = ""


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether one item is ready for the purpose of a profile."""

    tracker: str
    key: str
    profile: str
    verdict: Verdict
    reasons: tuple[Reason, ...]


_Finding = tuple[Outcome, str, str]
_Check = Callable[["ReadinessJudge", WorkItem], _Finding]


class ReadinessJudge:
    """Judges the items of one backlog.

    Args:
        backlog: The open items, and what was finished.
        ruleset: The rules and profiles in force.
        now: The time at which the backlog is judged.
    """

    def __init__(self, backlog: Backlog, ruleset: Ruleset, now: datetime) -> None:
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now
        self._limits: dict[int, tuple[str, ...]] = {}
        self._by_key = {item.key: item for item in backlog.items}

    def judge(self, item: WorkItem, profile: str) -> Readiness:
        """Judge one open item of the backlog by a profile of the ruleset.

        Raises:
            KeyError: There is no such profile.
        """
        reasons = tuple(
            Reason(requirement, *(_CHECKS.get(requirement) or partial(_by_rule, requirement))(self, item))
            for requirement in self._ruleset.profiles[profile]
        )
        outcomes = {reason.outcome for reason in reasons}
        verdict = (
            Verdict.NOT_READY
            if Outcome.NOT_MET in outcomes
            else Verdict.CANNOT_KNOW
            if Outcome.NOT_KNOWN in outcomes
            else Verdict.READY
        )
        return Readiness(tracker=item.tracker, key=item.key, profile=profile, verdict=verdict, reasons=reasons)

    @property
    def rule_types(self) -> Mapping[str, type[Rule[Any]]]:
        """All rules, by id."""
        return self._ruleset.rule_types

    def run_rule(self, name: str, item: WorkItem) -> _Finding:
        """What a rule says about an item, whatever types it is set to judge."""
        rule = self._ruleset.rule_for(name, item)
        if unknown := rule.unknown(item):
            return Outcome.NOT_KNOWN, "not-known", f"Not known: {', '.join(unknown)}."
        if id(rule) not in self._limits:
            self._limits[id(rule)] = tuple(str(limit) for limit in rule.prepare(self._backlog, self._now))
        hits = rule.judge(item)
        if hits:
            finding = make_finding(rule, item, hits[0])
            return Outcome.NOT_MET, finding.variant, finding.evidence
        limits = self._limits[id(rule)]
        return (Outcome.NOT_KNOWN, "not-enough-data", limits[0]) if limits else (Outcome.MET, "no-finding", "")

    def open_blockers(self, item: WorkItem) -> Iterator[tuple[str, WorkItem | None]]:
        """The items that it waits for and that are not known to be done; None for one that is not in the backlog."""
        done = {finished.key for finished in self._backlog.finished}
        for link in blocking_links(item.links):
            if link.tracker:
                yield link.target, self._backlog.elsewhere.get((link.tracker, link.target))
            elif link.target not in done:
                yield link.target, self._by_key.get(link.target)


def _by_rule(name: str, judge: ReadinessJudge, item: WorkItem) -> _Finding:
    rule = judge.rule_types[name]
    if item.kind not in rule.kinds:
        return Outcome.NOT_NEEDED, "other-type", f"The rule does not judge {item.type or item.kind.value}."
    return judge.run_rule(name, item)


def _criteria(judge: ReadinessJudge, item: WorkItem) -> _Finding:
    return judge.run_rule(_CRITERIA_RULE, item)


def _reproduction(judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if item.is_known("kind") and item.kind is not ItemKind.BUG:
        return Outcome.NOT_NEEDED, "no-bug", ""
    return judge.run_rule(_REPRODUCTION_RULE, item)


def _no_open_question(_judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if not item.is_known("text"):
        return Outcome.NOT_KNOWN, "not-known", "Its description is not known."
    if item.is_known("question_asked") and item.question_asked is not None:
        return Outcome.NOT_MET, "comment", f"The last comment, of {item.question_asked:%Y-%m-%d}, ends in a question."
    question = next(open_questions((*item.text, *(item.criteria or ()))), None)
    if question is None:
        return Outcome.MET, "none", ""
    return Outcome.NOT_MET, "undecided", f'It says: "{quotable(question, _QUOTED_LENGTH)}"'


def _no_open_blocker(judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if not item.is_known("links"):
        return Outcome.NOT_KNOWN, "not-known", "Its links are not known."
    unknown = []
    for key, blocker in judge.open_blockers(item):
        if blocker is None:
            unknown.append(key)
        elif blocker.is_open:
            return Outcome.NOT_MET, "open-blocker", f"It waits for {key}, which is not done."
    if item.flagged:
        return Outcome.NOT_MET, "flagged", "People marked it as blocked."
    if unknown:
        return Outcome.NOT_KNOWN, "unknown-blocker", f"It waits for {unknown[0]}, which is not in this backlog."
    return Outcome.MET, "none", ""


def _dependencies_owned(judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if not item.is_known("links"):
        return Outcome.NOT_KNOWN, "not-known", "Its links are not known."
    for key, blocker in judge.open_blockers(item):
        if blocker is None or blocker.assigned is None:
            return Outcome.NOT_KNOWN, "unknown-owner", f"It is not known who looks after {key}."
        if blocker.is_open and not blocker.assigned:
            return Outcome.NOT_MET, "no-owner", f"It waits for {key}, and nobody is assigned to that."
    return Outcome.MET, "owned", ""


def _estimate(_judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if not item.is_known("points"):
        return Outcome.NOT_KNOWN, "not-known", "Its size is not known."
    size = item.points if item.points is not None else item.effort
    return (Outcome.MET, "estimated", "") if size is not None else (Outcome.NOT_MET, "none", "It has no estimate.")


def _usual_size(judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if item.is_known("points") and item.points is None:
        return Outcome.NOT_KNOWN, "no-estimate", "It has no estimate, so its size cannot be compared."
    return judge.run_rule(_SIZE_RULE, item)


def _benefit(_judge: ReadinessJudge, item: WorkItem) -> _Finding:
    if item.level is not HierarchyLevel.PORTFOLIO:
        return Outcome.NOT_NEEDED, "no-feature", ""
    if item.value is not None:
        return Outcome.MET, "value", ""
    if not item.is_known("text"):
        return Outcome.NOT_KNOWN, "not-known", "Its description is not known."
    text = " ".join(block.text for block in item.text).casefold()
    if any(word in text for word in _BENEFIT_WORDS):
        return Outcome.MET, "stated", ""
    return Outcome.NOT_MET, "none", "Nothing says what it is expected to improve, and for whom."


_BENEFIT_WORDS = (
    "hypothesis", "benefit", "outcome", "so that", "in order to", "we believe",
    "hypothese", "nutzen", "damit ", "um zu ", "wir glauben",
)  # fmt: skip
_CHECKS: Mapping[str, _Check] = {
    "criteria": _criteria,
    "reproduction": _reproduction,
    "no-open-question": _no_open_question,
    "no-open-blocker": _no_open_blocker,
    "owned-dependencies": _dependencies_owned,
    "estimate": _estimate,
    "usual-size": _usual_size,
    "benefit": _benefit,
}
