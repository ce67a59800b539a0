"""Keeps the responses from which connecting discovers a tracker, so that the next process need not ask again.

Only reads while a tracker connects are kept, for a limited time. They are used for the same configuration with the same
credentials.
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
"""A site may refuse an optional request each time, such as one for the boards of a project that has none."""
_KEPT_HEADERS = ("content-type", "x-ausername")
_PERSONAL_MEMBERS = frozenset({"emailAddress", "mailAddress", "avatarUrls", "properties"})
"""Members of responses about an account that are of no use here."""
_MAX_PERSONAL_BYTES = 20_000
"""Responses about a single account are shorter."""


class _Content(Struct):
    configuration: str
    at: datetime
    responses: dict[str, Response] = {}


class DiscoveryCache:
    """The responses of one tracker.

    Args:
        stored: What `encode` returned earlier; empty if nothing was stored.
        configuration: Hash of the configuration with its credentials.
        max_age: How long the responses are used; zero to ask for everything.
        clock: Returns the present time.
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
        """What `encode` returns; empty if a response was added since."""
        self._is_open = False
        earlier = _decode(stored)
        if earlier is not None and earlier.configuration == configuration:
            self._content, self._encoded = earlier, stored

    @property
    def at(self) -> datetime:
        """When the first of the responses was requested."""
        return self._content.at

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Use and keep responses while a tracker connects."""
        now = self._clock()
        if not timedelta() <= now - self._content.at < self._max_age:
            self._content, self._encoded = _Content(self._configuration, now), ""
        self._is_open = bool(self._max_age)
        try:
            yield
        finally:
            self._is_open = False

    def find(self, *request: Any) -> Response | None:
        """The response to a request, if it is known and a tracker is connecting."""
        return self._content.responses.get(_key(request)) if self._is_open else None

    def keep(self, response: Response, *request: Any) -> None:
        """Keep a response, if a tracker is connecting."""
        key = _key(request)
        if self._is_open and response.status in _KEPT_STATUSES and key not in self._content.responses:
            headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
            kept = msgspec.structs.replace(response, headers=headers, content=_without_personal(response.content))
            self._content.responses[key], self._encoded = kept, ""

    def encode(self) -> str:
        """All responses as JSON, to be stored."""
        if not self._encoded:
            packed = base64.b64encode(zlib.compress(msgspec.json.encode(self._content), 1))
            self._encoded = msgspec.json.encode(packed.decode()).decode()
        return self._encoded


def _decode(stored: str) -> _Content | None:
    try:
        packed = msgspec.json.decode(stored, type=str) if stored else ""
        return msgspec.json.decode(zlib.decompress(base64.b64decode(packed)), type=_Content) if packed else None
    except (msgspec.DecodeError, zlib.error, ValueError):  # written by another version
        return None


def _key(request: tuple[Any, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(request, order="sorted", enc_hook=str)).hexdigest()[:32]


def _without_personal(content: bytes) -> bytes:
    if len(content) > _MAX_PERSONAL_BYTES or not any(name.encode() in content for name in _PERSONAL_MEMBERS):
        return content
    try:
        return msgspec.json.encode(_remove_personal(msgspec.json.decode(content)))
    except msgspec.DecodeError:
        return content


def _remove_personal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _remove_personal(member) for name, member in value.items() if name not in _PERSONAL_MEMBERS}
    return [_remove_personal(entry) for entry in value] if isinstance(value, list) else value
