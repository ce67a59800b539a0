"""Judges whether an item is ready for a purpose, such as a sprint: ready, not ready, or unknown.

A profile lists the requirements for a purpose. An item is ready if it meets all of them. If a requirement depends on
something unknown, and no other requirement is violated, it is unknown whether the item is ready. Each reason has a
code, so that programs can use it.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from rules.engine import make_finding
from rules.flow.dependencies import blocking_links
from rules.model import Backlog, HierarchyLevel, ItemKind, WorkItem
from rules.rule import Unjudged
from rules.ruleset import Ruleset
from rules.text import make_quotable, open_questions


class Verdict(StrEnum):
    """Whether an item is ready."""

    READY = "ready"
    NOT_READY = "not ready"
    UNKNOWN = "cannot know"


class Outcome(StrEnum):
    """Whether an item meets a requirement."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "not known"
    NOT_NEEDED = "not needed"


class RequirementResult(Struct, frozen=True):
    """Whether an item meets one requirement.

    Attributes:
        code: A code for the reason, which does not depend on the language.
        evidence: The reason, as an English sentence; may be empty.
    """

    requirement: str
    outcome: Outcome
    code: str
    evidence: str = ""


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether an item is ready for the purpose of a profile.

    Attributes:
        reasons: The result of each requirement.
    """

    tracker: str
    key: str
    profile: str
    verdict: Verdict
    reasons: tuple[RequirementResult, ...]


_Result = tuple[Outcome, str, str]
"""The outcome, the code and the evidence of a requirement, as in `RequirementResult`."""
_Check = Callable[["ReadinessJudge", WorkItem], _Result]
"""A function that checks whether an item meets a requirement."""


class ReadinessJudge:
    """Judges the items of one backlog by the profiles of a ruleset."""

    def __init__(self, backlog: Backlog, ruleset: Ruleset, now: datetime) -> None:
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now
        self._unjudged_by_rule: dict[int, tuple[Unjudged, ...]] = {}
        """Why a rule cannot judge some or all items, by the identity of the rule object."""

    def judge(self, item: WorkItem, profile: str) -> Readiness:
        """Judge one open item of the backlog by a profile of the ruleset.

        Raises:
            KeyError: There is no such profile.
        """
        results = tuple(self._check(requirement, item) for requirement in self._ruleset.profiles[profile])
        outcomes = {result.outcome for result in results}
        if Outcome.NOT_MET in outcomes:
            verdict = Verdict.NOT_READY
        else:
            verdict = Verdict.UNKNOWN if Outcome.UNKNOWN in outcomes else Verdict.READY
        return Readiness(tracker=item.tracker, key=item.key, profile=profile, verdict=verdict, reasons=results)

    def _check(self, requirement: str, item: WorkItem) -> RequirementResult:
        """Check whether an item meets a requirement: one of `_CHECKS`, or that a rule has no finding."""
        if check := _CHECKS.get(requirement):
            return RequirementResult(requirement, *check(self, item))
        if item.kind not in self._ruleset.rule_types[requirement].kinds:
            evidence = f"The rule does not judge {item.type or item.kind.value}."
            return RequirementResult(requirement, Outcome.NOT_NEEDED, "other-type", evidence)
        return RequirementResult(requirement, *self.run_rule(requirement, item))

    def run_rule(self, name: str, item: WorkItem) -> _Result:
        """Check that a rule has no finding on an item, even if the settings exclude its type or switch the rule off.

        Without a finding, the outcome is unknown if the rule cannot judge some items, as this may be one of them.
        """
        rule = self._ruleset.rule_for(name, item)
        if unknown := rule.unknown_attributes(item):
            return Outcome.UNKNOWN, "not-known", f"Not known: {', '.join(unknown)}."
        if id(rule) not in self._unjudged_by_rule:
            self._unjudged_by_rule[id(rule)] = rule.prepare(self._backlog, self._now)
        hits = rule.judge(item)
        if hits:
            finding = make_finding(rule, item, hits[0])
            return Outcome.NOT_MET, finding.variant, finding.evidence
        unjudged = self._unjudged_by_rule[id(rule)]
        return (Outcome.UNKNOWN, "not-enough-data", str(unjudged[0])) if unjudged else (Outcome.MET, "no-finding", "")

    @cached_property
    def _done_keys(self) -> frozenset[str]:
        """The keys of the finished items. They are read only for items with blockers."""
        return frozenset(finished.key for finished in self._backlog.finished)

    def open_blockers(self, item: WorkItem) -> Iterator[tuple[str, WorkItem | None]]:
        """Yield the key of each blocker not known to be done, and the blocker (None if it is unknown)."""
        for link in blocking_links(item.links):
            if link.tracker:
                blocker = self._backlog.external_items.get((link.tracker, link.target))
                if blocker is None or blocker.is_open:
                    yield link.target, blocker
            elif link.target not in self._done_keys:
                yield link.target, self._backlog.find(link.target)


def _check_criteria(judge: ReadinessJudge, item: WorkItem) -> _Result:
    return judge.run_rule("missing-acceptance-criteria", item)


def _check_reproduction(judge: ReadinessJudge, item: WorkItem) -> _Result:
    if item.is_known("kind") and item.kind is not ItemKind.BUG:
        return Outcome.NOT_NEEDED, "no-bug", ""
    return judge.run_rule("bug-without-reproduction", item)


def _check_open_questions(_judge: ReadinessJudge, item: WorkItem) -> _Result:
    """Check that neither the last comment nor the text of the item contains an open question."""
    if not item.is_known("text"):
        return Outcome.UNKNOWN, "not-known", "Its description is not known."
    if item.is_known("question_asked") and item.question_asked is not None:
        return Outcome.NOT_MET, "comment", f"The last comment, of {item.question_asked:%Y-%m-%d}, ends in a question."
    question = next(open_questions((*item.text, *(item.criteria or ()))), None)
    if question is None:
        return Outcome.MET, "none", ""
    return Outcome.NOT_MET, "undecided", f'It says: "{make_quotable(question)}"'


def _check_open_blockers(judge: ReadinessJudge, item: WorkItem) -> _Result:
    if not item.is_known("links"):
        return Outcome.UNKNOWN, "not-known", "Its links are not known."
    unknown_keys = []
    for key, blocker in judge.open_blockers(item):
        if blocker is None:
            unknown_keys.append(key)
        else:
            return Outcome.NOT_MET, "open-blocker", f"It waits for {key}, which is not done."
    if item.flagged:
        return Outcome.NOT_MET, "flagged", "People marked it as blocked."
    if unknown_keys:
        return Outcome.UNKNOWN, "unknown-blocker", f"It waits for {unknown_keys[0]}, which is not in this backlog."
    return Outcome.MET, "none", ""


def _check_dependency_owners(judge: ReadinessJudge, item: WorkItem) -> _Result:
    """Check that somebody is assigned to every open item that the item waits for."""
    if not item.is_known("links"):
        return Outcome.UNKNOWN, "not-known", "Its links are not known."
    unknown_key = ""
    for key, blocker in judge.open_blockers(item):
        if blocker is None or blocker.assigned is None:
            unknown_key = unknown_key or key
        elif not blocker.assigned:
            return Outcome.NOT_MET, "no-owner", f"It waits for {key}, to which nobody is assigned."
    if unknown_key:
        return Outcome.UNKNOWN, "unknown-owner", f"It is not known who looks after {unknown_key}."
    return Outcome.MET, "owned", ""


def _check_estimate(_judge: ReadinessJudge, item: WorkItem) -> _Result:
    if not item.is_known("points"):
        return Outcome.UNKNOWN, "not-known", "Its size is not known."
    size = item.points if item.points is not None else item.effort
    return (Outcome.MET, "estimated", "") if size is not None else (Outcome.NOT_MET, "none", "It has no estimate.")


def _check_usual_size(judge: ReadinessJudge, item: WorkItem) -> _Result:
    """Check that the item is not of a size at which items often took the team longer than usual."""
    if item.is_known("points") and item.points is None:
        return Outcome.UNKNOWN, "no-estimate", "It has no estimate, so its size cannot be compared."
    return judge.run_rule("oversized-story", item)


def _check_benefit(_judge: ReadinessJudge, item: WorkItem) -> _Result:
    """Check that a feature or an epic has a business value, or words that state a benefit."""
    if item.level is not HierarchyLevel.PORTFOLIO:
        return Outcome.NOT_NEEDED, "no-feature", ""
    if item.value is not None:
        return Outcome.MET, "value", ""
    if not item.is_known("text"):
        return Outcome.UNKNOWN, "not-known", "Its description is not known."
    text = " ".join(block.text for block in item.text).casefold()
    if any(word in text for word in _BENEFIT_WORDS):
        return Outcome.MET, "stated", ""
    return Outcome.NOT_MET, "none", "Nothing says what it is expected to improve, and for whom."


_BENEFIT_WORDS = (
    "hypothesis", "benefit", "outcome", "so that", "in order to", "we believe",
    "hypothese", "nutzen", "damit ", "um zu ", "wir glauben",
)  # fmt: skip
"""Words in a description that show that it states a benefit, in English and German."""
_CHECKS: Mapping[str, _Check] = {
    "criteria": _check_criteria,
    "reproduction": _check_reproduction,
    "no-open-question": _check_open_questions,
    "no-open-blocker": _check_open_blockers,
    "owned-dependencies": _check_dependency_owners,
    "estimate": _check_estimate,
    "usual-size": _check_usual_size,
    "benefit": _check_benefit,
}
"""The checks of all `REQUIREMENTS` in `rules.ruleset`, by name."""
