"""Takes the answers to a pulse, which are anonymous: who answered is neither logged nor stored with the answer."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from connectors.slack.interactions import Submission, input_errors
from sync.report.pulse import STATEMENTS, PulseRequest
from sync.report.sending import local_time
from sync.report.slack_pulse import pulse_dialog
from sync.settings import Configuration
from sync.store import Database, pulses
from sync.store.pulses import VALUES, Outcome

_CHOICES = {str(value): value for value in range(1, VALUES + 1)}
"""The values of the radio buttons, by what Slack sends."""


def decode_request(value: str) -> PulseRequest | None:
    """The request that the value of a button encodes; None if it is another button."""
    try:
        return msgspec.json.decode(value, type=PulseRequest)
    except (msgspec.ValidationError, ValueError):
        return None


class PulseAnswers:
    """Asks people the questions of a pulse, and counts their answers.

    Args:
        get_configuration: The configuration in force.
    """

    def __init__(
        self, get_configuration: Callable[[], Configuration], database: Database, clock: Callable[[], datetime]
    ) -> None:
        self._get_configuration = get_configuration
        self._database = database
        self._clock = clock

    def find_refusal(self, request: PulseRequest, user: str) -> str:
        """Say why a person cannot answer; empty if the person can. Only people in the settings may answer."""
        configuration = self._get_configuration()
        slack = configuration.settings.slack
        if slack is None or slack.pulse is None or request.team not in slack.pulse.teams:
            return configuration.messages.text("pulse.closed")
        if user not in slack.people:
            return configuration.messages.text("clicks.unknown-user")
        today = local_time(configuration.settings, self._clock()).date()
        with self._database.reading() as transaction:
            obstacle = pulses.find_obstacle(transaction, request.team, request.period, user, today)
        return "" if obstacle is None else configuration.messages.text(f"pulse.{obstacle.value}")

    def make_dialog(self, request: PulseRequest, state: str) -> dict[str, object]:
        """The dialog with the statements. `state` is returned with the answers."""
        messages = self._get_configuration().messages
        return pulse_dialog(messages.text("pulse.about", team=request.team), state, messages)

    def check_inputs(self, submission: Submission) -> dict[str, object] | None:
        """The errors in the inputs of the dialog, in the format of Slack's API; None if there are none."""
        text = self._get_configuration().messages.text("pulse.choose")
        missing = {code: text for code in STATEMENTS if submission.inputs.get(code) not in _CHOICES}
        return input_errors(missing) if missing else None

    def store(self, request: PulseRequest, submission: Submission) -> str:
        """Count the answers of a person, and return the confirmation.

        Raises:
            StoreError: The store cannot be used.
        """
        if refusal := self.find_refusal(request, submission.user):
            return refusal
        configuration = self._get_configuration()
        today = local_time(configuration.settings, self._clock()).date()
        values = [_CHOICES[submission.inputs[code]] for code in STATEMENTS]
        with self._database.writing() as transaction:
            outcome = pulses.add_answers(
                transaction, request.team, request.period, submission.user, values, today=today
            )
            pulse = pulses.load_open(transaction, request.team)
        if outcome is not Outcome.RECORDED or pulse is None:
            return configuration.messages.text(f"pulse.{outcome.value}")
        return configuration.messages.text("pulse.recorded", day=pulse.closes.isoformat())
