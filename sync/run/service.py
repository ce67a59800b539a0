"""The service: rounds at their times, one at a time a tracker, until it is asked to stop.

APScheduler fires; everything that matters is in the store. Jobs are built anew from the configuration at each start, a
firing that comes while the last one still runs is skipped, and firings that were missed are made up for once.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from connectors.errors import Retriable
from sync.run.lease import SERVICE, Working, take
from sync.settings import Settings
from sync.settings.human_values import When
from sync.store import Database

_log = structlog.get_logger(__name__)

_HEARTBEAT = 20.0
_STAND_BY = 5.0
_JITTER_SHARE = 0.1


class Service:
    """Rounds and reports at their times.

    Args:
        settings: When to do what.
        database: The store; a second service on it stands by until the first one ends.
        work: Runs one round for a tracker.
        report: Sends the reports.
        stop: Set to end the service; what is being written is finished, nothing new is begun.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        work: Callable[[str], None],
        report: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        self._settings = settings
        self._database = database
        self._work = work
        self._report = report
        self._stop = stop
        self._scheduler: BackgroundScheduler | None = None
        self.failures = 0

    def run(self) -> None:
        """Works until stopped; stands by while another service works on the same store."""
        while (lease := self._stand_by()) is not None:
            self._work_while_held(lease)

    def take_up(self, settings: Settings) -> None:
        """Goes on with other settings; a round that runs ends under the old ones."""
        self._settings = settings
        if self._scheduler is not None:
            self._scheduler.remove_all_jobs()
            self._add_jobs(self._scheduler)

    def _work_while_held(self, lease: Working) -> None:
        scheduler = self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo(self._settings.schedule.timezone),
            # Without these a job that finds the pool full is lost after a second.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._add_jobs(scheduler)
        scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        scheduler.start()
        _log.info("service started", trackers=list(self._settings.trackers))
        try:
            while not self._stop.wait(_HEARTBEAT):
                lease.check()
        except Retriable as lost:
            _log.warning("another service took over; standing by", because=str(lost))
        finally:
            self._scheduler = None
            scheduler.shutdown(wait=True)
            lease.release()
            _log.info("service stopped")

    def _stand_by(self) -> Working | None:
        told = False
        while not self._stop.is_set():
            lease = take(self._database, SERVICE)
            if lease is not None:
                return lease
            if not told:
                _log.warning("another service works on this store; standing by")
                told = True
            self._stop.wait(_STAND_BY)
        return None

    def _add_jobs(self, scheduler: BackgroundScheduler) -> None:
        schedule = self._settings.schedule
        zone = ZoneInfo(schedule.timezone)
        for name in self._settings.trackers:
            scheduler.add_job(
                self._work,
                trigger(schedule.pull, zone),
                args=[name],
                id=f"round {name}",
                next_run_time=datetime.now(zone),
            )
        if self._settings.slack is not None:
            scheduler.add_job(self._report, trigger(schedule.report, zone), id="report")

    def _failed(self, event: JobExecutionEvent) -> None:
        self.failures += 1
        _log.error("a job failed; it runs again at its next time", job=event.job_id, error=str(event.exception))


def trigger(when: When, zone: ZoneInfo) -> BaseTrigger:
    """APScheduler's form of a schedule; intervals are spread a little, so that trackers do not all start at once."""
    if when.every is not None:
        seconds = when.every.total_seconds()
        return IntervalTrigger(seconds=int(seconds), timezone=zone, jitter=max(1, int(seconds * _JITTER_SHARE)))
    return CronTrigger.from_crontab(when.cron, timezone=zone)
