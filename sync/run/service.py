"""The service: runs the scheduled jobs while it holds the service lease; otherwise it is on standby.

The lease is the right of one process to work on a store. The jobs are the rounds, each of which is one pass over a
tracker, and the reports.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from connectors.errors import Retriable
from sync.run.clock import ClockWatch, OncePerMinute
from sync.run.health import Heartbeat
from sync.run.lease import SERVICE, HeldLease, acquire
from sync.run.schedule import make_scheduler, next_round, request_round, set_jobs
from sync.run.store_health import StoreHealth
from sync.settings import Settings
from sync.store import Database, StoreError

_log = structlog.get_logger(__name__)

_RENEW_SECONDS = 20.0
"""How often the lease is checked, which renews it: several times before it would expire."""
_STANDBY_SECONDS = 5.0
"""How often the service tries again to get the lease, or to use a store that failed."""


class Service:
    """Runs rounds and sends reports at their scheduled times. If the store cannot be used, it keeps trying.

    Args:
        database: The store. A second service on it is on standby until the first one ends.
        run_round: Called with the name of a tracker.
        stop: Set to end the service. A round in progress then writes to no further item.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        run_round: Callable[[str], None],
        send_reports: Callable[[], None],
        stop: threading.Event,
        heartbeat: Heartbeat,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store_health = StoreHealth()
        # An error of the store ends a job without an exception. The next run tries again.
        self._run_round = self._store_health.tolerate_errors()(run_round)
        self._send_reports = self._store_health.tolerate_errors()(send_reports)
        self._stop = stop
        self._heartbeat = heartbeat
        self._scheduler: BackgroundScheduler | None = None
        self._once_per_minute = OncePerMinute()  # keeps a job from running twice at the same local time
        self._clock = ClockWatch()

    def run(self) -> None:
        """Run until stopped."""
        while not self._stop.is_set():
            with self._store_health.tolerate_errors():
                lease = self._wait_for_lease()
                if lease is not None:
                    self._run_jobs(lease)
            if self._store_health.is_failing:
                self._heartbeat.beat("without a store")
                self._stop.wait(_STANDBY_SECONDS)

    def reload(self, settings: Settings) -> None:
        """Continue with new settings. A round in progress still uses the old ones."""
        self._settings = settings
        if self._scheduler is not None:
            self._set_jobs(self._scheduler)

    def request_round(self, tracker: str) -> None:
        """Run the next round of a tracker soon. A service on standby leaves it to the active one's schedule."""
        if (scheduler := self._scheduler) is not None:
            request_round(scheduler, tracker)

    def next_round(self, tracker: str) -> datetime | None:
        """When the next round of a tracker begins; None if none is scheduled."""
        return None if self._scheduler is None else next_round(self._scheduler, tracker)

    def _run_jobs(self, lease: HeldLease) -> None:
        """Run jobs until the service is stopped or the lease is lost."""
        scheduler = self._scheduler = make_scheduler(self._settings.schedule.timezone)
        self._set_jobs(scheduler)
        scheduler.add_listener(_log_job_error, EVENT_JOB_ERROR)
        scheduler.start()
        _log.info("service started", trackers=list(self._settings.trackers))
        self._heartbeat.beat("active")
        try:
            while not self._stop.wait(_RENEW_SECONDS):
                if jump := self._clock.detect_jump():
                    _log.warning("the clock was changed; all jobs are planned again", seconds=round(jump))
                    self._set_jobs(scheduler)
                lease.check()
                self._store_health.record_success()
                self._heartbeat.beat("active")
        except Retriable as error:
            _log.warning("the service pauses", reason=str(error))
        finally:
            self._scheduler = None
            self._heartbeat.beat("stopping")
            _log.info("stopping when rounds in progress have ended")
            scheduler.shutdown(wait=True)
            with suppress(StoreError):  # the lease expires anyway
                lease.release()
            _log.info("service stopped" if self._stop.is_set() else "service paused")

    def _set_jobs(self, scheduler: BackgroundScheduler) -> None:
        """Replace all jobs with those of the current settings."""
        set_jobs(
            scheduler,
            self._settings,
            run_round=self._run_round,
            send_reports=self._send_reports,
            once_per_minute=self._once_per_minute,
        )

    def _wait_for_lease(self) -> HeldLease | None:
        """Wait until this process holds the service lease. Returns None if the service is stopped before that."""
        standby_logged = False
        while not self._stop.is_set():
            lease = acquire(self._database, SERVICE)
            self._store_health.record_success()
            if lease is not None:
                return lease
            if not standby_logged:
                _log.warning("another service runs on this store; this one is on standby")
                standby_logged = True
            self._heartbeat.beat("standby")
            self._stop.wait(_STANDBY_SECONDS)
        return None


def _log_job_error(event: JobExecutionEvent) -> None:
    """Log the exception that ended a job."""
    _log.error("a job failed; it runs again at its next scheduled time", job=event.job_id, error=str(event.exception))
