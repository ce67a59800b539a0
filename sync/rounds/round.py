"""Runs one round, which is one pass over a tracker.

    connect ─▶ pull ─▶ read answers ─▶ judge ─▶ plan ─▶ save ─▶ apply

- pull: update the mirror, the store's copy of the tracker's items
- read answers: turn what people did to the service's comments, labels and fields into decisions
- judge: run the rules, and determine the status of each finding
- plan: decide what to write to which item; annotations are the comments, labels and field values that result
- save: store findings, statuses and counts
- apply: write the plan to the tracker, if this is allowed

A round raises no exception for errors of a tracker. It ends early, keeps what it has, and reports the reason.
"""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from connectors.connection import Connection
from connectors.errors import ConnectorError, Misconfigured
from connectors.redaction import redact
from connectors.tracker import Tracker
from rules.lifecycle import FindingHistory, find_missing_findings
from rules.model import Backlog, Texts, add_items
from sync.mirror.links import LinkResolver
from sync.mirror.pull import PullResult, pull
from sync.rounds.account_change import account_notes, record_account
from sync.rounds.answers import due_decisions, notes_on_edit_wars, notices_to_report, process_annotation_changes
from sync.rounds.cleared_findings import find_cleared_findings, save_settings
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.judging import HISTORY_WINDOW, JudgedBacklog, StoredState, judge, load_stored_state, report_statuses
from sync.rounds.late_writes import record_late_writes
from sync.rounds.opt_in_fields import load_all_backlogs
from sync.rounds.plan_inputs import gather_plan_inputs, save_for_item_plans
from sync.rounds.ready_labels import judge_ready_labels, load_ready_labels, save_ready_labels
from sync.rounds.removed_trackers import describe_removed_tracker, find_removed_trackers
from sync.rounds.result import RoundResult
from sync.rounds.review import ReviewResults, ReviewState, save_review_state
from sync.rounds.token_expiry import TokenExpiry
from sync.rounds.trackers import DISCOVERY_CACHE_NAME, DISCOVERY_STATE_NAME, item_patterns, scope_fingerprint
from sync.rounds.write_permission import WritePermission
from sync.store import (
    StoreError,
    Transaction,
    findings,
    items,
    rounds,
    snapshots,
    stored_values,
    tracker_states,
    verdicts,
)
from sync.store.backlogs import load_backlog
from sync.store.snapshots import DailySnapshot
from sync.writeback import ApplyResult, Plan, SkippedWrite, apply, make_plan
from sync.writeback.outbox import Outbox
from sync.writeback.plan_file import revalidate_plan
from sync.writeback.planning.inputs import PlanInputs
from sync.writeback.planning.plan import REFUSED_IN_PROJECT
from sync.writeback.ready_labels import ReadyLabels

_log = structlog.get_logger(__name__)
_EXPIRY_LOGGED_NAME = "expiry logged"
"""The name under which the store keeps the day on which a token's expiry was last logged."""
_UNAUTHENTICATED_STATUSES = (203, 302, 401)
"""HTTP statuses with which trackers reply to an expired token: some with a sign-in page or a redirect to one."""


def run_round(
    tracker: Tracker,
    context: RoundContext,
    authority: WriteAuthority,
    *,
    budget: int | None = None,
    saved_plan: Plan | None = None,
    team: str | None = None,
    only_changes: bool = False,
) -> RoundResult:
    """Run one round.

    Args:
        tracker: The tracker, not yet connected.
        budget: Maximum number of items to write; None for the configured number.
        saved_plan: A plan made earlier. Only the part that would be planned again now is written.
        team: Plan only items of this team; None for all.
        only_changes: Review only items about which something may have changed, which is faster. To review an item is
            to determine the status of its findings, and plan what to write to it. The same is written and stored, but
            the result contains no statuses of findings.
    """
    now = context.clock()
    settings = context.configuration.settings
    with context.database.writing() as transaction:
        round_id = rounds.begin(
            transaction, tracker.name, "apply" if authority is WriteAuthority.BY_PERSON else "round", now
        )
    result = RoundResult(tracker=tracker.name, round=round_id, started=now, mode=settings.mode_of(tracker.name))
    with structlog.contextvars.bound_contextvars(round=round_id, tracker=tracker.name):
        try:
            _Round(tracker, context, authority, budget, saved_plan, team, only_changes, now, result).run()
        except ConnectorError as error:
            result.trouble = str(error)
            expiry = TokenExpiry.for_tracker(tracker.name, context.configuration, now.date())
            if expiry.has_passed and error.status in _UNAUTHENTICATED_STATUSES:
                result.trouble = f"{error} {expiry.warning}"
            result.misconfigured = isinstance(error, Misconfigured)
            _log.info("round ended early", reason=result.trouble)
        except StoreError:
            raise  # without the store, not even the end of the round can be recorded
        except Exception as error:  # noqa: BLE001 - a bug in the round of one tracker must not stop the others
            result.trouble = f"An unexpected error ended the round: {type(error).__name__}: {redact(str(error))}"
            _log.exception("round failed")
        _record_end(context, result)
    return result


@dataclass
class _Round:
    """One round at one tracker. The attributes are the arguments of `run_round`, the round's time, and its result."""

    tracker: Tracker
    context: RoundContext
    authority: WriteAuthority
    budget: int | None
    saved_plan: Plan | None
    team: str | None
    only_changes: bool
    now: datetime
    result: RoundResult

    def run(self) -> None:
        """Run the round, and put what happens into the result."""
        connection = self._connect()
        outbox = self.context.open_outbox(self.tracker)
        reconciled = outbox.reconcile()
        self.result.pulled = self._pull(connection)
        record_late_writes(outbox, self.result)
        process_annotation_changes(outbox, self.context, self.authority, self.now, self.result)
        configuration = self.context.configuration
        with self.context.database.reading() as transaction:
            teams = configuration.settings.team_map
            backlog = load_backlog(
                transaction,
                self.tracker.name,
                self.now - HISTORY_WINDOW,
                teams=teams,
                with_digests=True,
                load_texts=self._load_texts,
            )
            backlog = configuration.add_feedback_and_personas(backlog)
            stored = load_stored_state(transaction, self.tracker.name, self.now, self._load_histories)
        if not (self.only_changes and self._plans_only_reviewed_items(connection)):
            stored = replace(stored, review=ReviewState())  # so that all items are reviewed
        judged = judge(
            backlog, configuration, stored, self.now, self.result, absent_score_inputs=_absent_score_inputs(connection)
        )
        if not self.only_changes:
            report_statuses(judged, self.result)
        self.result.due = list(due_decisions(backlog, stored.decisions, self.now))
        self.result.notes += notes_on_edit_wars(self.result.answers, stored.decisions)
        ready_labels = self._judge_ready_labels(backlog, stored)
        plan, outdated = self._choose_plan(connection, judged, stored, ready_labels)
        self.result.plan = plan
        self.result.pulled.skipped += notices_to_report(
            self.result, stored, self.now, can_comment=connection.capabilities.can_comment
        )
        self.result.notes += [
            f"{skipped.key}: {skipped.reason}" for skipped in plan.skipped_writes if skipped.what == REFUSED_IN_PROJECT
        ]
        self._save(connection, stored, judged, plan)
        permission = WritePermission(self.context, self.authority, self.now, self.result)
        if permission.may_write(connection, judged.ruleset, plan):
            self._apply(plan, outbox, reconciled)
        else:
            self.result.notes += reconciled
        if outdated:
            self.result.applied = self.result.applied or ApplyResult()
            self.result.applied.not_written[:0] = outdated

    def _load_texts(self, ids: Sequence[str]) -> Mapping[str, Texts]:
        """Load the texts of items, which are not kept in memory."""
        with self.context.database.reading() as transaction:
            return items.texts(transaction, self.tracker.name, ids)

    def _load_histories(self, ids: Collection[str] | None) -> Mapping[str, FindingHistory]:
        """Load what earlier rounds recorded about the findings about some items; about all items for None."""
        with self.context.database.reading() as transaction:
            return findings.histories(transaction, self.tracker.name, ids)

    def _plans_only_reviewed_items(self, connection: Connection) -> bool:
        """Whether the plan needs only reviewed items: no field, readiness label or saved plan concerns other items."""
        writes_ready_labels = bool(self.context.configuration.settings.write.ready_labels)
        return not (connection.capabilities.writable_fields or writes_ready_labels or self.saved_plan)

    def _apply(self, plan: Plan, outbox: Outbox, reconciled: Sequence[str]) -> None:
        """Write the plan. `reconciled` are the outcomes of interrupted earlier writes, for the result."""
        self.result.applied = apply(
            plan,
            outbox,
            self.result.round,
            should_stop=self.context.should_stop,
            progress=lambda done, total: self.context.progress("writing", done, total),
        )
        self.result.applied.reconciled[:0] = reconciled
        self.result.trouble = self.result.applied.stopped

    def _connect(self) -> Connection:
        """Connect to the tracker, and add notes for the admin about the account and its token."""
        expiry = TokenExpiry.for_tracker(self.tracker.name, self.context.configuration, self.now.date())
        if expiry.is_reported:
            self._warn_of_expiry(expiry)
        connection = self.tracker.connect()
        if expiry.has_passed and not connection.projects:
            # A tracker may show an empty backlog to an unauthenticated client.
            raise Misconfigured(f"{self.tracker.name}: the tracker shows no items.", status=401)
        self.result.notes += [*connection.notes, *self._ownership_notes(connection)]
        with self.context.database.writing() as transaction:
            discovered = {DISCOVERY_STATE_NAME: connection.discovery_state, DISCOVERY_CACHE_NAME: connection.cache}
            for name, value in discovered.items():
                stored_values.save_text_for_tracker(transaction, self.tracker.name, name, value)
        return connection

    def _warn_of_expiry(self, expiry: TokenExpiry) -> None:
        """Add a warning about the token to the report, and once a day to the log."""
        self.result.notes.append(expiry.warning)
        with self.context.database.writing() as transaction:
            logged = stored_values.load_for_tracker(transaction, self.tracker.name, _EXPIRY_LOGGED_NAME, date)
            if logged != expiry.today:
                stored_values.save_for_tracker(transaction, self.tracker.name, _EXPIRY_LOGGED_NAME, expiry.today)
                _log.warning("token", note=expiry.warning)

    def _ownership_notes(self, connection: Connection) -> Iterator[str]:
        """Notes for the admin about comments of another account or of a removed tracker."""
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        with self.context.database.writing() as transaction:
            record_account(transaction, self.tracker.name, connection.account, self.now)
            yield from account_notes(transaction, self.tracker.name, connection, messages)
            for removed in find_removed_trackers(transaction, settings):
                if self.tracker.name == (removed.reached_by or next(iter(settings.trackers))):
                    yield describe_removed_tracker(removed, messages)

    def _pull(self, connection: Connection) -> PullResult:
        """Update the mirror."""
        settings = self.context.configuration.settings
        return pull(
            self.tracker,
            connection,
            self.context.database,
            self.now,
            vanish_limit=settings.trackers[self.tracker.name].vanish_limit,
            rules=self.context.configuration.ruleset().rule_types.keys(),
            scope=scope_fingerprint(self.tracker.name, settings),
            trackers=settings.trackers.keys(),
            confirmed_gone=self.context.confirmed_gone,
            roles=settings.roles,
            resolver=LinkResolver(item_patterns(settings), self.tracker.name),
            full_interval=timedelta() if self.authority is WriteAuthority.BY_PERSON else settings.schedule.full_pull,
            progress=lambda done, total: self.context.progress("reading", done, total),
        )

    def _judge_ready_labels(self, backlog: Backlog, stored: StoredState) -> ReadyLabels:
        """Judge which items get a label that says that they are ready for a purpose, and store the result."""
        configuration = self.context.configuration
        with self.context.database.writing() as transaction:
            before = load_ready_labels(transaction, configuration, self.tracker.name)
            labels = judge_ready_labels(backlog, configuration, stored.annotations, before, self.now)
            if labels or before:
                save_ready_labels(transaction, self.tracker.name, labels)
        return labels

    def _choose_plan(
        self, connection: Connection, judged: JudgedBacklog, stored: StoredState, ready_labels: ReadyLabels
    ) -> tuple[Plan, list[SkippedWrite]]:
        """Return the plan to write, and the parts of a saved plan that are left out because they are outdated."""
        inputs = self._gather_plan_inputs(connection, judged, stored, ready_labels)
        if self.saved_plan is None:
            is_included = self.context.configuration.settings.team_map.make_filter(self.team)
            return make_plan(inputs, budget=self.budget, is_included=is_included), []
        new_plan = make_plan(inputs, budget=sys.maxsize)
        with self.context.database.reading() as transaction:
            mirrored = {
                planned.item: items.item_by_id(transaction, self.tracker.name, planned.item)
                for planned in self.saved_plan.items
            }
            unreadable_ids = items.deleted_or_hidden_ids(transaction, self.tracker.name)
        present = {
            item_id: item for item_id, item in mirrored.items() if item is not None and item_id not in unreadable_ids
        }
        return revalidate_plan(self.saved_plan, new_plan, present)

    def _gather_plan_inputs(
        self, connection: Connection, judged: JudgedBacklog, stored: StoredState, ready_labels: ReadyLabels
    ) -> PlanInputs:
        """Gather what the plan depends on, for reviewed items and for other items with the service's annotations."""
        backlog = judged.backlog
        with self.context.database.reading() as transaction:
            annotated = dict.fromkeys(annotation.item for annotation in stored.annotations)
            gone = items.deleted_or_hidden_ids(transaction, self.tracker.name) if annotated else ()
            ids = [item_id for item_id in annotated if item_id not in backlog.items_by_id and item_id not in gone]
            mirrored = (items.item_by_id(transaction, self.tracker.name, item_id) for item_id in ids)
            other_annotated_items = [item for item in mirrored if item is not None]
            return gather_plan_inputs(
                transaction,
                self.context.configuration,
                self.tracker.name,
                items=add_items(judged.reviewed, other_annotated_items),
                statuses=judged.statuses,
                decisions_by_item=stored.decisions,
                annotations=stored.annotations,
                capabilities=connection.capabilities,
                missing=self.result.pulled.missing,
                # After a person has answered the question about a bulk change, the next round writes to its items.
                bulk_changed_items=self.result.bulk_changed_items | self.result.just_confirmed,
                now=self.now,
                load_backlogs=lambda: load_all_backlogs(transaction, self.context.configuration, backlog),
                ready_labels=ready_labels,
                absent_score_inputs=_absent_score_inputs(connection),
            )

    def _save(self, connection: Connection, stored: StoredState, judged: JudgedBacklog, plan: Plan) -> None:
        """Store what the round found: findings with their statuses, changed verdicts, the tracker's state, and counts.

        A finding that is missing was cleared by a change of the item or its backlog, or withdrawn by a change of the
        settings; if the rule lacks data now, it was neither.
        """
        reviewed_ids = None if judged.is_fully_reviewed else {item.id for item in judged.reviewed}
        with self.context.database.writing() as transaction:
            results = ReviewResults(judged.review, judged.reviewed, judged.statuses.inputs)
            findings.record(
                transaction,
                self.tracker.name,
                results.collect(judged.statuses.all()),
                judged.histories,
                self.now,
                item_ids=reviewed_ids,
                baseline=stored.is_first_round,
            )
            missing = find_missing_findings(results.found_again, judged.histories)
            no_longer_found = find_cleared_findings(transaction, self.tracker.name, connection, judged, missing)
            findings.record_missing(transaction, no_longer_found.cleared, no_longer_found.withdrawn, self.now)
            save_settings(transaction, self.tracker.name, no_longer_found.settings)
            changes: dict[str, Any] = {"last_good": self.now, "trouble": None, "trouble_since": None}
            if stored.is_first_round:
                changes["first_round"] = self.now
            tracker_states.change(transaction, self.tracker.name, **changes)
            absent_score_inputs = _absent_score_inputs(connection)
            save_for_item_plans(transaction, self.tracker.name, connection.capabilities, absent_score_inputs, plan)
            verdicts.save(transaction, self.tracker.name, judged.changed_memory, judged.closed)
            save_review_state(transaction, self.tracker.name, results.state)
            self.result.found_by_state = findings.count_by_state(transaction, self.tracker.name)
            snapshots.save(transaction, self.tracker.name, self._take_snapshot(transaction))
        self.result.last_good = self.now

    def _take_snapshot(self, transaction: Transaction) -> DailySnapshot:
        """Count the backlog for the trends in reports. The last round of a day determines the counts of that day."""
        flagged = frozenset(findings.items_with_warnings(transaction, self.tracker.name))
        next_ids = {item_id for next_up in self.result.next_up.values() for item_id in next_up.items}
        return DailySnapshot(
            day=self.now.date(),
            open_items=self.result.open_items,
            flagged=len(flagged),
            finding_counts=dict(sorted(self.result.finding_counts.items())),
            next_up=len(next_ids),
            next_ready=len(next_ids - flagged),
        )


def _record_end(context: RoundContext, result: RoundResult) -> None:
    """Store the end and the outcome of a round: "done", "trouble", or "stopped" if it ended early after planning."""
    with context.database.writing() as transaction:
        state = tracker_states.load(transaction, result.tracker)
        result.last_good = state.last_good
        if result.trouble:
            since = state.trouble_since or result.started
            tracker_states.change(transaction, result.tracker, trouble=result.trouble, trouble_since=since)
            # What was read when connecting may be outdated and the cause, so the next round reads it again.
            stored_values.save_text_for_tracker(transaction, result.tracker, DISCOVERY_CACHE_NAME, "")
        rounds.end(
            transaction,
            result.round,
            context.clock(),
            ("stopped" if result.plan else "trouble") if result.trouble else "done",
            writes=result.writes,
            summary=result.summary(),
        )
        rounds.delete_old(transaction, result.tracker, result.started)


def _absent_score_inputs(connection: Connection) -> list[str]:
    """Names of the inputs of the WSJF score for which the tracker has no field, such as "job size"."""
    fields_by_input = {
        "business value": ("business_value",),
        "time criticality": ("time_criticality",),
        "risk reduction": ("risk_reduction",),
        "job size": ("effort", "points"),
    }
    # A tracker that does not describe a field at all may still have it.
    return [
        name
        for name, purposes in fields_by_input.items()
        if all(connection.fields.get(purpose) == () for purpose in purposes)
    ]
