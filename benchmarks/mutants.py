"""Mutation testing of the modules that decide: `make mutants`.

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

ENOUGH = 95
"""Percentage of the mutants in each group that has to be killed."""

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


def share(ended: Counter[str]) -> float:
    """Percentage killed. A timeout counts as a survivor, because the machine may only have been slow."""
    return 100 * ended["killed"] / ended.total()


def row(name: str, ended: Counter[str]) -> str:
    """One line of the table. A mutant that was neither killed nor timed out has survived."""
    survived = ended.total() - ended["killed"] - ended["timeout"]
    return ROW.format(name, ended.total(), ended["killed"], survived, ended["timeout"], f"{share(ended):.1f} %")


def changes(module: str, names: Iterable[str]) -> Iterator[str]:
    """The change that each mutant makes."""
    for name in names:
        yield f"\n{name}"
        for line in get_diff_for_mutant(name, path=module).splitlines():
            if line[:1] in "+-" and line[:3] not in ("+++", "---"):
                yield f"    {line[0]} {line[1:].strip()}"


def print_results(found: Mapping[str, Mapping[str, str]]) -> bool:
    """Print survivors and figures. Return whether enough mutants were killed."""
    for module, ended in found.items():
        print(*changes(module, (name for name, how in ended.items() if how != "killed")), sep="\n")
    print("\n" + ROW.format("", "mutants", "killed", "survived", "timeouts", "share"))
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    counted = {module: Counter(ended.values()) for module, ended in found.items()}
    enough = True
    for group in GROUPS:
        within = {module: ended for module, ended in counted.items() if module.startswith(group)}
        for module, ended in within.items():
            print(row(module, ended))
        together = sum(within.values(), Counter())
        if group not in within:
            print(row(group, together))
        enough = enough and share(together) >= ENOUGH
    return enough


def main() -> int:
    """Run the mutants and print the figures. Return 1 if too many survive."""
    options = argparse.ArgumentParser(description="Mutation testing of the modules that decide.")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--last", action="store_true", help="print the results of the last run again")
    given = options.parse_args()
    os.nice(10)
    if not given.last and (trouble := run(given.processes)):
        return trouble
    found = dict(results())
    missing = [group for group in GROUPS if not any(module.startswith(group) for module in found)]
    if missing:
        print(f"No mutants were created in {', '.join(missing)}.", file=sys.stderr)
        return 2
    if {"not checked", "check was interrupted by user"} & {how for ended in found.values() for how in ended.values()}:
        print("The run ended before all mutants were tested.", file=sys.stderr)
        return 2
    if print_results(found):
        return 0
    print(f"Fewer than {ENOUGH} % are killed.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
