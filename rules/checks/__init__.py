"""All rules, each in a module of its own. Importing this package registers them."""

from rules.checks.aging_work import AgingWork
from rules.checks.blocked_by_later import BlockedByLater
from rules.checks.bug_without_reproduction import BugWithoutReproduction
from rules.checks.carried_over import CarriedOver
from rules.checks.changed_after_ready import ChangedAfterReady
from rules.checks.deadline_without_reason import DeadlineWithoutReason
from rules.checks.feature_without_children import FeatureWithoutChildren
from rules.checks.high_rank_without_evidence import HighRankWithoutEvidence
from rules.checks.likely_duplicate import LikelyDuplicate
from rules.checks.missing_acceptance_criteria import MissingAcceptanceCriteria
from rules.checks.oversized_story import OversizedStory
from rules.checks.priority_inflation import PriorityInflation
from rules.checks.requester_concentration import RequesterConcentration
from rules.checks.score_order_inversion import ScoreOrderInversion
from rules.checks.spike_without_question import SpikeWithoutQuestion
from rules.checks.split_candidate import SplitCandidate
from rules.checks.stale_score import StaleScore
from rules.checks.unanswered_question import UnansweredQuestion
from rules.checks.unestimated_near_top import UnestimatedNearTop
from rules.checks.unknown_persona import UnknownPersona
from rules.checks.unranked_item import UnrankedItem
from rules.checks.untouched_item import UntouchedItem
from rules.checks.vague_title import VagueTitle

__all__ = [
    "AgingWork",
    "BlockedByLater",
    "BugWithoutReproduction",
    "CarriedOver",
    "ChangedAfterReady",
    "DeadlineWithoutReason",
    "FeatureWithoutChildren",
    "HighRankWithoutEvidence",
    "LikelyDuplicate",
    "MissingAcceptanceCriteria",
    "OversizedStory",
    "PriorityInflation",
    "RequesterConcentration",
    "ScoreOrderInversion",
    "SpikeWithoutQuestion",
    "SplitCandidate",
    "StaleScore",
    "UnansweredQuestion",
    "UnestimatedNearTop",
    "UnknownPersona",
    "UnrankedItem",
    "UntouchedItem",
    "VagueTitle",
]
