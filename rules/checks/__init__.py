"""Every rule, one module each. Importing this package registers them."""

from rules.checks.blocked_by_later import BlockedByLater, BlockedByLaterOptions
from rules.checks.likely_duplicate import DuplicateOptions, LikelyDuplicate
from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.checks.oversized_story import OversizedOptions, OversizedStory
from rules.checks.split_candidate import SplitCandidate
from rules.checks.unranked_item import UnrankedItem

__all__ = [
    "BlockedByLater",
    "BlockedByLaterOptions",
    "CriteriaOptions",
    "DuplicateOptions",
    "LikelyDuplicate",
    "MissingAcceptanceCriteria",
    "OversizedOptions",
    "OversizedStory",
    "SplitCandidate",
    "UnrankedItem",
]
