"""One round for one tracker, from reading to reporting: the page that tells the whole story.

    connect ─▶ pull ─▶ what became of ours ─▶ assess ─▶ life of findings ─▶ plan ─▶ apply ─▶ remember

A round never raises for what a tracker does or refuses: it ends early, keeps what it has, and says why.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog

from connectors.errors import ConnectorError, Misconfigured
from connectors.tracker import Connection, Problem, Tracker
from rules.engine import Assessment, assess
from rules.horizon import Horizon, horizon
from rules.lifecycle import FindingStatus, LifecycleInputs, QuietPolicy, cleared, finding_statuses
from rules.model import Backlog, Decision, WorkItem, in_force, standing_decisions
from rules.registry import all_rules
from rules.ruleset import Ruleset
from sync.mirror import look_after_marks, pull
from sync.mirror.links import neighbourhood
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import DueDecision, RoundResult
from sync.rounds.rule_modes import NOT_PROMOTED, SET_SO, Promoted, fingerprints, waits
from sync.rounds.trackers import item_patterns
from sync.settings import Configuration
from sync.store import decisions, findings, items, promotions, rounds, writes
from sync.writeback import Applied, HeldBack, Plan, apply, make_plan
from sync.writeback.circuit_breaker import surprise
from sync.writeback.edit_wars import edit_wars, stopped
from sync.writeback.outbox import Outbox
from sync.writeback.plan import PlanInputs
from sync.writeback.plan_file import still_wanted

_log = structlog.get_logger(__name__)

HISTORY = timedelta(days=400)
"""How far back finished items are looked at."""
_REFUSED_FOR = timedelta(hours=24)


def run_round(
    tracker: Tracker,
    context: RoundContext,
    writing: WriteAuthority,
    *,
    budget: int | None = None,
    given: Plan | None = None,
) -> RoundResult:
    """Runs one round.

    Args:
        tracker: Where.
        context: With what.
        writing: Who lets it write, if anybody.
        budget: Items to write at most; None for the configured number.
        given: A plan that was made before, of which is written what would be planned again.
    """
    now = context.clock()
    settings = context.configuration.settings
    with context.database.writing() as transaction:
        ident = rounds.begin(
            transaction, tracker.name, "apply" if writing is WriteAuthority.BY_PERSON else "round", now
        )
    outcome = RoundResult(tracker=tracker.name, round=ident, started=now, mode=settings.mode_of(tracker.name))
    with structlog.contextvars.bound_contextvars(round=ident, tracker=tracker.name):
        try:
            _Round(tracker, context, writing, budget, given, now, outcome).run()
        except ConnectorError as trouble:
            outcome.trouble = str(trouble)
            outcome.misconfigured = isinstance(trouble, Misconfigured)
            _log.info("round ended early", because=outcome.trouble)
        _close(context, outcome)
    return outcome


@dataclass
class _Round:
    tracker: Tracker
    context: RoundContext
    writing: WriteAuthority
    budget: int | None
    given: Plan | None
    now: datetime
    outcome: RoundResult

    def run(self) -> None:
        connection = self.tracker.connect()
        self.outcome.notes += connection.notes
        outbox = self._outbox()
        reconciled = outbox.reconcile()
        self._pull(connection)
        self.outcome.answers = look_after_marks(self.tracker, self.context.database, self.now)
        ruleset = self.context.configuration.ruleset()
        backlog, assessment = self._think(ruleset)
        near = horizon(backlog, self.now)
        self._finding_statuses(backlog, assessment, near, ruleset)
        self._decisions_due(backlog)
        plan, moved = self._plan_to_use(connection, ruleset, backlog)
        self.outcome.plan = plan
        self._remember()
        if self._may_write(connection, ruleset, plan):
            self.outcome.applied = apply(
                plan,
                outbox,
                self.outcome.round,
                stop=self.context.stopping,
                progress=lambda done, of: self.context.progress("writing", done, of),
            )
            self.outcome.applied.reconciled[:0] = reconciled
            self.outcome.trouble = self.outcome.applied.stopped
        else:
            self.outcome.notes += reconciled
        if moved:
            self.outcome.applied = self.outcome.applied or Applied()
            self.outcome.applied.refused[:0] = moved

    def _outbox(self) -> Outbox:
        with self.context.database.writing() as transaction:
            installation = rounds.installation(transaction)
        return Outbox(self.tracker, self.context.database, installation, self.context.clock, self.context.check_lease)

    def _pull(self, connection: Connection) -> None:
        self.outcome.pulled = pull(
            self.tracker,
            connection,
            self.context.database,
            self.now,
            vanish_limit=self.context.configuration.settings.trackers[self.tracker.name].vanish_limit,
            rules=all_rules().keys(),
            roles=self.context.configuration.settings.roles,
            around=neighbourhood(item_patterns(self.context.configuration.settings), self.tracker.name),
            progress=lambda done, of: self.context.progress("reading", done, of),
        )

    def _think(self, ruleset: Ruleset) -> tuple[Backlog, Assessment]:
        with self.context.database.reading() as reading:
            backlog = items.backlog(reading, self.tracker.name, self.now - HISTORY)
        assessment = assess(backlog, ruleset, self.now)
        outcome, messages = self.outcome, self.context.configuration.messages
        outcome.open_items = len(backlog.items)
        for finding in assessment.findings:
            outcome.found[finding.rule] = outcome.found.get(finding.rule, 0) + 1
        for rule, tally in assessment.tallies.items():
            if tally.saturated:
                outcome.questions[rule] = messages.team_question(
                    rule, tally.flagged, tally.judged, assessment.whole(rule)
                )
            if tally.limits:
                outcome.limits[rule] = [messages.unjudged(rule, limit) for limit in tally.limits]
        outcome.pulled.skipped += [
            Problem(failure.key, f"the rule {failure.rule} broke on it ({failure.error})")
            for failure in assessment.failures
        ]
        flagged = {finding.item for finding in assessment.findings}
        outcome.items = {item.id: item for item in backlog.items if item.id in flagged}
        return backlog, assessment

    def _finding_statuses(self, backlog: Backlog, assessment: Assessment, near: Horizon, ruleset: Ruleset) -> None:
        write = self.context.configuration.settings.write
        with self.context.database.reading() as reading:
            memory = findings.remembered(reading, self.tracker.name)
            decided = decisions.all_of(reading, self.tracker.name)
            commented = {
                annotation.item: annotation.written
                for annotation in writes.annotations(reading, self.tracker.name)
                if annotation.kind == "comment"
            }
            first = items.reading(reading, self.tracker.name).first_round is None
            promoted = promotions.all_of(reading)
        about = LifecycleInputs(
            now=self.now,
            policy=QuietPolicy(
                quiet=write.quiet.after_activity,
                cooldown=write.quiet.after_answer,
                baseline=write.baseline,
            ),
            horizon=near,
            saturated=self.outcome.questions.keys(),
            memory=memory,
            decisions=decided,
            commented=commented,
            shadow=_in_shadow(assessment, backlog, ruleset, promoted),
            first_look=first,
        )
        self.outcome.horizon = near.words
        self.outcome.statuses = list(finding_statuses(assessment, backlog, about))
        self._memory, self._first, self._decided = memory, first, decided
        self._cleared = cleared(assessment, memory)

    def _decisions_due(self, backlog: Backlog) -> None:
        """Names what people decided about open items and have to look at again, and edit wars that have just ended."""
        for item in backlog.items:
            for one in standing_decisions(self._decided.get(item.id, ())):
                why = one.due(self.now, item.evidence) if one.kind.is_about_the_item else ""
                if why:
                    passed = f"{one.review:%Y-%m-%d}" if one.review and one.review <= self.now else ""
                    more = None if passed else one.new_evidence(item.evidence)
                    self.outcome.due.append(DueDecision(item.key, one.kind, one.reason, why, passed, more))
        for ident, key in {answer.item: answer.key for answer in self.outcome.answers}.items():
            answered = {answer.source for answer in self.outcome.answers if answer.item == ident}
            ended = edit_wars(self._decided.get(ident, ()), among=answered)
            self.outcome.notes += [stopped(key, kind) for kind in sorted(ended)]

    def _plan_to_use(self, connection: Connection, ruleset: Ruleset, backlog: Backlog) -> tuple[Plan, list[HeldBack]]:
        """What is to be written, and what of a given plan has moved since."""
        if self.given is None:
            return self._plan(connection, ruleset, backlog, self.budget), []
        fresh = self._plan(connection, ruleset, backlog, sys.maxsize)
        with self.context.database.reading() as reading:
            stored = {one.item: items.one_item(reading, self.tracker.name, one.item) for one in self.given.items}
            gone = items.gone(reading, self.tracker.name)
        there = {ident: item for ident, item in stored.items() if item is not None and ident not in gone}
        return still_wanted(self.given, fresh, there)

    def _plan(self, connection: Connection, ruleset: Ruleset, backlog: Backlog, budget: int | None) -> Plan:
        settings = self.context.configuration.settings
        with self.context.database.reading() as reading:
            annotations = writes.annotations(reading, self.tracker.name)
            refused = writes.refused_since(reading, self.tracker.name, self.now - _REFUSED_FOR)
            known = {item.id for item in backlog.items} | items.gone(reading, self.tracker.name)
            left = dict.fromkeys(annotation.item for annotation in annotations if annotation.item not in known)
            closed = [item for ident in left if (item := items.one_item(reading, self.tracker.name, ident)) is not None]
        return make_plan(
            PlanInputs(
                tracker=self.tracker.name,
                items=[*backlog.items, *closed],
                statuses=_by_item(self.outcome.statuses),
                decisions=_that_hold([*backlog.items, *closed], self._decided, self.now),
                edit_wars={item: edit_wars(some) for item, some in self._decided.items()},
                annotations=_annotations_by_item(annotations),
                capabilities=connection.capabilities,
                write=settings.write,
                wsjf=ruleset.priority.wsjf,
                now=self.now,
                refused=refused,
                missing=self.outcome.pulled.missing,
                rule_pages=settings.rule_pages,
                messages=self.context.configuration.messages,
            ),
            budget=budget,
        )

    def _may_write(self, connection: Connection, ruleset: Ruleset, plan: Plan) -> bool:
        if self.writing is WriteAuthority.NOTHING:
            return False
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        if settings.mode_of(self.tracker.name) == "shadow":
            if plan.items:
                self.outcome.held_whole = messages.text("report.shadow-mode")
            return False
        if self.writing is WriteAuthority.BY_PERSON:
            self._promote_the_first(ruleset)
        if not plan.items:
            return False
        approval = _approval(connection, self.context.configuration)
        if self.writing is WriteAuthority.BY_PERSON:
            with self.context.database.writing() as transaction:
                items.set_reading(transaction, self.tracker.name, approved=approval)
            return True
        self.outcome.held_whole = self._reason_to_wait(plan, approval)
        if self.outcome.held_whole:
            return False
        self._promote_the_first(ruleset)
        return True

    def _reason_to_wait(self, plan: Plan, approval: str) -> str:
        """Why the service does not write by itself now; empty when it may."""
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        local = self.now.astimezone(ZoneInfo(settings.schedule.timezone))
        if not settings.write.quiet.hours.include(local):
            return messages.text("report.outside-hours")
        why = self._surprise(plan, approval)
        if why:
            self.outcome.awaits_approval = True
            return messages.text("report.look", why=why, plan="`steward plan`", apply="`steward apply`")
        return ""

    def _promote_the_first(self, ruleset: Ruleset) -> None:
        """What is there when writing begins on this store was in the plan that was approved."""
        with self.context.database.writing() as transaction:
            if not promotions.all_of(transaction):
                promotions.add(transaction, fingerprints(ruleset), self.now, "first writing")

    def _surprise(self, plan: Plan, approval: str) -> str:
        """Why a person has to let this round write; empty when it may by itself."""
        factor = self.context.configuration.settings.write.surprise
        with self.context.database.reading() as reading:
            approved = items.reading(reading, self.tracker.name).approved
            earlier = rounds.latest(reading, self.tracker.name)
        if approved == items.TAKEN_BACK:
            return self.context.configuration.messages.text("report.taken-back")
        if factor is None:
            return ""
        usual = [one.writes for one in earlier if one.writes and one.kind != "undo"]
        messages = self.context.configuration.messages
        return surprise(plan.writes, usual, factor, approved=approved == approval, messages=messages)

    def _remember(self) -> None:
        with self.context.database.writing() as transaction:
            findings.record(
                transaction,
                self.outcome.statuses,
                self._memory,
                self._cleared,
                self.now,
                baseline=self._first,
            )
            changes: dict[str, Any] = {"last_good": self.now, "trouble": None, "trouble_since": None}
            if self._first:
                changes["first_round"] = self.now
            items.set_reading(transaction, self.tracker.name, **changes)
        self.outcome.last_good = self.now


def _close(context: RoundContext, outcome: RoundResult) -> None:
    with context.database.writing() as transaction:
        before = items.reading(transaction, outcome.tracker)
        outcome.last_good = before.last_good
        if outcome.trouble:
            since = before.trouble_since or outcome.started
            items.set_reading(transaction, outcome.tracker, trouble=outcome.trouble, trouble_since=since)
        rounds.end(
            transaction,
            outcome.round,
            context.clock(),
            ("stopped" if outcome.plan else "trouble") if outcome.trouble else "done",
            writes=outcome.writes,
            summary=outcome.summary(),
        )


def _in_shadow(assessment: Assessment, backlog: Backlog, ruleset: Ruleset, promoted: Promoted) -> dict[str, str]:
    """Why findings are only reported, their rule being in shadow for their item, by finding id."""
    items = {item.id: item for item in backlog.items}
    waiting = {rule for rule in assessment.tallies if waits(ruleset, rule, promoted)}
    found: dict[str, str] = {}
    for finding in assessment.findings:
        if ruleset.rule_for(finding.rule, items[finding.item]).settings.mode == "shadow":
            found[finding.id] = SET_SO
        elif finding.rule in waiting:
            found[finding.id] = NOT_PROMOTED.format(rule=finding.rule)
    return found


def _that_hold(
    some: Sequence[WorkItem], decided: Mapping[str, Sequence[Decision]], now: datetime
) -> dict[str, Sequence[Decision]]:
    return {item.id: in_force(decided[item.id], now, item.evidence) for item in some if item.id in decided}


def _approval(connection: Connection, configuration: Configuration) -> str:
    """Fingerprint of what decides where what is written; when it changes, a person has to let it write again.

    Rules are not part of it: each waits for itself until it is promoted, and the others go on.
    """
    write = configuration.settings.write
    shape = (
        connection.fingerprint,
        (write.comment, write.label, write.fields),
    )
    return hashlib.sha256(msgspec.json.encode(shape)).hexdigest()[:16]


def _by_item(some: Sequence[FindingStatus]) -> dict[str, list[FindingStatus]]:
    found: dict[str, list[FindingStatus]] = {}
    for status in some:
        found.setdefault(status.finding.item, []).append(status)
    return found


def _annotations_by_item(annotations: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for annotation in annotations:
        found.setdefault(annotation.item, []).append(annotation)
    return found
