"""`steward explain`: prints all stored information about one item."""

from collections.abc import Iterator

import msgspec
import typer

from rules.lifecycle import FindingState
from sync.cli.options import AsOfOption, ConfigOption, FileOption, JsonOption, KeyArgument, TrackerOption
from sync.cli.output import out, print_json, print_table, printable, wrap
from sync.cli.store_view import open_view
from sync.decisions.log import LogEntry
from sync.inspect.explain import AnnotationEntry, Explanation, FindingEntry, HistoryEntry, explain
from sync.inspect.models import explain_priority
from sync.settings import Settings

app = typer.Typer()

_STATE_WORDS = {
    FindingState.NEW: "new",
    FindingState.STANDING: "open",
    FindingState.QUIET: "waiting while people work on the item,",
    FindingState.COOLING_DOWN: "paused after recent activity",
    FindingState.WAIVED: "waived",
    FindingState.SNOOZED: "snoozed",
    FindingState.SATURATED: "asked once for the whole backlog",
    FindingState.SHADOW: "only reported",
    FindingState.BEYOND_HORIZON: "not coming up soon,",
    FindingState.BASELINE: "found in the first round and not coming up soon,",
    FindingState.CLEARED: "cleared",
}
"""The words for the state of a finding, which come before "since" and a date."""


@app.command("explain")
def explain_item(
    key: KeyArgument,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    file: FileOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known about an item: findings, decisions, and what was written.

    Reads the store or a file; no tracker is contacted.
    """
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        configuration = view.session.configuration
        item_view = view.item(transaction, key, tracker, include_out_of_scope=True)
        backlogs = view.backlogs_of(transaction, None, with_finished=False)
        options = configuration.ruleset().priority.wsjf
        reasons = explain_priority(item_view.item, backlogs, view.time, options, configuration.messages)
        explanation = msgspec.structs.replace(explain(transaction, item_view, configuration), priority=reasons)
    if as_json:
        print_json(explanation)
    else:
        _print_explanation(explanation, configuration.settings)


def _print_explanation(explanation: Explanation, settings: Settings) -> None:
    position = f"number {explanation.position} of the open items" if explanation.position else ""
    details = ", ".join(part for part in (printable(explanation.status), position) if part)
    out.print(f"{explanation.key}  {printable(explanation.title)}{f' ({details})' if details else ''}")
    judged_at = explanation.judged_at
    out.print(
        f"Last judged on {settings.format_time(judged_at)}." if judged_at else "Not judged yet. Run `steward pull`."
    )
    for note in explanation.notes:
        out.print(printable(note))
    out.print()
    if not explanation.findings:
        out.print("No rule has a finding on this item.\n")
    for finding in explanation.findings:
        _print_finding(finding, settings)
    sections = {
        "Priority": [line for text in explanation.priority for line in wrap(text, "  ", "")],
        "Decisions": [_decision_line(entry) for entry in explanation.decisions],
        "On the item now": [
            line for annotation in explanation.annotations for line in _annotation_lines(annotation, settings)
        ],
        "History of writes": [_history_line(entry, settings) for entry in explanation.history],
        "Links": [f"{link.kind} {link.target}" for link in explanation.links],
    }
    for heading, lines in sections.items():
        if lines:
            out.print(heading)
            for line in lines:
                out.print(f"  {printable(line)}")
            out.print()
    if explanation.rules_without_finding:
        out.print("Rules without a finding")
        print_table(((rule.rule, rule.reason) for rule in explanation.rules_without_finding), indent=2)


def _print_finding(finding: FindingEntry, settings: Settings) -> None:
    zone = settings.time_zone
    since, first_seen = finding.since.astimezone(zone), finding.first_seen.astimezone(zone)
    out.print(
        f"{finding.rule}, {finding.severity}: {_STATE_WORDS[finding.state]} since {since:%Y-%m-%d} "
        f"(first seen {first_seen:%Y-%m-%d})"
    )
    rows = (
        ("State", finding.reason),
        ("Written", finding.written),
        ("Evidence", finding.evidence),
        ("Question", finding.question),
        ("To clear", finding.resolution),
    )
    print_table(rows, indent=2)
    out.print()


def _decision_line(entry: LogEntry) -> str:
    subject = f"{entry.kind.replace('-', ' ')}{f' {entry.rule}' if entry.rule else ''}"
    until = f" until {entry.review:%Y-%m-%d}" if entry.review else ""
    source = f" ({entry.source}{f', {entry.by}' if entry.by else ''})"
    reason = f": {entry.reason}" if entry.reason else ""
    instead = f" Instead: {entry.alternative}" if entry.alternative else ""
    ended = f" [ended: {entry.ended}]" if entry.ended else ""
    return f"{entry.at:%Y-%m-%d} {subject}{until}{source}{reason}{instead}{ended}"


def _annotation_lines(annotation: AnnotationEntry, settings: Settings) -> Iterator[str]:
    """Yield the lines about a comment, label or field value that is on the item."""
    changed = ", changed by somebody else since" if annotation.changed_by_others else ""
    yield f"{annotation.kind} since {settings.format_time(annotation.since)}{changed}"
    yield from (f"  │ {line}" for line in annotation.text.splitlines())


def _history_line(entry: HistoryEntry, settings: Settings) -> str:
    """A change that the service made, in one line."""
    if entry.kind == "comment":
        change = "comment deleted" if not entry.after else "comment edited" if entry.before else "comment added"
    elif entry.kind == "label":
        change = f"label {'+' if entry.after else '-'} {entry.name}"
    else:
        change = f"field {entry.name}: {entry.before or '(empty)'} → {entry.after or '(empty)'}"
    return f"{settings.format_time(entry.at)} {change} (round {entry.round})"
