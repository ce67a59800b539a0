"""Criteria in the form of scenarios and rule tables.

A scenario is Given, When, Then in this order, each opening a line, a sentence or a clause. The words also occur in
ordinary prose ("Given that we use Redis, this is slow. When I looked ..."), so each of the three has to open something,
and what they open may not tell a story.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from rules.model import BlockKind
from rules.text.lexicon import FIRST_WITHOUT_BLANKS, Lexicon, Phrases
from rules.text.lines import Line
from rules.text.placeholders import is_placeholder
from rules.text.tokens import tokens
from rules.text.vocabulary.vocabulary import phrases

_ATTEMPTS = 40
"""How many Givens are followed up; a text with more of them has shown its scenario long before."""

_REACH = 1200
"""Characters within which a scenario ends."""

_STORY = 2
"""Signs of a story that make a scenario a piece of prose."""

_MAIN_CLAUSE = re.compile(r",\s+(?:this|it|we|i|he|she|they|there|the|that|das|es|wir|ich|er|sie|ist)\b", re.IGNORECASE)

_RESULTS = frozenset(phrases("expected, result, results, outcome, then, expectation, accepted, dann, ergebnis"))
_CASES = frozenset(
    phrases("""
    given, when, case, input, inputs, condition, rule, scenario, example, if, action, wenn, fall, eingabe, bedingung,
    regel, beispiel, angenommen, id, no, nr, role, rolle
""")
)


def find_scenario(text: Sequence[Line], lexicon: Lexicon) -> str | None:
    """The first scenario in these lines, from its Given on; None when there is none."""
    joined = "\n".join(line.text for line in text)
    lowered = joined.lower()
    for given, when, then in lexicon.scenario:
        if not any(key in lowered for key in given.keys) or not any(key in lowered for key in then.keys):
            continue
        for start in islice(_opener(given, clause=False).finditer(joined), _ATTEMPTS):
            middle = _opener(when, clause=True).search(joined, start.end(), start.end() + _REACH)
            if middle and (end := _opener(then, clause=True).search(joined, middle.end(), middle.end() + _REACH)):
                parts = (
                    joined[start.end() : middle.start()],
                    joined[middle.end() : end.start()],
                    _sentence(joined, end.end()),
                )
                if not _tells_a_story(parts, lexicon) and not is_placeholder(
                    joined[start.start() : end.end()] + parts[2], lexicon
                ):
                    return joined[start.start() : end.end() + _REACH].strip()
        for line in text:
            opened = _opener(given, clause=False).match(line.text)
            if opened and _goes_on(line.text[opened.end() :], when, then):
                parts = line.text[opened.end() :], "", ""
                if not _tells_a_story(parts, lexicon) and not is_placeholder(line.text, lexicon):
                    return line.text
    return None


def _goes_on(text: str, when: Phrases, then: Phrases) -> bool:
    """Whether a line goes on with these two words, in whatever place."""
    padded = f" {' '.join(tokens(text))} "
    end = when.found_in(padded)[1]
    return end > 0 and then.found_in(padded[end:])[1] > 0


def _sentence(text: str, start: int) -> str:
    """What follows up to the end of the sentence or line; an empty rest of a line does not count."""
    return re.split(r"[.!?。\n]", text[start : start + _REACH].lstrip(), maxsplit=1)[0]


def _tells_a_story(parts: tuple[str, str, str], lexicon: Lexicon) -> bool:
    """Whether these parts are sentences that happen to begin with given, when and then."""
    signs = {word for part in parts for word in tokens(part) if word in lexicon.narrative}
    given, when, _ = parts
    if given.lstrip().lower().startswith(("that ", "the fact")) and len(signs) > 0:
        return True
    apart = given.rstrip().endswith((".", "!", ";")) or "\n" in given.strip(" ")
    clauses = sum(_MAIN_CLAUSE.search(part) is not None for part in (given, when)) if apart else 0
    return len(signs) + clauses >= _STORY


def find_rule_table(text: Sequence[Line]) -> str | None:
    """The heading row of a table that sets cases against results; None when there is none."""
    rows = [line.text for line in text if line.kind is BlockKind.ROW]
    for row in rows[:-1]:
        words = set(tokens(row))
        if not words.isdisjoint(_RESULTS) and not words.isdisjoint(_CASES):
            return row
    return None


@lru_cache(maxsize=64)
def _opener(words: Phrases, *, clause: bool) -> re.Pattern[str]:
    """Finds one of the words where it opens a line or a sentence; also a clause, if wanted."""
    known = (*words.words, *(phrase.strip() for phrase in words.phrases))
    either = "|".join(sorted(map(re.escape, known), key=len, reverse=True))
    if all(word[0] >= FIRST_WITHOUT_BLANKS for word in known):
        return re.compile(rf"(?:^|(?<=[。．；，、,.;\s]))\W{{0,4}}(?:{either})", re.MULTILINE)
    capital = f"|(?<=\\s)(?=[^\\Wa-z\\d_])(?i:{either})" + (f"|(?<=,\\s)(?i:{either})" if clause else "")
    return re.compile(rf"(?:(?:^|(?<=[.:;!?]\s))[\W\d_]{{0,4}}(?i:{either}){capital})(?!\w)", re.MULTILINE)
