"""The schedule: turns the schedule in steward.yaml into APScheduler jobs.

APScheduler only fires the jobs; all state that matters is in the store. Jobs are rebuilt from the configuration, a run
is skipped while the previous one is still going, and one run makes up for several that were missed.
"""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from sync.run.clock import OnceAMinute
from sync.settings import Settings
from sync.settings.base import zone_named
from sync.settings.human_values import When

MAX_ROUNDS_AT_ONCE = 32
"""Trackers that are read at the same time. A tracker that does not answer holds one of the threads for minutes."""
_JITTER_SHARE = 0.1
_REPORTS = "reports"
_JOB_DEFAULTS = {
    "misfire_grace_time": None,  # by default, a job that waits for a free thread for more than a second is lost
    "coalesce": True,
    "max_instances": 1,
}


def new_scheduler(timezone: str) -> BackgroundScheduler:
    """Return a scheduler without jobs, not yet started."""
    # Threads start only when they are needed. Reports have their own, so that trackers cannot delay them.
    executors = {"default": ThreadPoolExecutor(MAX_ROUNDS_AT_ONCE), _REPORTS: ThreadPoolExecutor(1)}
    return BackgroundScheduler(timezone=zone_named(timezone), job_defaults=_JOB_DEFAULTS, executors=executors)


def set_jobs(
    scheduler: BackgroundScheduler,
    settings: Settings,
    *,
    run_round: Callable[[str], None],
    send_reports: Callable[[], None],
    times: OnceAMinute,
) -> None:
    """Replace all jobs by those that the settings ask for; the first rounds run at once.

    Args:
        scheduler: Runs the jobs.
        settings: What to run, and when.
        run_round: Runs a round for the named tracker.
        send_reports: Sends the reports.
        times: Keeps jobs from running twice at one time of day.
    """
    zone = zone_named(settings.schedule.timezone)

    def add(job: str, run: Callable[[], None], when: When, **options: Any) -> None:
        def run_once() -> None:
            if when.every is not None or times.may_run(job, zone):
                run()

        scheduler.add_job(run_once, trigger(when, zone), id=job, **options)

    scheduler.remove_all_jobs()
    for name in settings.trackers:
        times.forget(f"round {name}")
        add(f"round {name}", partial(run_round, name), settings.schedule.pull, next_run_time=datetime.now(zone))
    if settings.slack is not None:
        add("report", send_reports, settings.schedule.report, executor=_REPORTS)


def next_round(scheduler: BackgroundScheduler, tracker: str) -> datetime | None:
    """When the next round of a tracker begins; None when no more is planned."""
    job = scheduler.get_job(f"round {tracker}")
    time: datetime | None = job.next_run_time if job is not None else None
    return time


def trigger(when: When, zone: tzinfo) -> BaseTrigger:
    """Return the APScheduler trigger for a schedule; intervals get jitter so that trackers do not start together."""
    if when.every is not None:
        seconds = when.every.total_seconds()
        return IntervalTrigger(seconds=int(seconds), timezone=zone, jitter=max(1, int(seconds * _JITTER_SHARE)))
    return CronTrigger.from_crontab(when.cron, timezone=zone)
