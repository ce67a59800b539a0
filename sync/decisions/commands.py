"""Parses commands to the service: `/steward waive oversized-story until 2027-01-15 because it is one migration`.

Replies, labels and the command line share one syntax. "until", "review", "reason" and "instead" may start with dashes.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from connectors.tracker import COMMAND, LABEL_COMMAND
from rules.model import OUTCOMES, DecisionKind
from sync.messages.suggestions import did_you_mean
from sync.settings.human_values import duration
from sync.settings.roles import Permission

DECIDE = "decide"
_VERBS = {
    "waive": DecisionKind.WAIVE,
    "snooze": DecisionKind.SNOOZE,
    "wrong": DecisionKind.WRONG,
    "resume": DecisionKind.RESUME,
}
DEFAULT_DURATIONS = {
    DecisionKind.WAIVE: timedelta(days=90),
    DecisionKind.DISMISSED: timedelta(days=90),
    DecisionKind.SNOOZE: timedelta(days=14),
    DecisionKind.WRONG: timedelta(days=365),
    DecisionKind.NOT_NOW: timedelta(days=90),
    DecisionKind.NO: timedelta(days=90),
    DecisionKind.NOT_IN_THIS_FORM: timedelta(days=90),
}
"""How long a decision without a date holds. Kinds that are not listed hold for good."""
_DASHES = r"(?:--|—|–)"
_UNTIL = re.compile(rf"(?:^|\s){_DASHES}?(?:until|bis(?=[\s=]+\d))[\s=]+(\S+)", re.IGNORECASE)
_REVIEW = re.compile(rf"(?:^|\s){_DASHES}?review[\s=:]+(?:on\s+)?(\d{{4}}-\S+|\d+[dw])", re.IGNORECASE)
_REASON = re.compile(rf"(?:^|\s)(?:{_DASHES}reason[\s=:]+|(?:because|weil)\s+)(.*)$", re.IGNORECASE | re.DOTALL)
_INSTEAD = re.compile(
    rf"(?:^|[\s,;])(?:{_DASHES}instead[\s=:]+|instead:\s*)(.*?)(?=\s{_DASHES}?reason[\s=:]|\s(?:because|weil)\s|$)",
    re.IGNORECASE | re.DOTALL,
)
_LABEL_UNTIL = re.compile(r"-until-(\d{4}-\d{2}-\d{2})$")
_LABEL_LENGTH = re.compile(r"(?:^|-)(\d+[dw])$")
_MAX_REASON = 500
_MAX_QUOTED = 40


class CommandError(ValueError):
    """A command cannot be parsed. The message says what is expected."""


class Command(Struct, frozen=True):
    """A parsed command. `rule` is empty if it is about all findings of the item, or about the item itself."""

    kind: DecisionKind
    rule: str
    review: datetime | None
    reason: str
    instead: str = ""

    @property
    def permission(self) -> Permission:
        """The permission that the command needs."""
        match self.kind:
            case DecisionKind.SNOOZE:
                return "snooze"
            case DecisionKind.WRONG:
                return "wrong"
            case DecisionKind.WAIVE | DecisionKind.RESUME:
                return "waive"
            case _:
                return "decide"


def parse(line: str, rules: Collection[str], now: datetime) -> Command:
    """Parse one line.

    Args:
        line: The command, with or without "/steward" in front.
        rules: Ids of all rules.
        now: The time from which durations count.

    Raises:
        CommandError: The line is not a valid command.
    """
    verb, _, rest = line.strip().removeprefix(COMMAND).strip().replace("\t", " ").partition(" ")
    if verb.casefold() == DECIDE:
        return _parse_outcome(rest, now)
    kind = _VERBS.get(verb.casefold())
    if kind is None:
        raise CommandError(f'"{_short(verb)}" is not a command. Use {listed((*_VERBS, DECIDE))}.')
    reason, rest = _split_reason(rest)
    review = _default_review(kind, now)
    if match := _UNTIL.search(rest):
        review, rest = parse_date(match[1], now), rest[: match.start()] + rest[match.end() :]
    words = rest.split()
    rule = words.pop(0).casefold() if words and words[0].casefold() in rules else ""
    length = _take_duration(words) if kind is DecisionKind.SNOOZE else None
    if length is not None:
        review = now + length
    elif words and not rule:
        if kind is DecisionKind.SNOOZE:
            hint = did_you_mean(words[0], rules)
            raise CommandError(f'"{_short(words[0])}" is neither a rule nor a duration such as 14d.{hint}')
        raise CommandError(unknown_rule(words[0], rules))
    return Command(kind, rule, review, printable_line(" ".join(part for part in (" ".join(words), reason) if part)))


def _parse_outcome(rest: str, now: datetime) -> Command:
    """Parse a decision about the item: `not-now because … instead: … review 2027-01-15`."""
    word, _, rest = rest.strip().partition(" ")
    outcomes = {outcome.value: outcome for outcome in OUTCOMES}
    kind = outcomes.get(word.casefold())
    if kind is None:
        raise CommandError(f'Unknown decision "{_short(word)}". Use {listed(outcomes)}.')
    review = _default_review(kind, now)
    if match := _REVIEW.search(rest) or _UNTIL.search(rest):
        review, rest = parse_date(match[1], now), f"{rest[: match.start()]} {rest[match.end() :]}"
    instead = ""
    if match := _INSTEAD.search(rest):
        instead, rest = match[1], f"{rest[: match.start()]} {rest[match.end() :]}"
    reason, rest = _split_reason(rest)
    if re.match(rf"{_DASHES}?review\b", rest.strip(), re.IGNORECASE):
        raise CommandError('"review" needs a date, such as 2027-01-15.')
    reason = printable_line(" ".join(part for part in (rest.strip(), reason) if part))
    if not reason and kind is not DecisionKind.ACCEPT:
        raise CommandError(f'A decision needs a reason: "{DECIDE} {kind} because …".')
    return Command(kind, "", review, reason, printable_line(instead))


def from_label(label: str) -> str | None:
    """The command in a label, as a line for `parse`; None if the label is not addressed to the service.

    `steward-waive-oversized-story`, `steward-snooze-14d`, `steward-waive-until-2027-01-15`, `steward-decide-accept`.
    """
    name = label.casefold()
    if not name.startswith(LABEL_COMMAND):
        return None
    verb, _, rest = name.removeprefix(LABEL_COMMAND).partition("-")
    if verb == DECIDE:
        outcome = next((known.value for known in OUTCOMES if rest == known or rest.startswith(f"{known}-until-")), rest)
        tail = _LABEL_UNTIL.search(rest)
        return f"{DECIDE} {outcome} {f'review {tail[1]} ' if tail else ''}because it was labelled so"
    if verb not in _VERBS:
        return None
    tail = _LABEL_UNTIL.search(f"-{rest}")
    if tail:
        until, rest = f" until {tail[1]}", f"-{rest}"[: tail.start()].removeprefix("-")
    else:
        until = ""
    length = ""
    if match := _LABEL_LENGTH.search(rest):
        length, rest = match[1], rest[: match.start()]
        if _VERBS[verb] is not DecisionKind.SNOOZE:
            until, length = f" until {length}", ""
    return " ".join(part for part in (verb, rest, length) if part) + until


def parse_date(text: str, now: datetime) -> datetime:
    """Parse a date such as 2027-01-15, or a duration from now such as 14d.

    Raises:
        CommandError: It is neither, or it is not in the future.
    """
    value = text.strip(".,;\"' ")
    try:
        length = duration(value)
    except ValueError:
        length = None
    if length:
        return now + length
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f'"{_short(text)}" is not a date. Write it as 2027-01-15.') from None
    if day <= now:
        raise CommandError(f"{text} is not in the future.")
    return day


def printable_line(text: str) -> str:
    """The text on one printable line of limited length, because it goes into comments, terminals and files."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_MAX_REASON]


def listed(names: Iterable[str]) -> str:
    """Names as a choice: "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def unknown_rule(name: str, rules: Collection[str]) -> str:
    """The message for a rule that does not exist."""
    hint = did_you_mean(name, rules) or " `steward rules list` names the rules."
    return f'Unknown rule "{_short(name)}".{hint}'


def _default_review(kind: DecisionKind, now: datetime) -> datetime | None:
    return now + DEFAULT_DURATIONS[kind] if kind in DEFAULT_DURATIONS else None


def _split_reason(rest: str) -> tuple[str, str]:
    match = _REASON.search(rest)
    return (match[1].strip().strip("\"'"), rest[: match.start()]) if match else ("", rest)


def _take_duration(words: list[str]) -> timedelta | None:
    """Remove and return the duration at the start of the words, such as "2w", "2 weeks" or "for 2 weeks"."""
    start = 1 if words and words[0].casefold() == "for" else 0
    for count in (1, 2):
        try:
            length = duration(" ".join(words[start : start + count]))
        except ValueError:
            continue
        del words[: start + count]
        return length
    return None


def _short(word: str) -> str:
    return word if len(word) <= _MAX_QUOTED else f"{word[:_MAX_QUOTED]}…"
