"""Lays out a pulse in Slack: the button in the message, the dialog with the statements, the result in the thread.

A pulse is an anonymous survey, in which the people of a team say how much they agree with four statements.
"""

from collections.abc import Iterator

import msgspec

from connectors.slack import formatting
from connectors.slack.interactions import DialogChoice, make_dialog
from sync.messages import Messages
from sync.report.digest import Digest
from sync.report.pulse import STATEMENTS, PulseRequest, describe_result, name_period
from sync.report.slack_parts import Block, MessageLayout, Reply, paragraph
from sync.store.pulses import MAX_VALUE

PULSE = "pulse"
"""The value of `Reply.topic` for the reply with results."""
_DISPLAY_DAYS = 7
"""The number of days, from the one on which a pulse has closed, in which agendas contain its result."""


def pulse_blocks(layout: MessageLayout) -> Iterator[Block]:
    """Yield the invitation to take part in a pulse and its button, if they belong in the message."""
    if layout.pulse is None or not layout.channel.has_buttons:
        return
    request = PulseRequest(layout.channel.pulse_team, layout.pulse.period)
    last_day = layout.pulse.last_day
    yield paragraph(layout.messages.text("pulse.request", team=layout.channel.pulse_team, day=last_day.isoformat()))
    value = msgspec.json.encode(request).decode()
    yield formatting.actions(formatting.button(layout.messages.text("pulse.button"), "pulse", value))


def pulse_dialog(team: str, state: str, messages: Messages) -> dict[str, object]:
    """The dialog with the four statements, in the format of Slack's API. Slack returns `state` with the answers."""
    options = {str(value): messages.name("pulse.scale", str(value)) for value in range(1, MAX_VALUE + 1)}
    choices = tuple(DialogChoice(code, messages.name("pulse.statements", code), options) for code in STATEMENTS)
    about = messages.text("pulse.about", team=team)
    title, submit, cancel = (messages.text(key) for key in ("pulse.title", "pulse.submit", "clicks.cancel"))
    return make_dialog(title, about, choices, submit, cancel, state)


def pulse_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply with the results of pulses that have closed in the last week, if the message is an agenda."""
    texts = layout.messages
    recent = [result for result in digest.pulses if 0 <= (digest.day - result.closed).days < _DISPLAY_DAYS]
    if not recent or not layout.is_agenda:
        return
    headings = [
        texts.text("pulse.result", team=result.team, period=name_period(result.period, texts)) for result in recent
    ]
    blocks = []
    for heading, result in zip(headings, recent, strict=True):
        blocks.append(paragraph(heading, bold=True))
        blocks.append(paragraph("\n".join(describe_result(result, texts))))
    yield Reply(PULSE, headings[0], blocks)
