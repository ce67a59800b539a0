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
    ],
)  # fmt: skip
def test_usual_names_are_recognised(name):
    assert AbandonedNames().contains_any([name])


@pytest.mark.parametrize(
    "name",
    [
        "Done", "Fixed", "Resolved", "Closed", "Completed", "Accepted", "Verified", "Fixed and verified", "Work finished",
        "Acceptance tests pass", "Moved out of state Active", "Deployed", "Released", "Erledigt", "Fertig", "Behoben",
        "Cut over", "Validated", "", "?", "Terminé",
    ],
)  # fmt: skip
def test_what_was_done_is_not(name):
    assert not AbandonedNames().contains_any([name])


def test_an_admin_may_name_more():
    own = AbandonedNames(frozenset({"Parked for good", "n/a"}))
    assert own.contains_any(["PARKED  for good"])
    assert own.contains_any(["Done", "N/A"])
    assert not own.contains_any(["Parked"])
