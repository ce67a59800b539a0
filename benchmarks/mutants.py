"""Mutation testing of the modules that decide what is written and which findings are raised: `make mutants`.

Each mutant is one small mistake. It is killed if one of the tests that run the changed function fails. The section
`tool.mutmut` of pyproject.toml names the modules and the tests. Survivors are printed with their change;
`docs/mutation-testing.md` says why they are accepted. All mutants are created in `mutants/`.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

MIN_PERCENT_KILLED = 95
"""The minimum percentage of the mutants in each group that has to be killed."""

GROUPS = ("rules/lifecycle.py", "sync/writeback/planning/", "sync/decisions/")
WORK = Path("mutants")
ROW = "| {:<27} | {:>7} | {:>6} | {:>8} | {:>8} | {:>8} |"


def run(processes: int) -> int:
    """Create and test all mutants. Random tests draw the same examples every time and have no deadline."""
    shutil.rmtree(WORK, ignore_errors=True)
    mutmut = Path(sys.executable).with_name("mutmut")
    environment = os.environ | {"CI": "1", "PYTHONHASHSEED": "0"}
    return subprocess.run([mutmut, "run", "--max-children", str(processes)], env=environment, check=False).returncode


def results() -> Iterator[tuple[str, Mapping[str, str]]]:
    """The outcome of each mutant, by module."""
    for file in sorted(WORK.rglob("*.py.meta")):
        module = file.relative_to(WORK).as_posix().removesuffix(".meta")
        data = SourceFileMutationData(path=module)
        data.load()
        if data.exit_code_by_key:
            yield module, {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}


def percent_killed(counts: Counter[str]) -> float:
    """The percentage killed. A timeout counts as a survivor, because the machine may only have been slow."""
    return 100 * counts["killed"] / counts.total()


def row(name: str, counts: Counter[str]) -> str:
    """One line of the table. A mutant that was neither killed nor timed out has survived."""
    survived = counts.total() - counts["killed"] - counts["timeout"]
    percentage = f"{percent_killed(counts):.1f} %"
    return ROW.format(name, counts.total(), counts["killed"], survived, counts["timeout"], percentage)


def changes(module: str, names: Iterable[str]) -> Iterator[str]:
    """The change that each mutant makes."""
    for name in names:
        yield f"\n{name}"
        for line in get_diff_for_mutant(name, path=module).splitlines():
            if line[:1] in "+-" and line[:3] not in ("+++", "---"):
                yield f"    {line[0]} {line[1:].strip()}"


def print_results(outcomes_by_module: Mapping[str, Mapping[str, str]]) -> bool:
    """Print survivors and figures. Return whether enough mutants were killed."""
    for module, outcomes in outcomes_by_module.items():
        print(*changes(module, (name for name, outcome in outcomes.items() if outcome != "killed")), sep="\n")
    print("\n" + ROW.format("", "mutants", "killed", "survived", "timeouts", "share"))
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    counts_by_module = {module: Counter(outcomes.values()) for module, outcomes in outcomes_by_module.items()}
    are_enough_killed = True
    for group in GROUPS:
        in_group = {module: counts for module, counts in counts_by_module.items() if module.startswith(group)}
        for module, counts in in_group.items():
            print(row(module, counts))
        total = sum(in_group.values(), Counter())
        if group not in in_group:
            print(row(group, total))
        are_enough_killed = are_enough_killed and percent_killed(total) >= MIN_PERCENT_KILLED
    return are_enough_killed


def main() -> int:
    """Run the mutants and print the figures. Return 1 if too many survive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--last", action="store_true", help="print the results of the last run again")
    options = parser.parse_args()
    os.nice(10)
    if not options.last and (exit_code := run(options.processes)):
        return exit_code
    outcomes_by_module = dict(results())
    missing = [group for group in GROUPS if not any(module.startswith(group) for module in outcomes_by_module)]
    if missing:
        print(f"No mutants were created in {', '.join(missing)}.", file=sys.stderr)
        return 2
    all_outcomes = {outcome for outcomes in outcomes_by_module.values() for outcome in outcomes.values()}
    if {"not checked", "check was interrupted by user"} & all_outcomes:
        print("The run ended before all mutants were tested.", file=sys.stderr)
        return 2
    if print_results(outcomes_by_module):
        return 0
    print(f"Fewer than {MIN_PERCENT_KILLED} % are killed.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
