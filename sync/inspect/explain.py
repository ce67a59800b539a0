"""Explains one item from the store: its findings, annotations, decisions and the history of writes.

An annotation is a comment, label or field value that the service put on an item. A rule in shadow mode only reports its
findings, and nothing is written about them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from rules.lifecycle import FindingState
from rules.model import Facts, Link, StatusCategory, WorkItem, drop_superseded
from rules.rule import Rule
from rules.ruleset import Ruleset
from sync.decisions.changes_since import changes_since, describe_changes
from sync.decisions.log import LogEntry, log_entries
from sync.inspect.audit import to_text
from sync.inspect.finding_writes import describe_writes
from sync.inspect.item_notes import item_notes
from sync.messages import shipped_messages
from sync.rounds.item_view import ItemView
from sync.rounds.rule_modes import mode_of
from sync.settings import Configuration
from sync.store import Transaction, items, promotions
from sync.store.findings import StoredFinding
from sync.store.records import Annotation, Effect, Value


class FindingEntry(Struct, frozen=True, kw_only=True):
    """One finding about the item.

    Attributes:
        state: Its state in the last round.
        since: When it entered this state.
        reason: The reason for this state; `because` in JSON.
        written: Present and planned annotations about it, or the reason why there are none.
        resolution: What people can do so that the finding is cleared.
        facts: The values in the evidence, the question and the resolution, by name.
    """

    rule: str
    severity: str
    state: FindingState
    since: datetime
    first_seen: datetime
    reason: str = field(name="because")
    written: str
    evidence: str
    question: str
    resolution: str
    facts: Facts


class RuleWithoutFinding(Struct, frozen=True):
    """A rule without a finding about the item, and the reason; `because` in JSON."""

    rule: str
    reason: str = field(name="because")


class AnnotationEntry(Struct, frozen=True, kw_only=True):
    """An annotation on the item.

    Attributes:
        kind: "comment", "label" or "field".
        name: Id of the comment, the label itself, or id of the field.
        text: The text of the comment, the label, or the value of the field; `says` in JSON.
        since: When the service last wrote it.
        rules: Ids of the rules whose findings it is for; for a field, its name in the settings; for the label of a
            readiness profile, "ready:" and the name of the profile.
        changed_by_others: Whether somebody else has changed it since; `taken` in JSON.
    """

    kind: str
    name: str
    text: str = field(name="says")
    since: datetime
    rules: tuple[str, ...]
    changed_by_others: bool = field(name="taken")


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One change that the service made to the item.

    Attributes:
        round: Id of the round, which is one pass over the tracker.
        kind, name: As in `AnnotationEntry`.
        before, after: The values as text; empty if there was none.
    """

    at: datetime
    round: str
    kind: str
    name: str
    before: str
    after: str


class Explanation(Struct, frozen=True, kw_only=True):
    """All stored information about one item.

    Attributes:
        position: Rank among the open items, from 1; None if it has no rank.
        judged_at: When the rules last judged it; `judged` in JSON.
        notes: Notes about the item as a whole, such as the reason why nothing is written on it.
        findings: The present findings, then the cleared ones.
        rules_without_finding: The other rules, with reasons; `silent` in JSON.
        annotations: The service's annotations on it; `ours` in JSON.
        history: The service's writes to it, from the ledger, which records every write.
        priority: Reasons to move it up the backlog, and its place according to each priority model. `explain` leaves it
            empty; the caller adds it.
    """

    tracker: str
    key: str
    title: str
    url: str
    status: str
    position: int | None
    judged_at: datetime | None = field(name="judged")
    notes: tuple[str, ...]
    findings: tuple[FindingEntry, ...]
    rules_without_finding: tuple[RuleWithoutFinding, ...] = field(name="silent")
    decisions: tuple[LogEntry, ...]
    annotations: tuple[AnnotationEntry, ...] = field(name="ours")
    history: tuple[HistoryEntry, ...]
    links: tuple[Link, ...]
    priority: tuple[str, ...] = ()


def explain(transaction: Transaction, view: ItemView, configuration: Configuration) -> Explanation:
    """Explain one item, without a request to its tracker.

    Args:
        view: The item with its stored findings, decisions and writes, today or on an earlier day.
    """
    item = view.item
    shadow_reasons = _shadow_reasons(transaction, item, configuration)
    return Explanation(
        tracker=item.tracker,
        key=item.key,
        title=item.title,
        url=item.url,
        status=item.status,
        position=view.position,
        judged_at=view.judged_at,
        notes=(*_notes(view, configuration), *_changes_since_due_decisions(transaction, view)),
        findings=tuple(
            _finding_entry(stored, view, shadow_reasons.get(stored.finding.rule, "")) for stored in view.findings
        ),
        rules_without_finding=tuple(_rules_without_finding(view, configuration.ruleset())),
        decisions=tuple(log_entries(view.decisions, view.now, item.demand)),
        annotations=tuple(_annotation_entry(annotation) for annotation in view.inputs.annotations.get(item.id, ())),
        history=tuple(_history_entry(effect) for effect in view.effects),
        links=item.links,
    )


def _shadow_reasons(transaction: Transaction, item: WorkItem, configuration: Configuration) -> dict[str, str]:
    """The reasons why rules are in shadow mode for the item, by rule."""
    ruleset, promoted = configuration.ruleset(), promotions.promoted_rules(transaction)
    rule_modes = {
        name: mode_of(ruleset.rule_for(name, item), configuration.settings, ruleset, promoted, item.tracker)
        for name in ruleset.rule_types
    }
    return {name: mode.reason for name, mode in rule_modes.items() if mode.mode == "shadow"}


def _notes(view: ItemView, configuration: Configuration) -> Iterator[str]:
    """Yield notes about the item as a whole."""
    item, summary = view.item, view.summary
    if view.left_scope:
        reason, since = view.left_scope
        event = "was moved out of the scope" if reason == "moved" else "was deleted, or is hidden from us"
        yield f"It {event} on {since:%Y-%m-%d}; no rule judges it."
    elif not item.is_open:
        yield f"It is {item.category.value}, so no rule judges it, and our comment and labels on it are removed."
    yield from item_notes(configuration, view.inputs, view.plan, item)
    if summary.blocked_reason and configuration.settings.mode_of(item.tracker) != "shadow":
        yield f"The last round wrote nothing. {summary.blocked_reason}"
    yield from (f"In the last round: {problem.reason}" for problem in summary.skipped if problem.item == item.key)
    if (score := view.inputs.wsjf_score_to_show(item)) is not None:
        yield shipped_messages().score(score)
    yield from (f"To decide again: {due.line(shipped_messages())}" for due in summary.due if due.key == item.key)


def _changes_since_due_decisions(transaction: Transaction, view: ItemView) -> Iterator[str]:
    """Say what has changed since each decision that is due for review."""
    item = view.item
    for decision in drop_superseded(view.decisions):
        if decision.kind.is_about_the_item and decision.review_reason(view.now, item.demand):
            field_changes = items.history(transaction, item.tracker, item.id)
            yield describe_changes(changes_since(decision, item, field_changes), shipped_messages())


def _finding_entry(stored: StoredFinding, view: ItemView, shadow_reason: str) -> FindingEntry:
    """Describe a finding. `shadow_reason` says why its rule is in shadow mode; empty if the rule is not."""
    finding = stored.finding
    is_cleared = stored.state is FindingState.CLEARED
    return FindingEntry(
        rule=finding.rule,
        severity=finding.severity.value,
        state=stored.state,
        since=stored.since,
        first_seen=stored.first_seen,
        reason=f"It has not been found since {stored.since:%Y-%m-%d}." if is_cleared else stored.reason,
        written=describe_writes(stored, view, shadow_reason),
        evidence=finding.evidence,
        question=finding.question,
        resolution=finding.resolution,
        facts=finding.facts,
    )


def _rules_without_finding(view: ItemView, ruleset: Ruleset) -> Iterator[RuleWithoutFinding]:
    """Yield the rules that have no finding about an item, with the reason for each."""
    item = view.item
    rules_with_finding = {stored.finding.rule for stored in view.findings if stored.state is not FindingState.CLEARED}
    for name in ruleset.rule_types:
        if name in rules_with_finding:
            continue
        rule = ruleset.rule_for(name, item)
        if rule.settings.severity == "off":
            yield RuleWithoutFinding(name, "It is switched off for this item.")
        elif not rule.judges(item):
            yield RuleWithoutFinding(name, _why_not_judged(rule, item))
        elif view.judged_at is None:
            yield RuleWithoutFinding(name, "The item has not been judged yet; `steward pull` does that.")
        elif reasons := view.summary.unjudged_reasons.get(name):
            yield RuleWithoutFinding(name, f"It may not have been able to judge: {' '.join(reasons)}")
        else:
            yield RuleWithoutFinding(name, "It found nothing to report.")


def _why_not_judged(rule: Rule[Any], item: WorkItem) -> str:
    """Why a rule does not judge an item, as a sentence."""
    if rule.applies(item):
        unknown = ", ".join(rule.unknown_attributes(item))
        return f"It needs data that this item does not have, or that could not be read: {unknown}."
    if not item.is_open:
        return "It only judges open items."
    if item.category is StatusCategory.IN_PROGRESS:
        return "It only judges items that have not been started."
    judged_types = rule.settings.types or sorted(kind.value for kind in rule.kinds)
    return f"It only judges {', '.join(judged_types)}, and this is of type {item.type or item.kind.value}."


def _annotation_entry(annotation: Annotation) -> AnnotationEntry:
    text = annotation.name if annotation.kind == "label" else to_text(annotation.value)
    return AnnotationEntry(
        kind=annotation.kind,
        name=annotation.name,
        text=text,
        since=annotation.written,
        rules=annotation.rules,
        changed_by_others=annotation.changed_by_others,
    )


def _history_entry(effect: Effect) -> HistoryEntry:
    """Describe a change that the service made."""
    return HistoryEntry(
        at=effect.at,
        round=effect.round,
        kind=effect.kind,
        name=effect.name,
        before=_effect_value(effect.before),
        after=_effect_value(effect.after),
    )


def _effect_value(value: Value) -> str:
    """A value before or after a change, as text. The value of a label that is set is true."""
    return "set" if value is True else to_text(value)
