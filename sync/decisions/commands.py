"""Reads what people say to the service: `/steward waive oversized-story until 2027-01-15 because it is one migration`.

The same words serve as a reply on an item and on the command line; dashes before "until" and "reason" are as good as
none.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from connectors.tracker import COMMAND
from rules.model import Verdict
from sync.settings.phrases import duration

_VERBS = {"waive": Verdict.WAIVE, "snooze": Verdict.SNOOZE, "wrong": Verdict.WRONG}
_LASTS = {
    Verdict.WAIVE: timedelta(days=90),
    Verdict.SNOOZE: timedelta(days=14),
    Verdict.WRONG: timedelta(days=365),
}
_UNTIL = re.compile(r"(?:^|\s)(?:--|—|–)?(?:until|bis(?=[\s=]+\d))[\s=]+(\S+)", re.IGNORECASE)
_REASON = re.compile(r"(?:^|\s)(?:(?:--|—|–)reason[\s=:]+|(?:because|weil)\s+)(.*)$", re.IGNORECASE | re.DOTALL)
_LONGEST_REASON = 500
_LONGEST_WORD = 40


class CommandError(ValueError):
    """What was said cannot be understood; the message says what would be."""


class Command(Struct, frozen=True):
    """What was said. `rule` is empty when all findings of the item are meant."""

    verdict: Verdict
    rule: str
    review: datetime
    reason: str


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
    verdict = _VERBS.get(verb.casefold())
    if verdict is None:
        raise CommandError(f'"{_short(verb)}" is nothing the service understands; say waive, snooze or wrong.')
    reason = ""
    if found := _REASON.search(rest):
        reason, rest = found[1].strip().strip("\"'"), rest[: found.start()]
    review = now + _LASTS[verdict]
    if found := _UNTIL.search(rest):
        review, rest = _date(found[1], now), rest[: found.start()] + rest[found.end() :]
    words = rest.split()
    rule = words.pop(0).casefold() if words and words[0].casefold() in rules else ""
    length = _how_long(words) if verdict is Verdict.SNOOZE else None
    if length is not None:
        review = now + length
    elif words and not rule:
        raise CommandError(f'"{_short(words[0])}" is no rule; there are {", ".join(sorted(rules))}.')
    reason = " ".join(part for part in (" ".join(words), reason) if part)
    return Command(verdict, rule, review, _clean(reason))


def _date(text: str, now: datetime) -> datetime:
    try:
        day = datetime.strptime(text.strip(".,;"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f'"{_short(text)}" is no date; write it as 2027-01-15.') from None
    if day <= now:
        raise CommandError(f"{text} is not in the future.")
    return day


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


def _clean(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_LONGEST_REASON]
