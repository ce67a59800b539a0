"""The vocabulary of several languages, compiled for fast lookups.

Lookups are by whole words in sets and by phrases in a padded string: both cost far less than one large regular
expression, and a word list can grow without slowing anything down.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rules.text.tokens import Sentence, tokens
from rules.text.vocabulary import LANGUAGES, Language, Vocabulary


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


class Lexicon(NamedTuple):
    """The merged vocabulary of some languages. The lists are those of `Vocabulary`.

    Attributes:
        openings: The letters with which the name of a section can open.
        strong: Names of a section of criteria that mean it wherever they stand, longest first.
        inline: Finds one of them in the middle of a line.
        scenario_words: Words that alone say nothing, though they open a scenario.
        binding: Words of which at least one is in every sentence that can be checked.
    """

    sections: Mapping[str, SectionKind]
    openings: frozenset[str]
    strong: tuple[str, ...]
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

    scenario = tuple((Phrases(words.given), Phrases(words.when), Phrases(words.then)) for words in chosen)
    named = _sections(chosen)
    phrases = {name: Phrases(all_of(name)) for name in _PHRASES}
    strong = tuple(sorted({" ".join(tokens(name)) for name in all_of("criteria")}, key=len, reverse=True))
    return Lexicon(
        sections=named,
        openings=frozenset(re.split(r"[\W\d_]", name, maxsplit=1)[0] for name in named),
        strong=strong,
        inline=_inline(all_of("criteria")),
        placeholders=frozenset(" ".join(tokens(phrase)) for phrase in all_of("placeholders")),
        scenario=scenario,
        scenario_words=frozenset(tokens(" ".join(all_of("given") + all_of("when") + all_of("then")))) | {"and", "und"},
        stop_words=frozenset(tokens(" ".join(all_of("stop_words")))),
        clause_openers=frozenset(all_of("clause_openers")),
        fillers=frozenset(all_of("fillers")),
        binding=frozenset().union(*(phrases[name].keys for name in _BINDING)),
        **phrases,
    )


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
        rf"(?:(?<=[.!?;:)\]…]\s)(?i:{either})|(?<=\s)(?-i:AC|ACs|AK)|(?<=\s)(?=[A-ZÄÖÜ])(?i:{either}))\s*[:：]"
    )
