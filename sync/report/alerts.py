"""Makes the alerts to teams about their sprints: each has a heading, a question to the team, and its items.

All reports show the same alerts: Slack, the page, and the views of the team and the product owner.
"""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from rules.flow.late_changes import LateChangeKind
from sync.messages import Messages
from sync.report.digest import Digest
from sync.report.sprint_alerts import LateChanges, LateItem, SprintBeforePlanning


class AlertTopic(StrEnum):
    """What an alert is about."""

    BEFORE_PLANNING = "before-planning"
    """Items of a sprint that begins by the next working day have open questions."""
    ADDED = "added-late"
    """Items were added to a running sprint."""
    CHANGED = "changed-late"
    """The text or the size of items of a running sprint changed."""


class AlertItem(Struct, frozen=True):
    """An item of an alert. Its note contains the open questions about the item, or says how the item changed."""

    key: str
    title: str
    link: str
    note: str


class Alert(Struct, frozen=True):
    """An alert about the sprint of a team.

    Attributes:
        heading: A sentence that says what was found.
        items: The first items that the alert is about.
        hidden_count: The number of other items that it is about.
    """

    topic: AlertTopic
    heading: str
    question: str
    items: tuple[AlertItem, ...]
    hidden_count: int = 0


def make_alerts(digest: Digest, messages: Messages) -> list[Alert]:
    """Make the alerts of a digest: first those before a planning, then those about changes to running sprints."""
    alerts = [_make_alert_before_planning(sprint, messages) for sprint in digest.before_planning]
    for changes in digest.late_changes:
        alerts += _make_alerts_about_changes(changes, messages)
    return alerts


def _make_alert_before_planning(sprint: SprintBeforePlanning, messages: Messages) -> Alert:
    """The alert about a sprint that begins by the next working day. Each question names the role that it is for."""
    heading = messages.text(
        "alerts.before-planning.heading",
        count=sprint.open_count,
        sprint=sprint.sprint,
        team=sprint.team,
        start=sprint.start.isoformat(),
        all=sprint.total,
    )
    items = tuple(
        AlertItem(
            entry.key,
            entry.title,
            entry.link,
            " ".join(f"{question.role}: {question.question}" for question in entry.questions),
        )
        for entry in sprint.entries
    )
    question = messages.text("alerts.before-planning.question")
    return Alert(AlertTopic.BEFORE_PLANNING, heading, question, items, sprint.open_count - len(items))


def _make_alerts_about_changes(changes: LateChanges, messages: Messages) -> Iterator[Alert]:
    """Yield an alert about the items that were added to a running sprint, and one about its items that changed."""
    for topic, items in (
        (AlertTopic.ADDED, changes.of_kind(LateChangeKind.ADDED)),
        (AlertTopic.CHANGED, changes.of_kind(LateChangeKind.TEXT, LateChangeKind.SIZE)),
    ):
        if items:
            heading = messages.text(
                f"alerts.{topic}.heading", count=len(items), sprint=changes.sprint, team=changes.team
            )
            lines = tuple(AlertItem(item.key, item.title, item.link, _note(item, messages)) for item in items)
            yield Alert(topic, heading, messages.text(f"alerts.{topic}.question"), lines)


def _note(item: LateItem, messages: Messages) -> str:
    """Describe what happened to an item, and when."""
    day = item.day.isoformat()
    return messages.text(f"alerts.notes.{item.kind}", day=day, before=item.before, after=item.after)
