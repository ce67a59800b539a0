"""`steward run`: the service, which runs rounds and sends reports at their scheduled times.

A round is one pass over a tracker. During a round, its process holds the lease of the tracker, so that
no other process works on it.
"""

import sys
import threading
from contextlib import suppress

import structlog
import typer

from sync.cli.options import ConfigOption, VerboseOption
from sync.cli.report import render_session_page, send_session_reports
from sync.cli.service_lines import LineRenderer
from sync.cli.session import Session, open_session
from sync.report.pulse import close_ended_pulses
from sync.rounds.context import WriteAuthority
from sync.rounds.round import run_round
from sync.run.health import Heartbeat, ReportPage, serve_health
from sync.run.lease import LeaseUnavailableError
from sync.run.reload import ConfigurationWatch
from sync.run.service import Service
from sync.run.slack_listener import SlackListener
from sync.settings import Configuration
from sync.store import StoreError

_log = structlog.get_logger(__name__)

app = typer.Typer()


@app.command()
def run(config: ConfigOption = None, verbose: VerboseOption = 0) -> None:
    """Run the service: rounds and reports at their scheduled times, until stopped.

    A second service on the same store waits as a standby. On a terminal, each round is a line; elsewhere,
    the log is JSON.
    """
    is_terminal = sys.stderr.isatty()
    render_line = LineRenderer()
    with open_session(
        config,
        without_store="create",
        sends_reports=True,
        verbose=verbose,
        as_json_logs=not is_terminal,
        render_line=render_line,
    ) as session:
        heartbeat = Heartbeat()
        render_line.zone = session.configuration.settings.time_zone

        def reload(configuration: Configuration) -> None:
            session.configuration = configuration
            render_line.zone = configuration.settings.time_zone
            service.reload(configuration.settings)

        watch = ConfigurationWatch(session.configuration, reload, session.stop)
        service = Service(
            session.configuration.settings,
            session.database,
            run_round=lambda name: _run_round(session, name, watch, service),
            send_reports=lambda: _send_reports(session),
            stop=session.stop,
            heartbeat=heartbeat,
        )

        watch_thread = threading.Thread(target=watch.run, daemon=True)
        watch_thread.start()
        listener = SlackListener(
            lambda: session.configuration,
            session.database,
            clock=session.clock,
            after_answer=lambda tracker: _after_answer(session, service, tracker),
            stop=session.stop,
        )
        listener_thread = threading.Thread(target=listener.run, daemon=True)
        listener_thread.start()
        page = ReportPage(lambda: render_session_page(session), lambda: session.configuration.settings.page_password)
        with serve_health(session.configuration.settings.health, heartbeat, lambda: session.database, page) as address:
            if address:
                _log.info("health checks", address=address)
            service.run()
        watch_thread.join(5)
        listener_thread.join(5)


def _run_round(session: Session, name: str, watch: ConfigurationWatch, service: Service) -> None:
    """Run one round of a tracker, and log what it did. If its settings do not work, they are loaded again.

    Before the round, pulses (anonymous surveys in Slack) that have ended are closed.

    Connecting is quick: it may use the fields, boards and sprints that an earlier round has read. The round
    reviews only items about which something may have changed.
    """
    if session.stop.is_set():
        return
    close_ended_pulses(session.database, session.local_now().date())
    try:
        with session.working_on(name, timeout=0, quick=True) as (tracker, context):
            result = run_round(tracker, context, WriteAuthority.BY_SERVICE, only_changes=True)
    except LeaseUnavailableError as error:
        _log.info("round skipped", tracker=name, reason=str(error))
        return
    if result.misconfigured:
        watch.request_check()
    log = _log.warning if result.trouble else _log.info
    next_round = service.next_round(name)
    log(
        "round",
        tracker=name,
        round=result.round,
        items=result.pulled.items,
        read=result.pulled.read,
        found=result.finding_counts,
        writes=result.writes,
        held=result.blocked_reason,
        notes=result.notes,
        trouble=result.trouble,
        next=next_round.isoformat(timespec="seconds") if next_round is not None else None,
    )


def _after_answer(session: Session, service: Service, tracker: str) -> None:
    """Act on an answer in Slack: edit the messages now, and request a round, which edits the item."""
    service.request_round(tracker)
    with suppress(LeaseUnavailableError, StoreError):  # the next report shows the answer
        send_session_reports(session, answered_tracker=tracker)


def _send_reports(session: Session) -> None:
    """Send the reports, and log the result for each channel. On days off, no reports are sent."""
    if session.local_now().date() in session.configuration.settings.schedule.days_off:
        _log.info("no reports today: it is a day off")
        return
    try:
        sent = send_session_reports(session)
    except LeaseUnavailableError as error:
        _log.info("no reports: another process is sending", reason=str(error))
        return
    log = _log.warning if sent.errors else _log.info
    log("reports", channels=sent.channels, troubles=sent.errors)
