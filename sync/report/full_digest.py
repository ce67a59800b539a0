"""Adds the parts of a digest that need the whole backlog: suggested moves, alerts about sprints, and runways.

A move is a suggestion to rank an item higher. A runway says for how many sprints the ready items of a team last.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from rules.model import DecisionKind, Feedback, in_force
from rules.priority import WsjfOptions
from rules.ruleset import Ruleset
from rules.teams import Teams
from sync.decisions.declined import find_declined_items
from sync.inspect.priorities import suggest_moves
from sync.messages import Messages, shipped_messages
from sync.report.digest import Digest
from sync.report.pulse import load_results
from sync.report.runway import load_runways
from sync.report.sprint_alerts import find_sprints_before_planning, load_late_changes
from sync.settings import Settings
from sync.store import Database, decisions
from sync.store.backlogs import load_backlog

MAX_MOVES = 3
"""The maximum number of suggested moves that a digest shows."""


def complete_digest(
    digest: Digest,
    database: Database,
    settings: Settings,
    now: datetime,
    messages: Messages | None = None,
    *,
    ruleset: Ruleset | None = None,
    feedback: Mapping[str, Feedback] | None = None,
) -> Digest:
    """Add suggested moves, alerts about sprints, results of pulses, and runways to a digest.

    Args:
        settings: The teams and the schedule.
        now: The current time, in the team's time zone.
        messages: The texts to use; English by default.
        ruleset: The rules in force, which determine scores and which items are ready; without it, there are no runways.
        feedback: What customers asked for, by the key of the item.
    """
    options = ruleset.priority.wsjf if ruleset is not None else None
    digest = add_moves(digest, database, now, messages, teams=settings.team_map, options=options, feedback=feedback)
    digest = add_sprint_alerts(digest, database, settings, now)
    with database.reading() as transaction:
        digest = msgspec.structs.replace(digest, pulses=load_results(transaction, settings))
    if ruleset is None:
        return digest
    names = tuple(part.tracker for part in digest.trackers)
    runways = load_runways(database, names, ruleset, now, settings.team_map)
    return msgspec.structs.replace(digest, runways=runways)


def add_moves(
    digest: Digest,
    database: Database,
    now: datetime,
    messages: Messages | None = None,
    *,
    teams: Teams | None = None,
    options: WsjfOptions | None = None,
    feedback: Mapping[str, Feedback] | None = None,
) -> Digest:
    """Add the suggested moves that matter most, over all trackers of a digest.

    Args:
        messages: The texts to use; English by default.
        feedback: What customers asked for, by the key of the item.
    """
    declined: set[tuple[str, str]] = set()
    accepted: set[str] = set()
    backlogs = []
    with database.reading() as transaction:
        for part in digest.trackers:
            backlog = load_backlog(transaction, part.tracker, now, teams=teams).with_feedback(feedback or {})
            decisions_by_item = decisions.by_item(transaction, part.tracker)
            declined |= find_declined_items(backlog.items, decisions_by_item, now)
            accepted |= {
                item.key
                for item in backlog.items
                for decision in in_force(decisions_by_item.get(item.id, ()), now, item.evidence)
                if decision.kind is DecisionKind.ACCEPT
            }
            backlogs.append(backlog)
    texts = messages or shipped_messages()
    moves = suggest_moves(backlogs, now, texts, options or WsjfOptions(), declined)[:MAX_MOVES]
    accepted_moves = tuple(move.key for move in moves if move.key in accepted)
    return msgspec.structs.replace(digest, moves=moves, accepted_moves=accepted_moves)


def add_sprint_alerts(digest: Digest, database: Database, settings: Settings, now: datetime) -> Digest:
    """Add the sprints that are about to be planned, and what changed in running sprints after their planning.

    Args:
        settings: The teams and the schedule.
        now: The current time, in the team's time zone.
    """
    agendas = [agenda for part in digest.trackers for agenda in part.agendas]
    with database.reading() as transaction:
        late_changes = tuple(
            changes
            for part in digest.trackers
            for changes in load_late_changes(transaction, part.tracker, now, settings.team_map)
        )
    days_off = settings.schedule.days_off
    before_planning = tuple(find_sprints_before_planning(agendas, digest.day, days_off))
    return msgspec.structs.replace(digest, before_planning=before_planning, late_changes=late_changes)
