"""Decides whether a failed request is sent again, and which error is raised otherwise.

A request that only reads is sent again where that may help. A write is sent again only if it is certain that the server
did nothing. Otherwise the write may have happened: the error is `Uncertain`, and the item has to be read before it is
written again.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from connectors.error_responses import extract_error_message
from connectors.errors import Conflict, ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.redaction import redact
from connectors.response import Response

_SIGN_IN_OR_FILE_PATH = re.compile(r"log-?in|sign-?in|auth|sso|saml|\.", re.IGNORECASE)
"""Matches paths of sign-in pages and of files such as login.jsp, which are not part of the address of a system."""
_OUTCOME_UNKNOWN = "The write may or may not have happened."
_MAX_ERROR_CHARACTERS = 300
"""Maximum length of an excerpt from a system's error message."""
_MAX_PAGE_TITLE_CHARACTERS = 200

_HINTS_BY_STATUS = {
    401: "A proxy or gateway in front of the system requires credentials.",
    407: "The proxy requires a user name and password. Set HTTPS_PROXY to http://user:password@host:port.",
}
"""Hints for statuses that a proxy returned. A 401 is from a proxy if the request was sent without credentials."""
_ERRORS_BY_STATUS: Mapping[int, type[ConnectorError]] = {404: Gone, 409: Conflict, 410: Gone, 412: Conflict}
"""The errors for statuses with a specific meaning. For others from 400 to 499, it is `Refused`, unless `http_error`
treats the status separately."""


class Call(msgspec.Struct, frozen=True):
    """One request to a system, or one of the attempts to send it.

    Attributes:
        system: The name of the system in messages and logs.
        url: The full address, with the query.
        path: The path as it is sent, without the query.
        is_read: Whether it changes nothing.
        item_id: The id of the item that it writes to; empty if there is none. For Slack, it is the id of a channel.
        return_redirects: Whether a redirect is returned instead of raised as an error.
        is_anonymous: Whether it is sent without credentials.
        before_repeat: Called right before it is sent, if an earlier attempt returned 429. It raises an error if that
            attempt took effect. None for the first attempt, and if repeating the request does no harm.
        time_zone: The time zone of times in error messages.
    """

    system: str
    method: str
    url: str
    path: str
    is_read: bool
    item_id: str
    return_redirects: bool
    is_anonymous: bool
    before_repeat: Callable[[], None] | None = None
    time_zone: tzinfo = UTC

    @property
    def label(self) -> str:
        """The method and the path, for messages; without the query, which may contain item text."""
        return f"{self.method} {redact(self.path)}"

    @property
    def endpoint(self) -> str:
        """The method and the last segment of the path that is a word and not an id, for statistics."""
        words = [segment for segment in self.path.split("/") if re.fullmatch(r"[a-z][A-Za-z_-]+", segment)]
        return f"{self.method} {words[-1] if words else '/'}"

    @property
    def rate_limited_item(self) -> str:
        """The id of the item whose limit on writes applies; empty for reads."""
        return "" if self.is_read else self.item_id


class AttemptFailed(Exception):
    """An attempt failed, and the request may be sent again. `error` is raised when no attempts are left."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error


def no_response_error(call: Call, reason: str) -> AttemptFailed | Uncertain:
    """The error for a request that was sent without getting a complete response."""
    if call.is_read:
        return AttemptFailed(Retriable(f"{call.system}: no response to {call.label} ({reason})."))
    return Uncertain(f"{call.system}: the response to {call.label} was lost ({reason}). {_OUTCOME_UNKNOWN}")


def too_large_error(call: Call, reason: str) -> Garbled | Uncertain:
    """The error for a response that is too large. It is not requested again."""
    if call.is_read:
        return Garbled(f"{call.system}: the response to {call.label} cannot be read: {reason}.")
    return Uncertain(f"{call.system}: the response to {call.label} cannot be read: {reason}. {_OUTCOME_UNKNOWN}")


def http_error(
    call: Call, response: Response, error_message: str, code: str, back_off_until: datetime | None
) -> AttemptFailed | ConnectorError:
    """The error for a status of 400 or above.

    Args:
        code: The system's error code.
        back_off_until: The end of the pause that the system asked for; None if it asked for none, or for one that is
            short enough to wait.
    """
    excerpt = redact(" ".join(error_message.split()))[:_MAX_ERROR_CHARACTERS]
    message = f"{call.system}: {call.label} returned {response.status}" + (f": {excerpt}" if excerpt else "")
    message = message if message.endswith((".", "!", "?", "…")) else f"{message}."
    status = response.status
    details: dict[str, Any] = {"status": status, "code": code}
    if status == 429 or (status == 503 and "retry-after" in response.headers and call.is_read):
        # Of these statuses, only 429 means that nothing was done. A write that returned 503 may have happened. A proxy
        # may even return 429 for a write that happened, so `HttpClient.request` lets its caller check that before
        # repeating it.
        if back_off_until is not None:
            return back_off_error(call, back_off_until, status)
        return AttemptFailed(Retriable(message, hint="The system limits how often it may be called.", **details))
    if status == 408 or status >= 500:
        return AttemptFailed(Retriable(message, **details)) if call.is_read else Uncertain(message, **details)
    if status == 401 and not call.is_anonymous:
        return Misconfigured(
            f"{call.system}: the token was refused. {message.removeprefix(f'{call.system}: ')}",
            hint="Check the credentials: the user, the token, and whether the token has expired.",
            **details,
        )
    if status in _HINTS_BY_STATUS:
        return Misconfigured(message, hint=_HINTS_BY_STATUS[status], **details)
    return _ERRORS_BY_STATUS.get(status, Refused)(message, **details)


def redirect_error(call: Call, response: Response, base_url: str) -> Misconfigured:
    """The error for a redirect, to a sign-in page or to the correct address of the system."""
    hint = "Check the address and the credentials. Systems redirect to a sign-in page like this."
    requested = urlsplit(call.url)
    try:
        target = urlsplit(urljoin(call.url, response.headers.get("location", "")))
        target_host = target.hostname or ""
    except ValueError:
        target, target_host = requested, ""
    if not target_host or "location" not in response.headers:
        destination = "another page"
    elif (target.hostname, target.port) != (requested.hostname, requested.port):
        destination = target_host if target.port is None else f"{target_host}:{target.port}"
    else:
        destination = target.path or "/"
        if target.scheme != requested.scheme:
            destination = f"{target.scheme}://{target_host}{destination}"
            hint = f"Use an address that starts with {target.scheme}://."
        elif suggested_url := _suggested_base_url(call, target.path, base_url):
            hint = f"Use the address {redact(suggested_url)}, or check the credentials."
    return Misconfigured(
        f"{call.system}: {call.label} was redirected to {redact(destination)}.", hint=hint, status=response.status
    )


def _suggested_base_url(call: Call, path: str, base_url: str) -> str:
    """The address of the system that a redirect to another path on the same host suggests; empty if it suggests none.

    If https://host/rest/x is redirected to https://host/jira/rest/x, it is https://host/jira.
    """
    relative_path = call.url.removeprefix(base_url).partition("?")[0]
    base_path = path.removesuffix(relative_path).rstrip("/") if path.endswith(relative_path) else path.rstrip("/")
    configured = urlsplit(base_url)
    if not base_path or base_path == configured.path or _SIGN_IN_OR_FILE_PATH.search(base_path):
        return ""
    return f"{configured.scheme}://{configured.netloc}{base_path}"


def unreadable_response_error(call: Call, response: Response, error: Exception) -> AttemptFailed | Uncertain:
    """The error for a response that is truncated or not valid JSON, or for one to a write with an unexpected format.

    Args:
        error: `Garbled` if the response is truncated or not valid JSON; only for a write, also an error of decoding.
    """
    if call.is_read and isinstance(error, Garbled):
        return AttemptFailed(error)
    return Uncertain(
        f"{call.system}: {call.label} returned {response.status} with a response that cannot be read. "
        f"{_OUTCOME_UNKNOWN}",
        status=response.status,
    )


def unexpected_response_error(call: Call, response: Response) -> Uncertain:
    """The error for a response to a write that does not come from the system's API, such as a redirect."""
    description = "a redirect" if 300 <= response.status < 400 else "a web page" if response.is_web_page else "no JSON"
    message = (
        "" if description == "a redirect" else redact(extract_error_message(response))[:_MAX_PAGE_TITLE_CHARACTERS]
    )
    message = message.removeprefix("a web page, ")  # `description` says that already
    return Uncertain(
        f"{call.system}: the response to {call.label} was {description} (status {response.status})"
        f"{f': {message}' if message else ''}; the write may or may not have happened.",
        hint="Check the address and the credentials. A sign-in page or a proxy may be in between.",
        status=response.status,
    )


def back_off_error(call: Call, until: datetime, status: int) -> Retriable:
    """The error for a request while the system asks for a pause that is too long to wait."""
    return Retriable(
        f"{call.system} asked us to wait until {until.astimezone(call.time_zone):%Y-%m-%d %H:%M:%S} {call.time_zone}.",
        hint="It is called again after that; everything else continues.",
        status=status,
    )


def stopped_error(call: Call) -> Retriable:
    """The error for a request that is not sent because the service stops."""
    return Retriable(f"{call.system}: stopped before {call.label}.")
