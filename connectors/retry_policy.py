"""Whether a call that came to nothing may be sent again, and which error it is when not.

What a call *does* decides, not its verb: reading may be repeated, writing is repeated only where the server says that
it did nothing. Of a write that may have happened nobody knows more until somebody looks.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.errors import Conflict, ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.redaction import redact
from connectors.response import Response

_MEANING: Mapping[int, type[ConnectorError]] = {404: Gone, 409: Conflict, 410: Gone, 412: Conflict}


class Call(msgspec.Struct, frozen=True):
    """One request as it is judged.

    Attributes:
        system: What messages and logs call the other system.
        path: As it is sent, without a query.
        read: Whether it changes nothing at the other side.
        item: Id of the item that is written to.
        redirects: Whether a redirection is an answer.
        anonymous: Whether it is sent without credentials.
    """

    system: str
    method: str
    url: str
    path: str
    read: bool
    item: str
    redirects: bool
    anonymous: bool

    @property
    def label(self) -> str:
        """For people: verb and path, without a query, which may hold item text."""
        return f"{self.method} {redact(self.path)}"

    @property
    def short(self) -> str:
        """For counting: verb and the last part of the path that is a word."""
        parts = [part for part in self.path.split("/") if re.fullmatch(r"[a-z][A-Za-z_-]+", part)]
        return f"{self.method} {parts[-1] if parts else '/'}"

    @property
    def paced(self) -> str:
        """The item whose own limits count for this call."""
        return "" if self.read else self.item


class TryAgain(Exception):
    """The call may be sent again; `error` is what it comes to when it is given up."""

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error


def unanswered(call: Call, what: str) -> TryAgain | Uncertain:
    """It left, and no whole answer came back."""
    if call.read:
        return TryAgain(Retriable(f"{call.system}: no answer to {call.label} ({what})."))
    return Uncertain(f"{call.system}: the reply to {call.label} was lost ({what}); it may or may not have happened.")


def refused(call: Call, answer: Response, said: str, code: str, parked: datetime | None) -> TryAgain | ConnectorError:
    """It was answered with an error.

    Args:
        call: What was asked.
        answer: The answer, with a status of 400 or above.
        said: The other system's own words, for people.
        code: Its name of the error.
        parked: Until when it wants to be left alone, if that is long.
    """
    said = redact(" ".join(said.split()))[:300]
    message = f"{call.system}: {call.label} was answered {answer.status}" + (f": {said}" if said else "")
    message = message if message.endswith((".", "!", "?", "…")) else f"{message}."
    about: dict[str, Any] = {"status": answer.status, "code": code}
    status = answer.status
    if status == 429 or (status == 503 and "retry-after" in answer.headers and call.read):
        # Only these say that nothing was done; a write that ran into a 503 may have happened.
        if parked is not None:
            return left_alone(call, parked, status)
        return TryAgain(Retriable(message, hint="The tracker limits how fast it is called.", **about))
    if status == 408 or status >= 500:
        return TryAgain(Retriable(message, **about)) if call.read else Uncertain(message, **about)
    if status == 401:
        return Misconfigured(message, hint="Check the credentials: user, token, and whether it expired.", **about)
    return _MEANING.get(status, Refused)(message, **about)


def unreadable(call: Call, answer: Response, error: Exception) -> TryAgain | Uncertain:
    """It was answered, and the answer breaks off, or a write was answered in another shape than expected."""
    if call.read and isinstance(error, Garbled):
        return TryAgain(error)
    return Uncertain(
        f"{call.system}: {call.label} was answered {answer.status}, but the answer cannot be read; "
        "it may or may not have happened.",
        status=answer.status,
    )


def left_alone(call: Call, until: datetime, status: int) -> Retriable:
    """The other system wants to be left alone for longer than a call waits."""
    return Retriable(
        f"{call.system} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC.",
        hint="The rest goes on; this tracker is taken up again after that.",
        status=status,
        until=until,
    )


def stopped(call: Call) -> Retriable:
    """This process is about to end."""
    return Retriable(f"{call.system}: stopped before {call.label}.")
