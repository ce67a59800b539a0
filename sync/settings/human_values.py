"""Parses durations, percentages, times and schedules as people write them in YAML."""

import math
import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from msgspec import Struct
from pydantic import BeforeValidator, WithJsonSchema

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The names of days, in the order in which `datetime.weekday` counts."""
_CRON_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""The names of days in cron expressions, in the order of their numbers from 0."""
_MAX_DURATION = timedelta(days=3660)
"""Ten years. A longer duration is a mistake, and could lead to dates that Python cannot represent."""


def parse_duration(text: object) -> timedelta:
    """Parse a duration such as "7 days", "90 minutes", "2 weeks" or "14d"."""
    if isinstance(text, timedelta):
        return text
    match = re.fullmatch(r"\s*(\d+)\s*(minutes?|hours?|days?|weeks?|[mhdw])\s*", str(text).casefold())
    if not match:
        raise ValueError(
            f'"{text}" is not a duration. Write a number of minutes, hours, days or weeks, such as "7 days"'
        )
    unit = next(unit for name, unit in _UNITS.items() if name.startswith(match[2][0]))
    if int(match[1]) > _MAX_DURATION / unit:
        raise ValueError(f'"{text}" is longer than ten years')
    return int(match[1]) * unit


def parse_percentage(text: object) -> float:
    """Parse a percentage such as "20%" to 0.2."""
    if isinstance(text, float) and 0 <= text <= 1:
        return text
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", str(text))
    if not match or float(match[1]) > 100:
        raise ValueError(f'"{text}" is not a percentage. Write one such as "20%"')
    return float(match[1]) / 100


def parse_factor(text: object) -> float:
    """Parse a factor such as "3x" to 3.0."""
    if isinstance(text, float) and 0 <= text < math.inf:
        return text
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*x\s*", str(text).casefold())
    if not match:
        raise ValueError(f'"{text}" is not a factor. Write one such as "3x"')
    return float(match[1])


class TimeWindow(Struct, frozen=True):
    """A time window on some days of the week. `str` formats it as a value that the settings accept.

    Attributes:
        end: The local time at which it ends; not part of the window.
        days: The days of the week. Monday is 0.
    """

    start: time
    end: time
    days: tuple[int, ...] = tuple(range(7))

    def __str__(self) -> str:
        hours = f"{self.start:%H:%M}-{self.end:%H:%M}"
        return hours if len(self.days) == len(_DAY_NAMES) else f"weekdays {hours}"

    def includes(self, local_time: datetime) -> bool:
        """Whether a local time is in the window."""
        return local_time.weekday() in self.days and self.start <= local_time.time() < self.end


def parse_time_window(text: object) -> TimeWindow:
    """Parse hours such as "weekdays 08:00-18:00" or "08:00-18:00"; "always" for any time."""
    if isinstance(text, TimeWindow):
        return text
    if str(text).strip().casefold() == "always":
        return TimeWindow(time.min, time.max)
    match = re.fullmatch(r"\s*(weekdays\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*", str(text).casefold())
    if not match:
        problem = "It is empty" if text is None else f'"{text}" is not a time window'
        raise ValueError(f'{problem}. Write "weekdays 08:00-18:00", "08:00-18:00" or "always"')
    start, end = parse_time_of_day(match[2]), parse_time_of_day(match[3])
    if start >= end:
        raise ValueError(f'"{text}" ends before it starts. Write the earlier time first')
    return TimeWindow(start, end, tuple(range(5 if match[1] else 7)))


def parse_time_of_day(text: str) -> time:
    """Parse a time of day such as "08:30"."""
    hour, _, minute = text.partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f'"{text}" is not a time of day. Write it as 08:30') from None


class WeeklyTime(Struct, frozen=True):
    """A time of day on one day of the week. Monday is 0."""

    day: int
    time: time


def parse_weekly_time(text: object) -> WeeklyTime | None:
    """Parse a time in the week such as "Mondays at 10:00". None stays None."""
    if text is None or isinstance(text, WeeklyTime):
        return text
    match = re.fullmatch(r"\s*([a-z]+?)s?\s+at\s+(\d{1,2}:\d{2})\s*", str(text).casefold())
    if not match or match[1] not in _DAY_NAMES:
        raise ValueError(f'"{text}" is not a time in the week. Write one such as "Mondays at 10:00", or null for none')
    return WeeklyTime(_DAY_NAMES.index(match[1]), parse_time_of_day(match[2]))


class JobSchedule(Struct, frozen=True):
    """When a job runs: at an interval, or at the times that a cron expression matches.

    Attributes:
        every: The interval; None if the job runs by `cron`.
        cron: The cron expression, in the team's time zone, with names of weekdays; empty if the job has an interval.
    """

    every: timedelta | None = None
    cron: str = ""


def parse_schedule(text: object) -> JobSchedule:
    """Parse a schedule such as "every 10 minutes", "at 08:30", "weekdays at 08:30" or "cron: 30 8 * * mon-fri"."""
    if isinstance(text, JobSchedule):
        return text
    stripped = str(text).strip()
    lower = stripped.casefold()
    if lower.startswith("cron:"):
        return JobSchedule(cron=_parse_cron(stripped[len("cron:") :].strip()))
    if match := re.fullmatch(r"every\s+(\d+)\s+(minutes?|hours?)", lower):
        interval = parse_duration(f"{match[1]} {match[2]}")
        if not interval:
            raise ValueError(f'"{text}" is too short. Write at least "every 1 minutes"')
        return JobSchedule(every=interval)
    if match := re.fullmatch(r"(weekdays\s+)?at\s+(\d{1,2}:\d{2})", lower):
        time_of_day = parse_time_of_day(match[2])
        return JobSchedule(cron=f"{time_of_day.minute} {time_of_day.hour} * * {'mon-fri' if match[1] else '*'}")
    raise ValueError(
        f'"{text}" is not a schedule. Write "every 10 minutes", "at 08:30", "weekdays at 08:30" '
        'or "cron: 30 8 * * mon-fri"'
    )


def _parse_cron(expression: str) -> str:
    """Check a cron expression with five fields, and return it with names of weekdays."""
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - needed by few configurations

    fields = expression.split()
    try:
        with_names = " ".join([*fields[:4], *(_day_names(days) for days in fields[4:])])
        CronTrigger.from_crontab(with_names)
    except ValueError as error:
        raise ValueError(f'"{expression}" is not a cron expression with five fields: {error}') from None
    return with_names


def _day_names(field: str) -> str:
    """Replace weekday numbers with names, because cron counts from Sunday (0 or 7) and APScheduler from Monday."""
    names: list[str] = []
    for part in field.casefold().split(","):
        match = re.fullmatch(r"(\*|([0-7]|[a-z]{3})(-([0-7]|[a-z]{3}))?)(/([1-7]))?", part)
        if not match or part == "*":
            names.append(part)
            continue
        # A step without a range, such as 2/2, counts up to Saturday.
        first = 0 if match[1] == "*" else _day_number(match[2])
        last = 6 if match[1] == "*" or (match[6] and not match[4]) else _day_number(match[4] or match[2])
        days = range(first, last + (1 if first <= last else 8), int(match[6] or 1))
        names += [_CRON_DAYS[day % 7] for day in days]
    return ",".join(dict.fromkeys(names))


def _day_number(name: str) -> int:
    """The number of a weekday in cron expressions, from its name or its number. Sunday is 0 or 7."""
    if name.isdecimal():
        return int(name)
    if name not in _CRON_DAYS:
        raise ValueError(f'"{name}" is not a day of the week')
    return _CRON_DAYS.index(name)


_TEXT: Any = {"type": "string"}
"""The JSON schema of a setting that is a text in the file, whatever it is parsed to."""
Duration = Annotated[timedelta, BeforeValidator(parse_duration), WithJsonSchema(_TEXT | {"examples": ["7 days"]})]
Percentage = Annotated[float, BeforeValidator(parse_percentage), WithJsonSchema(_TEXT | {"examples": ["20%"]})]
Factor = Annotated[float, BeforeValidator(parse_factor), WithJsonSchema(_TEXT | {"examples": ["3x"]})]
ParsedSchedule = Annotated[JobSchedule, BeforeValidator(parse_schedule), WithJsonSchema(_TEXT)]
ParsedTimeWindow = Annotated[TimeWindow, BeforeValidator(parse_time_window), WithJsonSchema(_TEXT)]
ParsedWeeklyTime = Annotated[
    WeeklyTime | None, BeforeValidator(parse_weekly_time), WithJsonSchema({"anyOf": [_TEXT, {"type": "null"}]})
]
