"""Warns before a token expires, as `expires_on` of its tracker says; no tracker tells it."""

from dataclasses import dataclass
from datetime import date

from sync.messages import Messages
from sync.settings import Configuration

_WARN_DAYS = 30
_REPORTED = (30, 7, 1)
_DAYS_EACH = 3
"""Each warning is in the report for some days, because there may be none at a weekend."""


@dataclass(frozen=True)
class Expiry:
    """How long the token of a tracker is valid, as of a day."""

    tracker: str
    expires_on: date | None
    today: date
    messages: Messages

    @classmethod
    def of(cls, tracker: str, configuration: Configuration, today: date) -> "Expiry":
        """The expiry of a configured tracker."""
        return cls(tracker, configuration.settings.trackers[tracker].expires_on, today, configuration.messages)

    @property
    def has_passed(self) -> bool:
        """Whether the last day of the token has passed."""
        return self.expires_on is not None and self.today > self.expires_on

    @property
    def is_reported(self) -> bool:
        """Whether the report says it today: 30, 7 and 1 days before, and from then on."""
        if self.expires_on is None:
            return False
        days = (self.expires_on - self.today).days
        return days <= min(_REPORTED) or any(first - _DAYS_EACH < days <= first for first in _REPORTED)

    @property
    def warning(self) -> str:
        """A sentence about a token that has expired or expires within 30 days, or nothing."""
        days = _WARN_DAYS + 1 if self.expires_on is None else (self.expires_on - self.today).days
        if days > _WARN_DAYS:
            return ""
        key = "token-expires" if days > 0 else "token-expires-today" if days == 0 else "token-expired"
        facts = {"tracker": self.tracker, "date": str(self.expires_on)}
        return self.messages.text(f"report.{key}", count=days if days > 0 else None, **facts)
