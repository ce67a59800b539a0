"""Criteria in the form of scenarios and rule tables.

A scenario is Given, When, Then in this order, each opening a line, a sentence or a clause. The words also occur in
ordinary prose ("given that we use Redis, when ..."), so each of the three has to open something.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from rules.model import BlockKind
from rules.text.lexicon import Lexicon, Phrases
from rules.text.lines import Line
from rules.text.tokens import tokens

_ATTEMPTS = 40
"""How many Givens are followed up; a text with more of them has shown its scenario long before."""

_REACH = 1200
"""Characters within which a scenario ends."""

_RESULTS = frozenset(
    {"expected", "result", "results", "outcome", "then", "expectation", "accepted", "dann", "ergebnis"}
)
_CASES = frozenset(
    {"given", "when", "case", "input", "inputs", "condition", "rule", "scenario", "example", "if", "action", "wenn"}
    | {"fall", "eingabe", "bedingung", "regel", "beispiel", "angenommen", "id", "no", "nr", "role", "rolle"}
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
                return joined[start.start() : end.end() + _REACH].strip()
    return None


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
    capital = f"|(?<=\\s)(?=[A-ZÀ-Ü])(?i:{either})" + (f"|(?<=,\\s)(?i:{either})" if clause else "")
    return re.compile(rf"(?:(?:^|(?<=[.:;!?]\s))[\W\d_]{{0,4}}(?i:{either}){capital})(?!\w)", re.MULTILINE)
