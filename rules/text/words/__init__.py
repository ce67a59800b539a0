"""The words of the languages in which text is read."""

from rules.text.words.shape import Language, Words
from rules.text.words.table import LANGUAGES

__all__ = ["LANGUAGES", "Language", "Words"]
