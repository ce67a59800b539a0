"""Whether a round may write: the mode, the hours, and what a person has to approve first."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from connectors.tracker import Connection
from rules.ruleset import Ruleset
from sync.mirror.unknown_comments import describe_unknown
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.rule_modes import fingerprints
from sync.settings import Write
from sync.settings.base import zone_named
from sync.store import items, promotions, rounds
from sync.writeback import Plan
from sync.writeback.circuit_breaker import approval_reason
from sync.writeback.labels import label_setting


@dataclass(frozen=True)
class WritePermission:
    """Decides for one round; the reason why it may not write is put into the round's result."""

    context: RoundContext
    authority: WriteAuthority
    now: datetime
    result: RoundResult

    def may_write(self, connection: Connection, ruleset: Ruleset, plan: Plan) -> bool:
        """Whether the plan may be written now."""
        if not self._knows_our_comments() or self.authority is WriteAuthority.NOTHING or self._has_to_ask_first():
            return False
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        if settings.mode_of(self.result.tracker) == "shadow":
            if plan.items:
                self.result.blocked_reason = messages.text("report.shadow-mode")
            return False
        if self.authority is WriteAuthority.BY_PERSON:
            self._promote_at_first_writing(ruleset)
        if not plan.items:
            return False
        with self.context.database.reading() as reading:
            label, _ = label_setting(reading, settings.write)
        approval = _approval(connection, settings.write, label)
        if self.authority is WriteAuthority.BY_PERSON:
            with self.context.database.writing() as transaction:
                items.set_read_state(transaction, self.result.tracker, approved=approval)
            return True
        self.result.blocked_reason = self._reason_to_wait(plan, approval)
        if self.result.blocked_reason:
            return False
        self._promote_at_first_writing(ruleset)
        return True

    def _knows_our_comments(self) -> bool:
        """Whether the store knows all comments of ours. Otherwise a round would write second ones."""
        unknown = self.result.pulled.unknown
        if unknown:
            message = describe_unknown(unknown, self.context.configuration.messages)
            if self.authority is WriteAuthority.NOTHING:
                self.result.notes.append(message)
            else:
                self.result.blocked_reason, self.result.awaits_approval = message, True
        return not unknown

    def _has_to_ask_first(self) -> bool:
        """Whether a question about many items at once comes before any write."""
        settings, result = self.context.configuration.settings, self.result
        writes = settings.mode_of(result.tracker) == "write" and self.authority is WriteAuthority.BY_ITSELF
        if result.bulk_questions and writes:
            result.awaits_approval = True
            result.blocked_reason = self.context.configuration.messages.text("report.at-once.first")
        return result.awaits_approval

    def _reason_to_wait(self, plan: Plan, approval: str) -> str:
        """Why the service may not write by itself now; empty if it may."""
        settings, messages = self.context.configuration.settings, self.context.configuration.messages
        local = self.now.astimezone(zone_named(settings.schedule.timezone))
        if not settings.write.quiet.hours.include(local):
            return messages.text("report.outside-hours")
        why = self._surprise(plan, approval)
        if why:
            self.result.awaits_approval = True
            return messages.text("report.look", why=why, plan="`steward plan`", apply="`steward apply`")
        return ""

    def _promote_at_first_writing(self, ruleset: Ruleset) -> None:
        """Promote all rules when writing begins: they were part of the approved plan."""
        with self.context.database.writing() as transaction:
            if not promotions.promoted_rules(transaction):
                promotions.add(transaction, fingerprints(ruleset), self.now, "first writing")

    def _surprise(self, plan: Plan, approval: str) -> str:
        """Why a person has to approve this round; empty if nobody has to."""
        factor = self.context.configuration.settings.write.surprise
        with self.context.database.reading() as reading:
            approved = items.read_state(reading, self.result.tracker).approved
            earlier = rounds.latest(reading, self.result.tracker)
        if approved == items.APPROVAL_REVOKED:
            return self.context.configuration.messages.text("report.taken-back")
        if factor is None:
            return ""
        usual = [round_.writes for round_ in earlier if round_.writes and round_.kind != "undo"]
        messages = self.context.configuration.messages
        return approval_reason(plan.writes, usual, factor, approved=approved == approval, messages=messages)


def _approval(connection: Connection, write: Write, label: str | None) -> str:
    """Fingerprint of the scope and of what is written. When it changes, a person has to approve writing again.

    Rules are not part of it: a changed rule needs its own promotion, and the others continue.
    """
    approved = (connection.fingerprint, (write.comment, label, write.fields))
    return hashlib.sha256(msgspec.json.encode(approved)).hexdigest()[:16]
