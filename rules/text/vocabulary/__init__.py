"""The word lists by which text is recognised, one module for each language."""

from rules.text.vocabulary.languages import LANGUAGES
from rules.text.vocabulary.vocabulary import Language, Vocabulary

__all__ = ["LANGUAGES", "Language", "Vocabulary"]
