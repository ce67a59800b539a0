"""Keeps the service connected to Slack's Socket Mode while an app token is configured.

Socket Mode is a WebSocket over which Slack sends people's clicks on buttons, and their commands.
"""

import dataclasses
import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from connectors.errors import ConnectorError
from connectors.slack import Slack
from sync.run.slack_answers import SlackAnswers
from sync.settings import Configuration, SlackSettings
from sync.store import Database, StoreError, stored_values

_log = structlog.get_logger(__name__)

_CHECK_SECONDS = 1.0
"""How often the listener checks whether the settings have changed."""
_PAUSE_CHECKS = 60
"""For how many checks the listener pauses after Slack has rejected a token, or the store has failed."""


@dataclasses.dataclass(frozen=True)
class SlackListener:
    """Receives people's answers from Slack, even while another process runs the rounds (passes over a tracker).

    Attributes:
        after_answer: Called with a tracker's name when an answer about one of its items was stored.
    """

    get_configuration: Callable[[], Configuration]
    database: Database
    clock: Callable[[], datetime]
    after_answer: Callable[[str], None]
    stop: threading.Event

    def run(self) -> None:
        """Stay connected until stopped. New tokens are used as soon as they are configured."""
        while not self.stop.is_set():
            settings = self.get_configuration().settings.slack
            if settings is None or settings.app_token is None:
                self.stop.wait(_CHECK_SECONDS)
                continue
            try:
                self._listen(settings, settings.app_token.get_secret_value())
            except (ConnectorError, StoreError) as error:
                _log.warning("answers in Slack are not received", reason=str(error))
                self._pause(settings)

    def _listen(self, settings: SlackSettings, app_token: str) -> None:
        """Stay connected until the settings of Slack change or the process stops.

        Raises:
            ConnectorError: Slack does not accept a token.
            StoreError: The store cannot be used.
        """
        from connectors.slack.socket import SlackSocket  # noqa: PLC0415 - imports the client library's WebSocket

        with self.database.writing() as transaction:
            installation_id = stored_values.ensure_installation_id(transaction)
        ended = threading.Event()
        base_url = settings.url + "/"
        slack = Slack(
            settings.token.get_secret_value(),
            installation=installation_id,
            base_url=base_url,
            stop=ended,
            time_zone=self.get_configuration().settings.time_zone,
        )
        answers = SlackAnswers(
            self.get_configuration, self.database, slack, clock=self.clock, after_answer=self.after_answer
        )
        socket = SlackSocket(app_token, base_url=base_url, respond=answers.respond, handle=answers.handle, stop=ended)
        watcher = threading.Thread(target=self._end_on_change, args=(settings, ended), daemon=True)
        watcher.start()
        try:
            socket.run()
        finally:
            ended.set()
            slack.close()

    def _end_on_change(self, settings: SlackSettings, ended: threading.Event) -> None:
        """Set `ended` when the settings of Slack change or the process stops."""
        while not ended.wait(_CHECK_SECONDS):
            if self.stop.is_set() or self.get_configuration().settings.slack != settings:
                ended.set()

    def _pause(self, settings: SlackSettings) -> None:
        """Wait for a minute, or until the settings of Slack change or the process stops."""
        for _ in range(_PAUSE_CHECKS):
            if self.stop.wait(_CHECK_SECONDS) or self.get_configuration().settings.slack != settings:
                return
