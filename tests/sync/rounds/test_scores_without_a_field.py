"""What the tracker has no field for is not asked for item by item."""

import msgspec
import pytest
from memory_tracker import MemoryTracker


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, []),
        (
            {"wsjf": "WSJF"},
            [
                (
                    "WSJF cannot be calculated: no field for risk reduction was found. If there is one, "
                    "name it under `fields` of this tracker."
                )
            ],
        ),
    ],
)
def test_it_is_reported_once_and_only_where_scores_are_wanted(desk, monkeypatch, fields, lines):
    connect = MemoryTracker._connect
    found = {"business_value": ("Value",), "risk_reduction": (), "effort": (), "points": ("Points",)}
    monkeypatch.setattr(MemoryTracker, "_connect", lambda self: msgspec.structs.replace(connect(self), fields=found))
    desk.person().edit("PAY-5", risk_reduction=None)
    desk.configure(write={"fields": fields})
    assert [line for line in desk.round().scores if "cannot" in line] == lines
