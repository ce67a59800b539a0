"""What has changed on an item since a decision about it: the values then and now."""

import textwrap
from collections.abc import Iterator, Sequence

from msgspec import Struct

from rules.model import Decision, FieldChange, WorkItem
from sync.messages import Messages

_LEFT_OUT = frozenset({"rank", "comment", "link", "assignee", "reporter"})
"""Fields whose values say nothing here, are counted otherwise, or name people."""
_MAX_LENGTH = 40


class ValueChange(Struct, frozen=True):
    """A value that is another one now.

    Attributes:
        name: The field, in the shared vocabulary or as the tracker names it.
        then, now: The values as text; empty if there was or is none.
    """

    name: str
    then: str
    now: str


def changes_since(decision: Decision, item: WorkItem, history: Sequence[FieldChange]) -> tuple[ValueChange, ...]:
    """Compare an item with what it was when a decision was made.

    Args:
        decision: A decision about the item.
        item: The item as it is.
        history: Its changes, oldest first.
    """
    return tuple(change for change in _compare(decision, item, history) if change.then != change.now)


def _compare(decision: Decision, item: WorkItem, history: Sequence[FieldChange]) -> Iterator[ValueChange]:
    if decision.votes is not None and item.votes is not None:
        yield ValueChange("votes", str(decision.votes), str(item.votes))
    if decision.links is not None:
        yield ValueChange("links", str(decision.links), str(len(item.links)))
    then: dict[str, str] = {}
    now: dict[str, str] = {}
    for change in history:
        if change.at > decision.at and change.field.casefold() not in _LEFT_OUT:
            then.setdefault(change.field, change.before)
            now[change.field] = change.after
    yield from (ValueChange(name, then[name], now[name]) for name in then)


def describe_changes(changes: Sequence[ValueChange], messages: Messages) -> str:
    """Describe what has changed since a decision, in one sentence."""
    if not changes:
        return messages.text("report.since-then-nothing")
    sides = (
        f"{messages.name('report.change-names', change.name)} {_shorten(change.then)} → {_shorten(change.now)}"
        for change in changes
    )
    return messages.text("report.since-then", changes="; ".join(sides))


def _shorten(value: str) -> str:
    return textwrap.shorten(value, _MAX_LENGTH, placeholder=" …") or "–"
