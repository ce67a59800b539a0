"""Turns what people do on items into decisions, after checking that they may decide.

People decide by a reply or a label, and by removing or changing our annotations.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from connectors.tracker import Author, Comment, FetchedItem, LabelChange, Problem
from rules.model import Decision, DecisionKind, WorkItem, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS, Command, CommandError, from_label, parse
from sync.settings.roles import Roles
from sync.store import Transaction, findings
from sync.store.records import Annotation, AnnotationChange

_MAX_QUOTED = 80


class Answers(Struct, frozen=True):
    """The decisions that people made on one item, and the problems with what was not accepted."""

    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]


class NotPermitted(Exception):
    """The person may not make this decision."""


class _Statement(Struct, frozen=True):
    """One command that was given on an item, by a reply or a label.

    Attributes:
        line: The command.
        shown: How a report refers to it.
        identity: What identifies it when it is read again.
        at: When it was given.
        author: The kind of account that gave it.
        names: Every name of that account.
    """

    line: str
    shown: str
    identity: str
    source: str
    at: datetime
    author: Author
    names: frozenset[str]


def decide(item: WorkItem, command: Command, *, at: datetime, source: str, identity: str, by: str = "") -> Decision:
    """Make a decision about an item. The same identity from the same source always gives the same id."""
    return Decision(
        id=decision_id(item.tracker, item.id, source, identity),
        tracker=item.tracker,
        item=item.id,
        key=item.key,
        kind=command.kind,
        at=at,
        review=command.review,
        rule=command.rule,
        reason=command.reason,
        instead=command.instead,
        source=source,
        by=by,
        links=item.evidence.links,
        votes=item.evidence.votes,
    )


def answers_in(fetched: FetchedItem, rules: Collection[str], roles: Roles | None = None) -> Answers:
    """Read the decisions in the comments and labels of an item.

    What is not understood, and what its author may not decide, becomes a problem with its reason. Programs and
    customers decide nothing.
    """
    accepted: list[Decision] = []
    problems: list[Problem] = []
    for statement in (*_replies(fetched), *_labels(fetched)):
        try:
            accepted.append(_accept(fetched.item, statement, rules, roles or Roles()))
        except CommandError as error:
            problems.append(Problem(fetched.item.key, f"{statement.shown} was not understood: {error}"))
        except NotPermitted as error:
            problems.append(Problem(fetched.item.key, f"{statement.shown} was not taken: {error}"))
    return Answers(tuple(accepted), tuple(problems))


def _accept(item: WorkItem, statement: _Statement, rules: Collection[str], roles: Roles) -> Decision:
    if statement.author is not Author.PERSON:
        raise NotPermitted(
            "customers decide nothing." if statement.author is Author.CUSTOMER else "programs decide nothing."
        )
    command = parse(statement.line, rules, statement.at)
    role = roles.role(command.permission, statement.names)
    if not role:
        raise NotPermitted(f'"{command.kind}" is for {roles.who(command.permission)}.')
    return decide(item, command, at=statement.at, source=statement.source, identity=statement.identity, by=role)


def _replies(fetched: FetchedItem) -> Iterator[_Statement]:
    for comment in fetched.comments:
        author = _author(comment)
        if author is Author.US:
            continue
        for line in comment.commands:
            yield _Statement(
                line=line,
                shown=f'the reply "{line[:_MAX_QUOTED]}"',
                identity=f"{comment.id}\0{line}",
                source="reply",
                at=comment.updated,
                author=author,
                names=comment.names,
            )


def _author(comment: Comment) -> Author:
    """The author whose permission counts: the writer and the last editor both have to be people of the team."""
    last = comment.edited_by or comment.author
    return last if comment.author is Author.PERSON else comment.author


def _labels(fetched: FetchedItem) -> Iterator[_Statement]:
    """Commands given by labels; each counts once, for as long as the label stays."""
    for label in fetched.item.labels:
        line = from_label(label)
        if line is None:
            continue
        change = fetched.label_changes.get(label) or _assumed_change(fetched.item)
        if change is None or change.author is Author.US:
            continue
        when = change.at.isoformat() if label in fetched.label_changes else ""
        yield _Statement(
            line=line,
            shown=f'the label "{label[:_MAX_QUOTED]}"',
            identity=f"{label}\0{when}",
            source="label",
            at=change.at,
            author=change.author,
            names=change.names,
        )


def _assumed_change(item: WorkItem) -> LabelChange | None:
    """Who added a label that the history does not mention: a person, no later than the item's last change."""
    at = item.updated or item.created
    return LabelChange(at, Author.PERSON) if at is not None else None


def dismissals(reading: Transaction, changes: Iterable[AnnotationChange], now: datetime) -> list[Decision]:
    """The decisions that people made by removing or changing what we put on items.

    A label names no rule, so removing it is about every finding on the item.
    """
    return [
        Decision(
            id=decision_id(annotation.tracker, annotation.item, change.what, str(annotation.written), rule),
            tracker=annotation.tracker,
            item=annotation.item,
            key=annotation.key,
            kind=DecisionKind.DISMISSED,
            at=now,
            review=now + DEFAULT_DURATIONS[DecisionKind.DISMISSED],
            rule=rule,
            source=change.what,
        )
        for change in changes
        for annotation in [change.annotation]
        for rule in _rules_of(reading, annotation)
    ]


def _rules_of(reading: Transaction, annotation: Annotation) -> list[str]:
    rules = list(annotation.rules)
    if annotation.kind == "label":
        standing = findings.standing(reading, annotation.tracker, annotation.item)
        rules += [finding.rule for finding, _, _ in standing]
    return list(dict.fromkeys(rules))
