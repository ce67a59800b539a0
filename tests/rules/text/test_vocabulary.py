"""The table of words is what its readers expect."""

from typing import get_args

import pytest

from rules.text import LANGUAGES, Language
from rules.text.lexicon import Lexicon, compile_lexicon
from rules.text.tokens import tokenize


def test_every_language_has_words() -> None:
    assert set(LANGUAGES) == set(get_args(Language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_in_lower_case_and_named_once(language: Language) -> None:
    for name, phrases in LANGUAGES[language]._asdict().items():
        assert len(phrases) == len(set(phrases)), name
        assert all(phrase == phrase.lower() == phrase.strip() and tokenize(phrase) for phrase in phrases), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_sets_of_words_contain_only_single_words(language: Language) -> None:
    for name, phrases in LANGUAGES[language]._asdict().items():
        if Lexicon.__annotations__.get(name) == frozenset[str] and name != "placeholders":
            assert all(tokenize(phrase) == [phrase] for phrase in phrases), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_knows_headings_placeholders_scenarios_and_obligations(language: Language) -> None:
    words = LANGUAGES[language]
    assert all((words.criteria, words.placeholders, words.given, words.when, words.then, words.pointers))
    assert all((words.obligations, words.wish_openings)) or language in ("ja", "zh")


def test_only_the_languages_asked_for_are_known() -> None:
    assert "akzeptanzkriterien" not in compile_lexicon(("en",)).sections
    assert "akzeptanzkriterien" in compile_lexicon(("de",)).sections


def test_names_of_criteria_are_tried_in_the_same_order_in_every_process() -> None:
    names = dict.fromkeys(" ".join(tokenize(name)) for words in LANGUAGES.values() for name in words.criteria)
    assert compile_lexicon(tuple(LANGUAGES)).criteria_names == tuple(sorted(names, key=len, reverse=True))
