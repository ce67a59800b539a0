"""Tells items that were done from items that were closed without being done: won't do, duplicate, cannot reproduce."""

import re
from collections.abc import Iterable

from msgspec import Struct

_WORDS = re.compile(r"[^\w]+")
_PHRASES = (
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
"""How usual names of resolutions, statuses and reasons begin, or a word within them, in several languages."""
_WHOLE_NAMES = frozenset({"cut"})


class AbandonedNames(Struct, frozen=True):
    """Recognises resolutions, statuses and reasons of items that were closed without being done.

    Attributes:
        names: Names besides the usual ones.
    """

    names: frozenset[str] = frozenset()

    def includes(self, names: Iterable[str]) -> bool:
        """Whether any of these names says so."""
        own = {_plain(name) for name in self.names}
        return any(
            plain in own or plain in _WHOLE_NAMES or any(f" {phrase}" in f" {plain}" for phrase in _PHRASES)
            for plain in map(_plain, names)
        )


def _plain(name: str) -> str:
    return _WORDS.sub(" ", name.casefold()).strip()
