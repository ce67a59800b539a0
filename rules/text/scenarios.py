"""Finds criteria in the form of scenarios and rule tables.

A scenario consists of Given, When and Then in this order, each at the start of a line, a sentence or a clause. These
words also occur in ordinary prose, which is not a scenario: "Given that we use Redis, this is slow. When I looked ...".
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from rules.model import BlockKind
from rules.text.lexicon import FIRST_UNSPACED_CHARACTER, Lexicon, Phrases
from rules.text.lines import Line
from rules.text.placeholders import is_placeholder
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_MAX_GIVENS = 40
"""Occurrences of Given that are examined."""

_MAX_PART_LENGTH = 1200
"""Characters between two of the three words."""

_MIN_NARRATIVE_SIGNS = 2
"""Signs of a narrative that make a scenario a piece of prose."""

_MAIN_CLAUSE = re.compile(r",\s+(?:this|it|we|i|he|she|they|there|the|that|das|es|wir|ich|er|sie|ist)\b", re.IGNORECASE)

_RESULT_WORDS = frozenset(phrases("expected, result, results, outcome, then, expectation, accepted, dann, ergebnis"))
_CASE_WORDS = frozenset(
    phrases("""
    given, when, case, input, inputs, condition, rule, scenario, example, if, action, wenn, fall, eingabe, bedingung,
    regel, beispiel, angenommen, id, no, nr, role, rolle
""")
)


def find_scenario(text: Sequence[Line], lexicon: Lexicon) -> str | None:
    """Find the first scenario in some lines, starting with its Given; None if there is none."""
    joined = "\n".join(line.text for line in text)
    lowered = joined.lower()
    for given, when, then in lexicon.scenario:
        if not any(key in lowered for key in given.keys) or not any(key in lowered for key in then.keys):
            continue
        for start in islice(_compile_opener(given, allow_clause=False).finditer(joined), _MAX_GIVENS):
            middle = _compile_opener(when, allow_clause=True).search(
                joined, start.end(), start.end() + _MAX_PART_LENGTH
            )
            if middle and (
                end := _compile_opener(then, allow_clause=True).search(
                    joined, middle.end(), middle.end() + _MAX_PART_LENGTH
                )
            ):
                parts = (
                    joined[start.end() : middle.start()],
                    joined[middle.end() : end.start()],
                    _first_sentence(joined, end.end()),
                )
                if not _is_narrative(parts, lexicon) and not is_placeholder(
                    joined[start.start() : end.end()] + parts[2], lexicon
                ):
                    return joined[start.start() : end.end() + _MAX_PART_LENGTH].strip()
        for line in text:
            opened = _compile_opener(given, allow_clause=False).match(line.text)
            if opened and _continues_with(line.text[opened.end() :], when, then):
                parts = line.text[opened.end() :], "", ""
                if not _is_narrative(parts, lexicon) and not is_placeholder(line.text, lexicon):
                    return line.text
    return None


def _continues_with(text: str, when: Phrases, then: Phrases) -> bool:
    """Whether a When and a Then follow in the rest of a line."""
    padded = f" {' '.join(tokenize(text))} "
    end = when.find_span(padded)[1]
    return end > 0 and then.find_span(padded[end:])[1] > 0


def _first_sentence(text: str, start: int) -> str:
    """The text from a position to the end of the sentence or line, without leading white space."""
    return re.split(r"[.!?。\n]", text[start : start + _MAX_PART_LENGTH].lstrip(), maxsplit=1)[0]


def _is_narrative(parts: tuple[str, str, str], lexicon: Lexicon) -> bool:
    """Whether the parts are ordinary sentences that begin with given, when and then."""
    signs = {word for part in parts for word in tokenize(part) if word in lexicon.narrative}
    given, when, _ = parts
    if given.lstrip().lower().startswith(("that ", "the fact")) and len(signs) > 0:
        return True
    is_separate = given.rstrip().endswith((".", "!", ";")) or "\n" in given.strip(" ")
    clauses = sum(_MAIN_CLAUSE.search(part) is not None for part in (given, when)) if is_separate else 0
    return len(signs) + clauses >= _MIN_NARRATIVE_SIGNS


def find_rule_table(text: Sequence[Line]) -> str | None:
    """Find the header row of a table of cases and results; None if there is none."""
    rows = [line.text for line in text if line.kind is BlockKind.ROW]
    for row in rows[:-1]:
        words = set(tokenize(row))
        if not words.isdisjoint(_RESULT_WORDS) and not words.isdisjoint(_CASE_WORDS):
            return row
    return None


@lru_cache(maxsize=64)
def _compile_opener(words: Phrases, *, allow_clause: bool) -> re.Pattern[str]:
    """Compile a pattern for words at the start of a line or a sentence, and of a clause if allowed."""
    all_phrases = (*words.words, *(phrase.strip() for phrase in words.phrases))
    either = "|".join(sorted(map(re.escape, all_phrases), key=len, reverse=True))
    if all(word[0] >= FIRST_UNSPACED_CHARACTER for word in all_phrases):
        return re.compile(rf"(?:^|(?<=[。．；，、,.;\s]))\W{{0,4}}(?:{either})", re.MULTILINE)
    capital = f"|(?<=\\s)(?=[^\\Wa-z\\d_])(?i:{either})" + (f"|(?<=,\\s)(?i:{either})" if allow_clause else "")
    return re.compile(rf"(?:(?:^|(?<=[.:;!?]\s))[\W\d_]{{0,4}}(?i:{either}){capital})(?!\w)", re.MULTILINE)
