"""Reads what people say to the service: `/steward waive oversized-story until 2027-01-15 because it is one migration`.

The same words serve as a reply on an item, as a label on it and on the command line; dashes before "until", "review",
"reason" and "instead" are as good as none.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from connectors.tracker import COMMAND, LABEL_COMMAND
from rules.model import OUTCOMES, DecisionKind
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
"""How long an answer holds that names no date; what is not here holds for good."""
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
_LONGEST_REASON = 500
_LONGEST_WORD = 40


class CommandError(ValueError):
    """What was said cannot be understood; the message says what would be."""


class Command(Struct, frozen=True):
    """What was said. `rule` is empty when all findings of the item, or the item itself, are meant."""

    kind: DecisionKind
    rule: str
    review: datetime | None
    reason: str
    instead: str = ""

    @property
    def permission(self) -> Permission:
        """What somebody has to be permitted to say it."""
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
    """Understands one line.

    Args:
        line: With or without "/steward" before it.
        rules: Ids of all rules.
        now: Durations count from here.

    Raises:
        CommandError: It is not understood.
    """
    verb, _, rest = line.strip().removeprefix(COMMAND).strip().replace("\t", " ").partition(" ")
    if verb.casefold() == DECIDE:
        return _decided(rest, now)
    kind = _VERBS.get(verb.casefold())
    if kind is None:
        raise CommandError(
            f'"{_short(verb)}" is nothing the service understands; say waive, snooze or wrong, resume or decide.'
        )
    reason, rest = _reason(rest)
    review = _end(kind, now)
    if found := _UNTIL.search(rest):
        review, rest = moment(found[1], now), rest[: found.start()] + rest[found.end() :]
    words = rest.split()
    rule = words.pop(0).casefold() if words and words[0].casefold() in rules else ""
    length = _how_long(words) if kind is DecisionKind.SNOOZE else None
    if length is not None:
        review = now + length
    elif words and not rule:
        other = ", nor a time such as 14d" if kind is DecisionKind.SNOOZE else ""
        raise CommandError(f'"{_short(words[0])}" is no rule{other}; there are {", ".join(sorted(rules))}.')
    return Command(kind, rule, review, clean(" ".join(part for part in (" ".join(words), reason) if part)))


def _decided(rest: str, now: datetime) -> Command:
    """An outcome for the item: `not-now because … instead: … review 2027-01-15`."""
    word, _, rest = rest.strip().partition(" ")
    outcomes = {one.value: one for one in OUTCOMES}
    kind = outcomes.get(word.casefold())
    if kind is None:
        raise CommandError(f'"{_short(word)}" is no decision about an item; there are {", ".join(outcomes)}.')
    review = _end(kind, now)
    if found := _REVIEW.search(rest) or _UNTIL.search(rest):
        review, rest = moment(found[1], now), f"{rest[: found.start()]} {rest[found.end() :]}"
    instead = ""
    if found := _INSTEAD.search(rest):
        instead, rest = found[1], f"{rest[: found.start()]} {rest[found.end() :]}"
    reason, rest = _reason(rest)
    if re.match(rf"{_DASHES}?review\b", rest.strip(), re.IGNORECASE):
        raise CommandError('After "review" comes a date, as 2027-01-15.')
    reason = clean(" ".join(part for part in (rest.strip(), reason) if part))
    if not reason and kind is not DecisionKind.ACCEPT:
        raise CommandError(f'A decision needs its reason: "{DECIDE} {kind} because …".')
    return Command(kind, "", review, reason, clean(instead))


def from_label(label: str) -> str | None:
    """What a label says, as a line that `parse` understands; None when it does not speak to the service.

    `steward-waive-oversized-story`, `steward-snooze-14d`, `steward-waive-until-2027-01-15`, `steward-decide-accept`.
    """
    said = label.casefold()
    if not said.startswith(LABEL_COMMAND):
        return None
    verb, _, rest = said.removeprefix(LABEL_COMMAND).partition("-")
    if verb == DECIDE:
        outcome = next((one.value for one in OUTCOMES if rest == one or rest.startswith(f"{one}-until-")), rest)
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
    if found := _LABEL_LENGTH.search(rest):
        length, rest = found[1], rest[: found.start()]
        if _VERBS[verb] is not DecisionKind.SNOOZE:
            until, length = f" until {length}", ""
    return " ".join(part for part in (verb, rest, length) if part) + until


def moment(text: str, now: datetime) -> datetime:
    """A day such as 2027-01-15, or a length of time from now such as 14d.

    Raises:
        CommandError: It is neither, or it lies in the past.
    """
    said = text.strip(".,;\"' ")
    try:
        length = duration(said)
    except ValueError:
        length = None
    if length:
        return now + length
    try:
        day = datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f'"{_short(text)}" is no date; write it as 2027-01-15.') from None
    if day <= now:
        raise CommandError(f"{text} is not in the future.")
    return day


def clean(text: str) -> str:
    """One printable line of bounded length; what people write goes into comments, terminals and files."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_REASON]


def _end(kind: DecisionKind, now: datetime) -> datetime | None:
    return now + DEFAULT_DURATIONS[kind] if kind in DEFAULT_DURATIONS else None


def _reason(rest: str) -> tuple[str, str]:
    found = _REASON.search(rest)
    return (found[1].strip().strip("\"'"), rest[: found.start()]) if found else ("", rest)


def _how_long(words: list[str]) -> timedelta | None:
    """The length of time that words begin with, as "2w", "2 weeks" or "for 2 weeks"; these words are taken away."""
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
    return word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…"
