"""Lays out a pulse in Slack: the button in the message, the dialog with the statements, the result in the thread."""

from collections.abc import Iterator

import msgspec

from connectors.slack import formatting
from connectors.slack.interactions import DialogChoice, make_dialog
from sync.messages import Messages
from sync.report.digest import Digest
from sync.report.pulse import STATEMENTS, PulseRequest, describe_result, name_period
from sync.report.slack_parts import Block, MessageLayout, Reply, paragraph
from sync.store.pulses import VALUES

PULSE = "pulse"
"""The value of `Reply.topic` for the reply with results."""
_SHOWN_DAYS = 7
"""A result is in the agendas of this many days after the pulse has closed."""


def pulse_blocks(layout: MessageLayout) -> Iterator[Block]:
    """Yield the request to answer, and its button, if the message asks for a pulse."""
    if layout.pulse is None or not layout.has_buttons:
        return
    request = PulseRequest(layout.pulse_team, layout.pulse.period)
    last_day = layout.pulse.last_day
    yield paragraph(layout.messages.text("pulse.request", team=layout.pulse_team, day=last_day.isoformat()))
    value = msgspec.json.encode(request).decode()
    yield formatting.actions(formatting.button(layout.messages.text("pulse.button"), "pulse", value))


def pulse_dialog(about: str, state: str, messages: Messages) -> dict[str, object]:
    """The dialog with the four statements, in the format of Slack's API."""
    options = {str(value): messages.name("pulse.scale", str(value)) for value in range(1, VALUES + 1)}
    choices = tuple(DialogChoice(code, messages.name("pulse.statements", code), options) for code in STATEMENTS)
    title, submit, cancel = (messages.text(key) for key in ("pulse.title", "pulse.submit", "clicks.cancel"))
    return make_dialog(title, about, choices, submit, cancel, state)


def pulse_reply(digest: Digest, layout: MessageLayout) -> Iterator[Reply]:
    """Yield the reply with the results of pulses that have closed since the last agenda, if the message is one."""
    texts = layout.messages
    recent = [result for result in digest.pulses if 0 <= (digest.day - result.closed).days < _SHOWN_DAYS]
    if not recent or not layout.is_agenda:
        return
    blocks = []
    for result in recent:
        period = name_period(result.period, texts)
        blocks.append(paragraph(texts.text("pulse.result", team=result.team, period=period), bold=True))
        blocks.append(paragraph("\n".join(describe_result(result, texts))))
    yield Reply(
        PULSE, texts.text("pulse.result", team=recent[0].team, period=name_period(recent[0].period, texts)), blocks
    )
