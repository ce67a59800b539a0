"""Reads the measures file, a CSV file with values of the measures of objectives, each with its date.

The measure of an objective in goals.yaml is the number by which the team sees whether it reaches the objective.
"""

import math
from collections.abc import Collection
from datetime import date
from pathlib import Path

from rules.priority.measures import MeasurePoint
from sync.messages.suggestions import did_you_mean_or_list
from sync.settings.csv_table import CsvTable

_COLUMNS = ("objective", "date", "value")


def load_measures(path: Path, objectives: Collection[str]) -> tuple[MeasurePoint, ...]:
    """Read a measures file. Its first line has to name the columns `objective`, `date` and `value`.

    Args:
        objectives: The names of the objectives in goals.yaml.

    Raises:
        ConfigurationError: The file is invalid. The error lists every issue.
    """
    table = CsvTable(path, _COLUMNS, _COLUMNS)
    points: list[MeasurePoint] = []
    for objective, day, value in table.rows():
        if objective not in objectives:
            suggestion = did_you_mean_or_list(objective, objectives)
            table.add_issue("objective", f'Unknown objective "{objective}".{suggestion}')
            continue
        try:
            points.append(MeasurePoint(objective, date.fromisoformat(day), _parse_number(value)))
        except ValueError:
            table.add_issue("date", f'Expected a date such as 2026-12-01 and a number; found "{day}" and "{value}".')
    return tuple(points)


def _parse_number(text: str) -> float:
    """Parse a finite number. Raises `ValueError` for any other text."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
