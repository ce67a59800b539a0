"""The vocabulary of several languages, merged and compiled for fast lookups.

Single words are looked up in sets. Phrases of several words are looked up in a string of words with a space before and
after each ("padded"), so that a match always consists of whole words. Both cost far less than one large regular
expression, and a longer word list makes neither slower.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rules.text.tokens import Sentence, first_word, tokenize
from rules.text.vocabulary import LANGUAGES, Language, Vocabulary

FIRST_UNSPACED_CHARACTER = "\u3040"
"""The first Unicode character of Japanese and Chinese, which put no spaces between words.

All characters of the languages with spaces come before it.
"""


class SectionKind(Enum):
    """The topic of a section of an item's text."""

    CRITERIA = "criteria"
    """Acceptance criteria."""
    EXPECTED = "expected"
    """The expected result in a bug report."""
    STEPS = "steps"
    """The steps to reproduce in a bug report."""
    ACTUAL = "actual"
    """The actual result in a bug report."""
    OTHER = "other"
    """Something else, such as "background". It is only recognised because it ends the section before it."""
    IGNORED = "ignored"
    """Something that never contains criteria, such as "out of scope"."""


class Phrases:
    """A set of words and phrases to look for in a sentence.

    The longest word of a phrase is its key. A phrase is only looked for in sentences that contain its key, so most
    sentences cost one set comparison.

    Attributes:
        words: The single words.
        phrases: The phrases of several words, each with a space before and after it.
        keys: The single words, and the keys of the phrases. A sentence without any of them has no match.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        normalized = sorted({" ".join(tokenize(phrase)) for phrase in phrases} - {""})
        self.words = frozenset(phrase for phrase in normalized if " " not in phrase)
        self.phrases = tuple(f" {phrase} " for phrase in normalized if " " in phrase)
        self._padded = (*self.phrases, *(f" {word} " for word in sorted(self.words)))
        self._phrases_by_key: dict[str, list[str]] = {}
        for phrase in self.phrases:
            self._phrases_by_key.setdefault(max(phrase.split(), key=len), []).append(phrase)
        self._phrase_keys = frozenset(self._phrases_by_key)
        self.keys = self.words | self._phrase_keys

    def __contains__(self, sentence: object) -> bool:
        if not isinstance(sentence, Sentence):
            return False
        if not self.words.isdisjoint(sentence.words):
            return True
        return any(
            phrase in sentence.padded
            for key in self._phrase_keys & sentence.words
            for phrase in self._phrases_by_key[key]
        )

    def find_span(self, padded: str) -> tuple[int, int]:
        """Return the start and end of the first match in a padded sentence; (-1, -1) if there is none.

        The span includes the space before the match, but not the one after it.
        """
        matches = [(start, start + len(phrase) - 1) for phrase in self._padded if (start := padded.find(phrase)) >= 0]
        return min(matches, default=(-1, -1))


class Openings:
    """Phrases that a line can begin with.

    Attributes:
        first_words: The first word of each phrase in a language with spaces between words.
        prefixes: The phrases in languages without such spaces, which are compared by characters.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first_word: dict[str, list[list[str]]] = {}
        prefixes: list[str] = []
        for phrase in dict.fromkeys(phrases):
            if phrase[0] >= FIRST_UNSPACED_CHARACTER:
                prefixes.append(phrase)
            elif words := tokenize(phrase):
                by_first_word.setdefault(words[0], []).append(words)
        self._longest_first = {word: sorted(group, key=len, reverse=True) for word, group in by_first_word.items()}
        self.first_words = self._longest_first.keys()
        self.prefixes = tuple(prefixes)

    def match(self, words: Sequence[str], start: int = 0) -> int:
        """Return how many words the longest phrase has that begins at `words[start]`; 0 if no phrase begins there."""
        if start >= len(words):
            return 0
        candidates = self._longest_first.get(words[start], ())
        return next((len(phrase) for phrase in candidates if phrase == words[start : start + len(phrase)]), 0)


class ScenarioKeywords(NamedTuple):
    """The keywords of a scenario (Given, When, Then) in one language."""

    given: Phrases
    when: Phrases
    then: Phrases


class Lexicon(NamedTuple):
    """The merged vocabulary of several languages. `Vocabulary` describes the attributes that are not listed here.

    A set contains single words, apart from `placeholders`.

    Attributes:
        sections: The kind of each section name.
        section_first_words: The first word of each section name.
        criteria_names: The section names in `Vocabulary.criteria`, longest first.
        criteria_name_keys: The longest word of each of these names. A heading without any of them contains no name.
        criteria_names_by_start: These names by their first two letters.
        criteria_words: The words of all section names for criteria, including `Vocabulary.headings_only`.
        inline_criteria_name: Matches one of `criteria_names` with a colon in the middle of a line.
        words_without_content: `authoring_words`, and the stop words that say nothing about a product.
        to_do_endings: The endings in `Vocabulary.to_do_patterns` by the word before them.
        scenario_keywords: The keywords of a scenario in each language.
        scenario_words: The words of all these keywords, and "and" and "und", which continue a part of a scenario.
        checkable_keys: Words of which every checkable sentence contains at least one. A sentence is checkable if
            somebody else can look at the result and answer yes or no.
    """

    sections: Mapping[str, SectionKind]
    section_first_words: frozenset[str]
    criteria_names: tuple[str, ...]
    criteria_name_keys: frozenset[str]
    criteria_names_by_start: Mapping[str, tuple[str, ...]]
    criteria_words: frozenset[str]
    inline_criteria_name: re.Pattern[str]
    qualifiers: frozenset[str]
    done_when: Openings
    template_instructions: Openings
    promises: Openings
    promise_endings: tuple[str, ...]
    authoring_words: frozenset[str]
    routine_words: frozenset[str]
    words_without_content: frozenset[str]
    to_do_endings: Mapping[str, tuple[str, ...]]
    pointers: Openings
    pointer_endings: tuple[str, ...]
    pointer_targets: frozenset[str]
    narrative_words: frozenset[str]
    spike_openings: Openings
    chores: frozenset[str]
    placeholders: frozenset[str]
    scenario_keywords: tuple[ScenarioKeywords, ...]
    scenario_words: frozenset[str]
    obligations: Phrases
    weak_obligations: Phrases
    effect_verbs: frozenset[str]
    prohibitions: Phrases
    observables: Phrases
    bounds: Phrases
    check_openings: Phrases
    team_subjects: Phrases
    product_verbs: Phrases
    vague_terms: Phrases
    task_verbs: frozenset[str]
    hedges: Phrases
    current_state: Phrases
    wish_openings: Phrases
    stop_words: frozenset[str]
    clause_openers: frozenset[str]
    fillers: frozenset[str]
    spike_names: Phrases
    time_limits: Phrases
    questions: Phrases
    checkable_keys: frozenset[str]


@lru_cache(maxsize=32)
def compile_lexicon(languages: tuple[Language, ...]) -> Lexicon:
    """Merge and compile the vocabularies of some languages. The result is cached."""
    chosen = [LANGUAGES[language] for language in languages]

    def collect(name: str) -> tuple[str, ...]:
        return tuple(phrase for vocabulary in chosen for phrase in getattr(vocabulary, name))

    # Each list gets the type that the lexicon declares under its name.
    lists = {name: kind(collect(name)) for name, kind in Lexicon.__annotations__.items() if name in Vocabulary._fields}
    lists["placeholders"] = frozenset(" ".join(tokenize(phrase)) for phrase in collect("placeholders"))
    sections = _collect_section_kinds(chosen)
    criteria_names = tuple(
        sorted(dict.fromkeys(" ".join(tokenize(name)) for name in collect("criteria")), key=len, reverse=True)
    )
    return Lexicon(
        sections=sections,
        section_first_words=frozenset(map(first_word, sections)),
        criteria_names=criteria_names,
        criteria_name_keys=frozenset(max(name.split(), key=len) for name in criteria_names),
        criteria_names_by_start={
            start: tuple(name for name in criteria_names if name[:2] == start)
            for start in {name[:2] for name in criteria_names}
        },
        criteria_words=frozenset(
            word
            for name, kind in sections.items()
            if kind is SectionKind.CRITERIA
            for word in name.split()
            if len(word) > 1
        ),
        words_without_content=(lists["authoring_words"] | lists["stop_words"]) - _STOP_WORDS_WITH_CONTENT,
        to_do_endings=_group_endings(collect("to_do_patterns")),
        inline_criteria_name=_compile_inline_names(collect("criteria")),
        scenario_keywords=tuple(
            ScenarioKeywords(Phrases(vocabulary.given), Phrases(vocabulary.when), Phrases(vocabulary.then))
            for vocabulary in chosen
        ),
        scenario_words=frozenset(tokenize(" ".join(collect("given") + collect("when") + collect("then"))))
        | {"and", "und"},
        checkable_keys=frozenset().union(*(lists[name].keys for name in _CHECKABLE_LISTS)),
        **lists,
    )


_STOP_WORDS_WITH_CONTENT = frozenset(
    tokenize("user users nutzer benutzer support allow allows able new like use used using neu neue neuen")
)
"""Stop words that can be a whole criterion, such as "New users"."""


def _group_endings(patterns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Group patterns such as "à *er" into the endings that may follow each word, such as {"à": ("er",)}."""
    endings: dict[str, tuple[str, ...]] = {}
    for pattern in patterns:
        word, _, ending = pattern.partition(" *")
        endings[word] = (*endings.get(word, ()), ending)
    return endings


_CHECKABLE_LISTS = ("obligations", "weak_obligations", "prohibitions", "observables", "bounds", "check_openings")
"""The word lists of which every checkable sentence contains a word or phrase."""


def _collect_section_kinds(chosen: Iterable[Vocabulary]) -> dict[str, SectionKind]:
    """Return the kind of each section name. The first list that contains a name determines its kind."""
    kinds: dict[str, SectionKind] = {}
    for vocabulary in chosen:
        for names, kind in (
            (vocabulary.criteria + vocabulary.headings_only, SectionKind.CRITERIA),
            (vocabulary.expected, SectionKind.EXPECTED),
            (vocabulary.steps, SectionKind.STEPS),
            (vocabulary.actual, SectionKind.ACTUAL),
            (vocabulary.ignored_sections, SectionKind.IGNORED),
            (vocabulary.other_sections, SectionKind.OTHER),
        ):
            for name in names:
                kinds.setdefault(" ".join(tokenize(name)), kind)
    return kinds


def _compile_inline_names(names: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern for section names in the middle of a line, before a colon.

    A name follows the end of a sentence, or a space if it begins with a capital letter. Abbreviations such as "AC" only
    match in this spelling.
    """
    alternatives = "|".join(
        sorted((r"\s+".join(map(re.escape, name.split())) for name in names), key=len, reverse=True)
    )
    return re.compile(
        rf"(?:(?<=[.!?;:)\]…]\s)(?i:{alternatives})|(?<=[。．！？；）】])(?:{alternatives})"
        rf"|(?<=\s)(?-i:AC|ACs|AK|A/C|A\.C\.|KA|CA)|(?<=\s)(?=[^\Wa-z\d_])(?i:{alternatives}))\s*[:：]"
    )
