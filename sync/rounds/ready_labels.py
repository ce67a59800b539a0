"""Judges which items are ready, for the labels under `write.ready_labels`, and stores the result.

A readiness profile lists what an item needs before it is ready for a purpose, such as a sprint.
The stored result is used where the writes to only one item are planned, such as by `steward preview`.
"""

from collections.abc import Iterable
from datetime import datetime

from rules.model import Backlog
from rules.readiness import ReadinessJudge, Verdict
from sync.settings import Configuration
from sync.store import Transaction, stored_values
from sync.store.records import Annotation
from sync.writeback.ready_labels import ReadyLabel, ReadyLabels

_READY_LABELS_NAME = "ready labels"
"""The name under which the store keeps the labels of a tracker."""


def judge_ready_labels(
    backlog: Backlog,
    configuration: Configuration,
    annotations: Iterable[Annotation],
    before: ReadyLabels,
    now: datetime,
) -> dict[str, ReadyLabel]:
    """Judge the open items of a backlog by the profiles that have a label. Items on which work has begun get none.

    Args:
        backlog: The open and finished items of a tracker.
        annotations: The comments, labels and field values that the service put on the items.
        before: The labels as of the last round. Items that have the label and are still not ready keep the time since
            which this is so, their `not_ready_since`.
    """
    profiles = configuration.settings.write.ready_labels
    if not profiles:
        return {}
    judge = ReadinessJudge(backlog, configuration.ruleset(), now)
    labelled = {(annotation.item, annotation.name) for annotation in annotations if annotation.kind == "label"}
    labels: dict[str, ReadyLabel] = {}
    for profile, label in profiles.items():
        is_unchanged = label in before and before[label].profile == profile
        since_before = before[label].not_ready_since if is_unchanged else {}
        ready: set[str] = set()
        not_ready_since: dict[str, datetime] = {}
        for item in backlog.with_texts(backlog.items):
            verdict = judge.judge(item, profile).verdict
            if verdict is Verdict.READY and not item.has_begun:
                ready.add(item.id)
            elif verdict is Verdict.NOT_READY and (item.id, label) in labelled:
                not_ready_since[item.id] = since_before.get(item.id, now)
        labels[label] = ReadyLabel(profile=profile, ready_ids=frozenset(ready), not_ready_since=not_ready_since)
    return labels


def load_ready_labels(transaction: Transaction, configuration: Configuration, tracker: str) -> dict[str, ReadyLabel]:
    """Load the labels as of the last round that are still configured."""
    labels = stored_values.load_for_tracker(transaction, tracker, _READY_LABELS_NAME, dict[str, ReadyLabel]) or {}
    profiles_by_label = {label: profile for profile, label in configuration.settings.write.ready_labels.items()}
    return {label: ready for label, ready in labels.items() if profiles_by_label.get(label) == ready.profile}


def save_ready_labels(transaction: Transaction, tracker: str, labels: ReadyLabels) -> None:
    """Store the labels as of this round."""
    stored_values.save_for_tracker(transaction, tracker, _READY_LABELS_NAME, labels)
