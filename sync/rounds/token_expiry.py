"""Warns before a token expires. Trackers do not say when, so the admin sets `expires_on`."""

from dataclasses import dataclass
from datetime import date

from sync.messages import Messages
from sync.settings import Configuration

_REMINDER_STARTS_DAYS = (30, 7, 1)
"""How many days before the expiry reminders begin: time to order a new token, time to replace it, a last chance."""
_REMINDER_LENGTH_DAYS = 3
"""How many days a reminder stays in the report, because there may be no report at a weekend."""


@dataclass(frozen=True)
class TokenExpiry:
    """The expiry of a tracker's token, and the warning about it.

    Attributes:
        expires_on: The token's last day; None if the admin has not set it.
    """

    tracker: str
    expires_on: date | None
    today: date
    messages: Messages

    @classmethod
    def for_tracker(cls, tracker: str, configuration: Configuration, today: date) -> "TokenExpiry":
        """The expiry of a configured tracker's token."""
        return cls(tracker, configuration.settings.trackers[tracker].expires_on, today, configuration.messages)

    @property
    def has_passed(self) -> bool:
        """Whether the token's last day has passed."""
        return self.expires_on is not None and self.today > self.expires_on

    @property
    def is_reported(self) -> bool:
        """Whether the report mentions it today: for three days each from 30 and from 7 days before the expiry, and from
        the day before it on.
        """
        if self.expires_on is None:
            return False
        days_left = (self.expires_on - self.today).days
        return days_left <= min(_REMINDER_STARTS_DAYS) or any(
            start - _REMINDER_LENGTH_DAYS < days_left <= start for start in _REMINDER_STARTS_DAYS
        )

    @property
    def warning(self) -> str:
        """A sentence about a token that has expired or expires within 30 days; otherwise empty."""
        days_left = None if self.expires_on is None else (self.expires_on - self.today).days
        if days_left is None or days_left > max(_REMINDER_STARTS_DAYS):
            return ""
        key = "token-expires" if days_left > 0 else "token-expires-today" if days_left == 0 else "token-expired"
        facts = {"tracker": self.tracker, "date": str(self.expires_on)}
        return self.messages.text(f"report.{key}", count=days_left if days_left > 0 else None, **facts)
