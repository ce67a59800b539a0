"""Reads the feedback file, a CSV file of what customers asked for, one record per line. Customer names are not kept."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct, field

from rules.model import Feedback, FeedbackSource
from sync.settings.csv_table import CsvTable

_COLUMNS = ("item", "source", "customer", "date", "link")
"""The columns of the file."""
_REQUIRED_COLUMNS = ("item", "source")
_MAX_AGE = timedelta(days=365)
"""Records that are more than this much older than the latest record do not count."""


class _Record(Struct, frozen=True):
    """One line of the file."""

    item: str
    source: FeedbackSource
    customer: str
    day: date | None
    link: str


class _ItemRecords(Struct):
    """The records of one item."""

    counts: dict[FeedbackSource, int] = field(default_factory=lambda: defaultdict(int))
    customers: set[str] = field(default_factory=set)
    latest: date | None = None
    link: str = ""

    def add(self, record: _Record) -> None:
        """Count a record."""
        self.counts[record.source] += 1
        if record.customer:
            self.customers.add(record.customer.casefold())
        is_latest = record.day is not None and (self.latest is None or record.day >= self.latest)
        self.latest = record.day if is_latest else self.latest
        if record.link and (is_latest or not self.link):
            self.link = record.link


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
    records: list[_Record] = []
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
        records.append(_Record(item, feedback_source, customer, feedback_day, link))
    oldest = max((record.day for record in records if record.day), default=date.max) - _MAX_AGE
    records_by_item: dict[str, _ItemRecords] = defaultdict(_ItemRecords)
    for record in records:
        if record.item and (record.day is None or record.day >= oldest):
            records_by_item[record.item].add(record)
    return {
        item: Feedback(dict(item_records.counts), len(item_records.customers), item_records.latest, item_records.link)
        for item, item_records in records_by_item.items()
    }
