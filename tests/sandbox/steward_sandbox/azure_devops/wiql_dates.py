"""Dates in WIQL: whole days in the time zone of whoever asks, unless the query was sent with `timePrecision`."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from steward_sandbox.azure_devops.wiql import Clause, Operand, WiqlError

Span = tuple[datetime, datetime]
"""From the first moment that a value means to the first one after it."""

_DAY = timedelta(days=1)
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
TOO_PRECISE = "You cannot supply a time with the date when running a query using date precision."


def span(operand: Operand, clause: Clause, *, zone: ZoneInfo, now: datetime, precise: bool) -> Span:
    """What a value means.

    Raises:
        WiqlError: It is no date, or has a time where only days are compared.
    """
    if operand.kind == "macro":
        if operand.text != "@today":
            raise WiqlError(f"The macro '{operand.text}' is not supported here.", clause.cause)
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        start = (today + timedelta(days=operand.days)).astimezone(UTC)
        return (start, start) if precise else (start, start + _DAY)
    if operand.kind != "text":
        raise WiqlError("The specified value is not a valid date.", clause.cause)
    moment, timed = _read(operand.text.strip(), zone, clause)
    if precise:
        return moment, moment
    if timed:
        raise WiqlError(TOO_PRECISE, clause.cause)
    return moment, (moment.astimezone(zone) + _DAY).astimezone(UTC)


def compare(value: datetime, operator: str, meant: Span) -> bool:
    """Whether a moment stands so to what a value means."""
    start, end = meant
    match operator:
        case "<":
            return value < start
        case "<=":
            return value < end if end > start else value <= start
        case ">":
            return value >= end if end > start else value > start
        case ">=":
            return value >= start
    return start <= value < end if end > start else value == start


def _read(text: str, zone: ZoneInfo, clause: Clause) -> tuple[datetime, bool]:
    american = _AMERICAN.fullmatch(text)
    if american:
        text = f"{american[3]}-{int(american[1]):02}-{int(american[2]):02}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WiqlError("The specified value is not a valid date.", clause.cause) from error
    timed = len(text) > len("2024-01-01")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC), timed
