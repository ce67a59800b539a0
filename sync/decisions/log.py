"""The decision log as a file: written as Markdown, JSON or CSV, and read from JSON lines, JSON or CSV.

An export as JSON or CSV can be imported into another installation.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from rules.model import OUTCOMES, Decision, DecisionEvidence, DecisionKind, drop_superseded
from sync.decisions.commands import (
    DEFAULT_DURATIONS,
    Command,
    CommandError,
    clean_reason,
    parse_date,
    printable_line,
    unknown_rule,
)
from sync.messages.suggestions import did_you_mean_or_list

Format = Literal["markdown", "json", "csv"]

_KEYS = ("key", "verdict", "rule", "reason", "instead", "review", "tracker")
_IGNORED = frozenset({"at", "source", "by", "ended", "id", "item", "links", "votes"})
"""Keys of an export that an import ignores."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that starts with one of these for a formula."""


class Entry(Struct, frozen=True, kw_only=True):
    """One row of the printed log.

    Attributes:
        ended: Why the decision no longer holds; empty while it does.
    """

    at: datetime
    tracker: str
    key: str
    kind: DecisionKind = field(name="verdict")
    rule: str
    reason: str
    instead: str
    review: datetime | None
    source: str
    by: str
    ended: str


COLUMNS = Entry.__struct_encode_fields__


def log_entries(decisions: Sequence[Decision], now: datetime, evidence: DecisionEvidence) -> list[Entry]:
    """The rows of the log for one item.

    Args:
        decisions: All decisions about the item.
        now: The time at which they hold or have ended.
        evidence: The item's present evidence.
    """
    standing = {decision.id for decision in drop_superseded(decisions)}
    edited = {ident for decision in decisions for ident in decision.replaces}

    def ended(decision: Decision) -> str:
        if decision.kind is DecisionKind.RESUME:
            return ""
        if decision.id in edited:
            return "its reply was edited"
        return decision.review_reason(now, evidence) if decision.id in standing else "replaced by a later one"

    shown = [name for name in Entry.__struct_fields__ if name != "ended"]
    return [
        Entry(**{name: getattr(decision, name) for name in shown}, ended=ended(decision))
        for decision in decisions
        if not decision.is_withdrawal
    ]


class ImportedRow(Struct, frozen=True):
    """One row of an imported file.

    Attributes:
        number: Its line or position in the file.
        command: The decision; None if the row is invalid.
        identity: The same whenever the same row is imported.
        refused: Why the row is invalid.
    """

    number: int
    key: str = ""
    tracker: str = ""
    command: Command | None = None
    identity: str = ""
    refused: str = ""


def read_rows(text: str, rules: Collection[str], now: datetime) -> Iterator[ImportedRow]:
    """The decisions in a file, row by row. An invalid row does not stop the others.

    Raises:
        CommandError: The file as a whole cannot be read.
    """
    for number, values in _read(text.removeprefix("\ufeff")):
        if isinstance(values, str):
            yield ImportedRow(number, refused=values)
            continue
        given = {str(name).strip().casefold(): _text(value) for name, value in values.items() if value is not None}
        try:
            identity = "\0".join(given.get(name, "") for name in _KEYS if name not in ("key", "tracker"))
            command = _command(given, rules, now)
            yield ImportedRow(number, given.get("key", ""), given.get("tracker", ""), command, identity)
        except CommandError as error:
            yield ImportedRow(number, given.get("key", ""), refused=str(error))


def _read(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    if not text.strip():
        raise CommandError("The file is empty.")
    start = text.lstrip()[0]
    if start == "[":
        try:
            objects = msgspec.json.decode(text.encode(), type=list[dict[str, Any]])
        except msgspec.DecodeError as error:
            raise CommandError(f"This is not a JSON list of decisions: {error}.") from None
        yield from enumerate(objects, 1)
    elif start == "{":
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, _object(line)
    else:
        yield from _table(text)


def _object(line: str) -> Mapping[str, Any] | str:
    try:
        return msgspec.json.decode(line.encode(), type=dict[str, Any])
    except msgspec.DecodeError as error:
        return f"This is not a JSON object: {error}."


def _table(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = {name.strip().casefold() for name in reader.fieldnames or ()}
        if not {"key", "verdict"} <= names:
            raise CommandError(f"The first line of a CSV must name its columns: {', '.join(_KEYS)}.")
        for values in reader:
            if None in values:
                yield reader.line_num, "The row has more cells than columns."
            else:
                yield reader.line_num, {name: _from_cell(value) for name, value in values.items()}
    except csv.Error as error:
        yield reader.line_num, f"From this line on, the file is not valid CSV: {error}."


def _command(given: Mapping[str, str], rules: Collection[str], now: datetime) -> Command:
    if unknown := sorted(given.keys() - {*_KEYS, *_IGNORED}):
        raise CommandError(f'Unknown key "{unknown[0]}".{did_you_mean_or_list(unknown[0], _KEYS)}')
    if not given.get("key"):
        raise CommandError("`key` is missing: the row names no item.")
    verdict = given.get("verdict", "").casefold().replace(" ", "-")
    kinds = {
        kind.value: kind
        for kind in (DecisionKind.WAIVE, DecisionKind.SNOOZE, DecisionKind.WRONG, DecisionKind.RESUME, *OUTCOMES)
    }
    if verdict not in kinds:
        raise CommandError(f'Unknown verdict "{verdict[:40]}". Expected one of: {", ".join(kinds)}.')
    return make_command(
        kinds[verdict],
        rule=given.get("rule", ""),
        review=given.get("review", ""),
        reason=given.get("reason", ""),
        instead=given.get("instead", ""),
        rules=rules,
        now=now,
    )


def make_command(
    kind: DecisionKind,
    *,
    rule: str = "",
    review: str = "",
    reason: str = "",
    instead: str = "",
    rules: Collection[str],
    now: datetime,
) -> Command:
    """A command from its parts.

    Raises:
        CommandError: A part is invalid or missing.
    """
    rule = rule.strip().casefold()
    if rule and kind.is_about_the_item:
        raise CommandError(f'"{kind}" is about the whole item; leave the rule out.')
    if rule and rule not in rules:
        raise unknown_rule(rule, rules)
    until = parse_date(review[:10] if "T" in review else review, now) if review.strip() else None
    if until is None and kind in DEFAULT_DURATIONS:
        until = now + DEFAULT_DURATIONS[kind]
    reason = printable_line(clean_reason(reason))
    if not reason and kind.is_about_the_item and kind is not DecisionKind.ACCEPT:
        raise CommandError("A decision about an item needs a reason.")
    return Command(kind, rule, until, reason, printable_line(instead))


def render(entries: Sequence[Entry], form: Format) -> str:
    """The log in a format."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(entries), indent=2).decode() + "\n"
    if form == "csv":
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(
            [to_cell(_shown(getattr(entry, name))) for name in Entry.__struct_fields__] for entry in entries
        )
        return text.getvalue()
    lines = [
        "# Decisions",
        "",
        "| when | item | decided | until | why | how | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_line(entry) for entry in entries]
    return "\n".join(lines) + "\n"


def _line(entry: Entry) -> str:
    what = f"{entry.kind.replace('-', ' ')}{f' {entry.rule}' if entry.rule else ''}"
    why = entry.reason + (f" Instead: {entry.instead}" if entry.instead else "")
    how = f"{entry.source}{f', {entry.by}' if entry.by else ''}"
    until = f"{entry.review:%Y-%m-%d}" if entry.review else ""
    cells = (f"{entry.at.astimezone(UTC):%Y-%m-%d}", f"{entry.tracker} {entry.key}", what, until, why, how, entry.ended)
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text with all Markdown and HTML escaped."""
    escaped = re.sub(r"[\\|`*_\[\]#]", r"\\\g<0>", text)
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else str(value)


def to_cell(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula; texts of items are untrusted."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def _from_cell(text: str | None) -> str:
    value = text or ""
    return value[1:] if value.startswith("'") and value.lstrip("'").startswith(_FORMULA_STARTS) else value


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else str(value)
