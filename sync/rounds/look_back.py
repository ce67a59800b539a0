"""A round as it would have been on an earlier day. Reads the store alone, and writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rules.lifecycle import FindingHistory
from rules.model import Decision
from rules.past import PastBacklog, backlog_as_of
from rules.teams import Teams
from sync.rounds.answers import due_decisions
from sync.rounds.judging import HISTORY_WINDOW, Judged, StoredState, judge, load_stored_state
from sync.rounds.plan_inputs import gather_plan_inputs, known_capabilities
from sync.rounds.result import RoundResult
from sync.settings import Configuration
from sync.store import Transaction, items, past
from sync.writeback import make_plan
from sync.writeback.plan import PlanInputs


@dataclass(frozen=True)
class PastRound:
    """What a round on an earlier day would have found.

    Attributes:
        result: With findings, their statuses and the plan.
        decisions: The decisions of that time, by item id.
    """

    result: RoundResult
    judged: Judged
    inputs: PlanInputs
    decisions: Mapping[str, Sequence[Decision]]


def past_backlog(reading: Transaction, tracker: str, teams: Teams, moment: datetime) -> PastBacklog:
    """Rebuild the backlog of a tracker as it was at a moment, from the mirror."""
    return backlog_as_of(
        tracker,
        lambda: past.item_histories(reading, tracker, teams),
        moment,
        HISTORY_WINDOW,
        ordered=items.is_ordered(reading, tracker),
    )


def look_back(
    reading: Transaction,
    configuration: Configuration,
    tracker: str,
    now: datetime,
    *,
    as_of: datetime | None,
    budget: int | None = None,
) -> PastRound:
    """Judge and plan a tracker's backlog from the store alone.

    Args:
        reading: The store.
        configuration: The settings, rules and messages in force.
        tracker: The tracker's name.
        now: The present.
        as_of: The time to look at; None for the present.
        budget: How many items may be written; None for the configured number.
    """
    teams = configuration.settings.team_map
    stored, moment = load_stored_state(reading, tracker, as_of or now), as_of or now
    if as_of is None:
        then = PastBacklog(items.backlog(reading, tracker, now - HISTORY_WINDOW, teams=teams))
        notes: tuple[str, ...] = ()
    else:
        then = past_backlog(reading, tracker, teams, as_of)
        notes, stored = then.notes, _stored_as_of(stored, as_of)
    backlog = then.backlog
    result = RoundResult(
        tracker=tracker, round="", started=moment, mode=configuration.settings.mode_of(tracker), last_good=moment
    )
    result.notes += notes
    judged = judge(backlog, configuration, stored, moment, result)
    result.due = list(due_decisions(backlog, stored.decisions, moment))
    inputs = gather_plan_inputs(
        reading,
        configuration,
        tracker,
        items=backlog.items,
        statuses=result.statuses,
        decisions_by_item=stored.decisions,
        annotations=stored.annotations,
        capabilities=known_capabilities(reading, configuration, tracker),
        missing=(),
        unanswered=(),
        now=moment,
    )
    result.plan = make_plan(inputs, budget=budget)
    return PastRound(result, judged, inputs, stored.decisions)


def _stored_as_of(stored: StoredState, moment: datetime) -> StoredState:
    """What was in the store at a moment, as far as it has not been overwritten."""
    return StoredState(
        histories={
            ident: _history_as_of(history, moment)
            for ident, history in stored.histories.items()
            if history.first_seen <= moment
        },
        decisions={
            item: earlier
            for item, decided in stored.decisions.items()
            if (earlier := [decision for decision in decided if decision.at <= moment])
        },
        annotations=[annotation for annotation in stored.annotations if annotation.written <= moment],
        promoted=stored.promoted,
        is_first_round=False,
        recent_effects=[effect for effect in stored.recent_effects if effect.at <= moment],
    )


def _history_as_of(history: FindingHistory, moment: datetime) -> FindingHistory:
    if history.cleared is None or history.cleared <= moment:
        return history
    return msgspec.structs.replace(history, cleared=None, found_last_round=True)
