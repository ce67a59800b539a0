"""Warns before a token expires. Trackers do not say when, so the admin sets `expires_on`."""

from dataclasses import dataclass
from datetime import date

from sync.messages import Messages
from sync.settings import Configuration

_REMINDER_DAYS = (30, 7, 1)
"""How many days before the expiry reminders begin."""
_DAYS_PER_REMINDER = 3
"""A reminder stays in the report for some days, because there may be no report at a weekend."""


@dataclass(frozen=True)
class TokenExpiry:
    """The expiry of a tracker's token, as seen on a day."""

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
        """Whether the report mentions it today: 30, 7 and 1 days before the expiry, and always afterwards."""
        if self.expires_on is None:
            return False
        days = (self.expires_on - self.today).days
        return days <= min(_REMINDER_DAYS) or any(
            first - _DAYS_PER_REMINDER < days <= first for first in _REMINDER_DAYS
        )

    @property
    def warning(self) -> str:
        """A sentence about a token that has expired or expires within 30 days; otherwise empty."""
        days = None if self.expires_on is None else (self.expires_on - self.today).days
        if days is None or days > max(_REMINDER_DAYS):
            return ""
        key = "token-expires" if days > 0 else "token-expires-today" if days == 0 else "token-expired"
        facts = {"tracker": self.tracker, "date": str(self.expires_on)}
        return self.messages.text(f"report.{key}", count=days if days > 0 else None, **facts)
