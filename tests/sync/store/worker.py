"""One worker of a store that others work on as well: `python worker.py STEWARD_YAML ROUNDS MOMENT SEED`."""

import logging
import random
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import structlog

from steward_sandbox import StoppedClock
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.run.lease import hold_tracker_lease
from sync.settings import Configuration, load
from sync.store import Database


def work(configuration: Configuration, rounds: int, moment: datetime, seed: int) -> tuple[int, list[str]]:
    """Rounds, each under the lease; says how many changes were written, and what ended rounds early."""
    dice = random.Random(seed)
    written, troubles = 0, []
    settings = configuration.settings
    with closing(Database(settings.store)) as database:
        for _ in range(rounds):
            with hold_tracker_lease(database, "team", timeout=120) as lease:
                context = RoundContext(
                    configuration=configuration,
                    database=database,
                    clock=StoppedClock(moment),
                    check_lease=lease.check,
                )
                with closing(open_tracker("team", settings, database, before_write=lease.check)) as tracker:
                    outcome = run_round(tracker, context, WriteAuthority.BY_PERSON)
            written += outcome.writes
            troubles += [outcome.trouble] if outcome.trouble else []
            time.sleep(dice.uniform(0.0, 0.1))
    return written, troubles


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made, stopped = work(
        load(Path(sys.argv[1])), int(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), int(sys.argv[4])
    )
    for line in stopped:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{made}\n")
