"""Prints how many findings a reader wanted, and writes the table into docs/rule-quality.md, for `make docs`.

A reader in the role of a product owner read findings on real backlogs, some of them twice. `findings_read.csv` contains
the verdicts, without any text of the data; the second verdict is empty for a finding that was read once. To read
findings yourself, see `read_findings.py`.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ruamel.yaml import YAML  # noqa: E402

from rules.registry import all_rules  # noqa: E402

PROJECTS = {
    "APSTUD": "Aptana Studio",
    "BAM": "Bamboo",
    "CLOV": "Clover",
    "COMPASS": "MongoDB Compass",
    "DM": "LSST Data Management",
    "DURACLOUD": "DuraCloud",
    "EVG": "Evergreen",
    "FAB": "Hyperledger Fabric",
    "GHS": "GreenHopper",
    "JSW": "Jira Software",
    "MDL": "Moodle",
    "MESOS": "Apache Mesos",
    "MULE": "Mule",
    "NEXUS": "Nexus",
    "SERVER": "MongoDB Server",
    "STL": "Hyperledger Sawtooth",
    "STUDIO": "Mule Studio",
    "TIMOB": "Titanium",
    "TISTUD": "Appcelerator Studio",
    "USERGRID": "Usergrid",
    "XD": "Spring XD",
}
"""Names of the projects, by the prefix of their items' keys."""
_MAX_PROJECTS = 3
"""The maximum number of projects that a row names."""
_MIN_PAIRS = 10
"""The minimum number of findings of a rule that were read twice, to print how well the two readings agree."""


def table() -> list[str]:
    """The table as Markdown, one line a row."""
    verdicts: dict[str, list[tuple[str, str]]] = {}
    projects: dict[str, Counter[str]] = {}
    with Path(__file__).with_name("findings_read.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            verdicts.setdefault(row["rule"], []).append((row["wanted"], row["again"]))
            projects.setdefault(row["rule"], Counter())[PROJECTS[row["item"].rpartition("-")[0]]] += 1
    presets = {
        path.stem: YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["rules"]
        for path in sorted((ROOT / "config" / "presets").glob("*.yaml"))
        if path.stem != "all"
    }
    lines = [
        "| Rule | Findings read | Wanted | Read again | Wanted again | Share of both | Kappa | Read on | On in |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in all_rules():
        pairs = verdicts.get(rule, [])
        first, second = [verdict for verdict, _ in pairs], [verdict for _, verdict in pairs if verdict]
        all_verdicts = [*first, *second]
        share = f"{100 * all_verdicts.count('yes') / len(all_verdicts):.0f} %" if all_verdicts else "–"
        on = ", ".join(name for name, rules in presets.items() if rules.get(rule, "off") != "off") or "none"
        cells = (
            f"`{rule}`",
            len(first),
            first.count("yes"),
            len(second),
            second.count("yes"),
            share,
            kappa([pair for pair in pairs if pair[1]]),
            _read_on(projects.get(rule, Counter())),
            on,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def _read_on(projects: Counter[str]) -> str:
    """The projects whose findings were read, those with most findings first."""
    if not projects:
        return "no data available"
    names = [name for name, _ in sorted(projects.items(), key=lambda entry: (-entry[1], entry[0]))]
    more = f" and {len(names) - _MAX_PROJECTS} more" if len(names) > _MAX_PROJECTS else ""
    return ", ".join(names[:_MAX_PROJECTS]) + more


def kappa(pairs: list[tuple[str, str]]) -> str:
    """Cohen's kappa of two readings; a dash if too few findings were read twice, or all had the same verdict."""
    if len(pairs) < _MIN_PAIRS or len({verdict for pair in pairs for verdict in pair}) < 2:
        return "–"
    agreement = sum(first == second for first, second in pairs) / len(pairs)
    first_share, second_share = (sum(pair[reading] == "yes" for pair in pairs) / len(pairs) for reading in (0, 1))
    chance_agreement = first_share * second_share + (1 - first_share) * (1 - second_share)
    return f"{(agreement - chance_agreement) / (1 - chance_agreement):.2f}"


def main() -> None:
    """Print the table, and replace the one on the page with it."""
    page = ROOT / "docs" / "rule-quality.md"
    printed = "\n".join(table())
    before, _, old_table_and_after = page.read_text(encoding="utf-8").partition("| Rule |")
    after = old_table_and_after.partition("\n\n")[2]
    page.write_text(f"{before}{printed}\n\n{after}", encoding="utf-8")
    print(printed)


if __name__ == "__main__":
    main()
