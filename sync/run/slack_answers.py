"""Handles the actions of people in Slack: they click a button, give a reason in a dialog, or type `/steward KEY`.

An answer is stored as a decision, like one in a comment, and the next round (pass over the tracker) acts on it. A
button can also open a pulse, which is an anonymous survey of a team. A process on standby, which runs no rounds,
handles actions too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import msgspec
import structlog
from msgspec import Struct

from connectors.errors import ConnectorError
from connectors.slack import Slack
from connectors.slack.interactions import (
    Click,
    DialogInput,
    Interaction,
    SlashCommand,
    Submission,
    input_errors,
    make_dialog,
    private_response,
)
from rules.model import DecisionKind, WorkItem, with_recorded_feedback
from sync.decisions.clicks import ANSWERS_WITH_REASON, OfferedAnswer, decide_by_click, decode_answer, require_role
from sync.decisions.command_parser import CommandError, clean_reason
from sync.decisions.question_kinds import kind_of_question
from sync.inspect.brief import summarize_item
from sync.messages import Messages
from sync.report.pulse import PulseRequest
from sync.report.slack_parts import answer_label
from sync.report.slack_pulse import pulse_dialog
from sync.run.slack_pulse import PulseAnswers, decode_request
from sync.settings import Configuration
from sync.store import Database, StoreError, decisions, items, slack_messages

_log = structlog.get_logger(__name__)

_REASON, _INSTEAD = "reason", "instead"
"""The names of the dialog's inputs: the reason for an answer, and what the person proposes instead."""
_MAX_DIALOG_TITLE = 300
"""The maximum number of characters of the item's key and title in the dialog."""
_MAX_KEY_LENGTH = 100
"""The maximum number of characters of an unknown key that a response quotes."""


class _ClickedButton(Struct, frozen=True, array_like=True):
    """The value of a button, and the channel in which it was clicked. A dialog returns them with its inputs."""

    value: str
    channel: str

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


class _Outcome(Struct, frozen=True):
    """What a click or a dialog has led to.

    Attributes:
        text: What the person is told; empty if a dialog was opened instead, or if the button is unknown.
        answered_tracker: The tracker of the item about which a decision was stored; empty if none was stored.
    """

    text: str = ""
    answered_tracker: str = ""


class _NotAccepted(Exception):
    """An answer is not accepted. The message says why, in the team's language."""


@dataclass(frozen=True)
class SlackAnswers:
    """Responds to people in Slack, and stores their answers.

    Attributes:
        after_answer: Called with a tracker's name when an answer about one of its items was stored.
    """

    get_configuration: Callable[[], Configuration]
    database: Database
    slack: Slack
    clock: Callable[[], datetime]
    after_answer: Callable[[str], None]

    @cached_property
    def _pulse(self) -> PulseAnswers:
        return PulseAnswers(self.get_configuration, self.database, self.clock)

    def respond(self, interaction: Interaction) -> dict[str, object] | None:
        """Return the content of the acknowledgement: the errors in a dialog, or the response to a slash command."""
        match interaction:
            case Submission():
                is_about_pulse = decode_request(_clicked_button(interaction).value) is not None
                return self._pulse.check_inputs(interaction) if is_about_pulse else self._check_inputs(interaction)
            case SlashCommand():
                return self._explain(interaction)
        return None

    def handle(self, interaction: Interaction) -> None:
        """After the acknowledgement, open the dialog for a reason or of a pulse, or store an answer and confirm it."""
        if isinstance(interaction, SlashCommand) or self.respond(interaction) is not None:
            return
        button = _clicked_button(interaction)
        try:
            outcome = self._act(interaction, button)
        except _NotAccepted as error:
            outcome = _Outcome(str(error))
        except StoreError as error:
            _log.warning("an answer in Slack was not stored", reason=str(error))
            outcome = _Outcome(self._messages.text("clicks.not-stored"))
        try:
            if outcome.text:
                self.slack.show_to(button.channel, interaction.user, outcome.text)
        finally:
            if outcome.answered_tracker:
                self.after_answer(outcome.answered_tracker)

    @property
    def _messages(self) -> Messages:
        return self.get_configuration().messages

    def _act(self, action: Click | Submission, button: _ClickedButton) -> _Outcome:
        """Do what the button is for: open a dialog, or store what the person has answered.

        Raises:
            _NotAccepted: The person may not answer, the answer is not accepted, or the dialog cannot be opened.
            StoreError: The store cannot be used.
        """
        if (request := decode_request(button.value)) is not None:
            return _Outcome(self._answer_pulse(request, action, button))
        answer = decode_answer(button.value)
        if answer is None:
            return _Outcome()
        role = self._role(action.user, answer.kind)
        item = self._item(answer)
        if isinstance(action, Submission):
            return self._store(answer, item, role, action.inputs)
        if answer.kind not in ANSWERS_WITH_REASON:
            return self._store(answer, item, role, {})
        self._open_dialog(action, self._dialog(answer, item, button), "clicks.no-dialog")
        return _Outcome()

    def _answer_pulse(self, request: PulseRequest, action: Click | Submission, button: _ClickedButton) -> str:
        """Open the dialog of a pulse, or count the answers. Nothing about the person is logged.

        Returns:
            The confirmation, or why the person cannot answer; empty if the dialog was opened.
        """
        if isinstance(action, Submission):
            return self._pulse.store(request, action)
        refusal = self._pulse.find_refusal(request, action.user)
        if not refusal:
            self._open_dialog(action, pulse_dialog(request.team, button.encode(), self._messages), "pulse.no-dialog")
        return refusal

    def _open_dialog(self, click: Click, dialog: dict[str, object], error_id: str) -> None:
        """Open a dialog for the person who clicked.

        Raises:
            _NotAccepted: The dialog cannot be opened. The person is told so by the text with the id `error_id`.
        """
        try:
            self.slack.open_dialog(click.trigger_id, dialog)
        except ConnectorError as error:
            _log.info("a dialog in Slack was not opened", reason=str(error))
            raise _NotAccepted(self._messages.text(error_id)) from None

    def _role(self, user: str, kind: DecisionKind) -> str:
        """Return the role that allows a person to make this decision: the person's group, or "everybody".

        Only people in the settings may answer, because a channel may have guests.

        Raises:
            _NotAccepted: The person is unknown, or may not make this decision.
        """
        settings = self.get_configuration().settings
        group = settings.slack.people.get(user) if settings.slack is not None else None
        if group is None:
            raise _NotAccepted(self._messages.text("clicks.unknown-user"))
        try:
            return require_role(settings.roles, group, kind)
        except CommandError as error:
            why = _describe(error, self._messages)
            raise _NotAccepted(self._messages.text("clicks.refused", why=why)) from None

    def _item(self, answer: OfferedAnswer) -> WorkItem:
        """The item that an answer is about.

        Raises:
            _NotAccepted: The item is closed or not visible; see `_visible_item`.
        """
        item = self._visible_item(answer.key, answer.tracker)
        if item is None or not item.is_open:
            raise _NotAccepted(self._messages.text("clicks.gone", item=answer.key))
        return item

    def _visible_item(self, key: str, tracker: str = "") -> WorkItem | None:
        """The item with this key, and with what customers said about it (feedback).

        None if no configured tracker has it in its scope, or if the tracker shows it only to some people.
        """
        configuration = self.get_configuration()
        trackers, feedback = configuration.settings.trackers, configuration.feedback
        with self.database.reading() as transaction:
            return next(
                (
                    with_recorded_feedback(item, feedback)
                    for item in items.items_by_key(transaction, key)
                    if item.tracker in trackers and tracker in ("", item.tracker) and not item.restricted
                ),
                None,
            )

    def _dialog(self, answer: OfferedAnswer, item: WorkItem, button: _ClickedButton) -> dict[str, object]:
        """The dialog that asks for the reason of an answer, in the format of Slack's API."""
        texts = self._messages
        inputs = [DialogInput(_REASON, texts.text("clicks.reason"))]
        if answer.kind is DecisionKind.NOT_IN_THIS_FORM:
            inputs.append(DialogInput(_INSTEAD, texts.text("clicks.instead"), optional=True))
        return make_dialog(
            answer_label(answer.kind, kind_of_question(next(iter(answer.rules), "")), texts),
            f"{item.key} {item.title}"[:_MAX_DIALOG_TITLE],
            tuple(inputs),
            texts.text("clicks.submit"),
            texts.text("clicks.cancel"),
            button.encode(),
        )

    def _check_inputs(self, submission: Submission) -> dict[str, object] | None:
        """The errors in the inputs of a dialog, in the format of Slack's API; None if there are none."""
        texts = self._messages
        try:
            if clean_reason(submission.inputs.get(_REASON, "")):
                return None
        except CommandError as error:
            return input_errors({_REASON: _describe(error, texts)})
        return input_errors({_REASON: texts.text("clicks.reason-needed")})

    def _store(self, answer: OfferedAnswer, item: WorkItem, role: str, inputs: Mapping[str, str]) -> _Outcome:
        """Store the decisions that follow from an answer: one about the item, or one for each rule of the question.

        None is stored if the same answer was given before.
        """
        texts, now = self._messages, self.clock()
        rules = self.get_configuration().ruleset().rule_types.keys()
        with self.database.writing() as transaction:
            earlier_decisions = decisions.for_item(transaction, item.tracker, item.id)
            try:
                new_decisions = decide_by_click(item, answer, role, rules, now, earlier_decisions, **inputs)
            except CommandError as error:
                raise _NotAccepted(texts.text("clicks.refused", why=_describe(error, texts))) from None
            added = decisions.add(transaction, new_decisions)
        if not added:
            return _Outcome(texts.text("clicks.known", item=item.key))
        _log.info("an answer in Slack", tracker=item.tracker, item=item.key, answer=answer.kind)
        name = texts.name("report.answer-kinds", answer.kind)
        review = new_decisions[0].review
        if review is None:
            text = texts.text("clicks.stored", item=item.key, answer=name)
        else:
            text = texts.text("clicks.stored-until", item=item.key, answer=name, review=f"{review:%Y-%m-%d}")
        return _Outcome(text, answered_tracker=item.tracker)

    def _explain(self, command: SlashCommand) -> dict[str, object]:
        """The response to `/steward KEY`, for people in the settings and in channels that get a report."""
        texts = self._messages
        key = command.text.strip().split(" ")[0]
        if not key:
            return private_response(texts.text("clicks.usage"))
        item = self._visible_item(key)
        if item is None or not self._may_read(command, item):
            return private_response(texts.text("clicks.no-item", item=key[:_MAX_KEY_LENGTH]))
        with self.database.reading() as transaction:
            lines = summarize_item(transaction, item, self.clock(), texts)
        return private_response(f"{item.key} {item.title}", *lines)

    def _may_read(self, command: SlashCommand, item: WorkItem) -> bool:
        """Whether the person is in the settings, or a report about the item goes to this channel."""
        settings = self.get_configuration().settings
        if settings.slack is None:
            return False
        if command.user in settings.slack.people:
            return True
        with self.database.reading() as transaction:
            for report in settings.slack.reports:
                latest = slack_messages.load_latest(transaction, report.channel)
                is_report_channel = latest is not None and latest.channel_id == command.channel
                if is_report_channel and (not report.trackers or item.tracker in report.trackers):
                    return True
        return False


def _clicked_button(action: Click | Submission) -> _ClickedButton:
    """The button that was clicked, or that opened the submitted dialog."""
    if isinstance(action, Click):
        return _ClickedButton(action.value, action.channel)
    return msgspec.json.decode(action.state, type=_ClickedButton)


def _describe(error: CommandError, messages: Messages) -> str:
    """The reason why a command is not accepted, in the team's language if the error names a message."""
    return messages.text(f"answers.{error.message_id}", count=None, **error.facts) if error.message_id else str(error)
