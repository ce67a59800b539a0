"""Adds the parts of a digest that no round stores: moves, alerts about sprints, results of pulses, runways.

A move is a suggestion to rank an item higher. A pulse is an anonymous survey of a team. A runway says for how many
sprints the ready items of a team last.
"""

from datetime import datetime
from functools import partial

import msgspec

from rules.model import Backlog, DecisionKind, select_in_force
from sync.decisions.declined import load_declined_items
from sync.inspect.priorities import suggest_moves
from sync.report.digest import Digest
from sync.report.pulse import load_results
from sync.report.runway import load_runways
from sync.report.sprint_alerts import find_sprints_before_planning, load_late_changes
from sync.settings import Configuration, Settings
from sync.store import Database, Transaction, decisions, items
from sync.store.backlogs import NO_FINISHED_ITEMS, load_backlog

_MAX_MOVES = 3


def complete_digest(digest: Digest, database: Database, configuration: Configuration, now: datetime) -> Digest:
    """Add suggested moves, alerts about sprints, results of pulses, and runways to a digest from `make_digest`.

    Args:
        now: The current time, in the team's time zone.
    """
    digest = _add_moves(digest, database, configuration, now)
    digest = add_sprint_alerts(digest, database, configuration.settings, now)
    with database.reading() as transaction:
        pulses = load_results(transaction, configuration.settings)
    names = tuple(part.tracker for part in digest.trackers)
    runways = load_runways(database, names, configuration, now)
    return msgspec.structs.replace(digest, pulses=pulses, runways=runways)


def _add_moves(digest: Digest, database: Database, configuration: Configuration, now: datetime) -> Digest:
    """Add the suggested moves that matter most, over all trackers of a digest."""
    with database.reading() as transaction:
        backlogs = [
            load_backlog(
                transaction,
                part.tracker,
                NO_FINISHED_ITEMS,
                teams=configuration.settings.team_map,
                load_texts=partial(items.texts, transaction, part.tracker),
            ).with_feedback(configuration.feedback)
            for part in digest.trackers
        ]
        declined = load_declined_items(transaction, backlogs, now)
        accepted_keys = {key for backlog in backlogs for key in _load_accepted_keys(transaction, backlog, now)}
    options = configuration.ruleset().priority.wsjf
    moves, _ = suggest_moves(backlogs, now, configuration.messages, options, declined, _MAX_MOVES)
    accepted_moves = tuple(move.key for move in moves if move.key in accepted_keys)
    return msgspec.structs.replace(digest, moves=moves, accepted_moves=accepted_moves)


def _load_accepted_keys(transaction: Transaction, backlog: Backlog, now: datetime) -> set[str]:
    """The keys of the items of a backlog that people have decided to do.

    A decision may end when the demand for the item (its links, votes and feedback) grows.
    """
    decisions_by_item = decisions.by_item(transaction, backlog.tracker)
    return {
        item.key
        for item in backlog.items
        for decision in select_in_force(decisions_by_item.get(item.id, ()), now, item.demand)
        if decision.kind is DecisionKind.ACCEPT
    }


def add_sprint_alerts(digest: Digest, database: Database, settings: Settings, now: datetime) -> Digest:
    """Add the sprints that begin by the next working day, and what changed in running sprints after their planning.

    The former are found in the agendas of refinement meetings that have entries, which are items with open questions.

    Args:
        now: The current time, in the team's time zone.
    """
    with database.reading() as transaction:
        late_changes = tuple(
            changes
            for part in digest.trackers
            for changes in load_late_changes(transaction, part.tracker, now, settings.team_map)
        )
    days_off = settings.schedule.days_off
    before_planning = tuple(find_sprints_before_planning(digest.agendas_with_entries, digest.day, days_off))
    return msgspec.structs.replace(digest, before_planning=before_planning, late_changes=late_changes)
