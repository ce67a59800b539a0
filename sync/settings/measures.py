"""Reads the measures file, a CSV file with values of the measures of objectives, each with its date.

The measure of an objective in goals.yaml is the number by which the team sees whether it reaches the objective.
"""

import csv
import io
import math
from collections.abc import Collection
from datetime import date
from pathlib import Path

from rules.priority.measures import MeasurePoint
from sync.messages.suggestions import did_you_mean_or_list
from sync.settings.yaml_file import ConfigurationError, ConfigurationIssue

_COLUMNS = ("objective", "date", "value")
"""The columns of the file."""


def load_measures(path: Path, objectives: Collection[str]) -> tuple[MeasurePoint, ...]:
    """Read a measures file. Its first line has to name the columns `objective`, `date` and `value`.

    Args:
        objectives: The names of the objectives in goals.yaml.

    Raises:
        ConfigurationError: The file is invalid. The error lists every issue.
    """
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    issues = [
        ConfigurationIssue(str(path), 1, 1, name, f"The column is missing. Expected: {', '.join(_COLUMNS)}.")
        for name in _COLUMNS
        if name not in names
    ]
    points: list[MeasurePoint] = []
    for row in rows if not issues else ():
        objective, day, value = ((row.get(names[name]) or "").strip() for name in _COLUMNS)

        def report(column: str, message: str) -> None:
            issues.append(ConfigurationIssue(str(path), rows.line_num, 1, column, message))

        if objective not in objectives:
            report("objective", f'Unknown objective "{objective}".{did_you_mean_or_list(objective, objectives)}')
            continue
        try:
            points.append(MeasurePoint(objective, date.fromisoformat(day), _parse_number(value)))
        except ValueError:
            report("date", f'Expected a date such as 2026-12-01 and a number; found "{day}" and "{value}".')
    if issues:
        raise ConfigurationError(issues)
    return tuple(points)


def _parse_number(text: str) -> float:
    """Parse a finite number.

    Raises:
        ValueError: The text is not a finite number.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f'"{text}" is not a finite number.')
    return value
