"""Receives what people do in Slack over a WebSocket ("Socket Mode"), so that the service needs no public address.

Slack sends each interaction, such as a click, and waits for an acknowledgement. The WebSocket is the only connection
that is not made by the HTTP client. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, Final

import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from connectors.errors import ConnectorError, Misconfigured
from connectors.redaction import redact
from connectors.slack.app_token import app_token_error
from connectors.slack.interactions import Interaction, parse_interaction
from connectors.slack.web import SlackWebClient, open_http_client, silent_logger

_log = structlog.get_logger(__name__)

_RESPONSE_SECONDS: Final = 2.0
"""The time to make the content of an acknowledgement. Slack waits three seconds for the acknowledgement."""
_RESPONSE_THREADS: Final = 4
"""The number of threads that make the content of acknowledgements."""
_PING_SECONDS: Final = 5.0
"""The time between two checks of the connection. The official client reconnects after five failed checks."""
_FIRST_RETRY_SECONDS: Final = 1.0
_MAX_RETRY_SECONDS: Final = 60.0
"""The longest pause between two attempts to connect. Each pause is twice as long as the one before."""
_STATE_CHECK_SECONDS: Final = 30.0
"""The time after which a lost connection is logged. Slack renews connections often, which takes less time."""

Respond = Callable[[Interaction], Mapping[str, Any] | None]
"""Returns the content of an acknowledgement, or None for one without. It must be quick, so it calls no other system."""
Handle = Callable[[Interaction], None]
"""Processes an interaction after the acknowledgement, for example by storing a person's decision."""


class SlackSocket:
    """One connection to Slack, which is renewed if it is lost.

    Args:
        app_token: An app-level token, which begins with "xapp-".
        respond: Returns the content of the acknowledgement, which is sent without content if that takes too long.
        handle: Processes the interaction after the acknowledgement.
        stop: Ends the connection when it is set.
    """

    def __init__(
        self, app_token: str, *, base_url: str, respond: Respond, handle: Handle, stop: threading.Event
    ) -> None:
        token = app_token.strip()

        self._respond = respond
        self._handle = handle
        self._stop = stop
        self._responders = ThreadPoolExecutor(_RESPONSE_THREADS)
        self._http = open_http_client(token, base_url, stop=stop)
        self._client = SocketModeClient(
            app_token=token, web_client=SlackWebClient(self._http), logger=silent_logger, ping_interval=_PING_SECONDS
        )
        self._client.socket_mode_request_listeners.append(self._receive)

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._client.is_connected()

    def run(self) -> None:
        """Connect, and stay connected until stopped.

        Raises:
            Misconfigured: Slack does not accept the token.
        """
        pause = _FIRST_RETRY_SECONDS
        try:
            while not self._stop.is_set():
                try:
                    self._client.connect()
                    break
                except Misconfigured:
                    raise
                except SlackApiError as error:
                    problem = app_token_error(error)
                    if isinstance(problem, Misconfigured):
                        raise problem from error
                    reason = str(problem)
                except (ConnectorError, SlackClientError, OSError, ValueError) as error:
                    reason = redact(str(error))
                _log.info("no connection for buttons in Slack yet", reason=reason, seconds=pause)
                self._stop.wait(pause)
                pause = min(2 * pause, _MAX_RETRY_SECONDS)
            self._log_state_until_stopped()
        finally:
            self.close()

    def _log_state_until_stopped(self) -> None:
        """Log when the connection is lost, and when the official client has renewed it."""
        was_connected = True
        while not self._stop.wait(_STATE_CHECK_SECONDS):
            if self.is_connected != was_connected:
                was_connected = self.is_connected
                log = _log.info if was_connected else _log.warning
                log("the connection for buttons in Slack", connected=was_connected)

    def close(self) -> None:
        """Close the connection."""
        with suppress(Exception):
            self._client.close()
        self._responders.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _receive(self, client: Any, request: SocketModeRequest) -> None:
        """Acknowledge an interaction, and then process it. Called by the official client."""
        interaction = parse_interaction(request.type, request.payload)
        content = None if interaction is None else self._make_content(interaction)
        acknowledgement = SocketModeResponse(request.envelope_id, dict(content) if content else None)
        try:
            client.send_socket_mode_response(acknowledgement)
        except Exception as error:  # noqa: BLE001 - the interaction is processed even without an acknowledgement
            _log.info("an acknowledgement did not reach Slack", reason=redact(str(error)))
        if interaction is not None:
            try:
                self._handle(interaction)
            except Exception as error:  # noqa: BLE001 - an error in one interaction must not end the connection
                _log.warning(
                    "an interaction in Slack could not be processed", kind=request.type, reason=redact(str(error))
                )

    def _make_content(self, interaction: Interaction) -> Mapping[str, Any] | None:
        """Return the content of the acknowledgement; None if it has none, or if it cannot be made in time."""
        try:
            return self._responders.submit(self._respond, interaction).result(timeout=_RESPONSE_SECONDS)
        except FutureTimeoutError:
            _log.info("an acknowledgement had to be sent without content")
        except Exception as error:  # noqa: BLE001 - the interaction is acknowledged without content
            _log.warning("no content for an acknowledgement", reason=redact(str(error)))
        return None
