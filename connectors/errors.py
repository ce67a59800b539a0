"""The errors that connectors raise, grouped by what can be done about them.

A "system" is a tracker, Slack, or another server that a connector calls. Messages say what happened, in which call, and
what to do. They contain no secret, no header, and only a short excerpt of a response.
"""


class ConnectorError(Exception):
    """Base class of all errors that a connector raises.

    Attributes:
        message: The problem, in one sentence.
        hint: What a user can do about the problem; may be empty.
        status: HTTP status; None if the error is not about a response.
        code: The system's error code, if there is one.
    """

    def __init__(self, message: str, *, hint: str = "", status: int | None = None, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def message_without(self, name: str) -> str:
        """The message without the name of a tracker at its beginning, to be quoted in a message with that name."""
        return self.message.removeprefix(f"{name}: ")


class Retriable(ConnectorError):
    """The system is busy, down or unreachable; it may work later. Nothing was changed."""


class Garbled(Retriable):
    """The response to a read is truncated or is not valid JSON. Repeating the request, or requesting less, may help."""


class Refused(ConnectorError):
    """The system understood the call and refused it, for example because a permission is missing."""


class Gone(ConnectorError):
    """The requested object does not exist, or the account may not see it."""


class Misconfigured(ConnectorError):
    """An admin has to change something: an address, credentials, the name of a field, a permission."""


class Conflict(ConnectorError):
    """The item has changed since it was read."""


class Uncertain(ConnectorError):
    """A write was sent, and it is unknown whether it happened. Read again before writing again."""


class ShadowBreach(ConnectorError):
    """A write was attempted in shadow mode, in which the service only reads. It was not sent."""
