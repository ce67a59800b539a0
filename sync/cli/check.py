"""`steward check`: judge an export file, without a tracker."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from connectors.redaction import redact
from rules.engine import Judgement, whole
from rules.model import Finding, Severity
from sync.cli.common import JsonOption, err, log_to_stderr, out, printable
from sync.inspect.offline_check import checking
from sync.settings import load_rules, with_presets

_SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command()(check)


def check(
    file: Annotated[Path, typer.Argument(help="CSV from Jira or Azure DevOps with all fields, or JSON lines.")],
    rules: Annotated[Path | None, typer.Option("--rules", help="A rules.yaml.", show_default=False)] = None,
    fail_on: Annotated[
        Literal["info", "warning", "never"],
        typer.Option("--fail-on", help="Exit 1 on findings of this severity or above."),
    ] = "warning",
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Judge it as of this day.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge an export file offline: what would be flagged, and why."""
    log_to_stderr()
    document = load_rules(rules)[0] if rules is not None else with_presets({})
    now = as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC)
    with checking(file, document, now) as this:
        for note in this.notes:
            err.print(printable(note))
        counts = _as_json(this.judgement) if as_json else _as_text(this.judgement)
        for failure in this.judgement.failures:
            err.print(f"Skipped: {printable(failure.key)}: the rule {failure.rule} broke on it ({failure.error}).")
        for problem in this.skipped:
            err.print(f"Skipped: {printable(problem.line)}.")
        if not as_json:
            _summary(this.judgement, this.items, this.open_items)
    raise typer.Exit(1 if _fails(counts, fail_on) else 0)


def _as_json(judgement: Judgement) -> Counter[Severity]:
    """Writes the findings as they come: one array, however many there are."""
    counts: Counter[Severity] = Counter()
    sys.stdout.write("[")
    for finding in judgement:
        sys.stdout.write(",\n " if counts else "\n ")
        sys.stdout.write(redact(msgspec.json.encode(_plain(finding)).decode()))
        counts[finding.severity] += 1
    sys.stdout.write("\n]\n" if counts else "]\n")
    return counts


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "item": finding.key,
        "severity": finding.severity.value,
        "evidence": finding.evidence,
        "question": finding.question,
        "resolution": finding.resolution,
    }


def _as_text(judgement: Judgement) -> Counter[Severity]:
    counts: Counter[Severity] = Counter()
    by_rule: Counter[str] = Counter()
    for finding in judgement:
        counts[finding.severity] += 1
        by_rule[finding.rule] += 1
        if by_rule[finding.rule] <= _SHOWN:
            out.print(f"{printable(finding.key)}  {finding.severity.value}  {finding.rule}")
            out.print(f"    {printable(finding.question)}")
            out.print(f"    {printable(finding.evidence)}")
    return counts


def _summary(judgement: Judgement, items: int, open_items: int) -> None:
    out.print(f"\n{items} items, {open_items} of them open.")
    for name, tally in judgement.tallies.items():
        out.print(f"{name}: {tally.flagged} of {tally.judged} judged.")
        if tally.flagged > _SHOWN:
            out.print(f"    Only the first {_SHOWN} are shown; --json gives all.")
        if tally.saturated:
            out.print(f"    {whole(name, tally)}")
        for limit in tally.limits:
            out.print(f"    Not judged: {limit}")


def _fails(counts: Counter[Severity], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return any(count for severity, count in counts.items() if severity.weight >= Severity(fail_on).weight)
