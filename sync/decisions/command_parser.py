"""Parses commands to the service: `/steward waive oversized-story until 2027-01-15 because it is one migration`.

Replies, labels and the command line share one syntax. "until", "review" and "instead:" may also be written as options
with dashes, such as "--until"; "--reason" is the same as "because". The German words "bis" (until) and "weil" (because)
are also accepted. A command is a decision about a finding, such as "waive", or, after "decide", about the item as a
whole, such as "not-now", which is called an outcome.
"""

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from connectors.comments import COMMAND, LABEL_COMMAND_PREFIX
from connectors.markup import remove_invisible
from rules.model import ITEM_DECISIONS, DecisionKind
from sync.messages import shipped_messages
from sync.messages.suggestions import find_similar
from sync.settings.human_values import parse_duration
from sync.settings.roles import Permission

_DECIDE, _HELP = "decide", "help"
"""The first words of a decision about the whole item, and of a request for the list of commands."""
FINDING_DECISIONS = (DecisionKind.WAIVE, DecisionKind.SNOOZE, DecisionKind.WRONG, DecisionKind.RESUME)
"""The kinds of decisions about findings, which are also the first words of their commands. RESUME ends earlier ones."""
_DEFAULT_DURATIONS = {
    DecisionKind.WAIVE: timedelta(days=90),
    DecisionKind.DISMISSED: timedelta(days=90),
    DecisionKind.SNOOZE: timedelta(days=14),
    DecisionKind.WRONG: timedelta(days=365),
    DecisionKind.NOT_NOW: timedelta(days=90),
    DecisionKind.NO: timedelta(days=90),
    DecisionKind.NOT_IN_THIS_FORM: timedelta(days=90),
}
"""How long a decision without a date is in force. Decisions of other kinds do not end.

DISMISSED has no command: a person makes this decision by removing or changing what the service wrote."""
_DASHES = r"(?:--|—|–)"
"""Two hyphens, which some editors replace with one dash."""
_UNTIL = re.compile(rf"(?:^|\s){_DASHES}?(?:until|bis(?=[\s=]+\d))[\s=]+(\S+)", re.IGNORECASE)
_REVIEW = re.compile(rf"(?:^|\s){_DASHES}?review[\s=:]+(?:on\s+)?(\d{{4}}-\S+|\d+[dw])", re.IGNORECASE)
_REASON = re.compile(rf"(?:^|\s)(?:{_DASHES}reason[\s=:]+|(?:because|weil)\s+)(.*)$", re.IGNORECASE | re.DOTALL)
_BECAUSE = re.compile(r"^(?:because|weil)\s+", re.IGNORECASE)
_INSTEAD = re.compile(
    rf"(?:^|[\s,;])(?:{_DASHES}instead[\s=:]+|instead:\s*)(.*?)(?=\s{_DASHES}?reason[\s=:]|\s(?:because|weil)\s|$)",
    re.IGNORECASE | re.DOTALL,
)
_LABEL_UNTIL = re.compile(r"(?:^|-)until-(\d{4}-\d{2}-\d{2})$")
_LABEL_DURATION = re.compile(r"(?:^|-)(\d+[dw])$")
_MAX_WORDS_TO_SECOND_RULE = 2
"""The number of words after a rule among which the name of a second one may be, as in "RULE and RULE"."""
_HYPHEN_VARIANTS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\u00ad"), "-")
_MARKUP_AND_PUNCTUATION = " .,;:*_~`\"'“”„«»‘’()[]{}<>"
_MAX_REASON_LENGTH = 500
"""The maximum number of characters of a reason; longer ones would not fit into comments and tables."""
_MAX_QUOTED_LENGTH = 40
"""The maximum number of characters of an unknown word that a message quotes."""


class CommandError(ValueError):
    """A command cannot be parsed. The message says what is expected.

    Attributes:
        message_id: Id of the message among the `answers` of the message catalogue; empty if it is only in English.
        facts: Values of the message's placeholders.
    """

    def __init__(self, message: str = "", *, message_id: str = "", **facts: str | float) -> None:
        """Make an error from an English message, or from a message of the catalogue and its facts."""
        super().__init__(message or shipped_messages().text(f"answers.{message_id}", count=None, **facts))
        self.message_id = message_id
        self.facts = facts


class Command(Struct, frozen=True):
    """A parsed command.

    Attributes:
        rule: The rule; empty if the command is about all findings on the item or about the item itself.
        review: The review date, when the decision ends; None if it does not end.
        alternative: The other item or approach that the person proposes, after "instead:".
    """

    kind: DecisionKind
    rule: str
    review: datetime | None
    reason: str
    alternative: str = ""


def needed_permission(kind: DecisionKind) -> Permission:
    """The permission that a person needs to make a decision of a kind."""
    match kind:
        case DecisionKind.SNOOZE:
            return "snooze"
        case DecisionKind.WRONG:
            return "wrong"
        case DecisionKind.WAIVE | DecisionKind.RESUME:
            return "waive"
        case _:
            return "decide"


def parse_command(line: str, rules: Collection[str], now: datetime) -> Command:
    """Parse a command.

    Args:
        rules: Ids of all rules.
        now: The time of the command, from which durations count.

    Raises:
        CommandError: The line is not a valid command.
    """
    verb, arguments = _split_verb(line)
    if verb in ("", _HELP):
        raise CommandError(message_id="help")
    if verb == _DECIDE:
        return _parse_outcome(arguments, now)
    if verb not in FINDING_DECISIONS:
        names = ", ".join((*FINDING_DECISIONS, _DECIDE, _HELP))
        raise CommandError(message_id="unknown-command", word=_truncate(verb), names=names)
    kind = DecisionKind(verb)
    # The reason comes last and may contain any words, so it is cut out before anything else is looked for.
    reason, arguments = _cut_reason(arguments)
    date, arguments = _cut(_UNTIL, arguments)
    review = parse_date(date, now) if date else default_review(kind, now)
    words = arguments.split()
    rule = _pop_rule(words, rules)
    snooze_duration = _pop_duration(words) if kind is DecisionKind.SNOOZE else None
    if snooze_duration is not None:
        review = now + snooze_duration
        rule = rule or _pop_rule(words, rules)
    elif words and not rule:
        raise unknown_rule_error(words[0], rules, duration_allowed=kind is DecisionKind.SNOOZE)
    if rule and any(_normalize(word) in rules for word in words[:_MAX_WORDS_TO_SECOND_RULE]):
        raise CommandError(message_id="one-rule")
    return Command(kind, rule, review, printable_line(" ".join(part for part in (" ".join(words), reason) if part)))


def _parse_outcome(arguments: str, now: datetime) -> Command:
    """Parse a decision about the item: `not-now because … instead: … review 2027-01-15`."""
    word, _, arguments = arguments.strip().partition(" ")
    outcome = _normalize(word)
    if outcome not in ITEM_DECISIONS:
        raise CommandError(message_id="unknown-decision", word=_truncate(word), names=", ".join(ITEM_DECISIONS))
    kind = DecisionKind(outcome)
    # The date and the alternative may follow the reason, so they are cut out first.
    date, arguments = _cut(_REVIEW if _REVIEW.search(arguments) else _UNTIL, arguments)
    review = parse_date(date, now) if date else default_review(kind, now)
    alternative, arguments = _cut(_INSTEAD, arguments)
    reason, arguments = _cut_reason(arguments)
    if re.match(rf"{_DASHES}?review\b", arguments.strip(), re.IGNORECASE):
        raise CommandError(message_id="no-date")
    reason = printable_line(" ".join(part for part in (arguments.strip(), reason) if part))
    if not reason and kind is not DecisionKind.ACCEPT:
        raise CommandError(message_id="no-reason", decision=kind)
    return Command(kind, "", review, reason, printable_line(alternative))


def label_to_command(label: str) -> str | None:
    """Convert a label to a command line for `parse_command`. Returns None if the label is not a command.

    Examples: `steward-waive-oversized-story`, `steward-snooze-14d`, `steward-waive-until-2027-01-15`,
    `steward-decide-accept`.
    """
    name = label.casefold()
    if not name.startswith(LABEL_COMMAND_PREFIX):
        return None
    verb, _, arguments = name.removeprefix(LABEL_COMMAND_PREFIX).partition("-")
    if verb == _DECIDE:
        outcome = arguments.partition("-until-")[0]
        date, _ = _cut(_LABEL_UNTIL, arguments)
        review = f"review {date} " if date else ""
        return f"{_DECIDE} {outcome} {review}because it was labelled so"
    if verb not in FINDING_DECISIONS:
        return None
    date, arguments = _cut(_LABEL_UNTIL, arguments)
    duration, arguments = _cut(_LABEL_DURATION, arguments.strip())
    if verb != DecisionKind.SNOOZE:  # Other commands only accept a duration after "until".
        date, duration = duration or date, ""
    until = f"until {date}" if date else ""
    return " ".join(part for part in (verb, arguments.strip(), duration, until) if part)


def parse_date(text: str, now: datetime) -> datetime:
    """Parse a date such as 2027-01-15, or a duration from now such as 14d.

    Raises:
        CommandError: The text is neither, or the date is not in the future.
    """
    value = _normalize(text)
    with suppress(ValueError):
        if duration := parse_duration(value):
            return now + duration
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(message_id="not-a-date", word=_truncate(text)) from None
    if day <= now:
        raise CommandError(message_id="past-date", word=text)
    return day


def printable_line(text: str) -> str:
    """Convert text to one printable line of limited length, for comments, terminals and files."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_MAX_REASON_LENGTH]


def unknown_rule_error(name: str, rules: Collection[str], *, duration_allowed: bool = False) -> CommandError:
    """Make the error about an unknown rule, or about an invalid duration where one is allowed."""
    message_id = "unknown-duration" if duration_allowed else "unknown-rule"
    suggestion = find_similar(_normalize(name), rules)
    if suggestion:
        return CommandError(message_id=f"{message_id}-near", word=_truncate(name), near=suggestion)
    return CommandError(message_id=message_id, word=_truncate(name))


def _split_verb(line: str) -> tuple[str, str]:
    """Split a command into its verb in lower case and its arguments."""
    text = remove_invisible(line).replace("\t", " ").strip()
    first, _, arguments = text.partition(" ")
    if unicodedata.normalize("NFKC", first).casefold() == COMMAND:
        first, _, arguments = arguments.strip().partition(" ")
    return _normalize(first), arguments


def _normalize(word: str) -> str:
    """Normalize a word for comparisons: lower case, ASCII hyphens, no markup or punctuation around it."""
    return unicodedata.normalize("NFKC", word).translate(_HYPHEN_VARIANTS).strip(_MARKUP_AND_PUNCTUATION).casefold()


def clean_reason(text: str) -> str:
    """Remove a leading "because" from a reason.

    Raises:
        CommandError: The reason is only a placeholder, such as "…".
    """
    reason = _BECAUSE.sub("", text.strip())
    if reason and not reason.strip(". …"):
        raise CommandError(message_id="placeholder")
    return reason


def default_review(kind: DecisionKind, now: datetime) -> datetime | None:
    """The review date of a decision for which the person gave none; None if the decision does not end."""
    return now + _DEFAULT_DURATIONS[kind] if kind in _DEFAULT_DURATIONS else None


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    """Cut the first match out of a text. Return the match's group, empty if there is no match, and the other text.

    A space takes the place of the match, so that a word before it, such as "because", still ends with a space.
    """
    match = pattern.search(text)
    return (match[1], f"{text[: match.start()]} {text[match.end() :]}") if match else ("", text)


def _cut_reason(arguments: str) -> tuple[str, str]:
    """Cut the reason out of the arguments. Return it, empty if there is none, and the text before it."""
    reason, arguments = _cut(_REASON, arguments)
    return clean_reason(reason.strip().strip("\"'")), arguments


def _pop_rule(words: list[str], rules: Collection[str]) -> str:
    """Remove the first word if it is the id of a rule. Return that id; empty if it is not."""
    return _normalize(words.pop(0)) if words and _normalize(words[0]) in rules else ""


def _pop_duration(words: list[str]) -> timedelta | None:
    """Remove and return the duration at the start of the words, such as "2w", "2 weeks" or "for 2 weeks"."""
    start = 1 if words and words[0].casefold() == "for" else 0
    for count in (1, 2):
        try:
            parsed = parse_duration(" ".join(words[start : start + count]))
        except ValueError:
            continue
        del words[: start + count]
        return parsed
    return None


def _truncate(word: str) -> str:
    """Shorten a word that a message quotes."""
    return word if len(word) <= _MAX_QUOTED_LENGTH else f"{word[:_MAX_QUOTED_LENGTH]}…"
