"""The time zone of the machine, which `steward init` proposes."""

import pytest

from sync.settings.base import check_time_zone, system_time_zone


@pytest.mark.parametrize(
    ("machine", "proposed"),
    [("Europe/Vienna", "Europe/Vienna"), ("Etc/UTC", "UTC"), ("Etc/GMT+5", "Etc/GMT+5"), (None, "UTC"), ("X", "UTC")],
)
def test_the_proposed_time_zone_is_valid(monkeypatch: pytest.MonkeyPatch, machine: str | None, proposed: str) -> None:
    monkeypatch.setattr("tzlocal.get_localzone_name", lambda: machine)

    assert check_time_zone(system_time_zone()) == proposed
