"""Judges a backlog by the rules and determines the status of each finding. Does not contact trackers or write.

A verdict is what one rule found in one item. Verdicts are stored, and an item is judged again only after something has
changed. A round reviews some or all items: it determines the status of their findings, and plans what to write to them.
A rule that flags most of the backlog is saturated: the team is asked one question instead of one for each item. The
horizon limits the questions to the items that the teams will start soon. A rule in shadow mode only reports its
findings. After the first write, a rule that is new or has changed is in shadow mode until somebody promotes it. The
findings of the first round are the baseline: they are only reported until the horizon reaches their item.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby

from connectors.tracker import Problem
from rules.assessment import Assessment, english_team_question
from rules.engine import Judgement
from rules.horizon import find_horizon
from rules.lifecycle import FindingHistory, FindingStatus, LifecycleInputs, QuietPolicy
from rules.model import Backlog, Decision, PackedItems, WorkItem
from rules.next_up import find_next_up
from rules.registry import all_rules
from rules.remembered import Memory
from rules.ruleset import Ruleset
from sync.messages.score_lines import score_lines
from sync.rounds.result import RoundResult
from sync.rounds.review import Review, ReviewState, choose_review, load_review_state
from sync.rounds.reviewed_statuses import ReviewedStatuses
from sync.rounds.rule_modes import PromotedRules, find_shadow_reasons
from sync.rounds.rules_code import rules_code_id
from sync.settings import Configuration
from sync.store import Transaction, decisions, promotions, tracker_states, verdicts, writes
from sync.store.records import Annotation, CommentContent, Effect

HISTORY_WINDOW = timedelta(days=400)
"""How long finished items are taken into account: a little more than a year, so that every season is included."""

_RECENT_WINDOW = timedelta(days=7)
"""Saturated rules may still ask in comments on the items that a team starts next, but within this period only on
`write.budget.next_up` of them."""

LoadHistories = Callable[[Collection[str] | None], Mapping[str, FindingHistory]]
"""Loads what earlier rounds recorded about findings, by finding id. The argument is the ids of their items; None for
all."""


@dataclass(frozen=True)
class StoredState:
    """The stored data about a tracker by which its backlog is judged.

    Attributes:
        decisions: All decisions, by item id.
        annotations: The service's comments, labels and field values.
        promoted: The promoted rules, which may write; empty before the first write, when no rule has to be promoted.
        is_first_round: Whether no round has been completed yet.
        recent_effects: The service's changes of comments within the last seven days.
        memory: The verdicts of the last round; empty for a simulated round of an earlier day.
        review: What the last round stored to determine which items this round has to review.
    """

    load_histories: LoadHistories
    decisions: Mapping[str, Sequence[Decision]]
    annotations: Sequence[Annotation]
    promoted: PromotedRules
    is_first_round: bool
    recent_effects: Sequence[Effect] = ()
    memory: Memory = dataclasses.field(default_factory=Memory)
    review: ReviewState = dataclasses.field(default_factory=ReviewState)


@dataclass(frozen=True)
class JudgedBacklog:
    """A backlog and the result of judging it.

    Attributes:
        statuses: The statuses of the findings about the reviewed items.
        histories: What earlier rounds recorded about the findings on the reviewed items and on `closed` ones, by
            finding id.
        changed_memory: The verdicts that differ from the stored memory.
        closed: Ids of the judged items that are no longer in the backlog because they were closed, moved or deleted.
    """

    backlog: Backlog
    reviewed: Sequence[WorkItem]
    statuses: ReviewedStatuses
    histories: Mapping[str, FindingHistory]
    ruleset: Ruleset
    changed_memory: Memory
    closed: Collection[str]
    review: Review

    @property
    def is_fully_reviewed(self) -> bool:
        """Whether the round reviews all items."""
        return len(self.reviewed) == len(self.backlog.items)


def load_stored_state(
    transaction: Transaction, tracker: str, now: datetime, load_histories: LoadHistories
) -> StoredState:
    """Load the stored state of a tracker. The findings' histories are loaded later, as far as they are needed."""
    return StoredState(
        load_histories=load_histories,
        decisions=decisions.by_item(transaction, tracker),
        annotations=writes.annotations(transaction, tracker),
        promoted=promotions.promoted_rules(transaction),
        is_first_round=tracker_states.load(transaction, tracker).first_round is None,
        recent_effects=writes.comment_effects_since(transaction, tracker, now - _RECENT_WINDOW),
        memory=verdicts.load(transaction, tracker),
        review=load_review_state(transaction, tracker),
    )


def judge(
    backlog: Backlog,
    configuration: Configuration,
    stored: StoredState,
    now: datetime,
    result: RoundResult,
    *,
    absent_score_inputs: Collection[str] = (),
) -> JudgedBacklog:
    """Judge a backlog, and choose the items to review.

    Args:
        result: The result of the round. Receives the number of findings of each rule, and what could not be judged.
        absent_score_inputs: The inputs of WSJF for which the tracker has no field.
    """
    ruleset = configuration.ruleset()
    judgement = Judgement(backlog, ruleset, now, stored.memory, rules_code_id())
    changed = judgement.judge_changes()
    assessment = judgement.assess(())  # only the numbers: `ReviewedStatuses` makes the findings when they are needed
    _summarize(assessment, backlog, configuration, result)
    result.scores += _score_lines(backlog, configuration, absent_score_inputs)
    horizon = find_horizon(backlog, now)
    result.horizon = horizon.description
    if horizon.item_count_with_unread_sprints:
        result.notes.append(
            configuration.messages.text("report.unread-sprints", count=horizon.item_count_with_unread_sprints)
        )
    result.next_up = dict(find_next_up(backlog, now))
    write = configuration.settings.write
    inputs = LifecycleInputs(
        now=now,
        policy=QuietPolicy(
            quiet=write.quiet.after_activity, cooldown=write.quiet.after_answer, baseline=write.baseline
        ),
        horizon=horizon,
        saturated_rules=result.questions.keys(),
        histories={},
        decisions=stored.decisions,
        comment_times={
            annotation.item: annotation.written for annotation in stored.annotations if annotation.kind == "comment"
        },
        shadow_reason=find_shadow_reasons(ruleset, stored.promoted),
        is_first_round=stored.is_first_round,
        next_up=result.next_up,
        next_up_comments=write.budget.next_up,
        recently_asked=_recently_asked(stored.recent_effects),
    )
    annotated = {annotation.item for annotation in stored.annotations}
    review = choose_review(
        stored.review, changed, inputs, annotated=annotated, ruleset=ruleset, promoted=stored.promoted
    )
    closed = frozenset(item_id for item_id in stored.memory.items if item_id not in backlog.items_by_id)
    reviewed = review.select(backlog)
    histories = stored.load_histories(None if review.ids is None else review.ids | closed)
    inputs = dataclasses.replace(inputs, histories=histories)
    statuses = ReviewedStatuses(judgement, backlog, reviewed, inputs)
    return JudgedBacklog(
        backlog=backlog,
        reviewed=reviewed,
        statuses=statuses,
        histories=histories,
        ruleset=ruleset,
        changed_memory=judgement.changed_memory,
        closed=closed,
        review=review,
    )


def report_statuses(judged: JudgedBacklog, result: RoundResult) -> None:
    """Add the statuses of all findings, in the order of the rules, and the open items to the result of a round.

    Both are packed to save memory.
    """
    by_rule = {rule: PackedItems(FindingStatus) for rule in judged.ruleset.rule_types}
    for rule, statuses in groupby(judged.statuses.all(), key=lambda status: status.finding.rule):
        by_rule[rule] = by_rule[rule].extend(statuses)
    result.statuses = PackedItems(FindingStatus, chain.from_iterable(by_rule.values()))
    result.found_by_state = Counter(status.state.value for status in result.statuses)
    result.items = judged.backlog.items_by_id


def _recently_asked(recent_effects: Sequence[Effect]) -> dict[str, frozenset[str]]:
    """The rules whose questions these changes added to the service's comments, by item id."""
    asked: dict[str, frozenset[str]] = {}
    for effect in recent_effects:
        if isinstance(effect.after, CommentContent):
            before = effect.before.rules if isinstance(effect.before, CommentContent) else ()
            asked[effect.item] = asked.get(effect.item, frozenset()) | (set(effect.after.rules) - set(before))
    return asked


def _summarize(assessment: Assessment, backlog: Backlog, configuration: Configuration, result: RoundResult) -> None:
    """Add to the result the numbers of findings, the questions to the team, and what could not be judged."""
    messages = configuration.messages
    result.open_items = len(backlog.items)
    result.finding_counts = {
        rule: tally.finding_count for rule, tally in assessment.tallies.items() if tally.finding_count
    }
    for rule, tally in assessment.tallies.items():
        if tally.is_saturated:
            question = messages.team_question(rule, tally.flagged, tally.judged, english_team_question(rule, tally))
            if rule in all_rules():
                # The team may keep acceptance criteria in a field that the settings do not name yet.
                if "criteria" in all_rules()[rule].needed_attributes:
                    setting = "`fields`, `acceptance_criteria`"
                    question = messages.text("report.kept-in-field", question=question, setting=setting)
                command = f"`steward rules off {rule}`"
                question = messages.text("report.stop-asking", question=question, command=command)
            result.questions[rule] = question
        if tally.unjudged:
            result.unjudged_reasons[rule] = [messages.unjudged_reason(rule, reason) for reason in tally.unjudged]
    result.pulled.skipped += [
        Problem(failure.key, f"the rule {failure.rule} failed on it ({failure.error})")
        for failure in assessment.failures
    ]
    result.notes += [messages.unjudged_types(assessment.unjudged_types)] if assessment.unjudged_types else []


def _score_lines(backlog: Backlog, configuration: Configuration, absent_score_inputs: Collection[str]) -> Iterator[str]:
    """Sentences about WSJF scores, without items that only some people can see.

    An input without a field is reported only if somebody has configured WSJF.
    """
    unrestricted = (item for item in backlog.items if not item.restricted)
    options, messages = configuration.ruleset().priority.wsjf, configuration.messages
    if absent_score_inputs and "wsjf" in configuration.settings.write.fields:
        yield messages.score_without_field(absent_score_inputs)
    yield from score_lines(unrestricted, options, messages, absent_score_inputs=absent_score_inputs)
