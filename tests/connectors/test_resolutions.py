"""Closed without being done: by the usual names in several languages, and by names of an admin's own."""

import pytest

from connectors.resolutions import AbandonedNames


@pytest.mark.parametrize(
    "name",
    [
        "Won't Do", "Won’t Do", "WONT DO", "Won't Fix", "Will not fix", "Duplicate", "Closed as duplicate", "Cannot Reproduce",
        "Can't reproduce", "Not reproducible", "Declined", "Rejected", "Invalid", "Incomplete", "Obsolete", "Not a bug",
        "As Designed", "Cancelled", "Canceled by customer", "Abandoned", "Deferred", "Out of scope", "Cut",
        "Overtaken by Events", "No longer needed", "Removed from the backlog",
        "Wird nicht erledigt", "Duplikat", "Nicht reproduzierbar", "Abgelehnt", "Verworfen", "Storniert", "Hinfällig",
        "Ne sera pas corrigé", "Doublon", "Impossible à reproduire", "Annulé", "No se hará", "Duplicado", "Cancelado",
        "Non reproductible", "Não será corrigido", "Não foi possível reproduzir", "Non verrà eseguito", "Duplicato",
        "Wordt niet opgelost", "Geannuleerd", "Kommer inte att åtgärdas", "Vil ikke bli gjort", "Afvist", "Ei korjata",
        "Nie zostanie zrobione", "Nebude opraveno", "Zrušeno", "Не будет исправлено", "Дубликат", "无法重现", "已取消",
        "修正しない", "再現できない", "수정 안 함", "취소됨", "Yapılmayacak", "İptal edildi", "Copied to Backlog", "Split",
        "Known Error", "Not fixed", "No action required", "Fixed elsewhere", "Kein Bug", "Could not replicate",
    ],
)  # fmt: skip
def test_usual_names_are_recognised(name):
    assert AbandonedNames().contains_any([name])


@pytest.mark.parametrize(
    "name",
    [
        "Done", "Fixed", "Resolved", "Closed", "Completed", "Accepted", "Verified", "Fixed and verified", "Work finished",
        "Acceptance tests pass", "Moved out of state Active", "Deployed", "Released", "Erledigt", "Fertig", "Behoben",
        "Cut over", "Validated", "", "?", "Terminé", "Resuelto", "Concluído", "Gereed", "Klart", "Ratkaistu", "Zrobione",
        "Vyřešeno", "Сделано", "已修复", "修正済み", "해결됨", "Tamamlandı", "Split and delivered",
    ],
)  # fmt: skip
def test_what_was_done_is_not(name):
    assert not AbandonedNames().contains_any([name])


def test_an_admin_may_name_more():
    own = AbandonedNames(frozenset({"Parked for good", "n/a"}))
    assert own.contains_any(["PARKED  for good"])
    assert own.contains_any(["Done", "N/A"])
    assert not own.contains_any(["Parked"])
