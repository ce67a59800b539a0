"""What can be read in the text of an item."""

from rules.text.criteria import Criteria, Place, CriteriaVerdict, find_criteria
from rules.text.sketch import sketch
from rules.text.spike import Investigation
from rules.text.tokens import quotable
from rules.text.words import LANGUAGES, Language

__all__ = [
    "LANGUAGES",
    "Criteria",
    "Investigation",
    "Language",
    "Place",
    "CriteriaVerdict",
    "find_criteria",
    "quotable",
    "sketch",
]
