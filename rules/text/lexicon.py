"""The vocabulary of several languages, compiled for fast lookups.

Lookups are by whole words in sets and by phrases in a padded string: both cost far less than one large regular
expression, and a word list can grow without slowing anything down.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rules.text.tokens import Sentence, tokens
from rules.text.vocabulary import LANGUAGES, Language, Vocabulary

FIRST_WITHOUT_BLANKS = "\u3040"
"""From here on Unicode has the characters of Japanese and Chinese."""


class SectionKind(Enum):
    """What a section of a text is about."""

    CRITERIA = "criteria"
    EXPECTED = "expected"
    STEPS = "steps"
    ACTUAL = "actual"
    ELSEWHERE = "elsewhere"
    ASIDE = "aside"


class Phrases:
    """A set of words and phrases to look for in a sentence.

    A phrase is looked for only where its longest word is present, so most sentences cost one comparison of sets.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        normal = sorted({" ".join(tokens(phrase)) for phrase in phrases} - {""})
        self.words = frozenset(phrase for phrase in normal if " " not in phrase)
        self.phrases = tuple(f" {phrase} " for phrase in normal if " " in phrase)
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

    def found_in(self, padded: str) -> tuple[int, int]:
        """Where the earliest of these starts and ends in a padded sentence; (-1, -1) when there is none."""
        found = [(at, at + len(phrase) - 1) for phrase in self._padded if (at := padded.find(phrase)) >= 0]
        return min(found, default=(-1, -1))


class Openings:
    """Phrases that a line can begin with."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_first: dict[str, list[list[str]]] = {}
        prefixes: list[str] = []
        for phrase in dict.fromkeys(phrases):
            if phrase[0] >= FIRST_WITHOUT_BLANKS:
                prefixes.append(phrase)
            elif words := tokens(phrase):
                by_first.setdefault(words[0], []).append(words)
        self._by_first = {first: sorted(some, key=len, reverse=True) for first, some in by_first.items()}
        self.first_words = self._by_first.keys()
        self.prefixes = tuple(prefixes)
        """Those of languages without blanks: the line begins with the same characters."""

    def match(self, words: Sequence[str], start: int = 0) -> int:
        """How many words the longest phrase has that begins at a word; 0 if none does."""
        if start >= len(words):
            return 0
        candidates = self._by_first.get(words[start], ())
        return next((len(some) for some in candidates if some == words[start : start + len(some)]), 0)


class Lexicon(NamedTuple):
    """The merged vocabulary of some languages. The lists are those of `Vocabulary`.

    Attributes:
        openings: The letters with which the name of a section can open.
        strong: Names of a section of criteria that mean it wherever they stand, longest first.
        strong_words: The longest word of each of them.
        strong_by_start: The same names by their first two letters.
        criteria_words: The words of all names of criteria.
        about_criteria: Actors and meta words.
        no_content: The same, and stop words that say nothing about a product.
        to_do: Endings by the word before them.
        inline: Finds one of them in the middle of a line.
        scenario_words: Words that alone say nothing, though they open a scenario.
        binding: Words of which at least one is in every sentence that can be checked.
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
    """Merge and compile the vocabulary of these languages, once."""
    chosen = [LANGUAGES[language] for language in languages]

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(phrase for words in chosen for phrase in getattr(words, name))

    def words_of(*names: str) -> frozenset[str]:
        return frozenset(word for name in names for phrase in all_of(name) for word in tokens(phrase))

    scenario = tuple((Phrases(words.given), Phrases(words.when), Phrases(words.then)) for words in chosen)
    named = _sections(chosen)
    phrases = {name: Phrases(all_of(name)) for name in _PHRASES}
    strong = tuple(sorted({" ".join(tokens(name)) for name in all_of("criteria")}, key=len, reverse=True))
    return Lexicon(
        sections=named,
        openings=frozenset(re.split(r"[\W\d_]", name, maxsplit=1)[0] for name in named),
        strong=strong,
        strong_words=frozenset(max(name.split(), key=len) for name in strong),
        strong_by_start={
            start: tuple(name for name in strong if name[:2] == start) for start in {name[:2] for name in strong}
        },
        criteria_words=frozenset(
            word
            for name, kind in named.items()
            if kind is SectionKind.CRITERIA
            for word in name.split()
            if len(word) > 1
        ),
        qualifiers=words_of("qualifiers"),
        done_when=Openings(all_of("done_when")),
        help_openings=Openings(all_of("help_openings")),
        promises=Openings(all_of("promises")),
        pointers=Openings(all_of("pointers")),
        pointer_targets=words_of("pointer_targets"),
        spike_openings=Openings(all_of("spike_openings")),
        narrative=words_of("narrative"),
        chores=words_of("chores"),
        about_criteria=words_of("actors", "meta_words"),
        no_content=words_of("actors", "meta_words", "stop_words") - _CONTENT,
        to_do=_pairs(all_of("to_do")),
        promise_endings=all_of("promise_endings"),
        pointer_endings=all_of("pointer_endings"),
        inline=_inline(all_of("criteria")),
        placeholders=frozenset(" ".join(tokens(phrase)) for phrase in all_of("placeholders")),
        scenario=scenario,
        scenario_words=frozenset(tokens(" ".join(all_of("given") + all_of("when") + all_of("then")))) | {"and", "und"},
        stop_words=words_of("stop_words"),
        clause_openers=frozenset(all_of("clause_openers")),
        fillers=frozenset(all_of("fillers")),
        binding=frozenset().union(*(phrases[name].keys for name in _BINDING)),
        **phrases,
    )


_CONTENT = frozenset(
    tokens("user users nutzer benutzer support allow allows able new like use used using neu neue neuen")
)
"""Stop words that a criterion can consist of."""


def _pairs(patterns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    pairs: dict[str, tuple[str, ...]] = {}
    for pattern in patterns:
        first, _, ending = pattern.partition(" *")
        pairs[first] = (*pairs.get(first, ()), ending)
    return pairs


_PHRASES = (
    *("obligations", "weak_obligations", "effect_verbs", "prohibitions", "observables", "bounds", "check_openings"),
    *("team_subjects", "product_verbs", "vague", "task_verbs", "hedges", "current_state", "wish_openings"),
    *("spike_names", "time_limits", "questions"),
)
_BINDING = ("obligations", "weak_obligations", "prohibitions", "observables", "bounds", "check_openings")


def _sections(chosen: Iterable[Vocabulary]) -> dict[str, SectionKind]:
    """Section by name. A name that stands in two lists is what the first of them says."""
    named: dict[str, SectionKind] = {}
    for words in chosen:
        for names, section in (
            (words.criteria + words.headings_only, SectionKind.CRITERIA),
            (words.expected, SectionKind.EXPECTED),
            (words.steps, SectionKind.STEPS),
            (words.actual, SectionKind.ACTUAL),
            (words.ignored_sections, SectionKind.ASIDE),
            (words.other_sections, SectionKind.ELSEWHERE),
        ):
            for name in names:
                named.setdefault(" ".join(tokens(name)), section)
    return named


def _inline(names: Iterable[str]) -> re.Pattern[str]:
    """Finds a name of the section in the middle of a line: at the start of a sentence, and before a colon."""
    either = "|".join(sorted((r"\s+".join(map(re.escape, name.split())) for name in names), key=len, reverse=True))
    return re.compile(
        rf"(?:(?<=[.!?;:)\]…]\s)(?i:{either})|(?<=[。．！？；）】])(?:{either})"
        rf"|(?<=\s)(?-i:AC|ACs|AK|A/C|A\.C\.|KA|CA)|(?<=\s)(?=[^\Wa-z\d_])(?i:{either}))\s*[:：]"
    )
