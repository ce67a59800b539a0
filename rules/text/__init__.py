"""What can be read in the text of an item."""

from rules.text.criteria import Criteria, CriteriaVerdict, Place, find_criteria
from rules.text.sketch import sketch
from rules.text.spike import Investigation
from rules.text.tokens import quotable
from rules.text.words import LANGUAGES, Language

__all__ = [
    "LANGUAGES",
    "Criteria",
    "CriteriaVerdict",
    "Investigation",
    "Language",
    "Place",
    "find_criteria",
    "quotable",
    "sketch",
]
