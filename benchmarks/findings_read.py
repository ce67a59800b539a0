"""Print how many of the findings that were read are wanted, and write it into docs/rule-quality.md, for `make docs`.

`findings_read.csv` holds the verdicts of two readings, as a product owner, without any text of the data. The second is
empty where a finding was read once. To read findings yourself, see `read_findings.py`.
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
_MAX_PROJECTS = 3
_MIN_PAIRS = 10
"""Findings that have to be read twice for an agreement to be printed."""


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
        first, second = [one for one, _ in pairs], [two for _, two in pairs if two]
        both = [*first, *second]
        share = f"{100 * both.count('yes') / len(both):.0f} %" if both else "–"
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
    if not projects:
        return "no data at hand"
    names = [name for name, _ in sorted(projects.items(), key=lambda entry: (-entry[1], entry[0]))]
    more = f" and {len(names) - _MAX_PROJECTS} more" if len(names) > _MAX_PROJECTS else ""
    return ", ".join(names[:_MAX_PROJECTS]) + more


def kappa(pairs: list[tuple[str, str]]) -> str:
    """Cohen's kappa of two readings; a dash where too few findings were read twice, or all had the same verdict."""
    if len(pairs) < _MIN_PAIRS or len({verdict for pair in pairs for verdict in pair}) < 2:
        return "–"
    agreed = sum(one == two for one, two in pairs) / len(pairs)
    first, second = (sum(pair[place] == "yes" for pair in pairs) / len(pairs) for place in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    return f"{(agreed - chance) / (1 - chance):.2f}"


def main() -> None:
    """Print the table, and replace the one on the page with it."""
    page = ROOT / "docs" / "rule-quality.md"
    printed = "\n".join(table())
    before, _, rest = page.read_text(encoding="utf-8").partition("| Rule |")
    after = rest.partition("\n\n")[2]
    page.write_text(f"{before}{printed}\n\n{after}", encoding="utf-8")
    print(printed)


if __name__ == "__main__":
    main()
