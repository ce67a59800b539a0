"""The one way in for decisions, with one authorisation.

People decide on the command line, in a file, by a reply or a label on an item, and by what they do to our annotations.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from connectors.tracker import Author, Comment, FetchedItem, LabelChange, Problem
from rules.model import Decision, DecisionKind, WorkItem, decision_id
from sync.decisions.commands import DEFAULT_DURATIONS, Command, CommandError, from_label, parse
from sync.settings.roles import Roles
from sync.store import Connection, findings
from sync.store.records import Annotation, AnnotationChange

_LONGEST_SHOWN = 80


class Answers(Struct, frozen=True):
    """What people said on one item, and what of it was not understood or not theirs to say."""

    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]


class NotPermitted(Exception):
    """Whoever said it may not decide this."""


class _Said(Struct, frozen=True):
    """One thing that was said on an item, in whatever way.

    Attributes:
        line: In words.
        shown: As it is shown in the report.
        told: What makes it the same thing when it is read again.
        at: When.
        author: By what sort of account.
        names: All that it can be called by.
    """

    line: str
    shown: str
    told: str
    source: str
    at: datetime
    author: Author
    names: frozenset[str]


def decide(item: WorkItem, command: Command, *, at: datetime, source: str, said: str, by: str = "") -> Decision:
    """A decision about an item. The same words from the same place give the same id, however often they are read."""
    return Decision(
        id=decision_id(item.tracker, item.id, source, said),
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
    """What people told the service in their comments and by labels on an item.

    What is not understood, and what somebody may not decide, is a problem with its reason. Programs and customers
    decide nothing.
    """
    found: list[Decision] = []
    problems: list[Problem] = []
    for one in (*_replies(fetched), *_labels(fetched)):
        try:
            found.append(_taken(fetched.item, one, rules, roles or Roles()))
        except CommandError as error:
            problems.append(Problem(fetched.item.key, f"{one.shown} was not understood: {error}"))
        except NotPermitted as error:
            problems.append(Problem(fetched.item.key, f"{one.shown} was not taken: {error}"))
    return Answers(tuple(found), tuple(problems))


def _taken(item: WorkItem, said: _Said, rules: Collection[str], roles: Roles) -> Decision:
    if said.author is not Author.PERSON:
        raise NotPermitted(
            "customers decide nothing." if said.author is Author.CUSTOMER else "programs decide nothing."
        )
    command = parse(said.line, rules, said.at)
    role = roles.role(command.permission, said.names)
    if not role:
        raise NotPermitted(f'"{command.kind}" is for {roles.who(command.permission)}.')
    return decide(item, command, at=said.at, source=said.source, said=said.told, by=role)


def _replies(fetched: FetchedItem) -> Iterator[_Said]:
    for comment in fetched.comments:
        author = _author(comment)
        if author is Author.US:
            continue
        for line in comment.commands:
            yield _Said(
                line=line,
                shown=f'the reply "{line[:_LONGEST_SHOWN]}"',
                told=f"{comment.id}\0{line}",
                source="reply",
                at=comment.updated,
                author=author,
                names=comment.names,
            )


def _author(comment: Comment) -> Author:
    """Who answers for a comment: both who wrote it and who changed it have to be people of the team."""
    last = comment.edited_by or comment.author
    return last if comment.author is Author.PERSON else comment.author


def _labels(fetched: FetchedItem) -> Iterator[_Said]:
    """Labels that speak to the service; each counts once, for as long as it stays."""
    for label in fetched.item.labels:
        line = from_label(label)
        if line is None:
            continue
        hand = fetched.label_changes.get(label) or _unknown(fetched.item)
        if hand is None or hand.author is Author.US:
            continue
        when = hand.at.isoformat() if label in fetched.label_changes else ""
        yield _Said(
            line=line,
            shown=f'the label "{label[:_LONGEST_SHOWN]}"',
            told=f"{label}\0{when}",
            source="label",
            at=hand.at,
            author=hand.author,
            names=hand.names,
        )


def _unknown(item: WorkItem) -> LabelChange | None:
    """A label of which the history does not tell who put it there: somebody, no later than the item's last change."""
    at = item.updated or item.created
    return LabelChange(at, Author.PERSON) if at is not None else None


def dismissals(reading: Connection, changes: Iterable[AnnotationChange], now: datetime) -> list[Decision]:
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


def _rules_of(reading: Connection, annotation: Annotation) -> list[str]:
    rules = list(annotation.rules)
    if annotation.kind == "label":
        standing = findings.standing_now(reading, annotation.tracker, annotation.item)
        rules += [finding.rule for finding, _, _ in standing]
    return list(dict.fromkeys(rules))
