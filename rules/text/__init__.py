"""Recognises what the title and the text of an item contain, such as acceptance criteria and open questions.

It uses patterns, and the word lists of several languages in `rules.text.vocabulary`. `from_shorthand` parses the texts
of examples and tests.
"""

from rules.text.chores import is_chore, names_problem, states_result
from rules.text.criteria import Criteria, CriteriaLocation, CriteriaStatus, find_criteria
from rules.text.lexicon import compile_lexicon
from rules.text.open_questions import open_questions
from rules.text.reproduction import says_how_to_reproduce
from rules.text.shorthand import from_shorthand
from rules.text.similarity import SimilarityIndex
from rules.text.small_changes import is_estimated_change, is_small_visible_change
from rules.text.spikes import SpikeStatus, is_spike, spike_status
from rules.text.splitting import find_split
from rules.text.tokens import make_quotable
from rules.text.vocabulary import LANGUAGES, Language
from rules.text.work_names import is_done_by_others, is_part_of_larger_work, is_review, is_subtask_type, is_upgrade

__all__ = [
    "LANGUAGES",
    "Criteria",
    "CriteriaLocation",
    "CriteriaStatus",
    "Language",
    "SimilarityIndex",
    "SpikeStatus",
    "compile_lexicon",
    "find_criteria",
    "find_split",
    "from_shorthand",
    "is_chore",
    "is_done_by_others",
    "is_estimated_change",
    "is_part_of_larger_work",
    "is_review",
    "is_small_visible_change",
    "is_spike",
    "is_subtask_type",
    "is_upgrade",
    "make_quotable",
    "names_problem",
    "open_questions",
    "says_how_to_reproduce",
    "spike_status",
    "states_result",
]
