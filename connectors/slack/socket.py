"""Socket Mode: receives what people do in Slack over a WebSocket, without a public address.

The WebSocket is the one connection that does not pass the HTTP client. https://docs.slack.dev/apis/events-api/using-socket-mode
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
from connectors.http import HttpClient
from connectors.redaction import redact, remember_secret
from connectors.slack.client import app_token_error
from connectors.slack.interactions import Interaction, parse_interaction
from connectors.slack.web import READ_ONLY_METHODS, SlackWebClient, parse_error, silent_logger

_log = structlog.get_logger(__name__)

_RESPONSE_SECONDS: Final = 2.0
"""Slack waits three seconds for the acknowledgement."""
_PING_SECONDS: Final = 5.0
"""How often the connection is checked. The official client gives it up after five failed checks."""
_MAX_RETRY_SECONDS: Final = 60.0
_WATCH_SECONDS: Final = 30.0

Respond = Callable[[Interaction], Mapping[str, Any] | None]
"""Makes the content of the acknowledgement, from the store at most; None for none."""
Handle = Callable[[Interaction], None]
"""Does the work after the acknowledgement."""


class SlackSocket:
    """One connection to Slack, which is made again when it is lost.

    Args:
        app_token: An app-level token, xapp-….
        base_url: URL of the Web API.
        respond: Makes the content of the acknowledgement. If it takes longer than Slack waits, there is none.
        handle: Does the work after the acknowledgement.
        stop: Ends the connection when set.
    """

    def __init__(
        self,
        app_token: str,
        *,
        base_url: str,
        respond: Respond,
        handle: Handle,
        stop: threading.Event,
    ) -> None:
        token = app_token.strip()
        remember_secret(token)
        self._respond = respond
        self._handle = handle
        self._stop = stop
        self._responders = ThreadPoolExecutor(4)
        self._http = HttpClient(
            "Slack",
            base_url,
            auth_headers=lambda: {"Authorization": f"Bearer {token}"},
            read_only_posts=READ_ONLY_METHODS,
            allow_writes=False,
            stop=stop,
            parse_error=parse_error,
        )
        self._client = SocketModeClient(
            app_token=token,
            web_client=SlackWebClient(self._http),
            logger=silent_logger,
            ping_interval=_PING_SECONDS,
        )
        self._client.socket_mode_request_listeners.append(self._receive)

    @property
    def is_connected(self) -> bool:
        """Whether the connection exists at the moment."""
        return self._client.is_connected()

    def run(self) -> None:
        """Connect, and stay connected until stopped.

        Raises:
            Misconfigured: Slack does not accept the token.
        """
        pause = 1.0
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
            self._watch()
        finally:
            self.close()

    def _watch(self) -> None:
        """Log when the connection is lost for longer, and when it is back. The official client makes it again."""
        was_connected = True
        while not self._stop.wait(_WATCH_SECONDS):
            if self.is_connected != was_connected:
                was_connected = self.is_connected
                log = _log.info if was_connected else _log.warning
                log("the connection for buttons in Slack", connected=was_connected)

    def close(self) -> None:
        """End the connection."""
        with suppress(Exception):
            self._client.close()
        self._responders.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def _receive(self, client: Any, request: SocketModeRequest) -> None:
        interaction = parse_interaction(request.type, request.payload)
        content = None if interaction is None else self._content(interaction)
        acknowledgement = SocketModeResponse(request.envelope_id, dict(content) if content else None)
        try:
            client.send_socket_mode_response(acknowledgement)
        except Exception as error:  # noqa: BLE001 - the work is done nevertheless: the person meant it
            _log.info("an acknowledgement did not reach Slack", reason=redact(str(error)))
        if interaction is not None:
            try:
                self._handle(interaction)
            except Exception as error:  # noqa: BLE001 - one click never ends the connection
                _log.warning("an answer in Slack failed", kind=request.type, reason=redact(str(error)))

    def _content(self, interaction: Interaction) -> Mapping[str, Any] | None:
        try:
            return self._responders.submit(self._respond, interaction).result(timeout=_RESPONSE_SECONDS)
        except FutureTimeoutError:
            _log.info("an acknowledgement had to be sent without content")
        except Exception as error:  # noqa: BLE001 - it is acknowledged nevertheless
            _log.warning("no content for an acknowledgement", reason=redact(str(error)))
        return None
