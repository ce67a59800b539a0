"""Reads the feedback file, a CSV file of what customers asked for, one record per line. Customer names are not kept."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct

from rules.model import Feedback, FeedbackSource
from sync.settings.csv_table import CsvTable

_COLUMNS = ("item", "source", "customer", "date", "link")
_REQUIRED_COLUMNS = ("item", "source")
_MAX_AGE = timedelta(days=365)
"""Records that are more than this much older than the latest record do not count."""


class _Record(Struct, frozen=True):
    """One line of the file."""

    source: FeedbackSource
    customer: str
    day: date | None
    link: str


def load_feedback(path: Path) -> Mapping[str, Feedback]:
    """Read a feedback file.

    The first line names the columns: `item` and `source`, and optionally `customer`, `date` and `link`. Records do not
    count if they are more than a year older than the latest one, or if `item` is empty.

    Returns:
        The feedback by the key of the item.

    Raises:
        ConfigurationError: The file is invalid. The error lists every issue.
    """
    table = CsvTable(path, _COLUMNS, _REQUIRED_COLUMNS)
    records_by_item: dict[str, list[_Record]] = defaultdict(list)
    for item, source, customer, day, link in table.rows():
        try:
            feedback_source = FeedbackSource(source.casefold())
        except ValueError:
            table.add_issue("source", f'Unknown source "{source}". Expected one of: {", ".join(FeedbackSource)}.')
            continue
        try:
            feedback_day = date.fromisoformat(day) if day else None
        except ValueError:
            table.add_issue("date", f'"{day}" is not a date such as 2026-12-01.')
            continue
        records_by_item[item].append(_Record(feedback_source, customer, feedback_day, link))
    days = (record.day for records in records_by_item.values() for record in records if record.day)
    oldest = max(days, default=date.max) - _MAX_AGE
    recent_by_item = {
        item: [record for record in records if record.day is None or record.day >= oldest]
        for item, records in records_by_item.items()
    }
    return {item: _summarize(records) for item, records in recent_by_item.items() if item and records}


def _summarize(records: Sequence[_Record]) -> Feedback:
    linked = [record for record in sorted(records, key=lambda record: record.day or date.min) if record.link]
    return Feedback(
        counts=dict(Counter(record.source for record in records)),
        customers=len({record.customer.casefold() for record in records if record.customer}),
        latest=max((record.day for record in records if record.day), default=None),
        link=linked[-1].link if linked else "",
    )
