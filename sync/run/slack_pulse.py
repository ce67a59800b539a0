"""Takes answers to a pulse, which is an anonymous survey of a team: how much do its people agree with some statements?

Who answered is neither logged nor stored with the answers.
"""

import dataclasses
from collections.abc import Callable
from datetime import datetime

import msgspec

from connectors.slack.interactions import Submission, input_errors
from sync.report.pulse import STATEMENTS, PulseRequest
from sync.settings import Configuration
from sync.store import Database, pulses
from sync.store.pulses import MAX_VALUE, AnswerOutcome

_VALUE_BY_INPUT = {str(value): value for value in range(1, MAX_VALUE + 1)}
"""The value that a person has chosen, by what Slack sends for it."""


def decode_request(value: str) -> PulseRequest | None:
    """Decode the value of a button; None if it is not the button of a pulse."""
    try:
        return msgspec.json.decode(value, type=PulseRequest)
    except (msgspec.ValidationError, ValueError):
        return None


@dataclasses.dataclass(frozen=True)
class PulseAnswers:
    """Checks whether people may answer a pulse, and counts their answers.

    A pulse has a period: a month such as "2026-11", or the start or end of an experiment. Answers to an earlier pulse
    are refused.
    """

    get_configuration: Callable[[], Configuration]
    database: Database
    clock: Callable[[], datetime]

    def find_refusal(self, request: PulseRequest, user: str) -> str:
        """Return why a person cannot answer, as a sentence; empty if the person can.

        Only people whose Slack accounts are in the settings may answer.
        """
        configuration = self.get_configuration()
        slack = configuration.settings.slack
        if slack is None or slack.pulse is None or request.team not in slack.pulse.teams:
            return configuration.messages.text("pulse.closed")
        if user not in slack.people:
            return configuration.messages.text("clicks.unknown-user")
        today = self.clock().astimezone(configuration.settings.time_zone).date()
        with self.database.reading() as transaction:
            obstacle = pulses.find_obstacle(transaction, request.team, request.period, user, today)
        return "" if obstacle is None else configuration.messages.text(f"pulse.{obstacle.value}")

    def check_inputs(self, submission: Submission) -> dict[str, object] | None:
        """The errors in the inputs of the dialog, in the format of Slack's API; None if there are none."""
        text = self.get_configuration().messages.text("pulse.choose")
        missing = {code: text for code in STATEMENTS if submission.inputs.get(code) not in _VALUE_BY_INPUT}
        return input_errors(missing) if missing else None

    def store(self, request: PulseRequest, submission: Submission) -> str:
        """Count the answers of a person; return the confirmation, or why they are not counted.

        Raises:
            StoreError: The store cannot be used.
        """
        if refusal := self.find_refusal(request, submission.user):
            return refusal
        configuration = self.get_configuration()
        today = self.clock().astimezone(configuration.settings.time_zone).date()
        values = [_VALUE_BY_INPUT[submission.inputs[code]] for code in STATEMENTS]
        with self.database.writing() as transaction:
            outcome = pulses.add_answers(
                transaction, request.team, request.period, submission.user, values, today=today
            )
            pulse = pulses.load_open(transaction, request.team)
        if outcome is not AnswerOutcome.RECORDED or pulse is None:
            return configuration.messages.text(f"pulse.{outcome.value}")
        return configuration.messages.text("pulse.recorded", day=pulse.closes.isoformat())
