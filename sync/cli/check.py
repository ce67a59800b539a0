"""`steward check`: judges a file that was exported from a tracker, without a connection to the tracker."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from connectors.redaction import redact
from rules.assessment import english_team_question
from rules.engine import Judgement
from rules.model import Severity
from rules.rule import NOT_KNOWN
from rules.ruleset import Ruleset
from sync.cli.exit_codes import ExitCode
from sync.cli.logs import log_to_stderr
from sync.cli.options import AsOfOption, JsonOption, start_of_day
from sync.cli.output import count_of, err, out, printable
from sync.inspect.export_file import open_export
from sync.messages import shipped_messages
from sync.messages.score_lines import score_lines
from sync.settings import load_rules, merge_into_presets

_MAX_LISTED_PER_RULE = 20
"""How many findings of a rule are printed as text."""

app = typer.Typer()


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A CSV export of a tracker with all fields, or JSON lines.")],
    rules: Annotated[
        Path | None, typer.Option("--rules", help="The rules.yaml to judge by.", show_default=False)
    ] = None,
    fail_on: Annotated[
        Literal["info", "warning", "never"],
        typer.Option("--fail-on", help="Exit 1 on findings of this severity or above."),
    ] = "warning",
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge an export file offline: list what the rules flag, and why."""
    log_to_stderr()
    document = load_rules(rules)[0] if rules is not None else merge_into_presets({})
    now, as_of_time = datetime.now(UTC), start_of_day(as_of)
    with open_export(file, now, as_of=as_of_time) as export:
        ruleset = Ruleset(document)
        judgement = Judgement(export.backlog, ruleset, as_of_time or now)
        for note in export.notes:
            err.print(printable(note))
        counts = _print_as_json(judgement) if as_json else _print_as_text(judgement)
        for failure in judgement.failures:
            err.print(f"Skipped: {printable(failure.key)}: the rule {failure.rule} failed on it ({failure.error}).")
        if types := judgement.unjudged_types:
            err.print(printable(shipped_messages().unjudged_types(types)))
        for problem in export.skipped:
            err.print(f"Skipped: {printable(problem.line)}.")
        if not as_json:
            _print_summary(judgement, export.item_count, len(export.backlog.items))
            for line in score_lines(export.backlog.items, ruleset.priority.wsjf, shipped_messages()):
                out.print(printable(line))
        is_refused_as_unjudged = _has_judged_nothing(judgement) and fail_on != "never"
        if is_refused_as_unjudged:
            err.print("Nothing could be judged. Export the columns that are missing.")
    is_severe = fail_on != "never" and any(severity.weight >= Severity(fail_on).weight for severity in counts)
    raise typer.Exit(ExitCode.REFUSED if is_refused_as_unjudged or is_severe else ExitCode.DONE)


def _print_as_json(judgement: Judgement) -> Counter[Severity]:
    """Print the findings one by one as a JSON array, so that memory use does not grow with their number."""
    counts: Counter[Severity] = Counter()
    sys.stdout.write("[")
    for finding in judgement:
        entry = {
            "rule": finding.rule,
            "item": finding.key,
            "severity": finding.severity.value,
            "evidence": finding.evidence,
            "question": finding.question,
            "resolution": finding.resolution,
        }
        sys.stdout.write(",\n " if counts else "\n ")
        sys.stdout.write(redact(msgspec.json.encode(entry).decode()))
        counts[finding.severity] += 1
    sys.stdout.write("\n]\n" if counts else "]\n")
    return counts


def _print_as_text(judgement: Judgement) -> Counter[Severity]:
    counts: Counter[Severity] = Counter()
    by_rule: Counter[str] = Counter()
    for finding in judgement:
        counts[finding.severity] += 1
        by_rule[finding.rule] += 1
        if by_rule[finding.rule] <= _MAX_LISTED_PER_RULE:
            out.print(f"{printable(finding.key)}  {finding.severity.value}  {finding.rule}")
            out.print(f"    {printable(finding.question)}")
            out.print(f"    {printable(finding.evidence)}")
    return counts


def _print_summary(judgement: Judgement, items: int, open_items: int) -> None:
    """Print the number of items, and what each rule flagged or could not judge.

    A rule that flags most of the items that it judges is saturated: it becomes one question to the team.
    """
    out.print(f"\n{count_of(items, 'item')}, {open_items} open.")
    for name, tally in judgement.tallies.items():
        out.print(f"{name}: flags {tally.flagged} of {tally.judged} items.")
        if tally.flagged > _MAX_LISTED_PER_RULE:
            out.print(f"    Only the first {_MAX_LISTED_PER_RULE} are listed; --json lists all.")
        if tally.is_saturated:
            out.print(f"    {english_team_question(name, tally)}")
        for reason in tally.unjudged:
            out.print(f"    Not judged: {reason}")


def _has_judged_nothing(judgement: Judgement) -> bool:
    """Whether there are open items, but none could be judged because attributes are unknown."""
    tallies = judgement.tallies.values()
    has_unknown_attributes = any(reason.variant == NOT_KNOWN for tally in tallies for reason in tally.unjudged)
    return has_unknown_attributes and not any(tally.judged for tally in tallies)
