"""Recognises items that were closed without being done, by a status, resolution or reason such as "Duplicate"."""

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
    "superseded", "removed", "dropped", "expired", "aborted", "not done", "not planned", "not fixed", "not fixable",
    "not valid", "not accepted", "not to be", "not repeatable", "no repro", "no fix", "no action", "no response",
    "nothing to do", "without action", "unfixable", "cannot replicate", "can t replicate", "could not replicate",
    "unable to replicate", "known error", "copied to backlog", "elsewhere", "postponed",
    "wird nicht", "nicht reproduzierbar", "nicht nachvollziehbar", "kann nicht reproduziert", "duplikat", "abgelehnt",
    "zurückgewiesen", "ungültig", "unvollständig", "verworfen", "storniert", "abgebrochen", "obsolet", "veraltet",
    "hinfällig", "nicht mehr", "nicht notwendig", "nicht nötig", "kein fehler", "zurückgestellt", "zurückgezogen",
    "gestrichen", "entfernt", "nicht umgesetzt", "nicht behoben", "nicht geplant", "kein bug", "hat sich erledigt",
    "ne sera pas", "doublon", "impossible à reproduire", "impossible de reproduire", "rejeté", "refusé", "annulé",
    "abandonné", "obsolète", "invalide", "incomplet", "non reproductible", "ne pas", "sans suite",
    "no se hará", "no se realizará", "no se arreglará", "no se corregirá", "duplicad", "no se puede reproducir",
    "no reproducible", "no solucionar", "rechazad", "cancelad", "obsoleto", "descartad",
    "não será", "não é possível reproduzir", "não foi possível reproduzir", "não reproduzível", "não fazer", "recusad",
    "rejeitad",
    "non verrà", "non sarà", "non riproducibile", "impossibile riprodurre", "duplicat", "annullat", "rifiutat",
    "wordt niet", "duplicaat", "kan niet worden gereproduceerd", "niet reproduceerbaar", "niet te reproduceren",
    "onvolledig", "ongeldig", "geweigerd", "afgewezen", "geannuleerd", "vervallen",
    "kommer inte", "åtgärdas inte", "kan inte", "dubblett", "dublett", "avvisad", "avbruten", "ofullständig",
    "vil ikke", "løses ikke", "kan ikke", "dublet", "afvist", "avvist", "annulleret", "annullert", "kansellert",
    "ei korjata", "ei tehdä", "ei toteuteta", "ei voida", "kaksoiskappale", "hylätty", "peruttu",
    "nie zostanie", "nie będzie", "nie można odtworzyć", "niekompletn", "nieprawidłow", "odrzucon", "anulowan",
    "nebude", "nelze", "duplicitn", "zamítnut", "zrušen", "neúpln",
    "не будет", "не воспроизводится", "невозможно воспроизвести", "не удалось воспроизвести", "дубликат", "дублирует",
    "отклонен", "отклонён", "отменен", "отменён", "неполн", "неактуальн",
    "不修复", "不予修复", "不会做", "不会修复", "不处理", "不做", "无法重现", "无法再现", "不可重现", "重复", "取消",
    "已取消", "拒绝", "已拒绝", "废弃", "已废弃", "作废", "已作废", "无效",
    "修正しない", "対応しない", "実行しない", "実施しない", "再現不可", "再現できない", "再現しない", "重複", "却下",
    "キャンセル", "中止", "見送り", "無効",
    "수정 안 함", "수정하지 않음", "하지 않음", "하지 않을", "처리 안 함", "재현 불가", "재현할 수 없", "중복", "취소",
    "거부", "반려",
    "yapılmayacak", "düzeltilmeyecek", "yeniden oluşturulamıyor", "yinelenen", "iptal", "i ptal", "reddedildi",
)  # fmt: skip
"""Phrases in usual names of resolutions, statuses and reasons, in several languages, without punctuation.

A phrase may be the beginning of a word: "duplicad" is in "duplicado" and "duplicada". In lower case, the dot of the
Turkish capital İ becomes a character of its own, which counts as punctuation: "İptal" becomes "i ptal".
"""
_ABANDONED_NAMES = frozenset({"cut", "split", "void", "stale", "doppelt", "dubbel"})
"""Whole names, because other words or sentences begin with them, such as "cutover"."""


class AbandonedNames(Struct, frozen=True):
    """The names of resolutions, statuses and reasons that mean "not done": the usual ones, and those configured."""

    names: frozenset[str] = frozenset()

    def contains_any(self, names: Iterable[str]) -> bool:
        """Whether one of these names means that an item was not done."""
        return any(_is_abandoned(name, self.names) for name in names)


@lru_cache(maxsize=1000)
def _is_abandoned(name: str, configured_names: frozenset[str]) -> bool:
    """Whether a name is a usual or configured one, or contains a usual phrase that begins at the start of a word."""
    normalized = _normalize(name)
    if normalized in _ABANDONED_NAMES or normalized in map(_normalize, configured_names):
        return True
    return any(f" {phrase}" in f" {normalized}" for phrase in _ABANDONED_PHRASES)


def _normalize(name: str) -> str:
    """Convert to lower case, with spaces instead of punctuation: "Won't Do" becomes "won t do"."""
    return _NON_WORD_CHARACTERS.sub(" ", name.casefold()).strip()
