"""The words by which text is recognised, one table for every language.

Everything is in lower case. Words for a language stand here only where we are sure of them: English and German are
complete, the others know headings, placeholders, scenario words and obligations. Scenario words follow the public
list of Gherkin keywords (cucumber.io/docs/gherkin/languages).
"""

from collections.abc import Mapping

from rules.text.words.english import ENGLISH
from rules.text.words.german import GERMAN
from rules.text.words.neighbours import DUTCH, FRENCH, ITALIAN, PORTUGUESE, SPANISH
from rules.text.words.shape import Language, Words

LANGUAGES: Mapping[Language, Words] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "nl": DUTCH,
    "pt": PORTUGUESE,
    "it": ITALIAN,
}
"""The words of every language that is known."""
