"""Finds and describes what has changed in an item since a decision about it was made."""

import textwrap
from collections.abc import Sequence

from msgspec import Struct

from rules.model import Decision, FieldChange, WorkItem
from sync.messages import Messages

_IGNORED_FIELDS = frozenset({"rank", "comment", "link", "assignee", "reporter"})
"""Changes of these fields are not described. A rank is a key for sorting that nobody can read, the texts of comments
are too long, links are compared by their number, and the other fields name people.
"""
_MAX_LENGTH = 40
"""The maximum number of characters of a value that are shown."""


class ValueChange(Struct, frozen=True):
    """A value of an item, before and after.

    Attributes:
        name: The field: one of the service's own names, such as "votes", or the name in the tracker.
        then: The value when the decision was made, as text; empty if there was none.
        now: The present value, as text; empty if there is none.
    """

    name: str
    then: str
    now: str


def changes_since(decision: Decision, item: WorkItem, history: Sequence[FieldChange]) -> tuple[ValueChange, ...]:
    """Find the values of an item that differ from those when a decision was made.

    Args:
        history: The item's changes, oldest first.
    """
    compared: list[ValueChange] = []
    if decision.votes is not None and item.votes is not None:
        compared.append(ValueChange("votes", str(decision.votes), str(item.votes)))
    if decision.links is not None:
        compared.append(ValueChange("links", str(decision.links), str(len(item.links))))
    then: dict[str, str] = {}
    now: dict[str, str] = {}
    for change in history:
        if change.at > decision.at and change.field.casefold() not in _IGNORED_FIELDS:
            then.setdefault(change.field, change.before)
            now[change.field] = change.after
    compared += [ValueChange(name, then[name], now[name]) for name in then]
    return tuple(change for change in compared if change.then != change.now)


def describe_changes(changes: Sequence[ValueChange], messages: Messages) -> str:
    """Describe what has changed since a decision, in one sentence."""
    if not changes:
        return messages.text("report.since-then-nothing")
    descriptions = (
        f"{messages.name('report.change-names', change.name)} {_shorten(change.then)} → {_shorten(change.now)}"
        for change in changes
    )
    return messages.text("report.since-then", changes="; ".join(descriptions))


def _shorten(value: str) -> str:
    """Shorten a value for a sentence; a missing value becomes a dash."""
    return textwrap.shorten(value, _MAX_LENGTH, placeholder=" …") or "–"
