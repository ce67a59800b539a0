"""Masks secrets in everything that is printed, logged, stored or raised."""

import base64
import re
import threading
from urllib.parse import quote, quote_plus

_MASK = "***"

# Formats of credentials that are masked even if they were not registered as secrets.
_FORMATS = re.compile(
    r"x(?:ox[a-z]|app)-[\w-]{8,}"  # Slack tokens
    r"|xapp-[\w-]{8,}"
    r"|ATATT3[\w=+/-]{12,}"  # Atlassian API tokens
    r"|(?<=Basic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
)

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None
_lock = threading.Lock()


def remember_secret(secret: str, *, user: str = "") -> None:
    """Mask this value from now on, also URL-encoded, and base64-encoded with the user name.

    Values of fewer than four characters are too common in ordinary text to be masked.
    """
    global _pattern  # noqa: PLW0603 - the whole process shares one log
    if len(secret) < 4:
        return
    forms = {secret, base64.b64encode(f"{user}:{secret}".encode()).decode(), quote(secret, safe=""), quote_plus(secret)}
    with _lock:
        _secrets.update(forms)
        _pattern = re.compile("|".join(re.escape(s) for s in sorted(_secrets, key=len, reverse=True)))


def redact(text: str) -> str:
    """Mask all known secrets, and everything that has the format of a secret."""
    if _pattern is not None:
        text = _pattern.sub(_MASK, text)
    return _FORMATS.sub(_MASK, text)
