"""Keeps secrets out of everything that is printed, logged, stored or raised."""

import base64
import re
import threading
from urllib.parse import quote, quote_plus

_MASK = "***"

# Shapes of credentials that are masked even when nobody named them as secrets.
_SHAPES = re.compile(
    r"xox[a-z]-[\w-]{8,}"  # Slack tokens
    r"|xapp-[\w-]{8,}"
    r"|ATATT3[\w=+/-]{12,}"  # Atlassian API tokens
    r"|(?<=Basic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password in an address
)

_known: set[str] = set()
_pattern: re.Pattern[str] | None = None
_lock = threading.Lock()


def remember_secret(secret: str, *, user: str = "") -> None:
    """Masks this value from now on, also base64-encoded beside its user name, and as it stands in an address.

    Values under four characters are too common in ordinary text to be masked.
    """
    global _pattern  # noqa: PLW0603 - one register for the whole process, as there is one log
    if len(secret) < 4:
        return
    forms = {secret, base64.b64encode(f"{user}:{secret}".encode()).decode(), quote(secret, safe=""), quote_plus(secret)}
    with _lock:
        _known.update(forms)
        _pattern = re.compile("|".join(re.escape(s) for s in sorted(_known, key=len, reverse=True)))


def redact(text: str) -> str:
    """The text with every known secret, and everything shaped like one, masked."""
    if _pattern is not None:
        text = _pattern.sub(_MASK, text)
    return _SHAPES.sub(_MASK, text)
