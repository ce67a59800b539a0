"""Answers by buttons in Slack: the values of the buttons, and the decisions that follow from a click.

An answer is about findings, which are what rules flagged in an item, or about the item as a whole, such as "not now".
"""

import itertools
from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct, json

from rules.model import CLICK, Decision, DecisionKind, WorkItem, decision_id, select_in_force
from sync.decisions.command_parser import needed_permission
from sync.decisions.commands_to_decisions import NotPermitted, make_decision
from sync.decisions.log import make_command
from sync.settings.roles import Roles

ANSWERS_WITH_REASON = (DecisionKind.WAIVE, DecisionKind.NOT_NOW, DecisionKind.NO, DecisionKind.NOT_IN_THIS_FORM)
"""The kinds of decisions for which Slack asks for a reason after a click. In commands, only those about the
whole item need one."""


class OfferedAnswer(Struct, frozen=True, array_like=True):
    """An answer that a button offers. It names the item and the rules, and contains no text of the item.

    Attributes:
        kind: The kind of decision that follows from it.
        tracker, key: The tracker's name in the settings, and the item's key.
        rules: The rules whose questions it answers; empty if it is about all findings, or about the item as a whole.
    """

    kind: DecisionKind
    tracker: str
    key: str
    rules: tuple[str, ...] = ()

    def encode(self) -> str:
        """The value of the button."""
        return json.encode(self).decode()


def decode_answer(value: str) -> OfferedAnswer | None:
    """The answer that the value of a button encodes; None if the service did not make the value."""
    try:
        return json.decode(value, type=OfferedAnswer)
    except ValueError:
        return None


def require_role(roles: Roles, group: str, kind: DecisionKind) -> str:
    """Return the role that allows the members of a group in the settings to give an answer.

    Raises:
        NotPermitted: The group may not give this answer.
    """
    role = roles.role_of_group(needed_permission(kind), group)
    if not role:
        raise NotPermitted.by_roles(kind, roles)
    return role


def decide_by_click(  # noqa: PLR0917 - an answer and what it is about
    item: WorkItem,
    answer: OfferedAnswer,
    role: str,
    rules: Collection[str],
    now: datetime,
    earlier_decisions: Sequence[Decision],
    *,
    reason: str = "",
    instead: str = "",
) -> tuple[Decision, ...]:
    """Make the decisions that follow from a click: one for each rule, or one about the item.

    An answer that repeats a decision makes no new one while that is in force: neither its review date nor new evidence,
    such as more votes, has ended it.

    Args:
        role: The role of the person who clicked.
        rules: Ids of all rules.
        instead: What the person proposed instead, for the answer "not in this form".

    Raises:
        CommandError: The rule is unknown, or the reason is missing or only a placeholder.
    """
    new_decisions: list[Decision] = []
    ids_in_force = {decision.id for decision in select_in_force(earlier_decisions, now, item.demand)}
    ended_ids = {decision.id for decision in earlier_decisions} - ids_in_force
    for rule in ("",) if answer.kind.is_about_the_item else answer.rules or ("",):
        command = make_command(answer.kind, rule=rule, rules=rules, now=now, reason=reason, instead=instead)
        # An answer that is given again after it has ended gets a new id.
        identities = (f"{command.kind}\0{command.rule}\0{number}" for number in itertools.count())
        identity = next(
            candidate
            for candidate in identities
            if decision_id(item.tracker, item.id, CLICK, candidate) not in ended_ids
        )
        decision = make_decision(item, command, at=now, source=CLICK, identity=identity, by=role)
        if decision.id not in ids_in_force:
            new_decisions.append(decision)
    return tuple(new_decisions)
