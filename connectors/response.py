"""The responses of the HTTP client, and the counts of its requests."""

import codecs
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog

from connectors import lenient_json
from connectors.errors import Garbled

_log = structlog.get_logger(__name__)

T = TypeVar("T")

_SAMPLE_BYTES = 100
"""The number of bytes of a body from which its format is recognised."""


class Response(msgspec.Struct, frozen=True):
    """An HTTP response.

    Attributes:
        headers: The headers, with names in lower case.
        content: The decompressed body.
        reason: The text of the status.
        label: The name of the system, and the method and path of the request, for messages.
    """

    status: int
    headers: dict[str, str]
    content: bytes
    url: str
    reason: str = ""
    label: str = ""

    @property
    def text(self) -> str:
        """The body as text. Invalid bytes are replaced."""
        return self.content.decode("utf-8-sig", errors="replace")

    @property
    def is_web_page(self) -> bool:
        """Whether the body is HTML or XML, such as a sign-in page or the error page of a proxy."""
        return self._first_character == b"<"

    @property
    def may_be_from_api(self) -> bool:
        """Whether this can be the response of an API to a write, and not that of a proxy or a sign-in page."""
        if self.status == 429 and "retry-after" in self.headers:
            return True
        if 300 <= self.status < 400 or self.is_web_page:
            return False
        is_json_or_empty = self._first_character in (b"", b"{", b"[", b'"')
        return self.status < 400 or is_json_or_empty

    @property
    def _first_character(self) -> bytes:
        """The first character of the body that is not white space; empty if there is none."""
        return self.content[:_SAMPLE_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()[:1]

    def decode(self, response_type: type[T]) -> T:
        """Decode the body as JSON of a type. Entries of lists that have an unexpected format are left out.

        Raises:
            Garbled: The JSON is invalid, truncated, or nested too deeply.
            msgspec.ValidationError: The JSON outside of lists has an unexpected format.
        """
        try:
            value, removed_paths = lenient_json.decode(self.content.removeprefix(codecs.BOM_UTF8), response_type)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbled(
                f"{self.label or urlsplit(self.url).hostname} returned truncated or invalid JSON "
                f"({len(self.content)} bytes).",
                hint="A proxy may cut off long responses.",
                status=self.status,
            ) from error
        if removed_paths:
            _log.warning("unexpected entries", call=self.label, paths=removed_paths)
        return value


ErrorParser = Callable[[Response], tuple[str, str]]
"""Function that returns the message and the error code of an error response."""


@dataclass
class TrafficStats:
    """Counts of the requests of one or more clients. Hold `lock` while changing them.

    Attributes:
        reads: Requests that were sent and only read, whether or not a response came.
        writes: The other requests that were sent.
        retries: Requests that were sent again.
        seconds_waited: Seconds that requests waited for rate limits.
        requests_by_endpoint: Requests by method and last word of the path, such as "POST bulkfetch".
    """

    reads: int = 0
    writes: int = 0
    retries: int = 0
    bytes_received: int = 0
    seconds_waited: float = 0.0
    responses_by_status: Counter[int] = field(default_factory=Counter)
    requests_by_endpoint: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
