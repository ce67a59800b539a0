"""Simulates a round, at present or as of an earlier day. Reads only the store, and writes nothing.

A round is one pass over a tracker: it judges the items by the rules, and plans what to write to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import msgspec

from rules.lifecycle import FindingHistory
from rules.model import Backlog, Decision
from rules.past import PastBacklog, backlog_as_of
from rules.teams import Teams
from sync.rounds.answers import due_decisions
from sync.rounds.judging import HISTORY_WINDOW, JudgedBacklog, StoredState, judge, load_stored_state, report_statuses
from sync.rounds.opt_in_fields import load_all_backlogs
from sync.rounds.plan_inputs import gather_plan_inputs, known_absent_score_inputs, known_capabilities
from sync.rounds.ready_labels import judge_ready_labels, load_ready_labels
from sync.rounds.result import RoundResult
from sync.rounds.review import ReviewState
from sync.settings import Configuration
from sync.store import Transaction, findings, item_histories, items, rank_order
from sync.store.backlogs import load_backlog
from sync.writeback import make_plan
from sync.writeback.planning.inputs import PlanInputs


@dataclass(frozen=True)
class SimulatedRound:
    """The result of a simulated round.

    Attributes:
        result: The result, with findings, their statuses and the plan.
        judged: The backlog as of that time, and how it was judged.
        decisions: The decisions up to that time, by item id.
    """

    result: RoundResult
    judged: JudgedBacklog
    inputs: PlanInputs
    decisions: Mapping[str, Sequence[Decision]]


def past_backlog(transaction: Transaction, tracker: str, teams: Teams, as_of: datetime) -> PastBacklog:
    """Reconstruct the backlog of a tracker as of an earlier time, from the store's copy of its items.

    Texts are loaded when they are needed, so the transaction has to stay open.
    """
    return backlog_as_of(
        tracker,
        get_histories=lambda: item_histories.load(transaction, tracker, teams),
        as_of=as_of,
        finished_within=HISTORY_WINDOW,
        ordered=rank_order.load(transaction, tracker).is_ordered,
        load_texts=partial(items.texts, transaction, tracker),
    )


def simulate_round(
    transaction: Transaction,
    configuration: Configuration,
    tracker: str,
    now: datetime,
    *,
    as_of: datetime | None,
    budget: int | None = None,
    team: str | None = None,
) -> SimulatedRound:
    """Judge a tracker's backlog and plan writes, from the store only.

    Args:
        as_of: The time of the simulated round; None for the present.
        budget: How many items may be written; None for the configured number.
        team: Plan only items of this team; None for all.
    """
    teams = configuration.settings.team_map
    time = as_of or now
    stored = load_stored_state(
        transaction, tracker, time, load_histories=lambda ids: findings.histories(transaction, tracker, ids)
    )
    # Without the state of the last review, the status of every finding is determined, not only if its item changed.
    stored = replace(stored, review=ReviewState())
    result = RoundResult(
        tracker=tracker, round="", started=time, mode=configuration.settings.mode_of(tracker), last_good=time
    )
    if as_of is None:
        load_texts = partial(items.texts, transaction, tracker)
        since = now - HISTORY_WINDOW
        loaded = load_backlog(transaction, tracker, since, teams=teams, with_digests=True, load_texts=load_texts)
        backlog = configuration.add_feedback_and_personas(loaded)
    else:
        past = past_backlog(transaction, tracker, teams, as_of)
        backlog, stored = (
            configuration.add_feedback_and_personas(past.backlog, as_of.date()),
            _stored_as_of(stored, as_of),
        )
        result.notes += past.notes
    judged = judge(backlog, configuration, stored, time, result)
    report_statuses(judged, result)
    result.due = list(due_decisions(backlog, stored.decisions, time))

    def load_backlogs() -> list[Backlog]:
        if as_of is None:
            return load_all_backlogs(transaction, configuration, backlog)
        past_backlogs = (past_backlog(transaction, name, teams, as_of) for name in configuration.settings.trackers)
        return [configuration.add_feedback_and_personas(past.backlog, as_of.date()) for past in past_backlogs]

    labels_before = load_ready_labels(transaction, configuration, tracker) if as_of is None else {}
    inputs = gather_plan_inputs(
        transaction,
        configuration,
        tracker,
        items=backlog.items,
        statuses=judged.statuses,
        decisions_by_item=stored.decisions,
        annotations=stored.annotations,
        capabilities=known_capabilities(transaction, configuration, tracker),
        # No tracker is read, so no item is missing, and no changes by others are found.
        missing=(),
        bulk_changed_items=(),
        now=time,
        load_backlogs=load_backlogs,
        ready_labels=judge_ready_labels(backlog, configuration, stored.annotations, labels_before, time),
        absent_score_inputs=known_absent_score_inputs(transaction, tracker),
    )
    result.plan = make_plan(inputs, budget=budget, is_included=teams.make_filter(team))
    return SimulatedRound(result, judged, inputs, stored.decisions)


def _stored_as_of(stored: StoredState, as_of: datetime) -> StoredState:
    """Return the stored state as of an earlier time; data that has been overwritten since is missing."""
    return StoredState(
        load_histories=lambda ids: {
            finding_id: _history_as_of(history, as_of)
            for finding_id, history in stored.load_histories(ids).items()
            if history.first_seen <= as_of
        },
        decisions={
            item: earlier
            for item, item_decisions in stored.decisions.items()
            if (earlier := [decision for decision in item_decisions if decision.at <= as_of])
        },
        annotations=[annotation for annotation in stored.annotations if annotation.written <= as_of],
        promoted=stored.promoted,
        is_first_round=False,
        recent_effects=[effect for effect in stored.recent_effects if effect.at <= as_of],
    )


def _history_as_of(history: FindingHistory, as_of: datetime) -> FindingHistory:
    """Return the history of a finding as of an earlier time: without a later clearing."""
    if history.cleared is None or history.cleared <= as_of:
        return history
    return msgspec.structs.replace(history, cleared=None, found_last_round=True)
