"""Sums up an item in a few lines, for the response to the command `/steward KEY` in Slack."""

from datetime import datetime

from rules.lifecycle import FindingState, status_before_next_round
from rules.model import WorkItem, select_in_force
from sync.messages import Messages
from sync.store import Transaction, decisions, findings
from sync.store.backlogs import ranked_open_ids

_MAX_LINES = 8
"""The maximum number of lines in a summary, so that it stays readable in a channel."""


def summarize_item(transaction: Transaction, item: WorkItem, now: datetime, messages: Messages) -> list[str]:
    """Return the item's status in the tracker, the questions about it with their states, and the decisions in force."""
    lines: list[str] = []
    open_ids = ranked_open_ids(transaction, item.tracker)
    if item.id in open_ids:
        place = open_ids.index(item.id) + 1
        lines.append(messages.text("clicks.status-and-place", status=item.status, place=place))
    elif item.status:
        lines.append(item.status)
    # New evidence, such as more votes, may end a decision before its review date.
    decisions_in_force = select_in_force(decisions.for_item(transaction, item.tracker, item.id), now, item.demand)
    # People may have answered since the last round, so the stored states may be outdated.
    finding_statuses = [
        status_before_next_round(finding, FindingState(state), reason, decisions_in_force, now)
        for finding, state, reason in findings.present(transaction, item.tracker, item.id)
    ]
    if not finding_statuses:
        lines.append(messages.text("clicks.no-questions"))
    for finding_status in finding_statuses:
        message = messages.finding(finding_status.finding)
        state = messages.name("report.states", finding_status.state)
        lines.append(f"{message.question} {message.evidence} ({finding_status.finding.rule}, {state})")
    for decision in decisions_in_force:
        kind = messages.name("report.answer-kinds", decision.kind)
        answer = f"{kind} {decision.rule}".strip()
        until = messages.text("report.answer-until", review=f"{decision.review:%Y-%m-%d}") if decision.review else ""
        reason = f'"{decision.reason}"' if decision.reason else ""
        sentence = " ".join(part for part in (answer, until, reason) if part)
        lines.append(messages.text("clicks.decided", what=sentence))
    return lines[:_MAX_LINES]
