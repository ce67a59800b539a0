"""Priorities of different trackers on one scale."""

import pytest

from rules.priority.levels import priority_level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("Highest", 1),
        ("P1", 2),
        ("2", 2),
        ("Major - P3", 3),
        ("2 - High", 2),
        ("Minor (P4)", 4),
        ("Hoch", 2),
        ("Very high", None),
        ("Someday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_counts_also_with_a_number_beside_it(name: str | None, level: int | None) -> None:
    assert priority_level(name) == level
