"""Keeps the responses that a connector reads while it connects, so that the next process need not request them again.

These responses describe a tracker: its fields, types and permissions. They are used for a limited time, and only with
the same configuration and the same credentials.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from connectors.response import Response

_KEPT_STATUSES = (200, 400, 404)
"""The statuses of responses that are kept. A site may refuse the same optional request each time, such as one for the
boards of a project without boards."""
_KEPT_HEADERS = ("content-type", "x-ausername")
"""The headers that connectors read while they connect. Jira names the account in "x-ausername"."""
_PERSONAL_MEMBERS = frozenset({"emailAddress", "mailAddress", "avatarUrls", "properties"})
"""JSON members with personal data in responses about an account. They are not stored, because nothing uses them."""
_MAX_PERSONAL_BYTES = 20_000
"""The maximum size of a response about a single account. Larger responses are about other things, and kept as they are.
"""


class _Content(Struct):
    """The stored content of the cache.

    Attributes:
        configuration: The hash of the configuration and credentials with which the responses were read.
        at: When the first of the responses was requested.
        responses: The responses by the hash of their request.
    """

    configuration: str
    at: datetime
    responses: dict[str, Response] = {}


class DiscoveryCache:
    """The responses that one tracker sent while a connector connected to it.

    Args:
        stored: The result of an earlier call of `encode`; empty if nothing was stored.
        configuration: A hash of the configuration and the credentials.
        max_age: How long responses are used; zero to use none.
    """

    def __init__(
        self,
        stored: str = "",
        configuration: str = "",
        max_age: timedelta = timedelta(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._configuration = configuration
        self._max_age = max_age
        self._clock = clock
        self._content = _Content(configuration, clock())
        self._encoded = ""
        """The return value of `encode`; empty if it has to be computed again."""
        self._is_connecting = False
        stored_content = _decode(stored)
        if stored_content is not None and stored_content.configuration == configuration:
            self._content, self._encoded = stored_content, stored

    @property
    def at(self) -> datetime:
        """When the first of the responses was requested."""
        return self._content.at

    @contextmanager
    def used_while_connecting(self) -> Iterator[None]:
        """Let `find` and `keep` work until the context ends. Responses that are too old are dropped first."""
        now = self._clock()
        if not timedelta() <= now - self._content.at < self._max_age:
            self._content, self._encoded = _Content(self._configuration, now), ""
        self._is_connecting = bool(self._max_age)
        try:
            yield
        finally:
            self._is_connecting = False

    def find(self, *request: Any) -> Response | None:
        """Return the response to a request; None if none is kept, or outside `used_while_connecting`.

        `request` is everything that distinguishes the request from others.
        """
        return self._content.responses.get(_key(request)) if self._is_connecting else None

    def keep(self, response: Response, *request: Any) -> None:
        """Keep the response to a request; outside `used_while_connecting`, do nothing."""
        if not self._is_connecting or response.status not in _KEPT_STATUSES:
            return
        key = _key(request)
        if key not in self._content.responses:
            headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
            content = _without_personal_data(response.content)
            self._content.responses[key] = msgspec.structs.replace(response, headers=headers, content=content)
            self._encoded = ""

    def encode(self) -> str:
        """Return all responses as a JSON string, to be stored."""
        if not self._encoded:
            compressed = base64.b64encode(zlib.compress(msgspec.json.encode(self._content), zlib.Z_BEST_SPEED))
            self._encoded = msgspec.json.encode(compressed.decode()).decode()
        return self._encoded


def _decode(stored: str) -> _Content | None:
    """Decode the stored content; None if there is none, or if another version of the service wrote it."""
    try:
        compressed = msgspec.json.decode(stored, type=str) if stored else ""
        return msgspec.json.decode(zlib.decompress(base64.b64decode(compressed)), type=_Content) if compressed else None
    except (msgspec.DecodeError, zlib.error, ValueError):
        return None


def _key(request: tuple[Any, ...]) -> str:
    """Return a hash of a request, because the request itself may be long."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted", enc_hook=str)).hexdigest()[:32]


def _without_personal_data(content: bytes) -> bytes:
    """Remove `_PERSONAL_MEMBERS` from the JSON content of a response about an account."""
    if len(content) > _MAX_PERSONAL_BYTES or not any(name.encode() in content for name in _PERSONAL_MEMBERS):
        return content
    try:
        return msgspec.json.encode(_remove_personal_members(msgspec.json.decode(content)))
    except msgspec.DecodeError:
        return content


def _remove_personal_members(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _remove_personal_members(member) for name, member in value.items() if name not in _PERSONAL_MEMBERS
        }
    return [_remove_personal_members(entry) for entry in value] if isinstance(value, list) else value
