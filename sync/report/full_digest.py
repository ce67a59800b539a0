"""Adds the parts of a digest that no round stores: moves, alerts about sprints, results of pulses, runways.

A move is a suggestion to rank an item higher. A pulse is an anonymous survey of a team. A runway says for how many
sprints the ready items of a team last.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from rules.model import Backlog, DecisionKind, select_in_force
from sync.decisions.declined import load_declined_items
from sync.inspect.priorities import suggest_moves
from sync.report.digest import Digest
from sync.report.pulse import load_results
from sync.report.runway import calculate_runways
from sync.report.sprint_alerts import find_sprints_before_planning, load_late_changes
from sync.rounds.judging import HISTORY_WINDOW
from sync.settings import Configuration, Settings
from sync.store import Database, Transaction, decisions, items
from sync.store.backlogs import load_backlog

_MAX_MOVES = 3


def load_backlogs(
    transaction: Transaction, digest: Digest, configuration: Configuration, now: datetime
) -> list[Backlog]:
    """Load the backlogs of the trackers of a digest, packed to save memory, with the recently finished items.

    Texts are loaded when they are needed, so the transaction has to stay open.
    """
    return [
        load_backlog(
            transaction,
            part.tracker,
            now - HISTORY_WINDOW,
            teams=configuration.settings.team_map,
            load_texts=partial(items.texts, transaction, part.tracker),
        )
        for part in digest.trackers
    ]


def complete_digest(digest: Digest, database: Database, configuration: Configuration, now: datetime) -> Digest:
    """Add suggested moves, alerts about sprints, results of pulses, and runways to a digest from `make_digest`.

    Args:
        now: The current time, in the team's time zone.
    """
    with database.reading() as transaction:
        backlogs = load_backlogs(transaction, digest, configuration, now)
        digest = _add_moves(digest, transaction, backlogs, configuration, now)
        digest = add_sprint_alerts(digest, transaction, backlogs, configuration.settings, now)
        return msgspec.structs.replace(
            digest,
            pulses=load_results(transaction, configuration.settings),
            runways=tuple(calculate_runways(backlogs, configuration.ruleset(), now)),
        )


def _add_moves(
    digest: Digest, transaction: Transaction, backlogs: Sequence[Backlog], configuration: Configuration, now: datetime
) -> Digest:
    """Add the suggested moves that matter most, over all trackers of a digest."""
    backlogs = [backlog.with_feedback(configuration.feedback) for backlog in backlogs]
    declined = load_declined_items(transaction, backlogs, now)
    options = configuration.ruleset().priority.wsjf
    moves, _ = suggest_moves(backlogs, now, configuration.messages, options, declined, _MAX_MOVES)
    accepted_keys = {key for backlog in backlogs for key in _load_accepted_keys(transaction, backlog, now)}
    accepted_moves = tuple(move.key for move in moves if move.key in accepted_keys)
    return msgspec.structs.replace(digest, moves=moves, accepted_moves=accepted_moves)


def _load_accepted_keys(transaction: Transaction, backlog: Backlog, now: datetime) -> set[str]:
    """The keys of the items of a backlog that people have decided to do.

    A decision may end when the demand for the item (its links, votes and feedback) grows.
    """
    decisions_by_item = decisions.by_item(transaction, backlog.tracker)
    decided = (backlog.items[outline.index] for outline in backlog.outlines if outline.id in decisions_by_item)
    return {
        item.key
        for item in decided
        for decision in select_in_force(decisions_by_item[item.id], now, item.demand)
        if decision.kind is DecisionKind.ACCEPT
    }


def add_sprint_alerts(
    digest: Digest, transaction: Transaction, backlogs: Sequence[Backlog], settings: Settings, now: datetime
) -> Digest:
    """Add the sprints that begin by the next working day, and what changed in running sprints after their planning.

    The former are found in the agendas of refinement meetings that have entries, which are items with open questions.

    Args:
        backlogs: The backlogs of the trackers of the digest.
        now: The current time, in the team's time zone.
    """
    late_changes = tuple(changes for backlog in backlogs for changes in load_late_changes(transaction, backlog, now))
    days_off = settings.schedule.days_off
    before_planning = tuple(find_sprints_before_planning(digest.agendas_with_entries, digest.day, days_off))
    return msgspec.structs.replace(digest, before_planning=before_planning, late_changes=late_changes)
