"""Lays out the alerts about sprints: two sentences each in the Slack message, and their items in its thread."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from connectors.slack import TEXT_BUDGET, count_text_characters, formatting
from sync.messages import Messages
from sync.report.alerts import Alert
from sync.report.slack_parts import (
    MAX_EVIDENCE_LENGTH,
    MAX_LINE_LENGTH,
    RESERVED_CHARACTERS,
    Block,
    MessageLayout,
    Reply,
    linked_title,
    paragraph,
    rich_paragraph,
    truncate,
)

_MAX_ALERTS = 5
"""The maximum number of alerts in a message, and in a reply."""
_MAX_ITEMS = 10
"""The maximum number of items that a reply lists for an alert."""


def alert_blocks(alerts: Sequence[Alert], texts: Messages) -> Iterator[Block]:
    """Yield a block for each alert, with its heading and its question."""
    for alert in alerts[:_MAX_ALERTS]:
        yield rich_paragraph(
            formatting.text_element(truncate(alert.heading, MAX_LINE_LENGTH), bold=True),
            formatting.text_element(f" {truncate(alert.question, MAX_LINE_LENGTH)}"),
        )
    if (hidden := len(alerts) - _MAX_ALERTS) > 0:
        yield paragraph(texts.text("report.more-teams", count=hidden))


def alert_replies(alerts: Sequence[Alert], layout: MessageLayout) -> Iterator[Reply]:
    """Yield a reply for each topic (what alerts are about): the question, then the items of each team."""
    texts = layout.messages
    max_characters = TEXT_BUDGET - RESERVED_CHARACTERS  # leaves space for the line about the teams that are left out
    for topic, same_topic in groupby(sorted(alerts, key=lambda alert: alert.topic), key=lambda alert: alert.topic):
        group = list(same_topic)
        question = group[0].question
        blocks = [paragraph(question, bold=True)]
        for number, alert in enumerate(group):
            block = _alert_block(alert, texts)
            is_full = number == _MAX_ALERTS
            if is_full or count_text_characters([*blocks, block]) > max_characters:
                blocks.append(paragraph(texts.text("report.more-teams", count=len(group) - number)))
                break
            blocks.append(block)
        yield Reply(topic, truncate(f"{question} {group[0].heading}", MAX_LINE_LENGTH), blocks)


def _alert_block(alert: Alert, texts: Messages) -> Block:
    hidden = alert.hidden_count + max(0, len(alert.items) - _MAX_ITEMS)
    more = texts.text("report.more-items", count=hidden)
    return formatting.rich_text(
        formatting.rich_text_section(formatting.text_element(truncate(alert.heading, MAX_LINE_LENGTH))),
        formatting.rich_text_list(
            *(
                formatting.rich_text_section(
                    *linked_title(item.key, item.title, item.link, f" – {truncate(item.note, MAX_EVIDENCE_LENGTH)}")
                )
                for item in alert.items[:_MAX_ITEMS]
            )
        ),
        *([formatting.rich_text_section(formatting.text_element(more))] if hidden else []),
    )
