"""Makes decisions from what people did to the service's annotations: the comments, labels and field values that it put
on items.

If a person deletes or changes an annotation, this counts as a dismissal of the findings (matches of rules) that the
annotation was about: until its review date, the service does not ask about them again.
"""

from collections.abc import Iterable
from datetime import datetime

from rules.model import Decision, DecisionKind, decision_id
from sync.decisions.command_parser import default_review
from sync.store import Transaction, findings
from sync.store.records import Annotation, AnnotationChange
from sync.writeback.ready_labels import is_about_ready_label


def make_dismissals(transaction: Transaction, changes: Iterable[AnnotationChange], now: datetime) -> list[Decision]:
    """Make the decisions that follow from removed and changed annotations.

    Removing a label dismisses all findings on the item, because a label may be about several rules. Removing the label
    of a readiness profile, which says that the item is ready for a purpose, dismisses only that label.
    """
    dismissals: list[Decision] = []
    for change in changes:
        annotation = change.annotation
        dismissals += [
            Decision(
                id=decision_id(annotation.tracker, annotation.item, change.kind, str(annotation.written), rule),
                tracker=annotation.tracker,
                item=annotation.item,
                key=annotation.key,
                kind=DecisionKind.DISMISSED,
                at=now,
                review=default_review(DecisionKind.DISMISSED, now),
                rule=rule,
                source=change.kind,
            )
            for rule in _affected_rules(transaction, annotation)
        ]
    return dismissals


def _affected_rules(transaction: Transaction, annotation: Annotation) -> list[str]:
    """What a person dismisses by changing an annotation: ids of rules, or the name of a field or of a ready label as in
    `Annotation.rules`.
    """
    rules = list(annotation.rules)
    if annotation.kind == "label" and not is_about_ready_label(annotation.rules):
        present = findings.present(transaction, annotation.tracker, annotation.item)
        rules += [finding.rule for finding, _state, _reason in present]
    return list(dict.fromkeys(rules))
