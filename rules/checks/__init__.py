"""All rules, each in a module of its own. Importing this package registers them."""

from rules.checks.aging_work import AgingWork
from rules.checks.blocked_by_later import BlockedByLater, BlockedByLaterOptions
from rules.checks.bug_without_reproduction import BugWithoutReproduction
from rules.checks.carried_over import CarriedOver, CarriedOverOptions
from rules.checks.changed_after_ready import ChangedAfterReady, ChangedOptions
from rules.checks.deadline_without_reason import DeadlineWithoutReason
from rules.checks.feature_without_children import ChildlessOptions, FeatureWithoutChildren
from rules.checks.high_rank_without_evidence import EvidenceOptions, HighRankWithoutEvidence
from rules.checks.likely_duplicate import DuplicateOptions, LikelyDuplicate
from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.checks.oversized_story import OversizedOptions, OversizedStory
from rules.checks.priority_inflation import InflationOptions, PriorityInflation
from rules.checks.score_order_inversion import ScoreOrderInversion
from rules.checks.spike_without_question import SpikeWithoutQuestion
from rules.checks.split_candidate import SplitCandidate
from rules.checks.stale_score import StaleScore, StaleScoreOptions
from rules.checks.unanswered_question import UnansweredQuestion
from rules.checks.unestimated_near_top import UnestimatedNearTop
from rules.checks.unranked_item import UnrankedItem
from rules.checks.untouched_item import UntouchedItem, UntouchedOptions
from rules.checks.vague_title import VagueTitle

__all__ = [
    "AgingWork",
    "BlockedByLater",
    "BlockedByLaterOptions",
    "BugWithoutReproduction",
    "CarriedOver",
    "CarriedOverOptions",
    "ChangedAfterReady",
    "ChangedOptions",
    "ChildlessOptions",
    "CriteriaOptions",
    "DeadlineWithoutReason",
    "DuplicateOptions",
    "EvidenceOptions",
    "FeatureWithoutChildren",
    "HighRankWithoutEvidence",
    "InflationOptions",
    "LikelyDuplicate",
    "MissingAcceptanceCriteria",
    "OversizedOptions",
    "OversizedStory",
    "PriorityInflation",
    "ScoreOrderInversion",
    "SpikeWithoutQuestion",
    "SplitCandidate",
    "StaleScore",
    "StaleScoreOptions",
    "UnansweredQuestion",
    "UnestimatedNearTop",
    "UnrankedItem",
    "UntouchedItem",
    "UntouchedOptions",
    "VagueTitle",
]
