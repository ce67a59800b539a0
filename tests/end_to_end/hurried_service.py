"""`steward run` with rounds every second, and a clock that follows a file: how many seconds it is ahead.

Run as `python hurried_service.py CLOCK_FILE run --config FILE`.
"""

import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import time_machine
from apscheduler.triggers.interval import IntervalTrigger
from tenacity import wait_none

import connectors.http
from sync.cli import main
from sync.run import reload, schedule, service
from sync.store import database


def follow(file: Path, clock: time_machine.Traveller) -> None:
    """Moves the clock whenever the file says something else."""
    ahead = 0
    while True:
        wanted = int(file.read_text(encoding="ascii") or ahead)
        if wanted != ahead:
            clock.shift(wanted - ahead)
            ahead = wanted
        time.sleep(0.1)


if __name__ == "__main__":
    clock_file = Path(sys.argv.pop(1))
    schedule.make_trigger = lambda _schedule, zone: IntervalTrigger(seconds=1, timezone=zone)
    service._RENEW_SECONDS = service._STANDBY_SECONDS = 0.5
    reload._POLL_SECONDS = 0.2
    database._LOCK_TIMEOUT_SECONDS = 1
    connectors.http.RETRY_WAIT = wait_none()
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        threading.Thread(target=follow, args=(clock_file, clock), daemon=True).start()
        main()
