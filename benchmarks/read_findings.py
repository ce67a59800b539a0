"""Print findings on real backlogs, for a person who reads them: `python benchmarks/read_findings.py RULE [BACKLOG]`."""

import random
import sys

from real_backlogs import NAMES, describe, read_backlog

from rules.engine import assess
from rules.registry import all_rules
from rules.ruleset import Ruleset

SAMPLE = 20
"""The maximum number of findings of the rule that are printed for one backlog, drawn with a fixed seed."""

if __name__ == "__main__":
    rule, *chosen = sys.argv[1:]
    seen: set[str] = set()
    for name in chosen or NAMES:
        backlog, now = read_backlog(name)
        settings: dict[str, object] = dict.fromkeys(all_rules(), "off") | {rule: {"severity": "warning"}}
        assessment = assess(backlog, Ruleset({"extends": [], "rules": settings}), now)
        items = {item.id: item for item in backlog.items}
        tally = assessment.tallies.get(rule)
        print(
            f"\n=== {name}: {len(assessment.findings)} of {tally and tally.judged}",
            tally and tally.unjudged,
            assessment.failures[:2],
        )
        random.Random(0).shuffle(findings := list(assessment.findings))
        for finding in findings[:SAMPLE]:
            if finding.id in seen:
                continue
            seen.add(finding.id)
            print(f"- {describe(items[finding.item])}\n    > {finding.evidence} {finding.question} ({finding.variant})")
            related_item = backlog.find(str(finding.facts.get("other")))
            if related_item is not None:
                print(f"  {describe(related_item)}")
