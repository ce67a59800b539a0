"""The decision log as a file: written as Markdown, JSON or CSV, and read from JSON lines, JSON or CSV.

What was exported as JSON or CSV can be read again elsewhere.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from rules.model import OUTCOMES, Decision, DecisionEvidence, DecisionKind, standing_decisions
from sync.decisions.commands import DEFAULT_DURATIONS, Command, CommandError, clean, moment

Format = Literal["markdown", "json", "csv"]

_GIVEN = ("key", "verdict", "rule", "reason", "instead", "review", "tracker")
_IGNORED = frozenset({"at", "source", "by", "ended", "id", "item", "links", "votes"})
"""What an export holds and an import decides by itself."""
_RISKY = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""


class Entry(Struct, frozen=True, kw_only=True):
    """One decision of the log, as it is listed.

    Attributes:
        ended: Why it holds no more; empty while it does.
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


def entries(decisions: Sequence[Decision], now: datetime, evidence: DecisionEvidence) -> list[Entry]:
    """All decisions about one item as they are listed.

    Args:
        decisions: Every one there is about the item.
        now: Decides which hold.
        evidence: Of the item, as it is now.
    """
    standing = {one.id for one in standing_decisions(decisions)}

    def ended(one: Decision) -> str:
        if one.kind is DecisionKind.RESUME:
            return ""
        return one.due(now, evidence) if one.id in standing else "replaced by a later one"

    return [
        Entry(**{name: getattr(one, name) for name in Entry.__struct_fields__ if name != "ended"}, ended=ended(one))
        for one in decisions
    ]


class ImportedRow(Struct, frozen=True):
    """One line of a file.

    Attributes:
        number: Where it stands.
        command: What it says.
        said: The same as it was written, so that a line is known when it is read again.
        refused: Why it cannot be understood.
    """

    number: int
    key: str = ""
    tracker: str = ""
    command: Command | None = None
    said: str = ""
    refused: str = ""


def rows(text: str, rules: Collection[str], now: datetime) -> Iterator[ImportedRow]:
    """The decisions that a file holds, line by line; a line that is wrong stops no other.

    Raises:
        CommandError: It is no such file at all.
    """
    for number, values in _read(text.removeprefix("\ufeff")):
        if isinstance(values, str):
            yield ImportedRow(number, refused=values)
            continue
        given = {str(name).strip().casefold(): _text(value) for name, value in values.items() if value is not None}
        try:
            said = "\0".join(given.get(name, "") for name in _GIVEN if name not in ("key", "tracker"))
            yield ImportedRow(number, given.get("key", ""), given.get("tracker", ""), _command(given, rules, now), said)
        except CommandError as error:
            yield ImportedRow(number, given.get("key", ""), refused=str(error))


def _read(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    if not text.strip():
        raise CommandError("The file is empty.")
    start = text.lstrip()[0]
    if start == "[":
        try:
            listed = msgspec.json.decode(text.encode(), type=list[dict[str, Any]])
        except msgspec.DecodeError as error:
            raise CommandError(f"This is no JSON list of decisions: {error}.") from None
        yield from enumerate(listed, 1)
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
        return f"This is no JSON object: {error}."


def _table(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = {name.strip().casefold() for name in reader.fieldnames or ()}
        if not {"key", "verdict"} <= names:
            raise CommandError(f"A CSV needs a first line with the names of its columns: {', '.join(_GIVEN)}.")
        for values in reader:
            if None in values:
                yield reader.line_num, "The line has more cells than there are columns."
            else:
                yield reader.line_num, {name: _from_cell(value) for name, value in values.items()}
    except csv.Error as error:
        yield reader.line_num, f"From here on this is no CSV: {error}."


def _command(given: Mapping[str, str], rules: Collection[str], now: datetime) -> Command:
    if unknown := sorted(given.keys() - {*_GIVEN, *_IGNORED}):
        raise CommandError(f'"{unknown[0]}" is no part of a decision; there are {", ".join(_GIVEN)}.')
    if not given.get("key"):
        raise CommandError("It names no item: `key` is missing.")
    said = given.get("verdict", "").casefold().replace(" ", "-")
    known = {
        one.value: one
        for one in (DecisionKind.WAIVE, DecisionKind.SNOOZE, DecisionKind.WRONG, DecisionKind.RESUME, *OUTCOMES)
    }
    if said not in known:
        raise CommandError(f'"{said[:40]}" is no verdict; there are {", ".join(known)}.')
    return checked(
        known[said],
        rule=given.get("rule", ""),
        review=given.get("review", ""),
        reason=given.get("reason", ""),
        instead=given.get("instead", ""),
        rules=rules,
        now=now,
    )


def checked(
    kind: DecisionKind,
    *,
    rule: str = "",
    review: str = "",
    reason: str = "",
    instead: str = "",
    rules: Collection[str],
    now: datetime,
) -> Command:
    """A decision given piece by piece.

    Raises:
        CommandError: A piece is wrong, or missing.
    """
    rule = rule.strip().casefold()
    if rule and kind.is_about_the_item:
        raise CommandError(f'"{kind}" is about the whole item; leave the rule out.')
    if rule and rule not in rules:
        raise CommandError(f'"{rule[:40]}" is no rule; there are {", ".join(sorted(rules))}.')
    until = moment(review[:10] if "T" in review else review, now) if review.strip() else None
    if until is None and kind in DEFAULT_DURATIONS:
        until = now + DEFAULT_DURATIONS[kind]
    reason = clean(reason)
    if not reason and kind.is_about_the_item and kind is not DecisionKind.ACCEPT:
        raise CommandError("A decision about an item needs its reason.")
    return Command(kind, rule, until, reason, clean(instead))


def written(listed: Sequence[Entry], form: Format) -> str:
    """The log as a document."""
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(listed), indent=2).decode() + "\n"
    if form == "csv":
        held = io.StringIO()
        table = csv.writer(held, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([_to_cell(_shown(getattr(one, name))) for name in Entry.__struct_fields__] for one in listed)
        return held.getvalue()
    lines = [
        "# Decisions",
        "",
        "| when | item | decided | until | why | how | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_line(one) for one in listed]
    return "\n".join(lines) + "\n"


def _line(one: Entry) -> str:
    what = f"{one.kind.replace('-', ' ')}{f' {one.rule}' if one.rule else ''}"
    why = one.reason + (f" Instead: {one.instead}" if one.instead else "")
    how = f"{one.source}{f', {one.by}' if one.by else ''}"
    until = f"{one.review:%Y-%m-%d}" if one.review else ""
    cells = (f"{one.at.astimezone(UTC):%Y-%m-%d}", f"{one.tracker} {one.key}", what, until, why, how, one.ended)
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text that is no markup: what people write is data."""
    for annotation in "\\|`*_[]<>#":
        text = text.replace(
            annotation, f"\\{annotation}" if annotation not in "<>" else {"<": "&lt;", ">": "&gt;"}[annotation]
        )
    return text.replace("\n", " ")


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else str(value)


def _to_cell(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(_RISKY) else text


def _from_cell(text: str | None) -> str:
    value = text or ""
    return value[1:] if value.startswith("'") and value.lstrip("'").startswith(_RISKY) else value


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else str(value)
