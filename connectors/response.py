"""HTTP responses and traffic statistics."""

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

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Response(msgspec.Struct, frozen=True):
    """An HTTP response. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes
    url: str
    reason: str = ""
    label: str = ""
    """The system's name and the call, for messages."""

    @property
    def text(self) -> str:
        """The body as text. Invalid bytes are replaced."""
        return self.content.decode("utf-8-sig", errors="replace")

    @property
    def is_web_page(self) -> bool:
        """Whether the body is HTML or XML, such as a sign-in page or the error page of a proxy."""
        return self.content[:100].removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<")

    @property
    def is_plausible(self) -> bool:
        """Whether this can be the response of an API to a write. A proxy may respond instead of the system."""
        if self.status == 429 and "retry-after" in self.headers:
            return True
        if 300 <= self.status < 400 or self.is_web_page:
            return False
        return self.status < 400 or self._is_json_or_empty

    @property
    def _is_json_or_empty(self) -> bool:
        return self.content[:100].removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] in (b"", b"{", b"[", b'"')

    def decode(self, response_type: type[T]) -> T:
        """Decode the body as JSON of this type, and leave out list entries of another type.

        Raises:
            Garbled: The JSON is invalid, truncated, or nested too deeply.
            msgspec.ValidationError: The JSON is of another type.
        """
        try:
            value, left_out = lenient_json.decode(self.content.removeprefix(_BYTE_ORDER_MARK), response_type)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbled(
                f"{self.label or urlsplit(self.url).hostname} returned truncated or invalid JSON "
                f"({len(self.content)} bytes).",
                hint="A proxy may cut off long responses.",
                status=self.status,
            ) from error
        if left_out:
            _log.warning("unexpected entries", call=self.label, places=left_out)
        return value


ErrorParser = Callable[[Response], tuple[str, str]]
"""Parses an error body into a message for people and an error code."""


@dataclass
class TrafficStats:
    """Counts of a client's requests. Any thread can read them at any time.

    Reads and writes are requests that were sent, whether or not a response came.
    """

    reads: int = 0
    writes: int = 0
    retries: int = 0
    bytes_received: int = 0
    """Bytes of response bodies."""
    seconds_waited: float = 0.0
    """Seconds spent waiting for rate limits."""
    responses_by_status: Counter[int] = field(default_factory=Counter)
    requests_by_endpoint: Counter[str] = field(default_factory=Counter)
    """Requests by method and last word of the path, such as "POST bulkfetch"."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
