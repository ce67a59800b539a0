"""What happens when people delete our comment, remove our label or change our field: it counts as a dismissal."""

from collections.abc import Iterable
from datetime import datetime

from rules.model import Decision, DecisionKind, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS
from sync.store import Transaction, findings
from sync.store.records import Annotation, AnnotationChange


def dismissals(reading: Transaction, changes: Iterable[AnnotationChange], now: datetime) -> list[Decision]:
    """The decisions that people made by removing or changing what we put on items.

    A label names no rule, so removing it is about every finding on the item.
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
        for rule in _rules_of(reading, annotation)
    ]


def _rules_of(reading: Transaction, annotation: Annotation) -> list[str]:
    rules = list(annotation.rules)
    if annotation.kind == "label":
        standing = findings.present(reading, annotation.tracker, annotation.item)
        rules += [finding.rule for finding, _, _ in standing]
    return list(dict.fromkeys(rules))
