"""Finds the parts of an item's text that leave something open: "TBD", "to be decided", a list of open questions."""

import re
from collections.abc import Iterator

from rules.model import BlockKind, RichText
from rules.text.lines import NON_PROSE_KINDS, split_lines
from rules.text.vocabulary.vocabulary import phrases

_UNDECIDED = re.compile(
    r"(?<![\w#.-])(?:tbd|tbc|tba)(?!['’]?[\w-])(?! comments?\b)"
    r"|\bto be (?:decided|discussed|clarified|confirmed)\b(?! (?:or not|as)\b)"
    r"|\bto be (?:defined|determined)\b(?! (?:or not|as|by|for|from|in|on|through|using|via|with)\b)"
    r"|(?<!if I )\b(?:need|needs|still) to (?:decide|clarify)\b"
    r"|\b(?:not (?:yet )?decided|open questions?:|undecided)"
    r"|\b(?:noch (?:offen|unklar|zu klären|zu entscheiden)|zu klären|wird noch geklärt|offene fragen?:"
    r"|muss noch (?:geklärt|entschieden) werden)\b",
    re.IGNORECASE,
)
"""Matches words that say that something is not decided yet."""
_REQUIRES = re.compile(r"\b(?:requires?|needs?|expects?|allows?|enables?) (?:[^\s.]+ ){1,6}\Z", re.IGNORECASE)
"""Matches words before a match of `_UNDECIDED` that ask for a value, not for a decision, such as "It requires a name"
before "to be defined"."""
_REPORTED = re.compile(r"\W*(?:discussed|asked|answered|besprochen|gefragt)\b", re.IGNORECASE)
"""The beginning of a line that reports a question as dealt with: "Discussed 'should we …?' with the team"."""
_QUESTION_TO_TEAM = re.compile(
    r"\b(?:should|shall) (?:we|it|this|that|these|there)\b[^.?!]{3,160}\?"
    r"|\b(?:(?:what|which|how|where|when)(?: \w+){0,3} )?do we (?:need|want|also)\b[^.?!]{3,160}\?"
    r"|\b(?:what|which|how|where|when)(?: \w+){0,3} (?:should|shall) we\b[^.?!]{3,160}\?"
    r"|\b(?:is|was) (?:this|it|that) (?:really )?(?:a bug|intentional|intended|expected|by design|on purpose)\b"
    r"[^.?!]{0,80}\?"
    r"|\bnot (?:entirely |quite |really )?sure (?:if|whether) (?:this|it|that) (?:is|was)"
    r" (?:a bug|intentional|intended|expected|by design|on purpose)\b"
    r"|\bnot sure (?:what|which)(?: \w+){0,2} (?:solution|correct|right|best|better)\b"
    r"|\b(?:up|open) (?:for|to) (?:discussion|debate|suggestions)\b"
    r"|\b(?:don't|do not) feel strongly\b"
    r"|\b(?:maybe|perhaps|vielleicht) \d[\d,.]*(?: \w+)? ?\?"
    r"|\b(?:sollen|sollten|wollen|brauchen) wir\b[^.?!]{3,160}\?"
    r"|\b(?:ist|war) das (?:ein fehler|absicht|so gewollt|gewollt|beabsichtigt)\b[^.?!]{0,80}\?",
    re.IGNORECASE,
)
"""Matches a question about what is wanted, in contrast to one about a cause, a rhetorical question, or a request."""
_ANSWER = re.compile(r"\b(?:A|Answer|Antwort):|→|-> ")
"""Matches the start of an answer in the same line as the question."""
_QUESTIONS_HEADING = re.compile(r"\b(?:open|offene)\s+(?:questions?|points?|fragen|punkte)\b", re.IGNORECASE)
_QUESTIONS_HEADING_LINE = re.compile(rf"(?:{_QUESTIONS_HEADING.pattern})\s*:", re.IGNORECASE)
_KEY_TEXTS = phrases("""
    ?, tbd, tbc, tba, to be d, to be c, to decide, to clarify, decided, open, discussion, debate, suggestions,
    feel strongly, not sure, sure if, sure whether, offen, unklar, klär, entscheiden, entschieden
""")
"""Every line that leaves something open contains one of these texts, in upper or lower case. Searching for them takes
far less time than matching the patterns."""
_MAX_CONTEXT_LENGTH = 60
"""The maximum number of characters that are quoted before the words that leave something open."""


def open_questions(text: RichText) -> Iterator[str]:
    """Yield the parts of lines that leave something undecided, and the lines below a heading for open questions.

    Tasks that are done are ignored.
    """
    has_done_task = any(block.done for block in text)
    lines = split_lines(tuple(block for block in text if not block.done) if has_done_task else text)
    if not _may_leave_something_open("\n".join(line.text for line in lines)):
        return
    is_below_heading = False
    for line in lines:
        if line.kind is BlockKind.HEADING:
            is_below_heading = _QUESTIONS_HEADING.search(line.text) is not None
        elif line.kind in NON_PROSE_KINDS or not line.text:  # such as code and quotations
            continue
        elif is_below_heading:
            yield line.text
        elif _QUESTIONS_HEADING_LINE.fullmatch(line.text):
            is_below_heading = True
        elif _REPORTED.match(line.text):
            continue
        elif _may_leave_something_open(line.text) and (
            match := _find_undecided(line.text) or _find_question(line.text)
        ):
            yield _quote_near(line.text, match.start())


def _may_leave_something_open(text: str) -> bool:
    """Whether a text contains one of `_KEY_TEXTS`, so that it may leave something open."""
    lower = text.casefold()
    return any(key_text in lower for key_text in _KEY_TEXTS)


def _find_undecided(line: str) -> re.Match[str] | None:
    """Find words such as "TBD"; None if there are none, or if they describe a value; see `_REQUIRES`."""
    match = _UNDECIDED.search(line)
    return None if match and _REQUIRES.search(line, 0, match.start()) else match


def _quote_near(line: str, position: int) -> str:
    """Return a line from the start of the sentence that contains a position.

    If the sentence begins more than `_MAX_CONTEXT_LENGTH` characters before the position, it is cut at a word.
    """
    begin = max(line.rfind(end, 0, position) + 1 for end in (". ", "? ", "! "))
    if begin >= position - _MAX_CONTEXT_LENGTH:
        return line[begin:].strip()
    return f"… {line[line.find(' ', position - _MAX_CONTEXT_LENGTH, position) + 1 :].strip()}"


def _find_question(line: str) -> re.Match[str] | None:
    """Find a question to the team that is not answered in the same line."""
    question = _QUESTION_TO_TEAM.search(line)
    return question if question and not _ANSWER.search(line, question.end()) else None
