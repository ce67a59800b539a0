"""Turns the schedule in steward.yaml into APScheduler jobs: rounds, which are passes over one tracker, and reports.

APScheduler only starts the jobs; their state is in the store. A run is skipped while the previous one is still active,
and several missed runs are replaced by one.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from sync.run.clock import OncePerMinute
from sync.settings import Settings
from sync.settings.base import get_time_zone
from sync.settings.human_values import JobSchedule

MAX_CONCURRENT_ROUNDS = 32
"""The maximum number of trackers that are read at the same time: an unresponsive one blocks a thread for minutes."""
_JITTER_SHARE = 0.1
"""The share of its interval by which a round may start earlier or later, so that rounds do not start together."""
_REQUEST_DELAY = timedelta(seconds=10)
"""How long after a request its round starts, so that several requests share one round."""
_REPORT_EXECUTOR = "reports"
"""The name of the thread pool for reports."""
_JOB_DEFAULTS = {
    "misfire_grace_time": None,  # by default, a job that waits for a free thread for more than a second is lost
    "coalesce": True,
    "max_instances": 1,
}
"""Only one of several missed runs is made up for, and a job never runs twice at the same time."""


def make_scheduler(timezone: str) -> BackgroundScheduler:
    """Make a scheduler that has no jobs and has not started."""
    # Threads start only when they are needed. Reports have a separate thread, so that trackers cannot delay them.
    executors = {"default": ThreadPoolExecutor(MAX_CONCURRENT_ROUNDS), _REPORT_EXECUTOR: ThreadPoolExecutor(1)}
    return BackgroundScheduler(timezone=get_time_zone(timezone), job_defaults=_JOB_DEFAULTS, executors=executors)


def set_jobs(
    scheduler: BackgroundScheduler,
    settings: Settings,
    *,
    run_round: Callable[[str], None],
    send_reports: Callable[[], None],
    once_per_minute: OncePerMinute,
) -> None:
    """Replace all jobs with those in the settings. The first rounds start immediately.

    Args:
        once_per_minute: Prevents jobs with a cron schedule from running twice at the same local time, in the hour that
            the end of daylight saving time repeats.
    """
    zone = settings.time_zone

    def add(job: str, run: Callable[[], None], schedule: JobSchedule, **options: Any) -> None:
        def run_once() -> None:
            if schedule.every is not None or once_per_minute.may_run(job, zone):
                run()

        scheduler.add_job(run_once, make_trigger(schedule, zone), id=job, **options)

    scheduler.remove_all_jobs()
    for name in settings.trackers:
        once_per_minute.forget(f"round {name}")  # so that the first round starts even if one ran in this minute
        add(f"round {name}", partial(run_round, name), settings.schedule.pull, next_run_time=datetime.now(zone))
    if settings.slack is not None:
        add("report", send_reports, settings.schedule.report, executor=_REPORT_EXECUTOR)


def request_round(scheduler: BackgroundScheduler, tracker: str) -> None:
    """Run the next round of a tracker soon. Requests that follow within seconds share that round."""
    job = scheduler.get_job(f"round {tracker}")
    if job is not None:
        soon = datetime.now(scheduler.timezone) + _REQUEST_DELAY
        if job.next_run_time is None or job.next_run_time > soon:
            job.modify(next_run_time=soon)


def next_round(scheduler: BackgroundScheduler, tracker: str) -> datetime | None:
    """When the next round of a tracker begins; None if none is scheduled."""
    job = scheduler.get_job(f"round {tracker}")
    time: datetime | None = job.next_run_time if job is not None else None
    return time


def make_trigger(schedule: JobSchedule, zone: tzinfo) -> BaseTrigger:
    """Make the APScheduler trigger for a schedule. Intervals vary at random; see `_JITTER_SHARE`."""
    if schedule.every is not None:
        seconds = schedule.every.total_seconds()
        return IntervalTrigger(seconds=int(seconds), timezone=zone, jitter=max(1, int(seconds * _JITTER_SHARE)))
    return CronTrigger.from_crontab(schedule.cron, timezone=zone)
