"""Finds criteria in the form of scenarios, and of tables of cases and results.

A scenario consists of Given, When and Then in this order. Given starts a line or a sentence. When and Then start a
line, a sentence or a clause, or are anywhere in a line that Given starts. These words also occur in ordinary prose,
which is not a scenario: "Given that we use Redis, this is slow. When I looked ...".
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from rules.model import BlockKind
from rules.text.lexicon import FIRST_UNSPACED_CHARACTER, Lexicon, Phrases, ScenarioKeywords
from rules.text.lines import Line
from rules.text.placeholders import is_placeholder
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_MAX_GIVENS = 40
"""The maximum number of occurrences of Given that are examined; this bounds the time for a long text."""

_MAX_PART_LENGTH = 1200
"""The maximum number of characters between two of the three keywords."""

_MIN_PROSE_SIGNALS = 2
"""The minimum number of main clauses and narrative words that make a scenario ordinary prose.

Narrative words are common in stories about past events (`Vocabulary.narrative_words`).
"""

_MAIN_CLAUSE = re.compile(r",\s+(?:this|it|we|i|he|she|they|there|the|that|das|es|wir|ich|er|sie|ist)\b", re.IGNORECASE)
"""The beginning of a main clause after a subordinate one: "Given that we use Redis, this is slow"."""

_WORK_OF_TEAM = re.compile(
    r"\s*(?:we|somebody|someone|people|the team|wir|jemand|das team) "
    r"(?:should|must|need to|have to|has to|can|could|will|sollten|sollte|müssen|muss|können|kann|werden|wird)\b"
    r"(?! (?:be|see|get|find|receive|have|sehen?|erhalten|bekommen)\b)",
    re.IGNORECASE,
)
"""Matches what a team does next, which is no outcome of the product: "Then we should discuss it"."""

_RESULT_WORDS = frozenset(phrases("expected, result, results, outcome, then, expectation, accepted, dann, ergebnis"))
"""Words in the header of a column with results."""
_CASE_WORDS = frozenset(
    phrases("""
        given, when, case, input, inputs, condition, rule, scenario, example, if, action, wenn, fall, eingabe,
        bedingung, regel, beispiel, angenommen, id, no, nr, role, rolle, step, steps, schritt
    """)
)
"""Words in the header of a column with cases."""


def find_scenario(text: Sequence[Line], lexicon: Lexicon) -> str | None:
    """Return the first scenario in some lines, starting with its Given; None if there is none."""
    joined = "\n".join(line.text for line in text)
    lowered = joined.lower()
    for keywords in lexicon.scenario_keywords:
        if any(key in lowered for key in keywords.given.keys) and any(key in lowered for key in keywords.then.keys):
            scenario = _find_separate_parts(joined, keywords, lexicon) or _find_in_one_line(text, keywords, lexicon)
            if scenario is not None:
                return scenario
    return None


def _find_separate_parts(text: str, keywords: ScenarioKeywords, lexicon: Lexicon) -> str | None:
    """Return the first scenario whose When and Then start a line, a sentence or a clause."""
    for given in islice(_compile_opener(keywords.given, allow_clause=False).finditer(text), _MAX_GIVENS):
        when = _find_next(keywords.when, text, given.end())
        then = _find_next(keywords.then, text, when.end()) if when else None
        if when is None or then is None:
            continue
        parts = (text[given.end() : when.start()], text[when.end() : then.start()], _first_sentence(text, then.end()))
        if not _is_narrative(parts, lexicon) and not is_placeholder(
            f"{text[given.start() : then.end()]} {parts[2]}", lexicon
        ):
            return text[given.start() : then.end() + _MAX_PART_LENGTH].strip()
    return None


def _find_next(keyword: Phrases, text: str, start: int) -> re.Match[str] | None:
    """Return the next occurrence of a keyword at the start of a line, a sentence or a clause; None if it is too far."""
    return _compile_opener(keyword, allow_clause=True).search(text, start, start + _MAX_PART_LENGTH)


def _find_in_one_line(text: Sequence[Line], keywords: ScenarioKeywords, lexicon: Lexicon) -> str | None:
    """Return the first line that begins with Given and contains a When and a Then anywhere after it."""
    for line in text:
        given = _compile_opener(keywords.given, allow_clause=False).match(line.text)
        if given and _contains_in_order(line.text[given.end() :], keywords.when, keywords.then):
            then = _compile_opener(keywords.then, allow_clause=True).search(line.text, given.end())
            # The position of When in the line is not known here, so the first part is the whole rest of the line.
            parts = line.text[given.end() :], "", _first_sentence(line.text, then.end()) if then else ""
            if not _is_narrative(parts, lexicon) and not is_placeholder(line.text, lexicon):
                return line.text
    return None


def _contains_in_order(text: str, when: Phrases, then: Phrases) -> bool:
    """Whether a text contains a When, and a Then after it."""
    padded = f" {' '.join(tokenize(text))} "
    end = when.find_span(padded)[1]
    return end > 0 and then.find_span(padded[end:])[1] > 0


def _first_sentence(text: str, start: int) -> str:
    """Return the text from a position to the end of the sentence or line, without leading white space."""
    return re.split(r"[.!?。\n]", text[start : start + _MAX_PART_LENGTH].lstrip(), maxsplit=1)[0]


def _is_narrative(parts: tuple[str, str, str], lexicon: Lexicon) -> bool:
    """Whether what follows Given, When and Then is ordinary prose, and not the three parts of a scenario."""
    narrative_words = [word for part in parts for word in tokenize(part) if word in lexicon.narrative_words]
    given, when, then = parts
    states_fact = given.lstrip().lower().startswith(("that ", "the fact"))
    if (states_fact and narrative_words) or _WORK_OF_TEAM.match(then):
        return True
    given_is_sentence = given.rstrip().endswith((".", "!", ";")) or "\n" in given.strip(" ")
    main_clauses = sum(_MAIN_CLAUSE.search(part) is not None for part in (given, when)) if given_is_sentence else 0
    return len(narrative_words) + main_clauses >= _MIN_PROSE_SIGNALS


def find_case_table(text: Sequence[Line]) -> str | None:
    """Return the header row of a table of cases and their results; None if there is none."""
    rows = [line.text for line in text if line.kind is BlockKind.ROW]
    last_filled = max((number for number, row in enumerate(rows) if is_filled_row(row)), default=0)
    for row in rows[:last_filled]:
        words = set(tokenize(row))
        if not words.isdisjoint(_RESULT_WORDS) and not words.isdisjoint(_CASE_WORDS):
            return row
    return None


def is_filled_row(row: str) -> bool:
    """Whether a table row says something: it is neither the header nor a row with only a number in it."""
    words = [word for word in tokenize(row) if not word.isdigit()]
    return any(word not in _CASE_WORDS and word not in _RESULT_WORDS for word in words)


@lru_cache(maxsize=64)
def _compile_opener(words: Phrases, *, allow_clause: bool) -> re.Pattern[str]:
    """Compile a pattern for words at the start of a line or a sentence, and of a clause if allowed.

    In languages without spaces, they may follow any punctuation mark, even without `allow_clause`. In the others, a
    capital letter also counts as the start of a sentence, because the full stop before it may be missing.
    """
    all_phrases = (*words.words, *(phrase.strip() for phrase in words.phrases))
    alternatives = "|".join(sorted(map(re.escape, all_phrases), key=len, reverse=True))
    if all(word[0] >= FIRST_UNSPACED_CHARACTER for word in all_phrases):
        return re.compile(rf"(?:^|(?<=[。．；，、,.;\s]))\W{{0,4}}(?:{alternatives})", re.MULTILINE)
    within_line = f"|(?<=\\s)(?=[^\\Wa-z\\d_])(?i:{alternatives})" + (
        f"|(?<=,\\s)(?i:{alternatives})" if allow_clause else ""
    )
    return re.compile(rf"(?:(?:^|(?<=[.:;!?]\s))[\W\d_]{{0,4}}(?i:{alternatives}){within_line})(?!\w)", re.MULTILINE)
