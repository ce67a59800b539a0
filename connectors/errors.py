"""What can go wrong with another system, grouped by what can be done about it.

Every message is written for a person: what happened, with which call, and what to do next. No message holds a
secret, a header or more of an answer than a short excerpt.
"""

from datetime import datetime


class ConnectorError(Exception):
    """Something another system did or refused; the base of all that a connector raises.

    Attributes:
        message: What happened, in one sentence.
        hint: What a person can do about it; may be empty.
        status: HTTP status, or None when no answer came.
        code: The other system's own name of the error, where it gives one.
    """

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Retriable(ConnectorError):
    """It may work later: the other system is busy, down or out of reach. Nothing was changed.

    Attributes:
        until: Not to be asked again before then, when the other system said so.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str = "",
        until: datetime | None = None,
    ) -> None:
        super().__init__(message, hint=hint, status=status, code=code)
        self.until = until


class Garbled(Retriable):
    """An answer that breaks off or is no JSON: asking for less, or again, may help."""


class Refused(ConnectorError):
    """The other system understood the call and said no: permission, validation, a full item."""


class Gone(ConnectorError):
    """Nothing there that we may see: deleted, moved away, or hidden from us."""


class Misconfigured(ConnectorError):
    """An admin has to change something: address, credentials, a field's name, a permission."""


class Conflict(ConnectorError):
    """Somebody changed the item since it was read."""


class Uncertain(ConnectorError):
    """A write was sent and its reply was lost: it may or may not have happened. Look before writing again."""


class ShadowBreach(ConnectorError):
    """A write was attempted where only reading is allowed; it was stopped before it left the process."""
