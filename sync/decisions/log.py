"""Exports the decision log as Markdown, JSON or CSV, and imports decisions from JSON lines, JSON or CSV files.

A JSON or CSV export can be imported into another installation. Decisions are about a finding or about an item as a
whole. A decision with a review date is in force until then.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, field

from rules.model import ITEM_DECISIONS, Decision, DecisionKind, Demand, drop_superseded
from sync.decisions.command_parser import (
    FINDING_DECISIONS,
    Command,
    CommandError,
    clean_reason,
    default_review,
    parse_date,
    printable_line,
    unknown_rule_error,
)
from sync.decisions.waivers_file import SOURCE as WAIVERS_FILE
from sync.messages.suggestions import did_you_mean_or_list

_IMPORTED_KEYS = ("key", "verdict", "rule", "reason", "instead", "review", "tracker")
"""Keys of JSON objects and columns of CSV files that an import reads. `verdict` is the kind of decision."""
_MAX_QUOTED_LENGTH = 40
"""The maximum number of characters of an invalid value that a message quotes."""
_IGNORED_KEYS = frozenset({"at", "source", "by", "ended", "id", "item", "links", "votes"})
"""Further keys that a row may have, from an export or as the names of fields of `Decision`. An import ignores them."""
_BYTE_ORDER_MARK = "\ufeff"
"""A character that some programs write at the beginning of text files."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets interpret a cell that begins with one of these as a formula."""


class LogFormat(StrEnum):
    """The file format of an exported log."""

    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


class LogEntry(Struct, frozen=True, kw_only=True):
    """One entry of the exported log.

    Attributes:
        kind: What was decided; `verdict` in files.
        rule: The rule whose finding it is about; empty if it is about all findings or the item itself.
        alternative: What the person proposed instead; `instead` in files.
        review: When it ends and is due for review; None if it does not end by itself.
        source: How it was made, such as "reply" or "label"; see `Decision.source`.
        by: The role of the person who decided.
        ended: The reason why the decision is no longer in force; empty while it is.
    """

    at: datetime
    tracker: str
    key: str
    kind: DecisionKind = field(name="verdict")
    rule: str
    reason: str
    alternative: str = field(name="instead")
    review: datetime | None
    source: str
    by: str
    ended: str


def log_entries(decisions: Sequence[Decision], now: datetime, demand: Demand) -> list[LogEntry]:
    """The log entries for one item, without those decisions that only say that a reply or waiver no longer counts.

    Args:
        demand: The present numbers of links, votes and records of customers' feedback, which may end a decision
            before its review date.
    """
    latest_ids = {decision.id for decision in drop_superseded(decisions)}
    edited_or_removed_ids = {old_id for decision in decisions for old_id in decision.replaces}

    def end_reason(decision: Decision) -> str:
        if decision.kind is DecisionKind.RESUME:
            return ""
        if decision.id in edited_or_removed_ids:
            return "no longer in the waivers file" if decision.source == WAIVERS_FILE else "its reply was edited"
        return decision.review_reason(now, demand) if decision.id in latest_ids else "replaced by a later one"

    copied_fields = [name for name in LogEntry.__struct_fields__ if name != "ended"]
    return [
        LogEntry(**{name: getattr(decision, name) for name in copied_fields}, ended=end_reason(decision))
        for decision in decisions
        if not decision.is_withdrawal
    ]


class ImportedRow(Struct, frozen=True):
    """One row of an imported file.

    Attributes:
        position: The line in the file, or the position in a JSON list, from 1.
        tracker: The tracker's name; empty if the row does not name one.
        command: The decision, as a command like those that people write in replies; None if the row is invalid.
        identity: A text that is the same whenever this row is imported, from which the decision's id is made.
        error: The reason why the row is invalid; empty if it is valid.
    """

    position: int
    key: str = ""
    tracker: str = ""
    command: Command | None = None
    identity: str = ""
    error: str = ""


def read_rows(text: str, rules: Collection[str], now: datetime) -> Iterator[ImportedRow]:
    """Parse the decisions in a file, row by row. Invalid rows do not stop the others.

    Raises:
        CommandError: The file as a whole cannot be read.
    """
    for position, values in _split_rows(text.removeprefix(_BYTE_ORDER_MARK)):
        if isinstance(values, str):
            yield ImportedRow(position, error=values)
            continue
        row = {str(name).strip().casefold(): str(value).strip() for name, value in values.items() if value is not None}
        try:
            identity = "\0".join(row.get(name, "") for name in _IMPORTED_KEYS if name not in ("key", "tracker"))
            command = _parse_row(row, rules, now)
            yield ImportedRow(position, row.get("key", ""), row.get("tracker", ""), command, identity)
        except CommandError as error:
            yield ImportedRow(position, row.get("key", ""), error=str(error))


def _split_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield the rows of a file as (position, values), with an error message instead of values for an invalid row.

    Raises:
        CommandError: The file as a whole cannot be read.
    """
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
        lines = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        for line_number, line in lines:
            try:
                yield line_number, msgspec.json.decode(line.encode(), type=dict[str, Any])
            except msgspec.DecodeError as error:
                yield line_number, f"This is not a JSON object: {error}."
    else:
        yield from _split_csv(text)


def _split_csv(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Yield the rows of a CSV file; see `_split_rows`."""
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = {name.strip().casefold() for name in reader.fieldnames or ()}
        if not {"key", "verdict"} <= names:
            raise CommandError(f"The first line of a CSV must name its columns: {', '.join(_IMPORTED_KEYS)}.")
        for values in reader:
            if None in values:
                yield reader.line_num, "The row has more cells than columns."
            else:
                yield reader.line_num, {name: _from_cell(value) for name, value in values.items()}
    except csv.Error as error:
        yield reader.line_num, f"From this line on, the file is not valid CSV: {error}."


def _parse_row(row: Mapping[str, str], rules: Collection[str], now: datetime) -> Command:
    """Parse one row.

    Raises:
        CommandError: The row is not a valid decision.
    """
    if unknown := sorted(row.keys() - {*_IMPORTED_KEYS, *_IGNORED_KEYS}):
        raise CommandError(f'Unknown key "{unknown[0]}".{did_you_mean_or_list(unknown[0], _IMPORTED_KEYS)}')
    if not row.get("key"):
        raise CommandError("`key` is missing: the row does not name an item.")
    verdict = row.get("verdict", "").casefold().replace(" ", "-")
    kinds = (*FINDING_DECISIONS, *ITEM_DECISIONS)
    if verdict not in kinds:
        raise CommandError(f'Unknown verdict "{verdict[:_MAX_QUOTED_LENGTH]}". Expected one of: {", ".join(kinds)}.')
    return make_command(
        DecisionKind(verdict),
        rule=row.get("rule", ""),
        review=row.get("review", ""),
        reason=row.get("reason", ""),
        instead=row.get("instead", ""),
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
    """Make a command from its parts, such as the values of a row.

    Args:
        rule: Id of a rule; empty if the decision is about the item or all its findings.
        review: The review date or a duration; empty for the default.
        reason: The reason; required for decisions about the item, except for "accept".
        rules: Ids of all rules.

    Raises:
        CommandError: The rule or the date is invalid, or the reason is missing or only a placeholder.
    """
    rule = rule.strip().casefold()
    if rule and kind.is_about_the_item:
        raise CommandError(f'"{kind}" is about the whole item; leave the rule out.')
    if rule and rule not in rules:
        raise unknown_rule_error(rule, rules)
    until = default_review(kind, now)
    if review.strip():
        until = parse_date(review[:10] if "T" in review else review, now)
    reason = printable_line(clean_reason(reason))
    if not reason and kind.is_about_the_item and kind is not DecisionKind.ACCEPT:
        raise CommandError("A decision about an item needs a reason.")
    return Command(kind, rule, until, reason, printable_line(instead))


def render(entries: Sequence[LogEntry], file_format: LogFormat, time_zone: tzinfo = UTC) -> str:
    """Render log entries in a file format.

    Args:
        time_zone: The team's time zone, for the days in the Markdown table. The other formats contain times in UTC.
    """
    if file_format == LogFormat.JSON:
        return msgspec.json.format(msgspec.json.encode(entries), indent=2).decode() + "\n"
    if file_format == LogFormat.CSV:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(LogEntry.__struct_encode_fields__)
        table.writerows(
            [to_cell(_to_text(getattr(entry, name))) for name in LogEntry.__struct_fields__] for entry in entries
        )
        return text.getvalue()
    lines = [
        "# Decisions",
        "",
        "| when | item | decided | until | why | how | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_markdown_row(entry, time_zone) for entry in entries]
    return "\n".join(lines) + "\n"


def _markdown_row(entry: LogEntry, time_zone: tzinfo) -> str:
    what = f"{entry.kind.replace('-', ' ')}{f' {entry.rule}' if entry.rule else ''}"
    why = entry.reason + (f" Instead: {entry.alternative}" if entry.alternative else "")
    how = f"{entry.source}{f', {entry.by}' if entry.by else ''}"
    until = f"{entry.review:%Y-%m-%d}" if entry.review else ""
    day = f"{entry.at.astimezone(time_zone):%Y-%m-%d}"
    cells = (day, f"{entry.tracker} {entry.key}", what, until, why, how, entry.ended)
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _escape(text: str) -> str:
    """Escape all Markdown and HTML in a text."""
    escaped = re.sub(r"[\\|`*_\[\]#]", r"\\\g<0>", text)
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def _to_text(value: object) -> str:
    """The text of a CSV cell: times in UTC, empty for None."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else str(value)


def to_cell(text: str) -> str:
    """Convert text to a CSV cell that no spreadsheet interprets as a formula. Texts of items are untrusted."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA_STARTS) else text


def _from_cell(text: str | None) -> str:
    """The text of a cell, without the quote that `to_cell` may have added."""
    value = text or ""
    return value[1:] if value.startswith("'") and value.lstrip("'").startswith(_FORMULA_STARTS) else value
