"""Counts it as a dismissal when people delete our comment, remove our label or change our field."""

from collections.abc import Iterable
from datetime import datetime

from rules.model import Decision, DecisionKind, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS
from sync.store import Transaction, findings
from sync.store.records import Annotation, AnnotationChange


def dismissals(transaction: Transaction, changes: Iterable[AnnotationChange], now: datetime) -> list[Decision]:
    """Make the decisions that follow from removed and changed annotations.

    Removing a label dismisses all findings on the item, because a label may stand for several rules.
    """
    return [
        Decision(
            id=decision_id(annotation.tracker, annotation.item, change.what, str(annotation.written), rule),
            tracker=annotation.tracker,
            item=annotation.item,
            key=annotation.key,
            kind=DecisionKind.DISMISSED,
            at=now,
            review=now + DEFAULT_DURATIONS[DecisionKind.DISMISSED],
            rule=rule,
            source=change.what,
        )
        for change in changes
        for annotation in [change.annotation]
        for rule in _affected_rules(transaction, annotation)
    ]


def _affected_rules(transaction: Transaction, annotation: Annotation) -> list[str]:
    rules = list(annotation.rules)
    if annotation.kind == "label":
        present = findings.present(transaction, annotation.tracker, annotation.item)
        rules += [finding.rule for finding, _, _ in present]
    return list(dict.fromkeys(rules))
