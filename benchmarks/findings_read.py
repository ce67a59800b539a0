"""Print how many of the findings that were read are wanted: `python benchmarks/findings_read.py`.

`findings_read.csv` holds the verdicts of one reader, as a product owner, without any text of the data. To read findings
yourself, see `read_findings.py`.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ruamel.yaml import YAML  # noqa: E402

from rules.registry import all_rules  # noqa: E402

EARLIER_RULES = frozenset({"missing-acceptance-criteria", "oversized-story", "unranked-item"})
PROJECTS = {
    "COMPASS": "MongoDB Compass",
    "DM": "LSST Data Management",
    "EVG": "Evergreen",
    "FAB": "Hyperledger Fabric",
    "MDL": "Moodle",
    "MESOS": "Apache Mesos",
    "MULE": "Mule",
    "NEXUS": "Nexus",
    "SERVER": "MongoDB Server",
    "STL": "Hyperledger Sawtooth",
    "TIMOB": "Titanium",
    "TISTUD": "Appcelerator Studio",
    "XD": "Spring XD",
}


def table() -> list[str]:
    """The table as Markdown, one line a row."""
    read: dict[str, Counter[str]] = {}
    projects: dict[str, set[str]] = {}
    with Path(__file__).with_name("findings_read.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            read.setdefault(row["rule"], Counter())[row["wanted"]] += 1
            projects.setdefault(row["rule"], set()).add(PROJECTS[row["item"].rpartition("-")[0]])
    presets = {
        path.stem: YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["rules"]
        for path in sorted((ROOT / "config" / "presets").glob("*.yaml"))
        if path.stem != "all"
    }
    lines = ["| Rule | Findings read | Wanted | Share | Read on | On in |", "|---|---|---|---|---|---|"]
    for rule in all_rules():
        if rule in EARLIER_RULES:
            continue
        verdicts = read.get(rule, Counter())
        total = verdicts.total()
        share = f"{100 * verdicts['yes'] / total:.0f} %" if total else "–"
        on = ", ".join(name for name, rules in presets.items() if rules[rule] != "off") or "none"
        where = ", ".join(sorted(projects.get(rule, ()))) or "no data at hand"
        lines.append(f"| `{rule}` | {total} | {verdicts['yes']} | {share} | {where} | {on} |")
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
