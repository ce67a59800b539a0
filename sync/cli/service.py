"""`steward run`: the service."""

import sys
import threading
from contextlib import closing

import structlog
import typer

from sync.cli.common import ConfigOption, Opened, VerboseOption, opened
from sync.report.sending import send_reports
from sync.rounds.context import WriteAuthority
from sync.rounds.round import run_round
from sync.run.lease import Busy, working_on
from sync.run.reload import watch_configuration
from sync.run.service import Service
from sync.settings import Configuration

_log = structlog.get_logger(__name__)


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(run)


def run(config: ConfigOption = None, verbose: VerboseOption = False) -> None:
    """Work at the scheduled times until stopped. A second one on the same store stands by."""
    with opened(config, verbose=verbose, as_json_logs=not sys.stderr.isatty()) as this:
        service = Service(
            this.configuration.settings,
            this.database,
            work=lambda name: _round(this, name),
            report=lambda: _report(this),
            stop=this.stop,
        )

        def take_up(configuration: Configuration) -> None:
            this.configuration = configuration
            service.take_up(configuration.settings)

        watcher = threading.Thread(
            target=watch_configuration, args=(this.configuration.files[0], take_up, this.stop), daemon=True
        )
        watcher.start()
        service.run()
        watcher.join(5)


def _round(this: Opened, name: str) -> None:
    if this.stop.is_set():
        return
    try:
        with working_on(this.database, name) as work, closing(this.tracker(name, before_write=work.check)) as connector:
            outcome = run_round(connector, this.context(check_lease=work.check), WriteAuthority.BY_ITSELF)
    except Busy as busy:
        _log.info("round skipped", tracker=name, because=str(busy))
        return
    told = _log.warning if outcome.trouble else _log.info
    told(
        "round",
        tracker=name,
        round=outcome.round,
        items=outcome.pulled.items,
        read=outcome.pulled.read,
        found=outcome.found,
        writes=outcome.writes,
        held=outcome.held_whole,
        trouble=outcome.trouble,
    )


def _report(this: Opened) -> None:
    known = this.configuration
    sent = send_reports(known.settings, this.database, this.clock(), this.stop, known.messages)
    told = _log.warning if sent.troubles else _log.info
    told("reports", channels=sent.channels, troubles=sent.troubles)
