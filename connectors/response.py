"""What comes back from another system, and the count of what has passed."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from connectors.errors import Garbled

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Response(msgspec.Struct, frozen=True):
    """What came back. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    content: bytes
    url: str
    reason: str = ""
    asked: str = ""
    """The other system's name and the call, for messages."""

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it holds."""
        return self.content.decode("utf-8-sig", errors="replace")

    @property
    def is_web_page(self) -> bool:
        """Whether this is markup for a browser: a sign-in form, a proxy's excuse, a wrong address."""
        return self.content[:100].removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"<")

    def decode(self, kind: type[T]) -> T:
        """The body as JSON of this shape.

        Raises:
            Garbled: It is no JSON, breaks off, or is nested beyond all reason.
            msgspec.ValidationError: It is JSON of another shape.
        """
        try:
            return msgspec.json.decode(self.content.removeprefix(_BYTE_ORDER_MARK), type=kind)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Garbled(
                f"{self.asked or urlsplit(self.url).hostname} was answered with something that breaks off or is no "
                f"JSON ({len(self.content)} bytes).",
                hint="A proxy in between may cut long answers.",
                status=self.status,
            ) from error


Explain = Callable[[Response], tuple[str, str]]
"""Reads an error body: the tracker's own words for people, and its error code."""


def first_words(answer: Response) -> tuple[str, str]:
    """An error body without knowing whose it is: nothing of a web page, else what it says."""
    return ("" if answer.is_web_page else answer.text.strip()), ""


@dataclass
class TrafficStats:
    """What has passed through a door; read it at any time from any thread.

    Reads and writes are requests that left, whether or not an answer came.
    """

    reads: int = 0
    writes: int = 0
    repeats: int = 0
    received: int = 0
    """Bytes of bodies."""
    waited: float = 0.0
    """Seconds spent waiting for limits."""
    statuses: Counter[int] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    """Requests by method and last fixed part of the path, such as "POST bulkfetch"."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
