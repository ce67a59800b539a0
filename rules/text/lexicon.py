"""The words of a team's languages, ready to be looked up.

Lookups are by whole words in sets and by phrases in a padded string: both cost far less than one large regular
expression, and a word list can grow without slowing anything down.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from rules.text.languages import LANGUAGES, Language, Words
from rules.text.tokens import Sentence, tokens


class Section(Enum):
    """What a named part of a text is about."""

    CRITERIA = "criteria"
    EXPECTED = "expected"
    STEPS = "steps"
    ACTUAL = "actual"
    ELSEWHERE = "elsewhere"
    ASIDE = "aside"


class Phrases:
    """Words and phrases, any of which may be present in a sentence."""

    def __init__(self, phrases: Iterable[str]) -> None:
        normal = {" ".join(tokens(phrase)) for phrase in phrases}
        self.words = frozenset(phrase for phrase in normal if " " not in phrase)
        self.phrases = tuple(sorted(f" {phrase} " for phrase in normal if " " in phrase))
        self.roots = tuple(sorted({phrase.split()[0] for phrase in normal if phrase}))

    def __contains__(self, sentence: object) -> bool:
        return isinstance(sentence, Sentence) and (
            not self.words.isdisjoint(sentence.words) or any(phrase in sentence.padded for phrase in self.phrases)
        )

    def may_be_in(self, lowered: str) -> bool:
        """A cheap answer for a whole text: False means that none of these is in it."""
        return any(root in lowered for root in self.roots)

    def found_in(self, padded: str) -> tuple[int, int]:
        """Where the earliest of these starts and ends in a padded sentence; (-1, -1) when there is none."""
        found = [
            (at, at + len(phrase) - 1)
            for phrase in (*self.phrases, *(f" {word} " for word in self.words))
            if (at := padded.find(phrase)) >= 0
        ]
        return min(found, default=(-1, -1))


class Lexicon(NamedTuple):
    """The words of some languages together. The lists are those of `Words`."""

    sections: Mapping[str, Section]
    strong: tuple[str, ...]
    inline: re.Pattern[str]
    placeholders: frozenset[str]
    scenario: tuple[tuple[Phrases, Phrases, Phrases], ...]
    scenario_words: frozenset[str]
    obliged: Phrases
    needed: Phrases
    effects: Phrases
    forbidden: Phrases
    shown: Phrases
    bounds: Phrases
    ensure: Phrases
    team: Phrases
    behaviour: Phrases
    vague: Phrases
    chores: Phrases
    unsure: Phrases
    today: Phrases
    wishes: Phrases
    small: frozenset[str]
    spikes: Phrases
    limits: Phrases
    find_out: Phrases


@lru_cache(maxsize=32)
def lexicon(languages: tuple[Language, ...]) -> Lexicon:
    """The words of these languages, compiled once."""
    chosen = [LANGUAGES[language] for language in languages]

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(phrase for words in chosen for phrase in getattr(words, name))

    scenario = tuple((Phrases(words.given), Phrases(words.when), Phrases(words.then)) for words in chosen)
    strong = tuple(sorted({" ".join(tokens(name)) for name in all_of("criteria")}, key=len, reverse=True))
    return Lexicon(
        sections=_sections(chosen),
        strong=strong,
        inline=_inline(all_of("criteria")),
        placeholders=frozenset(" ".join(tokens(phrase)) for phrase in all_of("placeholders")),
        scenario=scenario,
        scenario_words=frozenset(tokens(" ".join(all_of("given") + all_of("when") + all_of("then")))) | {"and", "und"},
        small=frozenset(tokens(" ".join(all_of("small")))),
        **{name: Phrases(all_of(name)) for name in _PHRASES},
    )


_PHRASES = (
    *("obliged", "needed", "effects", "forbidden", "shown", "bounds", "ensure", "team", "behaviour", "vague", "chores"),
    *("unsure", "today", "wishes", "spikes", "limits", "find_out"),
)


def _sections(chosen: Iterable[Words]) -> dict[str, Section]:
    """Section by name. A name that stands in two lists is what the first of them says."""
    named: dict[str, Section] = {}
    for words in chosen:
        for names, section in (
            (words.criteria + words.headings_only, Section.CRITERIA),
            (words.expected, Section.EXPECTED),
            (words.steps, Section.STEPS),
            (words.actual, Section.ACTUAL),
            (words.asides, Section.ASIDE),
            (words.elsewhere, Section.ELSEWHERE),
        ):
            for name in names:
                named.setdefault(" ".join(tokens(name)), section)
    return named


def _inline(names: Iterable[str]) -> re.Pattern[str]:
    """Finds a name of the section in the middle of a line: at the start of a sentence, and before a colon."""
    either = "|".join(sorted((r"\s+".join(map(re.escape, name.split())) for name in names), key=len, reverse=True))
    return re.compile(rf"(?:(?<=[.!?;:)\]…]\s)(?i:{either})|(?<=\s)(?-i:AC|ACs|AK)|(?<=\s)(?=[A-ZÄÖÜ])(?i:{either}))\s*[:：]")
