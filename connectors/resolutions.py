"""Recognises items that were closed without being done, by the name of a status or a resolution such as "Duplicate"."""

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

_NON_WORD_CHARACTERS = re.compile(r"[^\w]+")
_ABANDONED_PHRASES = (
    "won t", "wont", "will not", "duplicate", "dupe", "cannot reproduce", "can t reproduce", "cant reproduce",
    "could not reproduce", "unable to reproduce", "not reproducible", "unreproducible", "cannot repro", "can t repro",
    "declined", "rejected", "invalid", "incomplete", "obsolete", "outdated", "out of date", "not a bug", "not a defect",
    "not an issue", "no bug", "as designed", "by design", "works as", "working as", "works for me", "worksforme",
    "cancelled", "canceled", "abandoned", "withdrawn", "discarded", "deferred", "out of scope", "descoped",
    "not needed", "not required", "not applicable", "no longer", "no change required", "overtaken by events",
    "superseded", "removed", "dropped", "expired", "aborted", "not done", "not planned",
    "wird nicht", "nicht reproduzierbar", "nicht nachvollziehbar", "kann nicht reproduziert", "duplikat", "abgelehnt",
    "zurückgewiesen", "ungültig", "unvollständig", "verworfen", "storniert", "abgebrochen", "obsolet", "veraltet",
    "hinfällig", "nicht mehr", "nicht notwendig", "nicht nötig", "kein fehler", "zurückgestellt", "zurückgezogen",
    "gestrichen", "entfernt",
    "ne sera pas", "doublon", "impossible à reproduire", "impossible de reproduire", "rejeté", "refusé", "annulé",
    "abandonné", "obsolète", "invalide", "incomplet",
    "no se hará", "no se realizará", "no se arreglará", "no se corregirá", "duplicad", "no se puede reproducir",
    "rechazad", "cancelad", "obsoleto", "descartad", "não será", "recusad", "non verrà", "annullat", "rifiutat",
)  # fmt: skip
"""Phrases in usual names of resolutions, statuses and reasons, in several languages, without punctuation.

A phrase may be the beginning of a word: "duplicad" is in "duplicado" and "duplicada".
"""
_ABANDONED_NAMES = frozenset({"cut"})
"""Whole names, because other words begin with them, such as "cutover"."""


class AbandonedNames(Struct, frozen=True):
    """The names of resolutions, statuses and reasons of items that were closed without being done.

    Attributes:
        names: The names in the configuration, in addition to the usual ones.
    """

    names: frozenset[str] = frozenset()

    def contains_any(self, names: Iterable[str]) -> bool:
        """Whether one of these names means that an item was not done."""
        return any(_is_abandoned(name, self.names) for name in names)


@lru_cache(maxsize=1000)
def _is_abandoned(name: str, configured_names: frozenset[str]) -> bool:
    """Whether a name is one of the configured names, or contains a phrase that begins at the start of a word."""
    words = _normalize(name)
    if words in _ABANDONED_NAMES or words in map(_normalize, configured_names):
        return True
    return any(f" {phrase}" in f" {words}" for phrase in _ABANDONED_PHRASES)


def _normalize(name: str) -> str:
    """Convert to lower case, with spaces instead of punctuation: "Won't Do" becomes "won t do"."""
    return _NON_WORD_CHARACTERS.sub(" ", name.casefold()).strip()
