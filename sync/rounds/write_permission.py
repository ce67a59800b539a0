"""Decides whether a round may write its plan.

That depends on the mode (in shadow mode nothing is written), on the hours in which the service may write, and on
whether a person has to approve something first. A person approves by running `steward apply`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.connection import Connection
from rules.ruleset import Ruleset
from sync.mirror.unknown_comments import describe_unknown_comments
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.rule_modes import fingerprints
from sync.settings import Write
from sync.store import promotions, rounds, tracker_states
from sync.writeback import Plan
from sync.writeback.labels import load_label_setting
from sync.writeback.write_limit import approval_reason


@dataclass(frozen=True)
class WritePermission:
    """Decides for one round. If it keeps the round from writing its plan, the reason is put into the result.

    Attributes:
        result: Receives the reason.
    """

    context: RoundContext
    authority: WriteAuthority
    now: datetime
    result: RoundResult

    def may_write(self, connection: Connection, ruleset: Ruleset, plan: Plan) -> bool:
        """Whether the plan may be written now."""
        if not self._are_own_comments_known() or self.authority is WriteAuthority.NOBODY or self._awaits_answer():
            return False
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        if settings.mode_of(self.result.tracker) == "shadow":
            if plan.items:
                self.result.blocked_reason = messages.text("report.shadow-mode")
            return False
        if self.authority is WriteAuthority.BY_PERSON:
            self._promote_at_first_write(ruleset)
        if not plan.items:
            return False
        with self.context.database.reading() as transaction:
            label = load_label_setting(transaction, settings.write).label
        approval_hash = _approval_hash(connection, settings.write, label)
        if self.authority is WriteAuthority.BY_PERSON:
            with self.context.database.writing() as transaction:
                tracker_states.change(transaction, self.result.tracker, approved=approval_hash)
            return True
        self.result.blocked_reason = self._reason_to_wait(plan, approval_hash)
        if self.result.blocked_reason:
            return False
        self._promote_at_first_write(ruleset)
        return True

    def _are_own_comments_known(self) -> bool:
        """Whether the store has a record of all the service's comments. If not, a round would write duplicates."""
        unknown = self.result.pulled.unknown
        if unknown:
            message = describe_unknown_comments(unknown, self.context.configuration.messages)
            if self.authority is WriteAuthority.NOBODY:
                self.result.notes.append(message)
            else:
                self.result.blocked_reason, self.result.awaits_approval = message, True
        return not unknown

    def _awaits_answer(self) -> bool:
        """Whether the team first has to answer a question about a bulk change.

        In a bulk change, somebody changed or removed the service's comments, labels or field values on many items at
        once. Only the team can say whether this was an answer to the service or a mistake; see
        `sync.decisions.bulk_answers`.
        """
        settings, result = self.context.configuration.settings, self.result
        would_write = settings.mode_of(result.tracker) == "write" and self.authority is WriteAuthority.BY_SERVICE
        if result.bulk_questions and would_write:
            result.awaits_approval = True
            result.blocked_reason = self.context.configuration.messages.text("report.at-once.first")
            return True
        return False

    def _reason_to_wait(self, plan: Plan, approval_hash: str) -> str:
        """Why the service may not write by itself at this time; empty if it may."""
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        reason = self._approval_reason(plan, approval_hash)
        if reason:
            self.result.awaits_approval = True
            return messages.text("report.look", why=reason, plan="`steward plan`", apply="`steward apply`")
        local_time = self.now.astimezone(settings.time_zone)
        hours = settings.write.quiet.hours
        if not hours.includes(local_time):
            when = messages.text("report.writing-hours", hours=str(hours), zone=settings.schedule.timezone)
            return f"{messages.text('report.outside-hours')} {when}"
        return ""

    def _promote_at_first_write(self, ruleset: Ruleset) -> None:
        """Promote all rules at the first write, because they were part of the plan.

        A person has approved that plan, unless `write.surprise` is null. Later, a new or changed rule only reports its
        findings until somebody promotes it.
        """
        with self.context.database.writing() as transaction:
            if not promotions.promoted_rules(transaction):
                promotions.add(transaction, fingerprints(ruleset), self.now, "first writing")

    def _approval_reason(self, plan: Plan, approval_hash: str) -> str:
        """Why a person has to approve this round; empty if no approval is needed.

        The setting `write.surprise` is the multiple of the usual number of changes above which a round needs approval.
        """
        factor = self.context.configuration.settings.write.surprise
        with self.context.database.reading() as transaction:
            approved_hash = tracker_states.load(transaction, self.result.tracker).approved
            latest_rounds = rounds.latest(transaction, self.result.tracker)
        if approved_hash == tracker_states.APPROVAL_REVOKED:
            return self.context.configuration.messages.text("report.taken-back")
        if factor is None:
            return ""
        earlier_writes = [round_.writes for round_ in latest_rounds if round_.writes and round_.kind != "undo"]
        messages = self.context.configuration.messages
        return approval_reason(
            plan.writes, earlier_writes, factor, approved=approved_hash == approval_hash, messages=messages
        )


def _approval_hash(connection: Connection, write: Write, label: str | None) -> str:
    """A hash of the scope and of what is written. When it changes, a person has to approve writing again.

    Rules are not part of it: a changed rule is promoted separately, and the others continue to write.
    """
    written: tuple[Any, ...] = (write.comment, label, write.fields)
    if write.ready_labels:
        written = (*written, write.ready_labels)
    settings = (connection.fingerprint, written)
    return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:16]
