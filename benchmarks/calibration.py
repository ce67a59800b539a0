"""Check forecasts against what really happened: walk forward through real histories of finished items.

Every four weeks a forecast is made from what was known on that day, and compared with the next four weeks. The window
of the history, the length of the blocks and the spread of the pace were chosen with the first half of each history;
results are reported for the second half. The naive forecast is the average of the same window, with a range according
to the normal distribution.

Usage: python benchmarks/calibration.py [--choose] [--weeks N] [FOLDER]
"""

import argparse
import csv
import math
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from statistics import fmean, stdev

from rules.flow.calibration import RANGE_PROBABILITY, Trial, walk_forward, wilson_interval
from rules.flow.durations import percentile
from rules.flow.forecast import BLOCK_DAYS, PACE_SPREAD
from rules.flow.throughput import NO_DAYS_OFF, WINDOW_WEEKS

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "5_points_vs_time"
RUNS = 1000
"""The number of simulated runs for a forecast."""
DEVIATIONS_FOR_85_PERCENT = 1.4395
"""The number of standard deviations to each side of the mean between which 85 % of a normal distribution lie."""
SAME_PROJECTS = {"COMPASS", "FAB", "NEXUS"}
"""Projects that are also in the folder of longer histories, so that their shorter ones are not read."""


def histories(folder: Path) -> Iterator[tuple[str, list[date]]]:
    """The days on which items were finished, by project."""
    for file in sorted((folder / "throughput_resolution_dates").glob("*.csv")):
        lines = file.read_text(encoding="utf-8").splitlines()
        yield file.stem.strip("_"), sorted(date.fromisoformat(line[:10]) for line in lines if line[:2] == "20")
    for file in sorted(folder.glob("*.csv")):
        if file.stem not in SAME_PROJECTS:
            with file.open(encoding="utf-8") as rows:
                texts = [row.get("Resolution_Date") or "NULL" for row in csv.DictReader(rows)]
            days = sorted(date.fromisoformat(text[:10]) for text in texts if text != "NULL")
            if days:
                yield file.stem, days


class Result:
    """The quality of forecasts.

    Attributes:
        n: The number of forecasts.
        held, naive_held: How many forecasts and naive forecasts had a range that contained the outcome.
        at_least: How many forecasts were right that at least some number of items would be finished.
        refused: How often there was too little history for a forecast.
        widths, naive_widths: The widths of the ranges, as a share of the forecast.
        losses: The interval score of each forecast; see `compare_parameters`.
    """

    def __init__(self) -> None:
        self.n = self.held = self.naive_held = self.at_least = self.refused = 0
        self.widths: list[float] = []
        self.losses: list[float] = []
        self.naive_widths: list[float] = []

    def add(self, result: "Result") -> None:
        """Add the forecasts of another result."""
        for name in ("n", "held", "naive_held", "at_least", "refused"):
            setattr(self, name, getattr(self, name) + getattr(result, name))
        self.widths += result.widths
        self.losses += result.losses
        self.naive_widths += result.naive_widths

    def line(self, name: str) -> str:
        """One line of the table."""
        if not self.n:
            return f"{name:<22} {self.n:>4} {'':>33} {self.refused:>7}"
        low, high = wilson_interval(self.held, self.n)
        return (
            f"{name:<22} {self.n:>4} {self.held / self.n:>6.0%} [{low:.0%}, {high:.0%}]".ljust(46)
            + f"{self.at_least / self.n:>6.0%} {fmean(self.widths):>7.2f} "
            f"{self.naive_held / self.n:>7.0%} {fmean(self.naive_widths):>7.2f} {self.refused:>6}"
        )


def walk(  # noqa: PLR0917 - the columns of the table
    name: str, days: list[date], window: int, block: int, spread: float, weeks: int = 4
) -> tuple[Result, Result]:
    """The results of the first and of the second half of a history."""
    halves = Result(), Result()
    middle = days[0] + (days[-1] - days[0]) / 2
    for trial in walk_forward(
        days,
        weeks,
        seed=name,
        calendar=NO_DAYS_OFF,
        window_weeks=window,
        block_days=block,
        pace_spread=spread,
        runs=RUNS,
    ):
        if isinstance(trial, Trial):
            add_trial(halves[trial.day >= middle], trial, weeks)
        else:
            halves[trial[0] >= middle].refused += 1
    return halves


def add_trial(result: Result, trial: Trial, weeks: int) -> None:
    """Compare a forecast, and a naive one, with what happened, and add both to a result."""
    low, high, actual, mean = trial.low, trial.high, trial.actual, max(fmean(trial.counts), 1)
    result.n += 1
    result.held += trial.is_within_range
    result.at_least += actual >= percentile(trial.counts, 1 - RANGE_PROBABILITY)
    result.widths.append((high - low) / mean)
    missed_by = max(low - actual, 0) + max(actual - high, 0)
    result.losses.append((high - low + missed_by * 2 / (1 - RANGE_PROBABILITY)) / mean)
    daily = trial.throughput.daily
    by_week = [sum(daily[start : start + 5]) for start in range(len(daily) % 5, len(daily), 5)]
    mean, spread = fmean(by_week) * weeks, stdev(by_week) * math.sqrt(weeks) * DEVIATIONS_FOR_85_PERCENT
    result.naive_held += mean - spread <= actual <= mean + spread
    result.naive_widths.append(2 * spread / max(mean, 1))


def compare_parameters(projects: list[tuple[str, list[date]]]) -> None:
    """Print how good forecasts are with different windows, blocks and spreads, on the first half of each history."""
    print(
        "First halves. loss: the interval score (Gneiting and Raftery 2007), as a share of the forecast; less is better"
    )
    print(f"{'window':>6} {'block':>6} {'spread':>6} {'held':>6} {'width':>6} {'loss':>6} {'n':>5}")
    for window, block, spread in product((13, 26, 52), (5, 20), (0.0, 0.35, 0.5)):
        pooled = Result()
        for name, days in projects:
            pooled.add(walk(name, days, window, block, spread)[0])
        print(
            f"{window:>6} {block:>6} {spread:>6} {pooled.held / pooled.n:>6.1%} {fmean(pooled.widths):>6.2f} "
            f"{fmean(pooled.losses):>6.2f} {pooled.n:>5}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--weeks", type=int, default=4, help="how far ahead each forecast looks")
    parser.add_argument("--choose", action="store_true", help="compare windows and blocks on the first halves")
    options = parser.parse_args()
    if not options.folder.is_dir():
        raise SystemExit(f"{options.folder} is not here. Name the folder with the histories.")
    projects = list(histories(options.folder))
    if options.choose:
        compare_parameters(projects)
        return
    print(f"Second halves, window {WINDOW_WEEKS} weeks, blocks of {BLOCK_DAYS} days, {options.weeks} weeks ahead.")
    print("held: how often the 85 % range contained the outcome, with the 95 % confidence interval of that share;")
    print("85%+: how often at least as many items were finished as the forecast stated with 85 % certainty;")
    print("width: the width of the range, as a share of the forecast; naive: the naive forecast's range")
    print(f"{'':<22} {'n':>4} {'held':>6} {'':<11} {'85%+':>6} {'width':>7} {'naive':>7} {'width':>7} {'refused':>7}")
    pooled = Result()
    for name, days in projects:
        result = walk(name, days, WINDOW_WEEKS, BLOCK_DAYS, PACE_SPREAD, options.weeks)[1]
        pooled.add(result)
        print(result.line(name))
    print(pooled.line("all"))


if __name__ == "__main__":
    main()
