"""The vocabulary of several languages, compiled for fast lookups.

Lookups are by whole words in sets and by phrases in a padded string: both cost far less than one large regular
expression, and a word list can grow without slowing anything down.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rules.text.tokens import Sentence, tokenize
from rules.text.vocabulary import LANGUAGES, Language, Vocabulary

FIRST_UNSPACED_CHARACTER = "\u3040"
"""The first Unicode character of the scripts that put no spaces between words: Japanese and Chinese."""


class SectionKind(Enum):
    """The kind of a section of a text."""

    CRITERIA = "criteria"
    EXPECTED = "expected"
    STEPS = "steps"
    ACTUAL = "actual"
    OTHER = "other"
    """A section that is not about criteria; it ends the one before it."""
    IGNORED = "ignored"
    """A section whose content is never about criteria."""


class Phrases:
    """A set of words and phrases to look for in a sentence.

    A phrase is only looked for in sentences that contain its longest word, so most sentences cost one set comparison.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        normalized = sorted({" ".join(tokenize(phrase)) for phrase in phrases} - {""})
        self.words = frozenset(phrase for phrase in normalized if " " not in phrase)
        self.phrases = tuple(f" {phrase} " for phrase in normalized if " " in phrase)
        self._padded = (*self.phrases, *(f" {word} " for word in sorted(self.words)))
        self._by_key: dict[str, list[str]] = {}
        for phrase in self.phrases:
            self._by_key.setdefault(max(phrase.split(), key=len), []).append(phrase)
        self._keys = frozenset(self._by_key)
        self.keys = self.words | self._keys

    def __contains__(self, sentence: object) -> bool:
        if not isinstance(sentence, Sentence):
            return False
        if not self.words.isdisjoint(sentence.words):
            return True
        return any(phrase in sentence.padded for key in self._keys & sentence.words for phrase in self._by_key[key])

    def find_span(self, padded: str) -> tuple[int, int]:
        """The start and end of the first match in a padded sentence; (-1, -1) if there is none."""
        matches = [(start, start + len(phrase) - 1) for phrase in self._padded if (start := padded.find(phrase)) >= 0]
        return min(matches, default=(-1, -1))


class Openings:
    """Phrases that a line can begin with."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first: dict[str, list[list[str]]] = {}
        prefixes: list[str] = []
        for phrase in dict.fromkeys(phrases):
            if phrase[0] >= FIRST_UNSPACED_CHARACTER:
                prefixes.append(phrase)
            elif words := tokenize(phrase):
                by_first.setdefault(words[0], []).append(words)
        self._by_first = {first: sorted(group, key=len, reverse=True) for first, group in by_first.items()}
        self.first_words = self._by_first.keys()
        self.prefixes = tuple(prefixes)
        """The phrases of languages without spaces, which are compared by characters."""

    def match(self, words: Sequence[str], start: int = 0) -> int:
        """The number of words of the longest phrase that begins at a word; 0 if no phrase does."""
        if start >= len(words):
            return 0
        candidates = self._by_first.get(words[start], ())
        return next((len(phrase) for phrase in candidates if phrase == words[start : start + len(phrase)]), 0)


class Lexicon(NamedTuple):
    """The merged vocabulary of several languages. `Vocabulary` describes most attributes.

    Attributes:
        sections: The kind of each section name.
        openings: The first word of each section name.
        strong: The section names in `Vocabulary.criteria`, longest first.
        strong_words: The longest word of each of these names.
        strong_by_start: These names by their first two letters.
        criteria_words: The words of all section names for criteria.
        about_criteria: Actors and meta words.
        no_content: Actors, meta words, and stop words that say nothing about a product.
        to_do: Endings by the word before them.
        inline: Matches one of the names in `strong` in the middle of a line.
        scenario_words: Words that open a scenario and have no content of their own.
        binding: Words, at least one of which is in every checkable sentence.
    """

    sections: Mapping[str, SectionKind]
    openings: frozenset[str]
    strong: tuple[str, ...]
    strong_words: frozenset[str]
    strong_by_start: Mapping[str, tuple[str, ...]]
    criteria_words: frozenset[str]
    qualifiers: frozenset[str]
    done_when: Openings
    help_openings: Openings
    promises: Openings
    promise_endings: tuple[str, ...]
    about_criteria: frozenset[str]
    no_content: frozenset[str]
    to_do: Mapping[str, tuple[str, ...]]
    pointers: Openings
    pointer_endings: tuple[str, ...]
    pointer_targets: frozenset[str]
    narrative: frozenset[str]
    spike_openings: Openings
    chores: frozenset[str]
    inline: re.Pattern[str]
    placeholders: frozenset[str]
    scenario: tuple[tuple[Phrases, Phrases, Phrases], ...]
    scenario_words: frozenset[str]
    obligations: Phrases
    weak_obligations: Phrases
    effect_verbs: Phrases
    prohibitions: Phrases
    observables: Phrases
    bounds: Phrases
    check_openings: Phrases
    team_subjects: Phrases
    product_verbs: Phrases
    vague: Phrases
    task_verbs: Phrases
    hedges: Phrases
    current_state: Phrases
    wish_openings: Phrases
    stop_words: frozenset[str]
    clause_openers: frozenset[str]
    fillers: frozenset[str]
    spike_names: Phrases
    time_limits: Phrases
    questions: Phrases
    binding: frozenset[str]


@lru_cache(maxsize=32)
def compile_lexicon(languages: tuple[Language, ...]) -> Lexicon:
    """Merge and compile the vocabulary of some languages. The result is cached."""
    chosen = [LANGUAGES[language] for language in languages]

    def collect(name: str) -> tuple[str, ...]:
        return tuple(phrase for words in chosen for phrase in getattr(words, name))

    def collect_words(*names: str) -> frozenset[str]:
        return frozenset(word for name in names for phrase in collect(name) for word in tokenize(phrase))

    scenario = tuple((Phrases(words.given), Phrases(words.when), Phrases(words.then)) for words in chosen)
    sections = _section_kinds(chosen)
    phrases = {name: Phrases(collect(name)) for name in _PHRASE_LISTS}
    strong = tuple(sorted({" ".join(tokenize(name)) for name in collect("criteria")}, key=len, reverse=True))
    return Lexicon(
        sections=sections,
        openings=frozenset(re.split(r"[\W\d_]", name, maxsplit=1)[0] for name in sections),
        strong=strong,
        strong_words=frozenset(max(name.split(), key=len) for name in strong),
        strong_by_start={
            start: tuple(name for name in strong if name[:2] == start) for start in {name[:2] for name in strong}
        },
        criteria_words=frozenset(
            word
            for name, kind in sections.items()
            if kind is SectionKind.CRITERIA
            for word in name.split()
            if len(word) > 1
        ),
        qualifiers=collect_words("qualifiers"),
        done_when=Openings(collect("done_when")),
        help_openings=Openings(collect("help_openings")),
        promises=Openings(collect("promises")),
        pointers=Openings(collect("pointers")),
        pointer_targets=collect_words("pointer_targets"),
        spike_openings=Openings(collect("spike_openings")),
        narrative=collect_words("narrative"),
        chores=collect_words("chores"),
        about_criteria=collect_words("actors", "meta_words"),
        no_content=collect_words("actors", "meta_words", "stop_words") - _CONTENT_STOP_WORDS,
        to_do=_endings_by_word(collect("to_do")),
        promise_endings=collect("promise_endings"),
        pointer_endings=collect("pointer_endings"),
        inline=_compile_inline_names(collect("criteria")),
        placeholders=frozenset(" ".join(tokenize(phrase)) for phrase in collect("placeholders")),
        scenario=scenario,
        scenario_words=frozenset(tokenize(" ".join(collect("given") + collect("when") + collect("then"))))
        | {"and", "und"},
        stop_words=collect_words("stop_words"),
        clause_openers=frozenset(collect("clause_openers")),
        fillers=frozenset(collect("fillers")),
        binding=frozenset().union(*(phrases[name].keys for name in _BINDING_LISTS)),
        **phrases,
    )


_CONTENT_STOP_WORDS = frozenset(
    tokenize("user users nutzer benutzer support allow allows able new like use used using neu neue neuen")
)
"""Stop words that a criterion can consist of."""


def _endings_by_word(patterns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    pairs: dict[str, tuple[str, ...]] = {}
    for pattern in patterns:
        first, _, ending = pattern.partition(" *")
        pairs[first] = (*pairs.get(first, ()), ending)
    return pairs


_PHRASE_LISTS = (
    *("obligations", "weak_obligations", "effect_verbs", "prohibitions", "observables", "bounds", "check_openings"),
    *("team_subjects", "product_verbs", "vague", "task_verbs", "hedges", "current_state", "wish_openings"),
    *("spike_names", "time_limits", "questions"),
)
_BINDING_LISTS = ("obligations", "weak_obligations", "prohibitions", "observables", "bounds", "check_openings")


def _section_kinds(chosen: Iterable[Vocabulary]) -> dict[str, SectionKind]:
    """The kind of each section name. The first list that contains a name determines its kind."""
    named: dict[str, SectionKind] = {}
    for words in chosen:
        for names, section in (
            (words.criteria + words.headings_only, SectionKind.CRITERIA),
            (words.expected, SectionKind.EXPECTED),
            (words.steps, SectionKind.STEPS),
            (words.actual, SectionKind.ACTUAL),
            (words.ignored_sections, SectionKind.IGNORED),
            (words.other_sections, SectionKind.OTHER),
        ):
            for name in names:
                named.setdefault(" ".join(tokenize(name)), section)
    return named


def _compile_inline_names(names: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern for section names in the middle of a line: at the start of a sentence, and before a colon."""
    either = "|".join(sorted((r"\s+".join(map(re.escape, name.split())) for name in names), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<=[.!?;:)\]…]\s)(?i:{either})|(?<=[。．！？；）】])(?:{either})"
        rf"|(?<=\s)(?-i:AC|ACs|AK|A/C|A\.C\.|KA|CA)|(?<=\s)(?=[^\Wa-z\d_])(?i:{either}))\s*[:：]"
    )
