"""Times in JQL: to the minute, without an offset, in the time zone of whoever asks.

"2024/03/01 09:30"   "2024-03-01 09:30"   "2024-03-01"   -15m   "-2d 4h"   1732877091000 (unquoted milliseconds)
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from steward_sandbox.query import Operand
from steward_sandbox.query.jql import JqlError

_MOMENT = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: (\d{1,2}):(\d{2}))?")
_PERIOD = re.compile(r"([+-]?)((?:\d+[mhdw] ?)+)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(operand: Operand, field: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that a value in a query means."""
    text = operand.text.strip()
    if operand.kind == "function":
        if text.casefold() == "now":
            return now
        raise JqlError(f"Unable to find JQL function '{text}()'.")
    if text.isascii() and text.isdecimal() and operand.kind == "word":
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if written := _MOMENT.fullmatch(text):
        year, month, day, hour, minute = (int(written[n] or 0) for n in (1, 3, 4, 5, 6))
        try:
            return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
        except ValueError as error:
            raise _refused(text, field) from error
    if period := _PERIOD.fullmatch(text):
        span = sum((int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([mhdw])", period[2])), timedelta())
        return now - span if period[1] == "-" else now + span
    raise _refused(text, field)


def _refused(text: str, field: str) -> JqlError:
    return JqlError(
        f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
