"""The one way in for decisions: from the command line, and from replies on items."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from connectors.tracker import Author, Fetched, Problem
from rules.model import Decision, WorkItem
from sync.decisions.commands import Command, CommandError, parse


class Answers(Struct, frozen=True):
    """What people said on one item, and what of it was not understood."""

    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]


def decide(item: WorkItem, command: Command, *, at: datetime, source: str, said: str) -> Decision:
    """A decision about an item. The same words from the same place give the same id, however often they are read."""
    return Decision(
        id=hashlib.sha256(f"{item.tracker}\0{item.id}\0{source}\0{said}".encode()).hexdigest()[:16],
        tracker=item.tracker,
        item=item.id,
        key=item.key,
        verdict=command.verdict,
        at=at,
        review=command.review,
        rule=command.rule,
        reason=command.reason,
        source=source,
    )


def answers_in(fetched: Fetched, rules: Collection[str]) -> Answers:
    """What people told the service in their comments on an item. Programs and customers cannot decide."""
    found: list[Decision] = []
    problems: list[Problem] = []
    for comment in fetched.comments:
        if comment.author is not Author.PERSON:
            continue
        for line in comment.commands:
            try:
                command = parse(line, rules, comment.updated)
            except CommandError as error:
                problems.append(Problem(fetched.item.key, f'the reply "{line[:80]}" was not understood: {error}'))
                continue
            said = f"{comment.id}\0{line}"
            found.append(decide(fetched.item, command, at=comment.updated, source="reply", said=said))
    return Answers(tuple(found), tuple(problems))
