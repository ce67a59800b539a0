"""`steward explain`: what the service knows and thinks about one item."""

from collections.abc import Iterator
from datetime import datetime

import typer

from rules.model import WorkItem
from sync.cli.common import ConfigOption, JsonOption, Opened, TrackerOption, opened, out, print_json, printable
from sync.cli.decide import KeyArgument, one_item
from sync.decisions.log import Entry
from sync.inspect.explain import Done, Explanation, Ours, Told
from sync.inspect.explain import explain as explained


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(explain)


def explain(
    key: KeyArgument,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what stands about an item and why: findings, decisions, what was written. Asks no tracker."""
    with opened(config) as this:
        item = one_item(this, key, tracker, gone_too=True)
        told = _told(this, item)
    if as_json:
        print_json(told)
        return
    for line in lines(told):
        out.print(line)


def _told(this: Opened, item: WorkItem) -> Explanation:
    with this.database.reading() as reading:
        return explained(reading, item, this.configuration, this.clock())


def lines(told: Explanation) -> Iterator[str]:
    """An explanation as it reads on a terminal."""
    place = f", number {told.position} of the open items" if told.position else ""
    yield f"{told.key}  {printable(told.title)} ({printable(told.status)}{place})"
    yield f"Judged last on {_moment(told.judged)}." if told.judged else "Not judged yet; `steward pull` does."
    yield from (printable(note) for note in told.notes)
    yield ""
    if not told.findings:
        yield "No rule has anything to say."
        yield ""
    for one in told.findings:
        yield from _finding_lines(one)
    sections = {
        "Decisions": [f"  {_decision_line(one)}" for one in told.decisions],
        "Ours on the item": [line for one in told.ours for line in _ours_lines(one)],
        "What was written": [f"  {_done_line(one)}" for one in told.history],
        "Links": [f"  {printable(one.kind)} {printable(one.target)}" for one in told.links],
        "Rules that say nothing": [f"  {one.rule}: {printable(one.because)}" for one in told.silent],
    }
    for heading, some in sections.items():
        if some:
            yield from (heading, *some, "")


def _finding_lines(one: Told) -> Iterator[str]:
    yield f"{one.rule}, {one.severity}: {one.state} since {one.since:%Y-%m-%d} (first seen {one.first_seen:%Y-%m-%d})"
    yield f"  Why      {printable(one.because)}"
    yield f"  Written  {printable(one.written)}"
    yield f"  Seen     {printable(one.evidence)}"
    yield f"  Asked    {printable(one.question)}"
    yield f"  To clear {printable(one.resolution)}"
    yield ""


def _decision_line(one: Entry) -> str:
    what = f"{one.verdict.replace('-', ' ')}{f' {one.rule}' if one.rule else ''}"
    until = f" until {one.review:%Y-%m-%d}" if one.review else ""
    by = f" ({one.source}{f', {one.by}' if one.by else ''})"
    reason = f": {one.reason}" if one.reason else ""
    instead = f" Instead: {one.instead}" if one.instead else ""
    ended = f" [holds no more: {one.ended}]" if one.ended else ""
    return printable(f"{one.at:%Y-%m-%d} {what}{until}{by}{reason}{instead}{ended}")


def _ours_lines(one: Ours) -> Iterator[str]:
    taken = ", changed by a person since and theirs" if one.taken else ""
    yield f"  {one.kind} since {_moment(one.since)}{taken}"
    yield from (f"    │ {printable(line)}" for line in one.says.splitlines())


def _done_line(one: Done) -> str:
    if one.kind == "comment":
        what = "comment deleted" if not one.after else "comment changed" if one.before else "comment written"
    elif one.kind == "label":
        what = f"label {'+' if one.after else '-'} {one.name}"
    else:
        what = f"field {one.name}: {one.before or '(empty)'} → {one.after or '(empty)'}"
    return printable(f"{_moment(one.at)} {what} (round {one.round})")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
