"""The service: runs the scheduled jobs while it holds the service lease, and stands by while another process does."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import ParamSpec

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from connectors.errors import Retriable
from sync.run.clock import ClockWatch, OnceAMinute
from sync.run.health import Pulse
from sync.run.lease import SERVICE, HeldLease, acquire
from sync.run.schedule import new_scheduler, next_round, set_jobs
from sync.run.trouble import StoreTrouble
from sync.settings import Settings
from sync.store import Database, StoreError

_log = structlog.get_logger(__name__)

P = ParamSpec("P")

_RENEW_INTERVAL = 20.0
_STANDBY_INTERVAL = 5.0


class Service:
    """Rounds and reports at their scheduled times.

    Args:
        settings: The schedule, the trackers and Slack.
        database: The store; a second service on it stands by until the first one ends.
        run_round: Runs one round for the named tracker.
        send_reports: Sends the reports.
        stop: Set to end the service. The write in progress is finished, nothing new is started.
        pulse: Told that the service works, for health checks.

    Trouble with the store ends neither the service nor a lease that somebody else could prove: it keeps trying.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        run_round: Callable[[str], None],
        send_reports: Callable[[], None],
        stop: threading.Event,
        pulse: Pulse | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._trouble = StoreTrouble()
        self._run_round = self._watched(run_round)
        self._send_reports = self._watched(send_reports)
        self._stop = stop
        self._pulse = pulse or Pulse()
        self._scheduler: BackgroundScheduler | None = None
        self._times = OnceAMinute()
        self._clock = ClockWatch()

    def run(self) -> None:
        """Run until stopped."""
        while not self._stop.is_set():
            with self._trouble.watched():
                lease = self._wait_for_lease()
                if lease is not None:
                    self._run_jobs(lease)
            if self._trouble.failing:
                self._pulse.beat("without a store")
                self._stop.wait(_STANDBY_INTERVAL)

    def _watched(self, job: Callable[P, None]) -> Callable[P, None]:
        """A job that the store's trouble ends quietly; the next one tries again."""

        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            with self._trouble.watched():
                job(*args, **kwargs)

        return run

    def reload(self, settings: Settings) -> None:
        """Continue with other settings; a round in progress ends under the old ones."""
        self._settings = settings
        if self._scheduler is not None:
            self._set_jobs(self._scheduler)

    def next_round(self, tracker: str) -> datetime | None:
        """When the next round of a tracker begins; None when no more is planned."""
        return None if self._scheduler is None else next_round(self._scheduler, tracker)

    def _run_jobs(self, lease: HeldLease) -> None:
        """Run jobs until the service is stopped or the lease is lost."""
        scheduler = self._scheduler = new_scheduler(self._settings.schedule.timezone)
        self._set_jobs(scheduler)
        scheduler.add_listener(_log_job_error, EVENT_JOB_ERROR)
        scheduler.start()
        _log.info("service started", trackers=list(self._settings.trackers))
        self._pulse.beat("active")
        try:
            while not self._stop.wait(_RENEW_INTERVAL):
                if jump := self._clock.jump():
                    _log.warning("the clock was changed; all jobs are planned again", seconds=round(jump))
                    self._set_jobs(scheduler)
                lease.check()
                self._trouble.worked()
                self._pulse.beat("active")
        except Retriable as error:
            _log.warning("the service pauses", because=str(error))
        finally:
            self._scheduler = None
            self._pulse.beat("stopping")
            _log.info("stopping when rounds in progress have ended")
            scheduler.shutdown(wait=True)
            with suppress(StoreError):  # it runs out by itself
                lease.release()
            _log.info("service stopped" if self._stop.is_set() else "service paused")

    def _set_jobs(self, scheduler: BackgroundScheduler) -> None:
        set_jobs(
            scheduler,
            self._settings,
            run_round=self._run_round,
            send_reports=self._send_reports,
            times=self._times,
        )

    def _wait_for_lease(self) -> HeldLease | None:
        """Wait until this process holds the service lease; None when it is stopped first."""
        logged = False
        while not self._stop.is_set():
            lease = acquire(self._database, SERVICE)
            self._trouble.worked()
            if lease is not None:
                return lease
            if not logged:
                _log.warning("another service runs on this store; standing by")
                logged = True
            self._pulse.beat("standby")
            self._stop.wait(_STANDBY_INTERVAL)
        return None


def _log_job_error(event: JobExecutionEvent) -> None:
    _log.error("a job failed; it runs again at its next scheduled time", job=event.job_id, error=str(event.exception))
