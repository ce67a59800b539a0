"""The vocabulary of every supported language.

All words are in lower case. English and German are complete; the other languages have some of the kinds of words that
`Vocabulary` explains. Scenario words follow the public list of Gherkin keywords (cucumber.io/docs/gherkin/languages).
"""

from collections.abc import Mapping

from rules.text.vocabulary.chinese import CHINESE
from rules.text.vocabulary.dutch import DUTCH
from rules.text.vocabulary.english import ENGLISH
from rules.text.vocabulary.french import FRENCH
from rules.text.vocabulary.german import GERMAN
from rules.text.vocabulary.italian import ITALIAN
from rules.text.vocabulary.japanese import JAPANESE
from rules.text.vocabulary.polish import POLISH
from rules.text.vocabulary.portuguese import PORTUGUESE
from rules.text.vocabulary.spanish import SPANISH
from rules.text.vocabulary.vocabulary import Language, Vocabulary

LANGUAGES: Mapping[Language, Vocabulary] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "nl": DUTCH,
    "pt": PORTUGUESE,
    "it": ITALIAN,
    "pl": POLISH,
    "ja": JAPANESE,
    "zh": CHINESE,
}
"""Vocabulary by language code."""
