"""Masks secrets in text before it is printed, logged, stored or raised as an error."""

import base64
import re
import threading
from urllib.parse import quote, quote_plus

_MASK = "***"
_MIN_SECRET_CHARACTERS = 4
"""Shorter values are too common in ordinary text to be masked."""
_SECRET_FORMATS = re.compile(
    r"x(?:ox[a-z]|app)-[\w-]{8,}"  # Slack tokens
    r"|ATATT3[\w=+/-]{12,}"  # Atlassian API tokens
    r"|(?<=Basic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
)
"""Matches text that looks like a credential. It is masked even if it is not a known secret."""

_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None
_lock = threading.Lock()


def remember_secret(secret: str, *, user: str = "") -> None:
    """Mask a value from now on, in the whole process: unencoded, URL-encoded, and as part of basic authentication.

    `user` is the user name with which it is sent in basic authentication.
    """
    global _pattern  # noqa: PLW0603 - the whole process shares one log
    if len(secret) < _MIN_SECRET_CHARACTERS:
        return
    forms = {secret, base64.b64encode(f"{user}:{secret}".encode()).decode(), quote(secret, safe=""), quote_plus(secret)}
    with _lock:
        _secrets.update(forms)
        _pattern = re.compile("|".join(re.escape(form) for form in sorted(_secrets, key=len, reverse=True)))


def redact(text: str) -> str:
    """Return a text with all known secrets, and everything that looks like a credential, replaced by asterisks."""
    if _pattern is not None:
        text = _pattern.sub(_MASK, text)
    return _SECRET_FORMATS.sub(_MASK, text)
